/**
 * What an order would break, before it is obeyed: the pools that it takes an eligible member from and that then have no
 * tier with its floor left, so that `on_all_down` would speak. It asks the same `decide` that answers go by.
 */
import type { Millis } from '../base/units.ts'
import { decide } from '../rotation/decide.ts'
import type { Roster } from './roster.ts'
import { servedStandings, standingsOf } from './standings.ts'
import { matchesTarget, type Target } from './target.ts'
import type { OverrideOrder } from './types.ts'

/** Those pools as `owner type`. None for an order that takes nobody out. */
export function hurtBy(
  roster: Roster,
  target: Target,
  override: OverrideOrder['override'],
  nowMs: Millis,
): readonly string[] {
  if (override === 'forced-up') return []
  const hurt = roster.pools.flatMap(({ plan, memory }, pool) => {
    const meant = plan.pool.members.map(member => matchesTarget(target, plan, member))
    if (!meant.includes(true)) return []
    const { spec } = plan.pool
    const standings = servedStandings(standingsOf(roster, pool, nowMs))
    const before = decide(spec, standings, memory)
    const after = decide(
      spec,
      standings.map((standing, at) => (meant[at] ? { ...standing, override } : standing)),
      memory,
    )
    const hurts = after.eligible < before.eligible && after.mode !== 'normal'
    return hurts ? [`${plan.owner} ${plan.type}`] : []
  })
  // One record may have several pools.
  return [...new Set(hurt)]
}
