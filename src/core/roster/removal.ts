/**
 * The removal bound of a pool, for the status page and the log: how long its slowest member may be dead and answered.
 * The arithmetic is health's; here it only meets members.
 */
import type { Millis } from '../base/units.ts'
import { worstMemberRemovalMs } from '../health/removal.ts'
import type { PoolModel } from './types.ts'

/** The longest over all members that are checked, without the TTL; null if none is. */
export function worstPoolRemovalMs(pool: PoolModel): Millis | null {
  let worst: Millis | null = null
  for (const { duties, quorum } of pool.members) {
    const memberMs = worstMemberRemovalMs(
      duties.map(duty => duty.check),
      quorum,
    )
    if (memberMs !== null && (worst === null || memberMs > worst)) worst = memberMs
  }
  return worst
}
