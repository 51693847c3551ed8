/**
 * Which pool's slot serves a client, by the rule table of an RRset, and how far that holds: nested networks are
 * flattened into spans of the address space, so one binary search finds the longest match over all rules.
 *
 * The scope is that of RFC 7871 section 7.2.1: the shortest prefix of the client's address within which every client
 * gets the same pool. It is never shorter than the network that matched, and longer around more specific ones inside;
 * so scopes of one RRset never overlap, whatever the order of queries.
 */
import { imageHead, ruleTableAt, ruleTableHeadWords, type Snapshot, spanWordsV4, spanWordsV6 } from './layout.ts'

/** One is reused for every question. */
export interface Route {
  /** Absolute on the board. */
  slot: number
  /** Bits of the client's address that the choice depends on. */
  scope: number
}

/** Slots of an RRset with rules. */
export function ruleSlots(snapshot: Snapshot, zone: number, place: number): number {
  return snapshot.words[tableOf(zone, place)]!
}

/** One of them, absolute on the board; number 0 serves clients that no rule names. */
export function ruleSlotAt(snapshot: Snapshot, zone: number, place: number, number: number): number {
  const { words } = snapshot
  const relative = words[tableOf(zone, place) + ruleTableHeadWords + number]! - 1
  return words[(zone >>> 2) + imageHead.boardBase]! + relative
}

/** `place` is word 3 of the RRset; `length` octets of address count: 4, 16, or 0 for a client that is not known. */
export function findRoute(
  snapshot: Snapshot,
  zone: number,
  place: number,
  octets: Uint8Array,
  length: number,
  route: Route,
): void {
  const { words } = snapshot
  const table = tableOf(zone, place)
  const spansV4 = words[table + 1]!
  const spansV6 = words[table + 2]!
  const v4At = table + ruleTableHeadWords + words[table]!
  const boardBase = words[(zone >>> 2) + imageHead.boardBase]!
  let relative: number
  if (length === 4) {
    const at = searchV4(words, v4At, spansV4, octets)
    relative = words[at + 1]!
    route.scope = scopeV4(words, v4At, spansV4, at, octets)
  } else if (length === 16) {
    const v6At = v4At + spansV4 * spanWordsV4
    const at = searchV6(words, v6At, spansV6, octets)
    relative = words[at + 4]!
    route.scope = scopeV6(words, v6At, spansV6, at, octets)
  } else {
    relative = words[table + ruleTableHeadWords]!
    route.scope = 0
    route.slot = boardBase + relative - 1
    return
  }
  // A scope of 0 is taken for all networks of both families (RFC 7871 section 7.3.1), and some are told apart.
  if (route.scope === 0) route.scope = 1
  route.slot = boardBase + relative - 1
}

function tableOf(zone: number, place: number): number {
  return (zone + ruleTableAt(place)) >>> 2
}

function searchV4(words: Uint32Array, from: number, spans: number, octets: Uint8Array): number {
  const address = wordAt(octets, 0)
  let low = 0
  let high = spans
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (words[from + middle * spanWordsV4]! <= address) low = middle
    else high = middle
  }
  return from + low * spanWordsV4
}

/** One bit more than the address has in common with the last one before its span, and with the first one behind. */
function scopeV4(words: Uint32Array, from: number, spans: number, at: number, octets: Uint8Array): number {
  const address = wordAt(octets, 0)
  const before = at === from ? -1 : Math.clz32(address ^ (words[at]! - 1))
  const behind = at === from + (spans - 1) * spanWordsV4 ? -1 : Math.clz32(address ^ words[at + spanWordsV4]!)
  return Math.max(before, behind) + 1
}

function searchV6(words: Uint32Array, from: number, spans: number, octets: Uint8Array): number {
  let low = 0
  let high = spans
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (beginsAtOrBefore(words, from + middle * spanWordsV6, octets)) low = middle
    else high = middle
  }
  return from + low * spanWordsV6
}

function scopeV6(words: Uint32Array, from: number, spans: number, at: number, octets: Uint8Array): number {
  const before = at === from ? -1 : commonWithLastBefore(words, at, octets)
  const behind = at === from + (spans - 1) * spanWordsV6 ? -1 : commonBits(words, at + spanWordsV6, octets)
  return Math.max(before, behind) + 1
}

function beginsAtOrBefore(words: Uint32Array, at: number, octets: Uint8Array): boolean {
  for (let word = 0; word < 4; word++) {
    const start = words[at + word]!
    const address = wordAt(octets, word * 4)
    if (start !== address) return start < address
  }
  return true
}

function commonBits(words: Uint32Array, at: number, octets: Uint8Array): number {
  for (let word = 0; word < 4; word++) {
    const differing = wordAt(octets, word * 4) ^ words[at + word]!
    if (differing !== 0) return word * 32 + Math.clz32(differing)
  }
  return 128
}

/** Bits in common with the address one below the one at `at`, which is above 0. */
function commonWithLastBefore(words: Uint32Array, at: number, octets: Uint8Array): number {
  let borrowing = 3
  while (words[at + borrowing] === 0) borrowing--
  for (let word = 0; word < 4; word++) {
    const start = words[at + word]!
    const last = word < borrowing ? start : word === borrowing ? start - 1 : 0xffff_ffff
    const differing = wordAt(octets, word * 4) ^ last
    if (differing !== 0) return word * 32 + Math.clz32(differing)
  }
  return 128
}

function wordAt(octets: Uint8Array, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0
}
