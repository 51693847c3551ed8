/**
 * The flat layout of a compiled zone and of a snapshot, which is many of them in one SharedArrayBuffer.
 * Invariant: every offset inside a zone image is relative to the image, so an unchanged zone is carried into the next
 * generation by copying its octets. Words are 32 bits in the machine's order; an image and all its parts are aligned
 * to four octets; offset 0 means "none".
 *
 *   snapshot   head (8 words) · zone table (hash, image offset)… · image · image …
 *   image      head (10 words) · node table (hash, node offset)… · nodes · record octets
 *   node       word 0 cut   node of the topmost zone cut or DNAME at or above this name
 *              word 1 wild  node of the wildcard directly below this name
 *              octets 8..11: RRset count, name length, 1 if it has a DNAME, 0 · name, lowered, padded · RRsets
 *   RRset      word 0 type | count << 16 | whole << 31 · word 1 ttl · word 2 record octets · word 3 board slot + 1,
 *              relative; whole: it is answered whole or truncated
 *   records    of A and AAAA: addresses side by side
 *              of others: word 0 number of extras · extras (node offset | 1 if required glue) · (u16 length, rdata)…
 */

export const snapshotMagic = 0x524f4231
export const snapshotHead = {
  magic: 0,
  generation: 1,
  zones: 2,
  zoneTableAt: 3,
  zoneTableMask: 4,
  apexLabelsMax: 5,
  boardWords: 6,
  octets: 7,
} as const
export const snapshotHeadWords = 8

export const imageHead = {
  octets: 0,
  tableAt: 1,
  tableMask: 2,
  apexAt: 3,
  soaAt: 4,
  negativeTtl: 5,
  nodes: 6,
  boardWords: 7,
  /** Where this zone's slots begin on the board; written when images are joined. */
  boardBase: 8,
  apexLabels: 9,
} as const
export const imageHeadWords = 10

export const nodeHeadOctets = 12
export const rrsetOctets = 16

/** Records of an RRset, from its word 0. */
export function rrsetRecords(word: number): number {
  return (word >>> 16) & 0x7fff
}

/** True if no part of the RRset may be left out: a rotated one that neither health nor policy makes smaller. */
export function isAnsweredWhole(word: number): boolean {
  return word >>> 31 === 1
}

/** Set on an extra that RFC 9471 calls in-domain glue: a referral without it is useless, so it truncates. */
export const extraRequired = 1

/** Compiled zones of one generation. The views all look at `memory`. */
export interface Snapshot {
  readonly memory: SharedArrayBuffer
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  /** For comparing four octets at a time at any offset, which `words` cannot. */
  readonly view: DataView
  readonly generation: number
  readonly zones: number
  readonly zoneTableAt: number
  readonly zoneTableMask: number
  readonly apexLabelsMax: number
  readonly boardWords: number
}

/** Opens the views over a snapshot's memory: what a worker does when a generation is handed to it. */
export function openSnapshot(memory: SharedArrayBuffer): Snapshot {
  const words = new Uint32Array(memory)
  return {
    memory,
    bytes: new Uint8Array(memory),
    words,
    view: new DataView(memory),
    generation: words[snapshotHead.generation]!,
    zones: words[snapshotHead.zones]!,
    zoneTableAt: words[snapshotHead.zoneTableAt]!,
    zoneTableMask: words[snapshotHead.zoneTableMask]!,
    apexLabelsMax: words[snapshotHead.apexLabelsMax]!,
    boardWords: words[snapshotHead.boardWords]!,
  }
}

/** Octets up to the next multiple of four. */
export function aligned(octets: number): number {
  return (octets + 3) & ~3
}

/** Slots of an open-addressing table for `entries`, a power of two at most two thirds full. */
export function tableSlots(entries: number): number {
  let slots = 2
  while (slots * 2 < entries * 3) slots *= 2
  return slots
}

export function nodeNameLength(bytes: Uint8Array, node: number): number {
  return bytes[node + 9]!
}

export function nodeRRsets(bytes: Uint8Array, node: number): number {
  return bytes[node + 8]!
}

/** True if names below this one are redirected (RFC 6672), which the name itself is not. */
export function isRedirecting(bytes: Uint8Array, node: number): boolean {
  return bytes[node + 10] === 1
}

/** Where the RRsets of a node begin. */
export function rrsetsAt(bytes: Uint8Array, node: number): number {
  return node + nodeHeadOctets + aligned(nodeNameLength(bytes, node))
}
