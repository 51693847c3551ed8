/**
 * The flat layout of one pool's place on the board, in 32-bit words. Compile sizes it, control writes it, workers (and
 * one day an in-kernel reader) read it.
 *
 *   word 0   stamp    grows by one at each publish; its lowest bit says which copy is current. 0: never published
 *   word 1   cursor   where the next answer begins; every reader adds one
 *   copy 0   head     | answer:4 | maxAnswers:12 | mode:4 | count:12 |
 *            ttl      seconds
 *            lacking  | members:16 | eligible:16 |; 0 where all members are eligible
 *            order    RR indexes, one octet each, four in a word, lowest octet first
 *   copy 1   the same again
 *   weights  of copy 0, then of copy 1; only in the slots of pools that are weighed:
 *            stride   0 where all members count the same
 *            sticky   | unused:16 | v6:8 | v4:8 |, address bits that make one client
 *            ends     the weights summed up, one word a member
 *   notes    by RR, one word each: answers that began with it, then answers that carried it; only in the same slots,
 *            and only written for what the cursor does not tell (core/rotation/reckon). They wrap
 *
 * Two copies instead of an odd stamp: a writer that loses its core in the middle of a publish delays no reader, since
 * the copy it was writing is not the current one.
 */
export const slotStampAt = 0
export const slotCursorAt = 1
const copiesAt = 2
const copyHeadWords = 3
/** Where the order begins in a copy. */
export const copyOrderAt = copyHeadWords

/** Words of a slot for an order of at most `ordersMax` RR indexes. */
export function slotWords(ordersMax: number, weighed: boolean): number {
  return copiesAt + 2 * (copyWords(ordersMax) + (weighed ? weightsWords(ordersMax) + ordersMax : 0))
}

export function copyWords(ordersMax: number): number {
  return copyHeadWords + Math.ceil(ordersMax / 4)
}

/** Where copy 0 or 1 begins, relative to the slot. */
export function copyAt(copy: number, wordsPerCopy: number): number {
  return copiesAt + copy * wordsPerCopy
}

/** Where the weights of copy 0 or 1 begin, relative to the slot of a pool that is weighed. */
export function weightsAt(copy: number, ordersMax: number): number {
  return copiesAt + 2 * copyWords(ordersMax) + copy * weightsWords(ordersMax)
}

/** Where the notes begin: one word an RR for who came first, then one an RR for who was carried. */
export function notesAt(ordersMax: number): number {
  return weightsAt(2, ordersMax)
}

export function packHead(count: number, mode: number, maxAnswers: number, answer: number): number {
  return count | (mode << 12) | (maxAnswers << 16) | (answer << 28)
}

export function headCount(head: number): number {
  return head & 0xfff
}

export function headMode(head: number): number {
  return (head >>> 12) & 0xf
}

export function headMaxAnswers(head: number): number {
  return (head >>> 16) & 0xfff
}

/** An index into the answer policies. */
export function headAnswer(head: number): number {
  return head >>> 28
}

/** How many of how many members are eligible, or 0 for all. Counts beyond 16 bits are cut: people read them. */
export function packLacking(eligible: number, members: number): number {
  if (eligible >= members) return 0
  return (Math.min(members, countMax) << 16) | Math.min(eligible, countMax)
}

export function lackingEligible(lacking: number): number {
  return lacking & countMax
}

export function lackingMembers(lacking: number): number {
  return lacking >>> 16
}

const countMax = 0xffff

/** Stride and sticky. */
export const weightsHeadWords = 2

function weightsWords(ordersMax: number): number {
  return weightsHeadWords + ordersMax
}
