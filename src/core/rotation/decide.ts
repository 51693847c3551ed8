/**
 * What a pool may answer now, from its members' standings. Pure and whole: the same standings and the same memory
 * always give the same rotation, so a missed step can be made up by deciding again.
 *
 * Tiers are asked in turn; the first whose eligible members meet the floor serves, and only that one; with manual
 * failback the one that served last goes on as long as it can. `answer` changes nothing in who may be answered, only
 * who comes first. No tier meets the floor: `on_all_down` speaks.
 *
 * Invariants: RR indexes in `order` are distinct; `order` is empty exactly for nodata, servfail and refused; nothing
 * that the operator took out is served while anything else could be; only pools that are `weighed` get weights.
 */
import { assert, never } from '../base/assert.ts'
import { type Seconds, seconds } from '../base/units.ts'
import type { Standing } from '../health/types.ts'
import type { AnswerPolicy, Floor, PoolMemory, PoolSpec, Rotation, RotationMode } from './types.ts'
import { weigh } from './weights.ts'

/** `standings` has one entry for each member, same order. */
export function decide(pool: PoolSpec, standings: readonly Standing[], memory: PoolMemory): Rotation {
  assert(pool.members.length > 0, 'a pool has members')
  assert(pool.weighed || pool.answer === 'rotate' || pool.answer === 'failover', 'a pool with no room for its weights')
  assert(standings.length === pool.members.length, 'one standing for each member')
  const tier = servingTier(pool, standings, memory.heldTier)
  const choice =
    tier === null
      ? withoutTier(pool, standings, memory.lastHealthy)
      : holdFirst(pool, tier, memory, chooseTier(pool, standings, tier))
  const weights = weightsOf(pool, standings, choice)
  const calm = choice.mode === 'normal' && !standings.some(isDoubtful)
  return {
    mode: choice.mode,
    order: choice.chosen.map(at => at.rr),
    weights,
    ttl: calm ? pool.ttl : lesser(pool.ttl, pool.doubtTtl),
    maxAnswers: pool.maxAnswers,
    answer: readingOf(pool.answer, weights),
    sticky: pool.sticky,
    eligible: standings.filter(isEligible).length,
    members: pool.members.length,
    tier,
  }
}

/** True if the member may be answered while its tier serves. */
export function isEligible({ override, verdict, share }: Standing): boolean {
  return override === 'forced-up' || (override === 'none' && verdict === 'up' && share > 0)
}

/** True if both say the same, so that nothing need be published. */
export function equalRotations(a: Rotation, b: Rotation): boolean {
  return (
    a.mode === b.mode &&
    a.ttl === b.ttl &&
    a.maxAnswers === b.maxAnswers &&
    a.answer === b.answer &&
    a.sticky.v4 === b.sticky.v4 &&
    a.sticky.v6 === b.sticky.v6 &&
    a.eligible === b.eligible &&
    a.members === b.members &&
    a.tier === b.tier &&
    equalLists(a.order, b.order) &&
    equalLists(a.weights, b.weights)
  )
}

/** An RR that may be answered; `member` is the first that answers with it, null for a last resort. */
interface Chosen {
  readonly rr: number
  readonly member: number | null
}

interface Choice {
  readonly mode: RotationMode
  readonly chosen: readonly Chosen[]
}

/** The held tier while it has its floor of eligible members, else the lowest that has, or null. */
function servingTier(pool: PoolSpec, standings: readonly Standing[], heldTier: number | null): number | null {
  const sizes = new Map<number, { members: number; eligible: number }>()
  pool.members.forEach(({ tier }, at) => {
    const size = sizes.get(tier) ?? { members: 0, eligible: 0 }
    size.members++
    if (isEligible(standings[at]!)) size.eligible++
    sizes.set(tier, size)
  })
  let serving: number | null = null
  for (const [tier, { members, eligible }] of sizes) {
    if (eligible < needed(pool.floor, members)) continue
    if (pool.failback === 'manual' && tier === heldTier) return tier
    if (serving === null || tier < serving) serving = tier
  }
  return serving
}

/** Eligible members that a tier must have; never less than one, or a floor of 0 would serve nothing. */
function needed(floor: Floor, members: number): number {
  const wanted = floor.unit === 'percent' ? Math.ceil((members * floor.amount) / 100) : floor.amount
  return Math.max(1, wanted)
}

function chooseTier(pool: PoolSpec, standings: readonly Standing[], tier: number): Choice {
  return choose('normal', pool, at => pool.members[at]!.tier === tier && isEligible(standings[at]!))
}

/** With manual failback who came first goes on to, within his tier too: a member that recovered queues up behind. */
function holdFirst(pool: PoolSpec, tier: number, { heldTier, lastHealthy }: PoolMemory, choice: Choice): Choice {
  if (pool.answer !== 'failover' || pool.failback !== 'manual' || heldTier !== tier) return choice
  const first = choice.chosen.find(({ rr }) => rr === lastHealthy[0])
  if (first === undefined) return choice
  return { ...choice, chosen: [first, ...choice.chosen.filter(other => other !== first)] }
}

function withoutTier(pool: PoolSpec, standings: readonly Standing[], lastHealthy: readonly number[]): Choice {
  switch (pool.onAllDown) {
    case 'nodata':
    case 'servfail':
    case 'refused':
      return { mode: pool.onAllDown, chosen: [] }
    case 'values': {
      const chosen = [...new Set(pool.lastResort)].map(rr => ({ rr, member: null }))
      return chosen.length > 0 ? { mode: 'last-resort', chosen } : failOpen(pool, standings)
    }
    case 'last_healthy': {
      const wasServed = (at: number) => lastHealthy.includes(pool.members[at]!.rr)
      const choice = choose('last-healthy', pool, at => wasServed(at) && !isTakenOut(standings[at]!))
      return choice.chosen.length > 0 ? choice : failOpen(pool, standings)
    }
    case 'all':
      return failOpen(pool, standings)
    default:
      return never(pool.onAllDown)
  }
}

/** Every member but those that the operator took out; if that leaves none, every member. */
function failOpen(pool: PoolSpec, standings: readonly Standing[]): Choice {
  const choice = choose('fail-open', pool, at => !isTakenOut(standings[at]!))
  return choice.chosen.length > 0 ? choice : choose('fail-open', pool, () => true)
}

/** RRs of the members that fit, by tier and then in file order. Members of several tiers may share one. */
function choose(mode: RotationMode, pool: PoolSpec, fits: (at: number) => boolean): Choice {
  const members = [...pool.members.keys()].filter(fits)
  members.sort((a, b) => pool.members[a]!.tier - pool.members[b]!.tier || a - b)
  const chosen = new Map<number, Chosen>()
  for (const member of members) {
    const { rr } = pool.members[member]!
    if (!chosen.has(rr)) chosen.set(rr, { rr, member })
  }
  return { mode, chosen: [...chosen.values()] }
}

/** By share only while health chooses: of the share of who is down nothing is known. */
function weightsOf(pool: PoolSpec, standings: readonly Standing[], { mode, chosen }: Choice): readonly number[] {
  if (!pool.weighed || pool.answer === 'failover' || chosen.length < 2) return []
  const counts = pool.answer !== 'rotate'
  const weights = chosen.map(({ member }) => (counts && member !== null ? pool.members[member]!.weight : 1))
  const shares = chosen.map(({ member }) => {
    if (mode !== 'normal' || member === null || standings[member]!.override === 'forced-up') return 1
    return standings[member]!.share
  })
  return weigh(weights, shares)
}

function readingOf(answer: AnswerPolicy, weights: readonly number[]): AnswerPolicy {
  if (answer !== 'rotate' && answer !== 'weighted') return answer
  return weights.length > 0 ? 'weighted' : 'rotate'
}

function equalLists(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at])
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
