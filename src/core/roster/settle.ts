/**
 * From changed tracks to changed rotations. Only pools that some changed duty has a say in are decided, and only
 * rotations that differ are returned, so that a quiet server publishes nothing.
 */
import { decide, equalRotations } from '../rotation/decide.ts'
import { type PoolState, type Roster, standingsOf } from './roster.ts'
import type { RotationChange } from './types.ts'

/**
 * Decides the pools whose standings changed and returns what is to be published. After an adopt that is every pool
 * once; there `from` is null unless the pool continues one of the last generation and now serves something else.
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
  const { rotation, inherited } = state
  if (rotation !== null && equalRotations(rotation, to)) return null
  state.rotation = to
  if (to.mode === 'normal') state.lastHealthy = to.order
  if (rotation !== null) return { pool, from: rotation, to }
  return { pool, from: inherited !== null && !equalRotations(inherited, to) ? inherited : null, to }
}
