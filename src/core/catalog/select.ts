/**
 * Which zones stand in a catalog, and in which groups, by names and by `*.NAME` for all that is below one. A zone that
 * nobody may have is in none: a consumer that is told of it could not get it.
 */
import { equalNames, isUnder, isWildcard, type Name, nameKey, parentOf } from '../name/name.ts'
import type { ListedZone } from './make.ts'

/** A zone, or, with `*` as the first label, every zone below the rest. */
export type ZonePattern = Name

export interface CatalogChoice {
  /** Null: every zone. */
  readonly zones: readonly ZonePattern[] | null
  readonly groups: readonly CatalogGroup[]
}

export interface CatalogGroup {
  readonly group: string
  readonly zones: readonly ZonePattern[]
}

/** `zones` are those that may be transferred; none of `catalogs`, by `nameKey`, is listed. */
export function chooseZones(
  { zones: wanted, groups }: CatalogChoice,
  zones: readonly Name[],
  catalogs: ReadonlySet<string>,
): readonly ListedZone[] {
  return zones.flatMap(zone => {
    if (catalogs.has(nameKey(zone)) || (wanted !== null && !isAmong(zone, wanted))) return []
    const own = groups.filter(({ zones: patterns }) => isAmong(zone, patterns)).map(({ group }) => group)
    return [{ zone, groups: own }]
  })
}

function isAmong(zone: Name, patterns: readonly ZonePattern[]): boolean {
  return patterns.some(pattern => {
    if (!isWildcard(pattern)) return equalNames(zone, pattern)
    const rest = parentOf(pattern)!
    return zone.length > rest.length && isUnder(zone, rest)
  })
}
