/**
 * What becomes of the zones that a server has from catalogs when those say something new (RFC 9432 section 5). A zone
 * belongs to the catalog that brought it until that one no longer lists it, or hands it over (section 4.3.1).
 * Invariants: a catalog that is broken, expired or not there yet changes nothing about its zones; of two catalogs with
 * one zone the first keeps it; a zone that the server has from elsewhere is never taken from there.
 */
import { equalNames, type Name, nameKey } from '../name/name.ts'
import type { CatalogMember, CatalogMembers } from './catalog.ts'

/** A zone and the catalog that it is here for. */
export interface Membership {
  readonly zone: Name
  /** Lowered. */
  readonly catalog: Name
  readonly unique: string
  readonly groups: readonly string[]
}

/** By the `nameKey` of the zones. */
export type Memberships = ReadonlyMap<string, Membership>

/** A catalog as it was heard last; null: it says nothing that may be acted on now. */
export interface HeardCatalog {
  readonly name: Name
  readonly members: CatalogMembers | null
}

/** A zone that a catalog lists and does not get: `by` is the catalog that has it, null if it is the server's own. */
export interface Clash {
  readonly zone: Name
  readonly catalog: Name
  readonly by: Name | null
}

export interface MemberPlan {
  readonly after: Memberships
  /** Zones that were not there. */
  readonly add: readonly Membership[]
  /** Zones that go, with all that was kept of them. */
  readonly drop: readonly Membership[]
  /** Zones that begin anew: what was kept of them is of another life. */
  readonly reset: readonly Membership[]
  readonly clashes: readonly Clash[]
}

/** `catalogs` in the order in which they have a say; `own` are keys of zones that the server has from elsewhere. */
export function planMembers(
  before: Memberships,
  catalogs: readonly HeardCatalog[],
  own: ReadonlySet<string>,
): MemberPlan {
  const heard = new Map(catalogs.map(catalog => [nameKey(catalog.name), catalog]))
  const after = new Map<string, Membership>()
  const add: Membership[] = []
  const drop: Membership[] = []
  const reset: Membership[] = []
  const clashes: Clash[] = []
  for (const [key, membership] of before) {
    const next = own.has(key) ? null : stay(key, membership, heard)
    if (next === null) {
      drop.push(membership)
      continue
    }
    after.set(key, next)
    if (next.unique !== membership.unique) reset.push(next)
  }
  for (const { name, members } of catalogs) {
    for (const [key, member] of members ?? []) {
      const holder = after.get(key)
      if (holder !== undefined && equalNames(holder.catalog, name)) continue
      if (holder !== undefined || own.has(key)) {
        clashes.push({ zone: member.zone, catalog: name, by: holder?.catalog ?? null })
        continue
      }
      const membership = membershipOf(member, name)
      after.set(key, membership)
      add.push(membership)
    }
  }
  return { after, ...withoutReturns(add, drop, reset), clashes }
}

/** The zone's place from now on; null: nothing has it any more. */
function stay(key: string, membership: Membership, heard: ReadonlyMap<string, HeardCatalog>): Membership | null {
  const catalog = heard.get(nameKey(membership.catalog))
  if (catalog === undefined) return null
  if (catalog.members === null) return membership
  const listed = catalog.members.get(key)
  if (listed === undefined) return null
  const { successor } = listed
  const heir = successor === null ? undefined : heard.get(nameKey(successor))
  const taken = heir?.members?.get(key)
  if (heir !== undefined && taken !== undefined) return membershipOf(taken, heir.name)
  return membershipOf(listed, catalog.name)
}

function membershipOf({ zone, unique, groups }: CatalogMember, catalog: Name): Membership {
  return { zone, catalog, unique, groups }
}

/** A zone that one catalog let go and another had listed before is there as ever, but begins anew. */
function withoutReturns(
  add: readonly Membership[],
  drop: readonly Membership[],
  reset: readonly Membership[],
): Pick<MemberPlan, 'add' | 'drop' | 'reset'> {
  const added = new Map(add.map(membership => [nameKey(membership.zone), membership]))
  const dropped = new Set(drop.map(({ zone }) => nameKey(zone)))
  return {
    add: add.filter(({ zone }) => !dropped.has(nameKey(zone))),
    drop: drop.filter(({ zone }) => !added.has(nameKey(zone))),
    reset: [...reset, ...add.filter(({ zone }) => dropped.has(nameKey(zone)))],
  }
}
