/** When a zone that changed is looked at: at once after a quiet time, then once in a gap. */
import { expect, test } from 'vitest'
import { createPace, forget, nextDueMs, noteChange, takeDue } from '../../../src/core/transfer/pace.ts'

test('the first change after a quiet time is due at once, those that follow together a gap later', () => {
  const pace = createPace(1_000)
  noteChange(pace, 'a', 5_000)
  expect([nextDueMs(pace), takeDue(pace, 5_000), nextDueMs(pace)]).toEqual([5_000, ['a'], null])
  for (const nowMs of [5_001, 5_300, 5_999]) noteChange(pace, 'a', nowMs)
  expect([nextDueMs(pace), takeDue(pace, 5_999)]).toEqual([6_000, []])
  expect(takeDue(pace, 6_000)).toEqual(['a'])
  noteChange(pace, 'a', 9_000)
  expect(takeDue(pace, 9_000)).toEqual(['a'])
})

test('a thousand changes in a minute are sixty looks', () => {
  const pace = createPace(1_000)
  let looks = 0
  for (let nowMs = 0; nowMs < 60_000; nowMs += 10) {
    if (nowMs % 60 === 0) noteChange(pace, 'a', nowMs)
    looks += takeDue(pace, nowMs).length
  }
  expect(looks).toBe(60)
})

test('zones do not wait for each other, and nothing is kept of those that are quiet or gone', () => {
  const pace = createPace(1_000)
  noteChange(pace, 'a', 0)
  takeDue(pace, 0)
  noteChange(pace, 'a', 1)
  noteChange(pace, 'b', 2)
  expect(takeDue(pace, 2)).toEqual(['b'])
  forget(pace, 'a')
  expect([takeDue(pace, 5_000), nextDueMs(pace), pace.takenMs.size]).toEqual([[], null, 0])
})
