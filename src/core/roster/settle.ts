/**
 * From changed tracks to changed rotations. Only pools that some changed duty has a say in are decided, or whose
 * members are on their way back and have come a step further; and only rotations that differ are returned, so that a
 * quiet server publishes nothing.
 */
import { type Millis, millis } from '../base/units.ts'
import { earliestMs, putDue, takeEarliest } from '../health/due.ts'
import { rampStepMs } from '../health/ramp.ts'
import type { Standing, Verdict } from '../health/types.ts'
import { decide, equalRotations } from '../rotation/decide.ts'
import type { PoolMemory, PoolSpec, Rotation } from '../rotation/types.ts'
import { markDirty, noteRevision, type PoolState, poolAt, type Roster } from './roster.ts'
import { servedStandings, standingsOf } from './standings.ts'
import { noteComesTo } from './ties.ts'
import type { RotationChange } from './types.ts'

/**
 * Decides the pools whose standings changed and returns those that now serve something else. After an adopt that is
 * measured against the pool of the last generation, in the RR indexes of this one; `from` is null for a new pool. The
 * board of a new generation is therefore filled from `rotationOf`, and only then kept up with what is returned here.
 */
export function settle(roster: Roster, nowMs: Millis): readonly RotationChange[] {
  while ((earliestMs(roster.ramps) ?? Number.POSITIVE_INFINITY) <= nowMs) {
    const pool = takeEarliest(roster.ramps)
    roster.pools[pool]!.rampDueMs = null
    markDirty(roster, pool)
  }
  const before = new Map<number, Rotation | null>()
  const { dirty } = roster
  let decisions = 0
  // The list grows while it is worked off: pools that follow others come behind them, and may come again.
  for (; decisions < dirty.length && decisions < decisionsMax(roster); decisions++) {
    const pool = dirty[decisions]!
    const from = settlePool(roster, roster.pools[pool]!, pool, nowMs)
    if (!before.has(pool)) before.set(pool, from)
  }
  dirty.splice(0, decisions)
  return [...before].flatMap(([pool, from]) => changeOf(roster, pool, from))
}

/** Chains of pools that follow each other are short; what is left over is decided at the next beat. */
function decisionsMax({ pools }: Roster): number {
  return pools.length * 4 + 16
}

function changeOf(roster: Roster, pool: number, from: Rotation | null): readonly RotationChange[] {
  const to = roster.pools[pool]!.rotation!
  return from === null || !equalRotations(from, to) ? [{ pool, from, to }] : []
}

/** True if an earlier tier could serve and is kept waiting by `failback: manual`. */
export function waitsForRelease(roster: Roster, pool: number, nowMs: Millis): boolean {
  const { plan, memory, rotation } = poolAt(roster, pool)
  const { spec } = plan.pool
  if (spec.failback !== 'manual' || memory.heldTier === null || rotation?.tier == null) return false
  const released = decide(spec, servedStandings(standingsOf(roster, pool, nowMs)), { ...memory, heldTier: null })
  return released.tier !== null && released.tier < rotation.tier
}

/** Decides one pool, and returns what it served before. */
function settlePool(roster: Roster, state: PoolState, pool: number, nowMs: Millis): Rotation | null {
  state.dirty = false
  const { spec } = state.plan.pool
  let own = standingsOf(roster, pool, nowMs)
  if (spec.slowStartMs > 0 && noteRamps(state, servedStandings(own), nowMs)) {
    scheduleRamp(roster, state, pool, nowMs)
    own = standingsOf(roster, pool, nowMs)
  }
  const standings = servedStandings(own)
  const to = decide(spec, standings, state.memory)
  const memory = remember(spec, standings, state.memory, to)
  if (memory.heldTier !== state.memory.heldTier) noteRevision(roster)
  state.memory = memory
  noteComesTo(roster, state, comesTo(to, standings))
  const from = state.rotation ?? state.inherited
  if (state.rotation === null || !equalRotations(state.rotation, to)) state.rotation = to
  roster.witness?.onDecided(pool, own)
  return from
}

function comesTo({ eligible }: Rotation, standings: readonly Standing[]): Verdict {
  if (eligible > 0) return 'up'
  return standings.some(({ verdict }) => verdict === 'unknown') ? 'unknown' : 'down'
}

/** True if some member is on its way back. One that was never down, or only not heard of yet, has no way to go. */
function noteRamps(state: PoolState, standings: readonly Standing[], nowMs: Millis): boolean {
  const { slowStartMs } = state.plan.pool.spec
  standings.forEach(({ verdict }, at) => {
    if (verdict === 'down') {
      state.ramps ??= new Map()
      state.ramps.set(at, null)
      return
    }
    const upMs = state.ramps?.get(at)
    if (upMs === undefined || verdict === 'unknown') return
    if (upMs === null) state.ramps?.set(at, nowMs)
    else if (nowMs - upMs >= slowStartMs) state.ramps?.delete(at)
  })
  if (state.ramps?.size === 0) state.ramps = null
  return state.ramps !== null && [...state.ramps.values()].some(upMs => upMs !== null)
}

/** The next step, or sooner where some member is whole before that. A pool stands in the schedule once. */
function scheduleRamp(roster: Roster, state: PoolState, pool: number, nowMs: Millis): void {
  if (state.rampDueMs !== null || state.ramps === null) return
  const { slowStartMs } = state.plan.pool.spec
  let dueMs = nowMs + rampStepMs(slowStartMs)
  for (const upMs of state.ramps.values()) if (upMs !== null) dueMs = Math.min(dueMs, upMs + slowStartMs)
  state.rampDueMs = millis(dueMs)
  putDue(roster.ramps, pool, state.rampDueMs)
}

/**
 * The tier that serves is held once the tiers before it were given up for what is known of them: not while a server
 * that has just begun, or a pool that is new, has not heard of them yet.
 */
function remember(spec: PoolSpec, standings: readonly Standing[], memory: PoolMemory, to: Rotation): PoolMemory {
  const { mode, order, tier } = to
  if (mode !== 'normal' || tier === null) return memory
  const isOpen = ({ verdict, override }: Standing, at: number) =>
    spec.members[at]!.tier < tier && verdict === 'unknown' && override === 'none'
  const holds = spec.failback === 'manual' && !standings.some(isOpen)
  return { lastHealthy: order, heldTier: holds ? tier : memory.heldTier }
}
