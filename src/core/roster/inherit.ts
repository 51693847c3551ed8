/**
 * What a pool of a new generation takes over from the one it continues, in its own terms: RR indexes by address, tiers
 * by name, members by address. What is gone is left out; a pool that is new, or was not there before a restart, begins
 * with nothing.
 */
import type { Millis } from '../base/units.ts'
import { noMemory, type PoolMemory, type Rotation } from '../rotation/types.ts'
import type { PoolState, Recollection } from './roster.ts'
import type { PoolModel, PoolPlan } from './types.ts'

export type Inheritance = Pick<PoolState, 'inherited' | 'memory' | 'ramps' | 'comesTo'>

export function inheritPool(
  before: PoolState | null,
  { key, pool }: PoolPlan,
  recollection: Recollection | null,
): Inheritance {
  if (before === null) {
    const heldTier = recollection?.heldTiers.get(key) ?? null
    const memory = heldTier === null ? noMemory : { ...noMemory, heldTier: tierCalled(pool, heldTier) }
    return { inherited: null, memory, ramps: null, comesTo: 'unknown' }
  }
  const from = before.plan.pool
  const served = before.rotation ?? before.inherited
  return {
    inherited: served === null ? null : reindexRotation(from, pool, served),
    memory: inheritMemory(from, pool, before.memory),
    ramps: inheritRamps(from, pool, before.ramps),
    comesTo: before.comesTo,
  }
}

/** What a tier is called over edits and restarts. */
export function tierName({ tierNames }: PoolModel, tier: number): string {
  return tierNames[tier] ?? `${tier}`
}

function inheritMemory(from: PoolModel, to: PoolModel, { lastHealthy, heldTier }: PoolMemory): PoolMemory {
  return {
    lastHealthy: reindexing(from, to)(lastHealthy).filter(rr => rr !== null),
    heldTier: heldTier === null ? null : tierCalled(to, tierName(from, heldTier)),
  }
}

function tierCalled(pool: PoolModel, name: string): number | null {
  const tiers = new Set(pool.spec.members.map(({ tier }) => tier))
  return [...tiers].find(tier => tierName(pool, tier) === name) ?? null
}

function inheritRamps(from: PoolModel, to: PoolModel, ramps: PoolState['ramps']): PoolState['ramps'] {
  if (ramps === null) return null
  const byAddress = new Map<string, Millis | null>()
  for (const [at, upMs] of ramps) byAddress.set(from.members[at]!.address, upMs)
  const kept = new Map<number, Millis | null>()
  to.members.forEach(({ address }, at) => {
    const upMs = byAddress.get(address)
    if (upMs !== undefined) kept.set(at, upMs)
  })
  return kept.size === 0 ? null : kept
}

/** Weights go along with the RRs that they belong to. */
function reindexRotation(from: PoolModel, to: PoolModel, rotation: Rotation): Rotation {
  const rrs = reindexing(from, to)(rotation.order)
  const weights = rotation.weights.filter((_, at) => rrs[at] !== null)
  return { ...rotation, order: rrs.filter(rr => rr !== null), weights }
}

/** RR indexes of one generation as those of the next, matched by address; null for what is gone. */
function reindexing(from: PoolModel, to: PoolModel): (rrs: readonly number[]) => readonly (number | null)[] {
  if (sameLayout(from, to)) return rrs => rrs
  const addresses = new Map(from.spec.members.map((member, at) => [member.rr, from.members[at]!.address]))
  const rrOf = new Map(to.spec.members.map((member, at) => [to.members[at]!.address, member.rr]))
  return rrs => rrs.map(rr => rrOf.get(addresses.get(rr) ?? '') ?? null)
}

function sameLayout(a: PoolModel, b: PoolModel): boolean {
  return (
    a.members.length === b.members.length &&
    a.members.every(({ address }, at) => address === b.members[at]!.address) &&
    a.spec.members.every(({ rr }, at) => rr === b.spec.members[at]!.rr)
  )
}
