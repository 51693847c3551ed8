/** Who is silent: for the watchdog at the second look without a sign, for replacement at the fifth. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { keepVigil } from '../../../src/shell/vigil.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

it('tells who does not look up, and who is not there', () => {
  const beats = [0, 0, 0]
  const lost: number[] = []
  const signals = { ring: () => {}, beats: (row: number) => beats[row]! }
  const vigil = keepVigil(signals, { rows: 3, lookMs: 100 }, row => void lost.push(row))
  expect(vigil.silent()).toEqual([0, 1, 2])
  for (const row of [0, 1, 2]) vigil.watch(row)
  expect(vigil.silent()).toEqual([])

  const pass = (...alive: readonly number[]): void => {
    for (const row of alive) beats[row]!++
    vi.advanceTimersByTime(100)
  }
  pass(0, 1, 2)
  pass(0, 2)
  expect(vigil.silent()).toEqual([])
  pass(0, 2)
  expect(vigil.silent()).toEqual([1])
  pass(0, 1, 2)
  expect(vigil.silent()).toEqual([])
  for (let look = 0; look < 5; look++) pass(0, 2)
  expect(lost).toEqual([1])
  expect(vigil.silent()).toEqual([1])
  vigil.leave(2)
  expect(vigil.silent()).toEqual([1, 2])
  vigil.stop()
})
