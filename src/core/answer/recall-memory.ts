/**
 * The memory of answers given before (recall.ts): entries of one size; a hash of the query's name leads to two of them.
 * What belongs together lies together, since most of the cost is in bringing it into the processor's cache.
 *
 *   entry   word 0 octets of the query, 1 of the response, 2 slot, 3 stamp, 4 members of the rotation, 5 where the
 *           first address stands in the response, 6 octets of an address, 7 credit
 *      32   the query; its first two octets, the ID, are not looked at
 *  behind   at the next word: the response; the addresses stand in it in the order of the rotation
 */

/** Of one answering thread; what it holds is of one generation and of one set of terms at a time. */
export interface Recall {
  readonly bytes: Uint8Array
  readonly view: DataView
  readonly words: Int32Array
  /** What the entries were answered from, and on which terms; only ever compared. */
  rotation: object | null
  terms: object | null
}

/** Entries, a power of two. Only those that are used take memory of the system. */
const entriesMax = 4096
const entryOctets = 512
export const queryAt = 32
export const queryOctetsMax = 80
export const responseOctetsMax = entryOctets - queryAt - queryOctetsMax

/** Words of an entry; the first is 0 where nothing is kept. */
export const word = {
  response: 1,
  slot: 2,
  stamp: 3,
  members: 4,
  firstAt: 5,
  size: 6,
  credit: 7,
} as const

/** Behind the flags and counts; the name's octets tell queries apart, and its first ones most of all. */
const hashedFrom = 13
const hashedOctets = 12
/** Shorter queries would need a look at their length for each octet that is hashed. */
export const queryOctetsMin = hashedFrom + hashedOctets

export function createRecall(): Recall {
  const memory = new ArrayBuffer(entriesMax * entryOctets)
  const views = { bytes: new Uint8Array(memory), view: new DataView(memory), words: new Int32Array(memory) }
  return { ...views, rotation: null, terms: null }
}

/** Forgets all. Only what was ever used is written: a look costs no memory of the system, a store would. */
export function clearRecall({ words }: Recall): void {
  for (let head = 0; head < words.length; head += entryOctets >>> 2) if (words[head] !== 0) words[head] = 0
}

/** Where the first entry that a query may have begins, in octets; it has at least `queryOctetsMin`. */
export function entryOf(query: Uint8Array): number {
  // Three words at once: a chain of octets, each waiting for the one before, takes as long as all the rest.
  const first = wordAt(query, hashedFrom)
  const second = wordAt(query, hashedFrom + 4)
  const third = wordAt(query, hashedFrom + 8)
  let hash = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca77)
  hash ^= Math.imul(third, 0xc2b2ae3d)
  hash = Math.imul(hash ^ (hash >>> 15) ^ query.length, 0x27d4eb2f)
  return ((hash >>> 16) & (entriesMax - 1)) * entryOctets
}

/** The other entry that it may have. */
export function besideEntry(entry: number): number {
  return entry ^ entryOctets
}

/** Where the response of an entry begins, in octets. */
export function responseAt(entry: number, queryOctets: number): number {
  return entry + ((queryAt + queryOctets + 3) & ~3)
}

/** True if the entry is of this query. */
export function isEntryOf({ words, bytes }: Recall, entry: number, query: Uint8Array): boolean {
  const octets = query.length
  if (words[entry >>> 2] !== octets) return false
  const kept = entry + queryAt
  for (let i = 2; i < octets; i++) if (bytes[kept + i] !== query[i]) return false
  return true
}

function wordAt(octets: Uint8Array, at: number): number {
  return octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24)
}
