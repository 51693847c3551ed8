/** Connections between probes: whose they are, how many there are, and when they end. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { createKept, idleMsMax, type Kept, keptMax, lifeMsMax } from '../../../src/edge/probe/kept.ts'
import { createStillClock } from '../../contract/probe-targets.ts'

let clock: ReturnType<typeof createStillClock>
let ended: string[]
let kept: Kept<string>

beforeEach(() => {
  vi.useFakeTimers()
  clock = createStillClock()
  ended = []
  kept = createKept<string>({ clock, end: connection => ended.push(connection) })
})

afterEach(() => {
  kept.close()
  vi.useRealTimers()
})

/** Lets the clock and the timers run together. */
function pass(ms: number): void {
  clock.advance(ms)
  vi.advanceTimersByTime(ms)
}

it('gives a connection to one taker', () => {
  kept.put('a', 'one', clock.now())
  expect([kept.take('b'), kept.take('a'), kept.take('a')]).toEqual([null, 'one', null])
  expect(ended).toEqual([])
})

it('keeps one a key, the newest', () => {
  kept.put('a', 'one', clock.now())
  kept.put('a', 'two', clock.now())
  expect(ended).toEqual(['one'])
  expect(kept.take('a')).toBe('two')
})

it('ends what was idle too long, by itself', () => {
  kept.put('a', 'one', clock.now())
  pass(idleMsMax - 10_000)
  kept.put('b', 'two', clock.now())
  pass(10_000)
  expect(ended).toEqual(['one'])
  expect(kept.take('b')).toBe('two')
})

it('gives nobody what is stale, even before its end', () => {
  kept.put('a', 'one', clock.now())
  clock.advance(idleMsMax)
  expect(kept.take('a')).toBeNull()
  expect(ended).toEqual(['one'])
})

it('ends what has lived long enough, however busy', () => {
  const openedMs = clock.now()
  clock.advance(lifeMsMax)
  kept.put('a', 'one', openedMs)
  expect(ended).toEqual(['one'])
  expect(kept.take('a')).toBeNull()
})

it('keeps a bounded number, the oldest making room', () => {
  for (let i = 0; i <= keptMax; i++) kept.put(`key ${i}`, `connection ${i}`, clock.now())
  expect(ended).toEqual(['connection 0'])
  expect(kept.take(`key ${keptMax}`)).toBe(`connection ${keptMax}`)
})

it('drops what ended by itself, and only that', () => {
  kept.put('a', 'one', clock.now())
  kept.put('b', 'two', clock.now())
  kept.drop('one')
  kept.drop('never kept')
  expect(ended).toEqual(['one'])
  expect([kept.take('a'), kept.take('b')]).toEqual([null, 'two'])
})

it('has no timer while nothing is kept, and ends everything when closed', () => {
  expect(vi.getTimerCount()).toBe(0)
  kept.put('a', 'one', clock.now())
  expect(vi.getTimerCount()).toBe(1)
  kept.take('a')
  expect(vi.getTimerCount()).toBe(0)
  kept.put('b', 'two', clock.now())
  kept.close()
  expect(ended).toEqual(['two'])
  expect(vi.getTimerCount()).toBe(0)
  kept.put('c', 'three', clock.now())
  expect(ended).toEqual(['two', 'three'])
})
