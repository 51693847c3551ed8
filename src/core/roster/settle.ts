/**
 * From changed tracks to changed rotations. Only pools that some changed duty has a say in are decided, and only
 * rotations that differ are returned, so that a quiet server publishes nothing.
 */
import { decide, equalRotations } from '../rotation/decide.ts'
import { type PoolState, type Roster, standingsOf } from './roster.ts'
import type { RotationChange } from './types.ts'

/**
 * Decides the pools whose standings changed and returns those that now serve something else. After an adopt that is
 * measured against the pool of the last generation, in the RR indexes of this one; `from` is null for a new pool. The
 * board of a new generation is therefore filled from `rotationOf`, and only then kept up with what is returned here.
 */
export function settle(roster: Roster): readonly RotationChange[] {
  const changes: RotationChange[] = []
  for (const pool of roster.dirty) {
    const change = settlePool(roster, roster.pools[pool]!, pool)
    if (change !== null) changes.push(change)
  }
  roster.dirty.length = 0
  return changes
}

function settlePool(roster: Roster, state: PoolState, pool: number): RotationChange | null {
  state.dirty = false
  const to = decide(state.plan.pool.spec, standingsOf(roster, pool), state.lastHealthy)
  if (to.mode === 'normal') state.lastHealthy = to.order
  const from = state.rotation ?? state.inherited
  const differs = from === null || !equalRotations(from, to)
  if (differs || state.rotation === null) state.rotation = to
  return differs ? { pool, from, to } : null
}
