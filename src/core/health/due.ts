/**
 * When each probe is to start: a binary heap over (instant, id), so that the earliest is at hand and thousands of
 * checks cost O(log n) a probe. Equal instants come out by id, which keeps runs repeatable. Looking at it allocates
 * nothing, so that a tick in which nothing is due is free.
 *
 * Also here: how instants are kept from bunching. Jitter only ever shortens a pause, because the worst case that we
 * print must stay true; phases spread the second probes of a burst evenly over their interval.
 */
import { assert } from '../base/assert.ts'
import { type Millis, millis } from '../base/units.ts'

/** Two columns of one heap. Only the functions of this file write them. */
export interface Schedule {
  readonly timesMs: number[]
  readonly ids: number[]
}

/** The largest part of a pause that jitter takes away. */
export const jitterShare = 0.1

export function createSchedule(): Schedule {
  return { timesMs: [], ids: [] }
}

/** Adds an entry. The same id may stand in it more than once; the roster never lets it. */
export function putDue(schedule: Schedule, id: number, dueMs: Millis): void {
  const { timesMs, ids } = schedule
  let at = ids.length
  timesMs.push(dueMs)
  ids.push(id)
  while (at > 0) {
    const parent = (at - 1) >> 1
    if (isBefore(timesMs[parent]!, ids[parent]!, dueMs, id)) break
    timesMs[at] = timesMs[parent]!
    ids[at] = ids[parent]!
    at = parent
  }
  timesMs[at] = dueMs
  ids[at] = id
}

/** When the earliest entry is due, or null if there is none. */
export function earliestMs(schedule: Schedule): Millis | null {
  const first = schedule.timesMs[0]
  return first === undefined ? null : millis(first)
}

/** Takes out the earliest entry and returns its id. There must be one. */
export function takeEarliest(schedule: Schedule): number {
  const { timesMs, ids } = schedule
  const first = ids[0]
  assert(first !== undefined, 'an empty schedule has no earliest entry')
  const movedMs = timesMs.pop()!
  const moved = ids.pop()!
  if (ids.length > 0) sink(timesMs, ids, movedMs, moved)
  return first
}

export function clearSchedule(schedule: Schedule): void {
  schedule.timesMs.length = 0
  schedule.ids.length = 0
}

/** A pause made shorter by up to `jitterShare`. `drawn` is in [0, 1). */
export function jitterMs(pauseMs: Millis, drawn: number): Millis {
  return millis(pauseMs * (1 - jitterShare * drawn))
}

/**
 * The place of the k-th entry in [0, 1): multiples of the golden ratio fill the circle evenly however many come, so a
 * check added later finds a gap. `offset` keeps two servers with the same zones out of step.
 */
export function phaseOf(k: number, offset: number): number {
  return (offset + k * goldenRatio) % 1
}

const goldenRatio = (Math.sqrt(5) - 1) / 2

function isBefore(aMs: number, aId: number, bMs: number, bId: number): boolean {
  return aMs < bMs || (aMs === bMs && aId <= bId)
}

function sink(timesMs: number[], ids: number[], dueMs: number, id: number): void {
  let at = 0
  for (let child = 1; child < ids.length; child = 2 * at + 1) {
    const right = child + 1
    if (right < ids.length && isBefore(timesMs[right]!, ids[right]!, timesMs[child]!, ids[child]!)) child = right
    if (isBefore(dueMs, id, timesMs[child]!, ids[child]!)) break
    timesMs[at] = timesMs[child]!
    ids[at] = ids[child]!
    at = child
  }
  timesMs[at] = dueMs
  ids[at] = id
}
