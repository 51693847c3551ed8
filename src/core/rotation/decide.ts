/**
 * What a pool may answer now, from its members' standings. Pure and whole: the same standings always give the same
 * rotation, so a missed step can be made up by deciding again.
 *
 * Tiers are asked in turn; the first whose eligible members meet the floor serves, and only that one. `rotate` and
 * `failover` agree on the set and differ in the start: `rotate` moves on by one at each answer, `failover` always
 * begins at the first eligible member in file order (`fixed`). No tier meets the floor: `on_all_down` speaks.
 *
 * Invariants: RR indexes in `order` are distinct; `order` is empty exactly for nodata, servfail and refused; nothing
 * that the operator took out is served while anything else could be.
 */
import { assert, never } from '../base/assert.ts'
import { type Seconds, seconds } from '../base/units.ts'
import type { Standing } from '../health/types.ts'
import type { Floor, PoolSpec, Rotation, RotationMode } from './types.ts'

/**
 * `standings` has one entry for each member, same order; `lastHealthy` is the set that was served when the pool was
 * last normal, empty if it never was.
 */
export function decide(pool: PoolSpec, standings: readonly Standing[], lastHealthy: readonly number[]): Rotation {
  assert(pool.members.length > 0, 'a pool has members')
  assert(standings.length === pool.members.length, 'one standing for each member')
  const tier = servingTier(pool, standings)
  const choice: Choice =
    tier === null
      ? withoutTier(pool, standings, lastHealthy)
      : { mode: 'normal', order: rrsWhere(pool, at => pool.members[at]!.tier === tier && isEligible(standings[at]!)) }
  const calm = choice.mode === 'normal' && !standings.some(isDoubtful)
  return {
    mode: choice.mode,
    order: choice.order,
    ttl: calm ? pool.ttl : lesser(pool.ttl, pool.doubtTtl),
    maxAnswers: pool.maxAnswers,
    fixed: pool.answer === 'failover',
    eligible: standings.filter(isEligible).length,
    members: pool.members.length,
    tier,
  }
}

/** True if the member may be answered while its tier serves. */
export function isEligible(standing: Standing): boolean {
  return standing.override === 'forced-up' || (standing.override === 'none' && standing.verdict === 'up')
}

/** True if both say the same, so that nothing need be published. */
export function equalRotations(a: Rotation, b: Rotation): boolean {
  return (
    a.mode === b.mode &&
    a.ttl === b.ttl &&
    a.maxAnswers === b.maxAnswers &&
    a.fixed === b.fixed &&
    a.eligible === b.eligible &&
    a.members === b.members &&
    a.tier === b.tier &&
    a.order.length === b.order.length &&
    a.order.every((rr, at) => rr === b.order[at])
  )
}

interface Choice {
  readonly mode: RotationMode
  readonly order: readonly number[]
}

/** The lowest tier that has its floor of eligible members, or null. */
function servingTier(pool: PoolSpec, standings: readonly Standing[]): number | null {
  const sizes = new Map<number, { members: number; eligible: number }>()
  pool.members.forEach(({ tier }, at) => {
    const size = sizes.get(tier) ?? { members: 0, eligible: 0 }
    size.members++
    if (isEligible(standings[at]!)) size.eligible++
    sizes.set(tier, size)
  })
  let serving: number | null = null
  for (const [tier, { members, eligible }] of sizes) {
    if (eligible >= needed(pool.floor, members) && (serving === null || tier < serving)) serving = tier
  }
  return serving
}

/** Eligible members that a tier must have; never less than one, or a floor of 0 would serve nothing. */
function needed(floor: Floor, members: number): number {
  const wanted = floor.unit === 'percent' ? Math.ceil((members * floor.amount) / 100) : floor.amount
  return Math.max(1, wanted)
}

function withoutTier(pool: PoolSpec, standings: readonly Standing[], lastHealthy: readonly number[]): Choice {
  switch (pool.onAllDown) {
    case 'nodata':
    case 'servfail':
    case 'refused':
      return { mode: pool.onAllDown, order: [] }
    case 'values': {
      const order = distinct(pool.lastResort)
      return order.length > 0 ? { mode: 'last-resort', order } : failOpen(pool, standings)
    }
    case 'last_healthy': {
      const allowed = rrsWhere(pool, at => !isTakenOut(standings[at]!))
      const order = allowed.filter(rr => lastHealthy.includes(rr))
      return order.length > 0 ? { mode: 'last-healthy', order } : failOpen(pool, standings)
    }
    case 'all':
      return failOpen(pool, standings)
    default:
      return never(pool.onAllDown)
  }
}

/** Every member but those that the operator took out; if that leaves none, every member. */
function failOpen(pool: PoolSpec, standings: readonly Standing[]): Choice {
  const order = rrsWhere(pool, at => !isTakenOut(standings[at]!))
  return { mode: 'fail-open', order: order.length > 0 ? order : rrsWhere(pool, () => true) }
}

/** RRs of the members chosen by index, by tier and then in file order. Members of several tiers may share one. */
function rrsWhere(pool: PoolSpec, chosen: (at: number) => boolean): readonly number[] {
  const at = [...pool.members.keys()].filter(chosen)
  at.sort((a, b) => pool.members[a]!.tier - pool.members[b]!.tier || a - b)
  return distinct(at.map(index => pool.members[index]!.rr))
}

function distinct(rrs: readonly number[]): readonly number[] {
  return [...new Set(rrs)]
}

function isTakenOut(standing: Standing): boolean {
  return standing.override === 'forced-down' || standing.override === 'drained'
}

function isDoubtful(standing: Standing): boolean {
  return standing.pending || standing.verdict === 'unknown' || standing.override !== 'none'
}

function lesser(a: Seconds, b: Seconds): Seconds {
  return seconds(Math.min(a, b))
}
