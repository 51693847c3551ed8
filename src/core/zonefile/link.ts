/**
 * Which pools the health of a name hangs on: members that lead to names of ours are tied to the pools that answer for
 * those names now. Done when the images of all zones are together, with the very lookups that answer queries, so it is
 * right across zones and behind aliases and wildcards, and an edit of one zone ties the others anew.
 * A target elsewhere, or one with an address that is always answered, is up; one of ours without any address is down.
 */
import { createNameScan, type NameScan, scanName } from '../name/scan.ts'
import { rrType } from '../rdata/table.ts'
import type { MemberModel } from '../roster/types.ts'
import { hasRules, imageHead, type Snapshot } from '../zone/layout.ts'
import { createFinding, type Finding } from '../zone/lookup.ts'
import { reach, type Trail } from '../zone/reach.ts'
import { ruleSlotAt, ruleSlots } from '../zone/rules.ts'
import type { CursorSlot, PoolSlot } from './image.ts'

/** Pools with their members tied. Those of SRV, SVCB and HTTPS that hang on nothing of ours are left out. */
export function linkPools(snapshot: Snapshot, pools: readonly PoolSlot[]): readonly PoolSlot[] {
  if (!pools.some(leads)) return pools
  const desk: Desk = { snapshot, pools, name: createNameScan(), finding: createFinding(), trail: { ttl: 0 } }
  return pools.flatMap(pool => {
    if (!leads(pool)) return [pool]
    const { plan } = pool
    const members = plan.pool.members.map(member => tie(desk, member))
    const hangs = members.some(member => member.dependsOn !== undefined && member.dependsOn.length > 0)
    if (pool.derived && !hangs) return []
    return [{ ...pool, plan: { ...plan, pool: { ...plan.pool, members } } }]
  })
}

/** A cursor whose answers are a pool's: an ALIAS takes turns of its own with its target's members. */
export interface Borrower {
  readonly slot: number
  /** Index of the pool. */
  readonly pool: number
}

/** Where each ALIAS leads as long as this snapshot is served; those are left out that lead to no one pool. */
export function findBorrowers(
  snapshot: Snapshot,
  cursors: readonly CursorSlot[],
  pools: readonly PoolSlot[],
): readonly Borrower[] {
  const name = createNameScan()
  const finding = createFinding()
  return cursors.flatMap(({ owner, type, slot }) => {
    scanName(owner, 0, owner.length, name)
    const zone = reach(snapshot, name, type, finding, { ttl: 0 })
    if (zone === 0 || finding.kind !== 'answer') return []
    const place = snapshot.words[(finding.rrset >>> 2) + 3]!
    if (place === 0 || hasRules(place)) return []
    const [own = 0] = slotsOf(snapshot, zone, place)
    const pool = poolAt(pools, own)
    return pools[pool]?.slot === own ? [{ slot, pool }] : []
  })
}

interface Desk {
  readonly snapshot: Snapshot
  /** By rising slot. */
  readonly pools: readonly PoolSlot[]
  readonly name: NameScan
  readonly finding: Finding
  readonly trail: Trail
}

function leads({ plan }: PoolSlot): boolean {
  return plan.pool.members.some(member => member.target !== undefined)
}

function tie(desk: Desk, member: MemberModel): MemberModel {
  if (member.target === undefined) return member
  const keys = new Set<string>()
  for (const type of [rrType.A, rrType.AAAA]) if (gather(desk, member.target, type, keys) === 'up') return member
  return { ...member, dependsOn: [...keys] }
}

/** Adds the keys of the pools that answer for the name. `up`: no pool of ours has a say. */
function gather({ snapshot, pools, name, finding, trail }: Desk, target: Uint8Array, type: number, keys: Set<string>) {
  scanName(target, 0, target.length, name)
  const zone = reach(snapshot, name, type, finding, trail)
  if (zone === 0) return 'up'
  switch (finding.kind) {
    case 'nodata':
    case 'nxdomain':
      return 'tied'
    case 'referral':
    case 'redirect':
    case 'borrow':
      return 'up'
    case 'answer':
    case 'alias': {
      const place = snapshot.words[(finding.rrset >>> 2) + 3]!
      if (place === 0) return 'up'
      for (const slot of slotsOf(snapshot, zone, place)) keys.add(pools[poolAt(pools, slot)]!.plan.key)
      return 'tied'
    }
  }
}

function slotsOf(snapshot: Snapshot, zone: number, place: number): readonly number[] {
  if (!hasRules(place)) return [snapshot.words[(zone >>> 2) + imageHead.boardBase]! + place - 1]
  return Array.from({ length: ruleSlots(snapshot, zone, place) }, (_, i) => ruleSlotAt(snapshot, zone, place, i))
}

/** The pool with this slot, which there is. */
function poolAt(pools: readonly PoolSlot[], slot: number): number {
  let low = 0
  let high = pools.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (pools[middle]!.slot < slot) low = middle + 1
    else high = middle
  }
  return low
}
