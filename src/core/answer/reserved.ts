/**
 * Zones that are not for everybody's questions: catalogs (RFC 9432 section 7) tell of all that a server has, and only
 * those who may have them by transfer need to ask. There are a few of them at most, and mostly none.
 */
import { equalNames, type Name } from '../name/name.ts'
import { isOfferedTo } from '../transfer/offer.ts'
import type { ReservedZone } from '../transfer/reserved.ts'
import type { Ask } from '../wire/query.ts'
import { imageHead, nodeHeadOctets, nodeNameLength } from '../zone/layout.ts'
import type { Live } from './live.ts'

/** True if the client may not ask for anything in the zone at that absolute offset. */
export function isReserved(live: Live, { client }: Ask, zone: number): boolean {
  const found = findReserved(live, zone)
  if (found === null) return false
  const { octets, length } = client
  return length === 0 || !isOfferedTo(found.access, live.desk.signer?.name ?? null, octets, length)
}

/** The zone if it is not for everybody's questions, whoever asks; null if it is. */
export function findReserved({ terms, snapshot }: Live, zone: number): ReservedZone | null {
  const { reserved } = terms
  if (reserved === undefined || reserved.length === 0) return null
  const { bytes, words } = snapshot
  const node = zone + words[(zone >>> 2) + imageHead.apexAt]!
  const at = node + nodeHeadOctets
  const apex = bytes.subarray(at, at + nodeNameLength(bytes, node)) as Name
  return reserved.find(each => equalNames(each.apex, apex)) ?? null
}
