/**
 * Makes equal pools of a zone one pool, and equal policies one: most records of a zone have the same policy, and many
 * have the same addresses. What is shared is sent to another thread once and kept there once.
 * Invariant: the result is equal to what was given; neither may be written to.
 */
import type { PoolModel } from '../roster/types.ts'
import type { PoolSpec } from '../rotation/types.ts'

export type SharePool = (pool: PoolModel) => PoolModel

/** For the pools of one zone. */
export function createSharePool(): SharePool {
  const pools = new Map<string, PoolModel>()
  const specs = new Map<string, PoolSpec>()
  return pool => {
    // Plain values with finite numbers, of which this text says all there is to say.
    const text = JSON.stringify(pool)
    const known = pools.get(text)
    if (known !== undefined) return known
    const specText = JSON.stringify(pool.spec)
    const spec = specs.get(specText) ?? pool.spec
    specs.set(specText, spec)
    const shared = { ...pool, spec }
    pools.set(text, shared)
    return shared
  }
}
