/**
 * Where the addresses of a name come from, over all our zones: its CNAMEs and ALIASes are followed without being
 * written, as a resolver would follow them. Used where one name answers or stands for another: ALIAS, the health of
 * targets, hints.
 */
import { type NameScan, scanName } from '../name/scan.ts'
import { rdataAt, type Snapshot } from './layout.ts'
import { type Finding, findZone, lookup } from './lookup.ts'

/** Aliases that are passed for one name. */
export const passesMax = 12

/** What was met on the way. One is reused for every name. */
export interface Trail {
  /** The least TTL of the aliases that were passed; the greatest there is if none was. */
  ttl: number
}

const ttlGreatest = 0x7fff_ffff

/**
 * Looks `name` up, and what it leads to. The finding tells where that ends: an `alias` is a CNAME whose pool has to be
 * asked first. Returns the zone, or 0 if it leads out of our zones or too far. `name` is used up.
 */
export function reach(snapshot: Snapshot, name: NameScan, qtype: number, finding: Finding, trail: Trail): number {
  const { words, bytes } = snapshot
  trail.ttl = ttlGreatest
  for (let passes = 0; passes <= passesMax; passes++) {
    const zone = findZone(snapshot, name, 0)
    if (zone === 0) return 0
    lookup(snapshot, zone, name, qtype, finding)
    const { kind, rrset } = finding
    const passable = kind === 'borrow' || (kind === 'alias' && words[(rrset >>> 2) + 3] === 0)
    if (!passable) return zone
    trail.ttl = Math.min(trail.ttl, words[(rrset >>> 2) + 1]!)
    scanName(bytes, rdataAt(snapshot, zone, rrset, 0), bytes.length, name)
  }
  return 0
}
