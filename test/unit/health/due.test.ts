import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import {
  clearSchedule,
  createSchedule,
  earliestMs,
  jitterMs,
  jitterShare,
  phaseOf,
  putDue,
  type Schedule,
  takeEarliest,
} from '../../../src/core/health/due.ts'

function drain(schedule: Schedule): readonly (readonly [number, number])[] {
  const taken: [number, number][] = []
  for (let dueMs = earliestMs(schedule); dueMs !== null; dueMs = earliestMs(schedule)) {
    taken.push([dueMs, takeEarliest(schedule)])
  }
  return taken
}

describe('the schedule', () => {
  it('gives entries by time, then by id', () => {
    const schedule = createSchedule()
    const entries = Array.from({ length: 500 }, (_, id) => [(id * 7919) % 97, id] as const)
    for (const [dueMs, id] of entries) putDue(schedule, id, millis(dueMs))
    expect(drain(schedule)).toEqual(entries.toSorted(([a, i], [b, j]) => a - b || i - j))
  })

  it('is empty when drained or cleared, and an empty one has nothing to take', () => {
    const schedule = createSchedule()
    putDue(schedule, 1, millis(3))
    putDue(schedule, 2, millis(2))
    clearSchedule(schedule)
    expect(earliestMs(schedule)).toBeNull()
    expect(() => takeEarliest(schedule)).toThrow()
  })
})

describe('spreading', () => {
  it('jitter only shortens, and by a tenth at most', () => {
    expect(jitterMs(millis(5_000), 0)).toBe(5_000)
    expect(jitterMs(millis(5_000), 0.5)).toBe(4_750)
    expect(jitterMs(millis(5_000), 0.999_999)).toBeGreaterThan(5_000 * (1 - jitterShare))
  })

  it.each([0, 0.3])('phases fill [0, 1) evenly whatever their number (offset %d)', offset => {
    for (const count of [10, 100, 4_000]) {
      const phases = Array.from({ length: count }, (_, k) => phaseOf(k, offset)).toSorted((a, b) => a - b)
      const gaps = phases.map((phase, at) => (phases[at + 1] ?? phases[0]! + 1) - phase)
      expect(phases[0]).toBeGreaterThanOrEqual(0)
      expect(phases.at(-1)).toBeLessThan(1)
      expect(Math.max(...gaps)).toBeLessThan(3 / count)
    }
  })
})
