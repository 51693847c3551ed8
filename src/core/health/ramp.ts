/**
 * How a member that has recovered comes back: its share grows from nothing to the whole over the pool's slow start, in
 * steps that are few and not hurried, since each of them is a new rotation on the board.
 *
 *   share 1 |                    ,----      at most 20 steps, none shorter than a second;
 *           |          ,--'--'--'           the first is never 0: who may be answered is answered
 *           |--'--'--'
 *         0 '----------------------- time
 *            came up            whole
 */
import { type Millis, millis } from '../base/units.ts'

/** Steps from the first share to the whole one. */
export const rampStepsMax = 20
/** No step is shorter, so that a pool is not decided anew more often than that. */
export const rampStepMinMs = millis(1_000)

/** How long a share stands. */
export function rampStepMs(slowStartMs: Millis): Millis {
  return millis(Math.max(rampStepMinMs, slowStartMs / rampStepsMax))
}

/** The share of a member that came up at `sinceMs`: above 0, and 1 once the slow start is over. */
export function rampShare(sinceMs: Millis, slowStartMs: Millis, nowMs: Millis): number {
  const goneMs = nowMs - sinceMs
  if (goneMs >= slowStartMs) return 1
  const stepMs = rampStepMs(slowStartMs)
  return Math.max(1, Math.floor(goneMs / stepMs)) / Math.ceil(slowStartMs / stepMs)
}
