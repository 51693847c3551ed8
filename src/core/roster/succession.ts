/**
 * Which pool of the last generation each pool of the next one continues. Most belong to zones that were not edited:
 * they are the very same objects, and stand where they stood, counted from the beginning or from the end. So an edit
 * costs what it changes and not what there is.
 */
import type { PoolPlan } from './types.ts'

/** For each pool of `after` the index in `before`, or -1 for one that is new. No two have the same. */
export function matchPools(before: readonly PoolPlan[], after: readonly PoolPlan[]): Int32Array {
  const matches = new Int32Array(after.length).fill(-1)
  const taken = new Uint8Array(before.length)
  const others: number[] = []
  const shift = before.length - after.length
  after.forEach((plan, at) => {
    const found = before[at] === plan ? at : at + shift
    if (before[found] === plan) {
      matches[at] = found
      taken[found] = 1
    } else others.push(at)
  })
  if (others.length === 0) return matches
  const left = new Map<PoolPlan | string, number>()
  before.forEach((plan, at) => {
    if (taken[at] === 0) left.set(plan, at).set(plan.key, at)
  })
  for (const at of others) {
    const plan = after[at]!
    matches[at] = left.get(plan) ?? left.get(plan.key) ?? -1
  }
  return matches
}
