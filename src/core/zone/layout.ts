/**
 * The flat layout of a compiled zone and of a snapshot, which is many of them in one SharedArrayBuffer.
 * Invariant: every offset inside a zone image is relative to the image, so an unchanged zone is carried into the next
 * generation by copying its octets. Words are 32 bits in the machine's order; an image and all its parts are aligned
 * to four octets; offset 0 means "none".
 *
 *   snapshot   head (8 words) · zone table (hash, image offset)… · image · image …
 *   image      head (11 words) · node table (hash, node offset)… · nodes · record octets
 *   node       word 0 cut   node of the topmost zone cut or DNAME at or above this name
 *              word 1 wild  node of the wildcard directly below this name
 *              octets 8..11: RRset count, name length, 1 if it has a DNAME, 0 · name, lowered, padded · RRsets
 *   RRset      word 0 type | count << 16 | flags (below) · word 1 ttl · word 2 record octets · word 3 where its
 *              rotation stands: 0 none · board slot + 1, relative · or, with its highest bit set, a rule table
 *   records    of A and AAAA: addresses side by side
 *              of others: word 0 number of extras · extras (node offset | 1 if required glue) · (u16 length, rdata)…
 *   rule table word 0 number of slots · word 1 spans of IPv4 · word 2 spans of IPv6 · slots + 1 (the first serves
 *              clients that no rule names) · IPv4 spans (first address, slot + 1)… · IPv6 spans (first address in four
 *              words, slot + 1)…; spans are in order, the first begins at address 0, each ends before the next one
 */
import { readU16 } from '../base/bytes.ts'
import { slotWords } from '../rotation/slot.ts'

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
  /** 1: the zone is ours, but what there is of it must not be answered from (never pulled, or expired). */
  withheld: 10,
} as const
export const imageHeadWords = 11

/**
 * A zone's own place on the board begins with its live serial, which replaces the one in its SOA; 0: that one holds.
 * Slots follow.
 */
export const boardSerialAt = 0
export const boardHeadWords = 1

export const nodeHeadOctets = 12
export const rrsetOctets = 16

/**
 * The type of an RRset that answers A and AAAA as its target does (`type: ALIAS`): never on the wire (type 0 is
 * reserved, RFC 6895 section 3.1), its one record is the name of the target, its slot two cursors.
 */
export const aliasType = 0
/** Where the cursor for AAAA stands behind the one for A, in words of the board. */
export const aliasCursorWords = slotWords(0, false)

/** Records of an RRset, from its word 0. */
export function rrsetRecords(word: number): number {
  return (word >>> 16) & 0x1ff
}

/** The members of its pools may count differently, so its slots have room for weights. */
export const rrsetWeighed = 1 << 29
/** Some record (of SVCB or HTTPS) gives addresses that may be those of a pool. */
export const rrsetHinting = 1 << 30
/** No part of the RRset may be left out: a rotated one that neither health nor policy makes smaller. */
export const rrsetWhole = 1 << 31

/** True if no part of the RRset may be left out. */
export function isAnsweredWhole(word: number): boolean {
  return word >>> 31 === 1
}

/** True if clients are told apart: word 3 of the RRset then leads to a rule table. */
export function hasRules(place: number): boolean {
  return place >>> 31 === 1
}

/** The offset of the rule table, relative to the image. */
export function ruleTableAt(place: number): number {
  return place & 0x7fffffff
}

export const ruleTableHeadWords = 3
export const spanWordsV4 = 2
export const spanWordsV6 = 5

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

/** True for a zone that is answered with SERVFAIL, whatever is asked. `zone` is the absolute offset of its image. */
export function isWithheld({ words }: Snapshot, zone: number): boolean {
  return words[(zone >>> 2) + imageHead.withheld] === 1
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

/** Where the rdata of one record of a set begins; not for A and AAAA. Its length stands in the two octets before. */
export function rdataAt({ words, bytes }: Snapshot, zone: number, rrset: number, record: number): number {
  const recordsAt = zone + words[(rrset >>> 2) + 2]!
  let at = recordsAt + 4 + words[recordsAt >>> 2]! * 4
  for (let i = 0; i < record; i++) at += 2 + readU16(bytes, at)
  return at + 2
}
