/**
 * Members that lead to names of ours, and the pools that answer for those names: the health of the one hangs on the
 * others. A pool that something leads to comes to `up` while any of its members is eligible. When that turns, the pools
 * that follow it are decided anew in the same settling, however long the chain.
 */
import type { Verdict } from '../health/types.ts'
import { markDirty, type PoolState, type Roster } from './roster.ts'

/** Finds the pools by their keys. One that is not there answers nothing, so it is none to lead to. */
export function tiePools(roster: Roster): void {
  if (!roster.pools.some(leads)) return
  const indexes = new Map(roster.pools.map(({ plan }, pool) => [plan.key, pool]))
  roster.pools.forEach((state, pool) => {
    if (!leads(state)) return
    state.ties = state.plan.pool.members.map(({ dependsOn }) =>
      dependsOn === undefined ? null : dependsOn.map(key => indexes.get(key)).filter(found => found !== undefined),
    )
    for (const followed of new Set(state.ties.flatMap(tie => tie ?? []))) {
      const { followers } = roster.pools[followed]!
      if (followers === null) roster.pools[followed]!.followers = [pool]
      else followers.push(pool)
    }
  })
}

function leads({ plan }: PoolState): boolean {
  return plan.pool.members.some(({ dependsOn }) => dependsOn !== undefined)
}

/** What the pools come to that the member leads to; up for a member that leads to none. */
export function verdictBehind(roster: Roster, { ties }: PoolState, at: number): Verdict {
  const pools = ties?.[at] ?? null
  if (pools === null) return 'up'
  let behind: Verdict = 'down'
  for (const pool of pools) {
    const { comesTo } = roster.pools[pool]!
    if (comesTo === 'up') return 'up'
    if (comesTo === 'unknown') behind = 'unknown'
  }
  return behind
}

/** Both must be up: what its own checks say, and what it leads to. */
export function joinBehind(own: Verdict, behind: Verdict): Verdict {
  if (own === 'down' || behind === 'down') return 'down'
  return own === 'up' && behind === 'up' ? 'up' : 'unknown'
}

/** Notes what the pool comes to now, and has those that follow it decided anew if that is something else. */
export function noteComesTo(roster: Roster, state: PoolState, comesTo: Verdict): void {
  if (state.comesTo === comesTo) return
  state.comesTo = comesTo
  for (const follower of state.followers ?? []) markDirty(roster, follower)
}
