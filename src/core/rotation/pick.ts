/**
 * Chooses the RRs of one answer from a rotation. Exactness comes from the cursor, which every thread advances by one
 * per answer: n answers in a row over n eligible members begin at n different ones. Called for each pooled answer, so
 * it allocates nothing and writes only into `chosen`.
 */
import type { Turn } from './types.ts'

/**
 * Fills `chosen` with RR indexes, all distinct, beginning at `cursor` and wrapping; returns how many. At most
 * `countMax` and the pool's own cap. 0 exactly where the rotation is empty (or nothing was asked for).
 */
export function pick(turn: Turn, cursor: number, countMax: number, chosen: Uint8Array): number {
  const { count, order } = turn
  const wanted = Math.min(count, turn.maxAnswers, countMax, chosen.length)
  if (wanted <= 0) return 0
  let at = turn.fixed ? 0 : cursor % count
  for (let i = 0; i < wanted; i++) {
    chosen[i] = order[at]!
    if (++at === count) at = 0
  }
  return wanted
}
