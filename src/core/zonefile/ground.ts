/**
 * A zone as others see it: which names there are and which types they have, read from the zone's image. So nothing but
 * the image need be kept of a zone to look names up across zones, however many it has.
 */
import { readU16 } from '../base/bytes.ts'
import { hashName } from '../name/hash.ts'
import { lowerName, type Name, nameKey, parentOf, wildcardOf } from '../name/name.ts'
import { rrType } from '../rdata/table.ts'
import {
  aliasType,
  imageHead,
  isRedirecting,
  nodeHeadOctets,
  nodeNameLength,
  nodeRRsets,
  rrsetOctets,
  rrsetRecords,
  rrsetsAt,
} from '../zone/layout.ts'
import type { ZoneImage } from './image.ts'

export interface Ground {
  readonly name: Name
  /** Null for unknown ground: a zone whose file has errors. */
  readonly image: ZoneImage | null
}

/** The zones by name, as `groundOf` looks for them. */
export type Grounds = ReadonlyMap<string, Ground>

/** The deepest of our zones that the name is in. */
export function groundOf(name: Name, grounds: Grounds): Ground | null {
  for (let above: Name | null = name; above !== null; above = parentOf(above)) {
    const ground = grounds.get(nameKey(above))
    if (ground !== undefined) return ground
  }
  return null
}

/** The name that answers a question for `name`: itself, or the wildcard that covers it (RFC 4592 section 3.3.1). */
export function answeringName(image: ZoneImage, name: Name): Name | null {
  if (nodeOf(image, name) !== 0) return name
  for (let above = parentOf(name); above !== null && above.length >= image.apex.length; above = parentOf(above)) {
    if (nodeOf(image, above) === 0) continue
    const wildcard = wildcardOf(above)
    return wildcard === null || nodeOf(image, wildcard) === 0 ? null : wildcard
  }
  return null
}

/** The types that stand at exactly this name; none if it is not there. */
export function typesOf(image: ZoneImage, name: Name): ReadonlySet<number> {
  const { octets } = image
  const words = wordsOf(octets)
  const node = nodeOf(image, name)
  const types = new Set<number>()
  if (node === 0) return types
  const from = rrsetsAt(octets, node)
  for (let i = 0; i < nodeRRsets(octets, node); i++) types.add(words[(from + i * rrsetOctets) >>> 2]! & 0xffff)
  return types
}

/** The names that exactly this name leads to: those of its CNAME, be they a pool's, or that of its ALIAS. */
export function leadsTo(image: ZoneImage, name: Name): readonly Name[] {
  const { octets } = image
  const words = wordsOf(octets)
  const node = nodeOf(image, name)
  if (node === 0) return []
  const names: Name[] = []
  const from = rrsetsAt(octets, node)
  for (let rrset = from; rrset < from + nodeRRsets(octets, node) * rrsetOctets; rrset += rrsetOctets) {
    const head = words[rrset >>> 2]!
    if ((head & 0xffff) !== rrType.CNAME && (head & 0xffff) !== aliasType) continue
    const recordsAt = words[(rrset >>> 2) + 2]!
    let at = recordsAt + 4 + words[recordsAt >>> 2]! * 4
    for (let left = rrsetRecords(head); left > 0; left--) {
      const end = at + 2 + readU16(octets, at)
      names.push(octets.subarray(at + 2, end) as Name)
      at = end
    }
  }
  return names
}

/** True if a DNAME stands above the name; what is delegated away further up is for others to say. */
export function isRedirected(image: ZoneImage, name: Name): boolean {
  let redirected = false
  for (let above = parentOf(name); above !== null && above.length >= image.apex.length; above = parentOf(above)) {
    const node = nodeOf(image, above)
    if (node === 0) continue
    if (isRedirecting(image.octets, node)) redirected = true
    else if (above.length > image.apex.length && typesOf(image, above).has(rrType.NS)) redirected = false
  }
  return redirected
}

/** True if the name is in a part of the zone that is delegated away, where others know the addresses. */
export function isDelegated(image: ZoneImage, name: Name): boolean {
  for (let above: Name | null = name; above !== null && above.length > image.apex.length; above = parentOf(above)) {
    if (typesOf(image, above).has(rrType.NS)) return true
  }
  return false
}

/** The node of a name, or 0. */
function nodeOf({ octets }: ZoneImage, name: Name): number {
  const words = wordsOf(octets)
  const lowered = lowerName(name)
  const hash = hashName(lowered) >>> 0
  const table = words[imageHead.tableAt]! >>> 2
  const mask = words[imageHead.tableMask]!
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const node = words[table + slot * 2 + 1]!
    if (node === 0 || (words[table + slot * 2] === hash && isNamed(octets, node, lowered))) return node
  }
}

function isNamed(octets: Uint8Array, node: number, lowered: Name): boolean {
  if (nodeNameLength(octets, node) !== lowered.length) return false
  for (let i = 0; i < lowered.length; i++) if (octets[node + nodeHeadOctets + i] !== lowered[i]) return false
  return true
}

function wordsOf({ buffer, byteOffset, length }: Uint8Array): Uint32Array {
  return new Uint32Array(buffer, byteOffset, length >>> 2)
}
