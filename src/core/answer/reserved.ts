/**
 * Zones that are not for everybody's questions: catalogs (RFC 9432 section 7) tell of all that a server has, and only
 * those who may have them by transfer need to ask. There are a few of them at most, and mostly none.
 */
import { equalNames, type Name } from '../name/name.ts'
import { isOfferedTo } from '../transfer/offer.ts'
import type { Ask } from '../wire/query.ts'
import { imageHead, nodeHeadOctets, nodeNameLength } from '../zone/layout.ts'
import type { Live } from './live.ts'

/** True if the client may not ask for anything in the zone at that absolute offset. */
export function isReserved({ terms, snapshot, desk }: Live, { client }: Ask, zone: number): boolean {
  const { reserved } = terms
  if (reserved === undefined || reserved.length === 0) return false
  const { bytes, words } = snapshot
  const node = zone + words[(zone >>> 2) + imageHead.apexAt]!
  const at = node + nodeHeadOctets
  const apex = bytes.subarray(at, at + nodeNameLength(bytes, node)) as Name
  const found = reserved.find(each => equalNames(each.apex, apex))
  if (found === undefined) return false
  const { octets, length } = client
  return length === 0 || !isOfferedTo(found.access, desk.signer?.name ?? null, octets, length)
}
