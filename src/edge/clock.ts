/**
 * The system's time. `now` counts from the start of the machine (CLOCK_MONOTONIC): it never goes back when the date is
 * set, which is why every duration and deadline is counted by it. It is the same in all threads, since some of the
 * memory that they share holds instants. `wall` is for people, serials and cookies only.
 */
import { millis } from '../core/base/units.ts'
import type { Clock } from '../core/ports.ts'

export function createClock(): Clock {
  // `performance.now` is the cheap way to read that clock, but its zero is the start of the thread.
  const threadStartMs = Number(process.hrtime.bigint()) / 1e6 - performance.now()
  return {
    now: () => millis(threadStartMs + performance.now()),
    wall: () => Date.now(),
  }
}
