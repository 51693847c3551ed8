/**
 * One pass over a name gives the hash of the name and of every suffix of it, which is what finding the zone, the node
 * and the closest encloser needs. FNV-1a over the lowered octets from the last label to the first: the state after a
 * label is the hash of the suffix that begins there.
 */
export const labelsMax = 127

/** The state before the first octet. */
export const hashStart = 0x811c9dc5 | 0

/** Adds one label (length octet included) at `at` of lowered wire octets. */
export function hashLabel(state: number, lowered: Uint8Array, at: number): number {
  for (let i = at + lowered[at]!; i >= at; i--) state = Math.imul(state ^ lowered[i]!, 0x01000193)
  return state
}

/** Spreads the state over all bits, since tables use the low ones. A signed 32-bit number. */
export function hashFinish(state: number): number {
  state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d)
  state = Math.imul(state ^ (state >>> 12), 0x297a2d39)
  return state ^ (state >>> 15)
}

/** The hash of a whole lowered name. For load time: the packet path keeps the states of all suffixes. */
export function hashName(lowered: Uint8Array): number {
  const starts: number[] = []
  for (let at = 0; lowered[at] !== 0; at += lowered[at]! + 1) starts.push(at)
  let state = hashStart
  for (let i = starts.length - 1; i >= 0; i--) state = hashLabel(state, lowered, starts[i]!)
  return hashFinish(state)
}
