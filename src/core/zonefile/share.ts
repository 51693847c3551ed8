/**
 * Makes equal policies of a zone's pools one object: most records of a zone have the same. What is shared is sent to
 * another thread once and kept there once. Invariant: the result is equal to what was given; neither may be written to.
 */
import type { PoolModel } from '../roster/types.ts'
import type { PoolSpec } from '../rotation/types.ts'

export type SharePool = (pool: PoolModel) => PoolModel

/** For the pools of one zone. */
export function createSharePool(): SharePool {
  const specs = new Map<string, PoolSpec>()
  return pool => {
    // Plain values and finite numbers, of which this text says all there is to say.
    const text = JSON.stringify(pool.spec)
    const spec = specs.get(text)
    if (spec !== undefined) return { ...pool, spec }
    specs.set(text, pool.spec)
    return pool
  }
}
