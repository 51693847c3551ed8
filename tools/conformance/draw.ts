/**
 * Seeded chance: the same seed draws the same questions on every machine, so a number in a report is a way back to the
 * packet. A xorshift generator of 32 bits; nothing here is for secrets.
 */
export interface Draw {
  /** An integer from 0 to `below` - 1. */
  int(below: number): number
  /** True once in `times`. */
  oneIn(times: number): boolean
  pick<T>(from: readonly T[]): T
}

export function createDraw(seed: number): Draw {
  let state = (seed ^ 0x9e3779b9) >>> 0 || 1
  const next = (): number => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return state >>> 0
  }
  // Small seeds begin alike; the first draws mix them.
  for (let i = 0; i < 16; i++) next()
  const int = (below: number): number => next() % below
  return {
    int,
    oneIn: times => int(times) === 0,
    pick: from => {
      if (from.length === 0) throw new Error('nothing to pick from')
      return from[int(from.length)]!
    },
  }
}
