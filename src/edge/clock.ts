/**
 * The system's time. `now` is `performance.now()`: it never goes back when somebody sets the date, which is why every
 * duration and deadline is counted by it; its zero is the start of the thread, so instants are not for handing to
 * another thread. `wall` is for people and serials only.
 */
import { millis } from '../core/base/units.ts'
import type { Clock } from '../core/ports.ts'

export function createClock(): Clock {
  return {
    now: () => millis(performance.now()),
    wall: () => Date.now(),
  }
}
