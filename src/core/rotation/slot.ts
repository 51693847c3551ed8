/**
 * The flat layout of one pool's place on the board, in 32-bit words. Compile sizes it, control writes it, workers (and
 * one day an in-kernel reader) read it.
 *
 *   word 0   stamp    grows by one at each publish; its lowest bit says which copy is current
 *   word 1   cursor   where the next answer begins; every reader adds one
 *   copy 0   head     | unused:3 | fixed:1 | maxAnswers:12 | mode:4 | count:12 |
 *            ttl      seconds
 *            order    RR indexes, one octet each, four in a word, lowest octet first
 *   copy 1   the same again
 *
 * Two copies instead of an odd stamp: a writer that loses its core in the middle of a publish delays no reader, since
 * the copy it was writing is not the current one.
 */
export const slotStampAt = 0
export const slotCursorAt = 1
const copiesAt = 2
const copyHeadWords = 2

/** Words of a slot for an order of at most `ordersMax` RR indexes. */
export function slotWords(ordersMax: number): number {
  return copiesAt + 2 * copyWords(ordersMax)
}

export function copyWords(ordersMax: number): number {
  return copyHeadWords + Math.ceil(ordersMax / 4)
}

/** Where copy 0 or 1 begins, relative to the slot. */
export function copyAt(copy: number, wordsPerCopy: number): number {
  return copiesAt + copy * wordsPerCopy
}

export function packHead(count: number, mode: number, maxAnswers: number, fixed: boolean): number {
  return count | (mode << 12) | (maxAnswers << 16) | (fixed ? 1 << 28 : 0)
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

export function headFixed(head: number): boolean {
  return ((head >>> 28) & 1) === 1
}
