/**
 * Walks over the image of a zone, and finds in another one what stands under the same name: by the hashes that both
 * have already, so that two versions of a zone are compared without a string. Offsets are relative to the image.
 */
import { formatName } from '../name/name.ts'
import { rrType } from '../rdata/table.ts'
import {
  aliasType,
  hasRules,
  imageHead,
  nodeHeadOctets,
  nodeNameLength,
  nodeRRsets,
  rrsetOctets,
  rrsetRecords,
  rrsetsAt,
  ruleTableAt,
  ruleTableHeadWords,
} from '../zone/layout.ts'
import type { PoolSlot, ZoneImage } from '../zonefile/image.ts'

/** An image as it is walked over. */
export interface View {
  readonly image: ZoneImage
  readonly bytes: Uint8Array
  readonly words: Uint32Array
}

export function viewOf(image: ZoneImage): View {
  const { octets } = image
  return { image, bytes: octets, words: new Uint32Array(octets.buffer, octets.byteOffset, octets.length >>> 2) }
}

export function forEachSet({ bytes, words }: View, visit: (node: number, at: number, hash: number) => void): void {
  const table = words[imageHead.tableAt]! >>> 2
  const slots = words[imageHead.tableMask]! + 1
  for (let slot = 0; slot < slots; slot++) {
    const node = words[table + slot * 2 + 1]!
    if (node === 0) continue
    const hash = words[table + slot * 2]!
    let at = rrsetsAt(bytes, node)
    for (let left = nodeRRsets(bytes, node); left > 0; left--, at += rrsetOctets) visit(node, at, hash)
  }
}

/** The node of the same name, or 0. */
export function findNode({ bytes, words }: View, hash: number, from: View, node: number): number {
  const table = words[imageHead.tableAt]! >>> 2
  const mask = words[imageHead.tableMask]!
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const found = words[table + slot * 2 + 1]!
    if (found === 0) return 0
    if (words[table + slot * 2] === hash && isSameName(bytes, found, from.bytes, node)) return found
  }
}

function isSameName(a: Uint8Array, atA: number, b: Uint8Array, atB: number): boolean {
  const length = nodeNameLength(a, atA)
  if (length !== nodeNameLength(b, atB)) return false
  return isSame(a, atA + nodeHeadOctets, b, atB + nodeHeadOctets, length)
}

export function isSame(a: Uint8Array, atA: number, b: Uint8Array, atB: number, octets: number): boolean {
  for (let i = 0; i < octets; i++) if (a[atA + i] !== b[atB + i]) return false
  return true
}

/** The set of a type at a node, or 0. */
export function setAt(view: View, node: number, type: number): number {
  let at = rrsetsAt(view.bytes, node)
  for (let left = nodeRRsets(view.bytes, node); left > 0; left--, at += rrsetOctets) {
    if (typeAt(view, at) === type) return at
  }
  return 0
}

export function typeAt({ words }: View, at: number): number {
  return words[at >>> 2]! & 0xffff
}

export function recordsAt({ words }: View, at: number): number {
  return rrsetRecords(words[at >>> 2]!)
}

export function placeAt({ words }: View, at: number): number {
  return words[(at >>> 2) + 3]!
}

export function octetsAt({ words }: View, at: number): number {
  return words[(at >>> 2) + 2]!
}

export function isAddress(type: number): boolean {
  return type === rrType.A || type === rrType.AAAA
}

/** Lowered, in presentation form. */
export function ownerAt({ bytes }: View, node: number): string {
  return formatName(bytes, node + nodeHeadOctets)
}

/** The pools that serve the set, of its rules each one; none for a plain set. */
export function poolsOf(view: View, at: number): readonly PoolSlot[] {
  const place = placeAt(view, at)
  if (place === 0 || typeAt(view, at) === aliasType) return []
  const { words, image } = view
  const table = ruleTableAt(place) >>> 2
  const slots = hasRules(place)
    ? Array.from({ length: words[table]! }, (_, i) => words[table + ruleTableHeadWords + i]! - 1)
    : [place - 1]
  return slots.map(slot => poolAt(image.pools, slot)).flatMap(pool => (pool === -1 ? [] : [image.pools[pool]!]))
}

/** The index of the pool at the slot, or -1. Pools are in the order of their slots. */
export function poolAt(pools: readonly Pick<PoolSlot, 'slot'>[], slot: number): number {
  let low = 0
  let high = pools.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (pools[middle]!.slot < slot) low = middle + 1
    else high = middle
  }
  return pools[low]?.slot === slot ? low : -1
}
