/**
 * A new generation takes over and health goes on (invariant: an edit never resets health). What a duty knows is carried
 * to its successor in three strengths (core/health/identity): the same duty stays as it is, probe in flight included;
 * the same question at another cadence keeps its track; the edited form of a check keeps its verdict, but its first
 * outcome decides. Anything else is new, unknown, and due at once. Duties that nobody wants are dropped.
 */
import { assert } from '../base/assert.ts'
import { type Millis, millis } from '../base/units.ts'
import { clearSchedule, phaseOf, putDue } from '../health/due.ts'
import { copyEvidence, createEvidence } from '../health/evidence.ts'
import type { Freeze } from '../health/freeze.ts'
import { dutyKey, editKey } from '../health/identity.ts'
import { calmIntervalMs, isPending, newTrack, reviseTrack } from '../health/observe.ts'
import type { Track } from '../health/types.ts'
import { closeCensus, createCensus, enrol } from './census.ts'
import { inheritPool } from './inherit.ts'
import { assignOrders, restoreOrders } from './overrides.ts'
import {
  type Duty,
  markDirty,
  noteFirstRound,
  noteRevision,
  type PoolState,
  type Recollection,
  type Roster,
  targetOf,
} from './roster.ts'
import { matchPools } from './succession.ts'
import { tiePools } from './ties.ts'
import type { DutyModel, OverrideOrder, PoolPlan } from './types.ts'

/** Installs the pools of a new generation; each is decided at the next `settle`. `draw` yields numbers in [0, 1). */
export function adopt(roster: Roster, plans: readonly PoolPlan[], nowMs: Millis, draw: () => number): void {
  roster.phaseOffset ??= draw()
  const before = roster.duties
  const poolsBefore = roster.pools
  const matches = matchPools(
    poolsBefore.map(state => state.plan),
    plans,
  )
  const known = dismissAll(roster)
  const left = new Map<string, Duty[]>()
  roster.pools = plans.map((plan, pool) => {
    const earlier = poolsBefore[matches[pool]!] ?? null
    if (earlier?.plan === plan) return carryPool(roster, earlier, pool)
    const { members } = plan.pool
    const duties = members.map(member => member.duties.map(model => enlist(roster, known, model, pool, nowMs)))
    noteLeft(left, earlier, duties)
    return {
      plan,
      duties,
      ...inheritPool(earlier, plan, roster.recollection),
      rampDueMs: null,
      orders: null,
      ties: null,
      followers: null,
      rotation: null,
      dirty: true,
    }
  })
  roster.sentinelDuties = roster.sentinels.map(model => enlist(roster, known, model, null, nowMs))
  const hired = roster.duties.filter(duty => !known.has(duty.key))
  brief(hired, before, left, nowMs)
  recall(roster, hired, nowMs)
  tiePools(roster)
  takeCensus(roster, nowMs)
  reschedule(roster, nowMs)
  assignOrders(roster)
  noteRevision(roster)
}

/** Before the first generation: what an earlier run knew is gone on from. */
export function resume(
  roster: Roster,
  recollection: Recollection,
  orders: readonly OverrideOrder[],
  freeze: Freeze | null,
): void {
  assert(roster.phaseOffset === null, 'a generation that went on without what was known')
  roster.recollection = recollection
  roster.freeze = { freeze, believed: false }
  restoreOrders(roster, orders)
}

/** Other sentinels from now on. What is known of those that stay is kept, as over any edit. */
export function watchSentinels(
  roster: Roster,
  sentinels: readonly DutyModel[],
  nowMs: Millis,
  draw: () => number,
): void {
  roster.sentinels = sentinels
  // Before the first generation there is nothing to adopt again.
  if (roster.phaseOffset === null) return
  const plans = roster.pools.map(state => state.plan)
  adopt(roster, plans, nowMs, draw)
}

/** Empties the list, and returns by key whoever may be enlisted again. */
function dismissAll(roster: Roster): ReadonlyMap<string, Duty> {
  const known = new Map(roster.byKey)
  // A duty dropped a moment ago may be back while its probe is still under way: it must not be probed beside that.
  for (const { duty } of roster.inFlight.values()) known.set(duty.key, duty)
  for (const duty of known.values()) duty.wanted = false
  roster.duties = []
  roster.byKey = new Map()
  return known
}

/**
 * A pool of a zone that was not edited: nothing can differ, so it is not decided anew unless something waits for that.
 * Most pools of an edit are such, and all there is to do for them is to enlist their duties.
 */
function carryPool(roster: Roster, state: PoolState, pool: number): PoolState {
  for (let at = 0; at < state.duties.length; at++) {
    const duties = state.duties[at]!
    for (let i = 0; i < duties.length; i++) {
      const duty = duties[i]!
      if (!duty.wanted) engage(roster, duty, state.plan.pool.members[at]!.duties[i]!)
      if (duty.pools[duty.pools.length - 1] !== pool) duty.pools.push(pool)
    }
  }
  state.ties = null
  state.followers = null
  state.rampDueMs = null
  state.dirty ||= state.rotation === null || state.ramps !== null
  return state
}

/** The duty that a member of `pool`, or a sentinel, asks for: already listed, known from before, or hired. */
function enlist(
  roster: Roster,
  known: ReadonlyMap<string, Duty>,
  model: DutyModel,
  pool: number | null,
  nowMs: Millis,
): Duty {
  const key = dutyKey(model.endpoint, model.check)
  let duty = roster.byKey.get(key)
  if (duty === undefined) {
    duty = known.get(key) ?? hire(roster, key, model, nowMs)
    engage(roster, duty, model)
  }
  if (pool !== null && duty.pools.at(-1) !== pool) duty.pools.push(pool)
  return duty
}

/** Puts a duty on the list that is not on it. */
function engage(roster: Roster, duty: Duty, { check }: DutyModel): void {
  duty.wanted = true
  duty.check = check
  duty.pools = []
  duty.at = roster.duties.length
  roster.duties.push(duty)
  roster.byKey.set(duty.key, duty)
}

function hire(roster: Roster, key: string, { endpoint, check }: DutyModel, nowMs: Millis): Duty {
  return {
    key,
    target: null,
    endpoint,
    check,
    track: newTrack(nowMs),
    evidence: createEvidence(),
    heard: false,
    wanted: true,
    phase: phaseOf(roster.phasesGiven++, roster.phaseOffset ?? 0),
    dueMs: nowMs,
    inFlight: false,
    at: 0,
    pools: [],
    place: null,
  }
}

/**
 * Notes, by edit key, the duties that a pool had and its successor has not, under the names that this pool had for
 * them: others may share them, and go on with them.
 */
function noteLeft(left: Map<string, Duty[]>, earlier: PoolState | null, duties: readonly (readonly Duty[])[]): void {
  if (earlier === null) return
  const kept = new Set(duties.flat())
  earlier.plan.pool.members.forEach((member, at) => {
    member.duties.forEach(({ endpoint, check }, i) => {
      const duty = earlier.duties[at]![i]!
      if (kept.has(duty)) return
      const key = editKey(endpoint, check)
      const known = left.get(key)
      if (known === undefined) left.set(key, [duty])
      else known.push(duty)
    })
  })
}

/** Tells new duties what is known already. `before` are the duties of the last generation, those that stay too. */
function brief(
  hired: readonly Duty[],
  before: readonly Duty[],
  left: ReadonlyMap<string, readonly Duty[]>,
  nowMs: Millis,
): void {
  if (hired.length === 0 || before.length === 0) return
  const byTarget = Map.groupBy(before, duty => targetOf(duty))
  // Only a check that is gone, or that its pool left to others, can have been edited into another one: a namesake in
  // another zone that stays cannot.
  const gone = before.filter(duty => !duty.wanted)
  const byEdit = Map.groupBy(gone, duty => editKey(duty.endpoint, duty.check))
  for (const duty of hired) {
    const same = byTarget.get(targetOf(duty))
    const key = editKey(duty.endpoint, duty.check)
    const edited = [...(byEdit.get(key) ?? []), ...(left.get(key) ?? [])]
    const newest = same?.reduce(laterHeard)
    const editedFrom = newest === undefined ? (edited.find(old => sameHost(old, duty)) ?? edited[0]) : undefined
    if (newest?.heard === true) continueTrack(duty, newest.track, newest.dueMs, nowMs)
    else if (newest !== undefined) duty.track = newest.track
    else if (editedFrom !== undefined) duty.track = reviseTrack(editedFrom.track)
    duty.evidence = copyEvidence((newest ?? editedFrom)?.evidence ?? duty.evidence)
  }
}

function laterHeard(a: Duty, b: Duty): Duty {
  return (b.track.lastMs ?? Number.NEGATIVE_INFINITY) > (a.track.lastMs ?? Number.NEGATIVE_INFINITY) ? b : a
}

/** What was known before a restart, for duties that nothing is known of yet. */
function recall(roster: Roster, hired: readonly Duty[], nowMs: Millis): void {
  const { recollection } = roster
  if (recollection === null) return
  for (const duty of hired) {
    const track = duty.heard ? undefined : recollection.tracks.get(targetOf(duty))
    if (track !== undefined) continueTrack(duty, track, Number.POSITIVE_INFINITY, nowMs)
  }
  roster.recollection = null
}

/**
 * Another cadence: no hurry to ask a calm endpoint again, so an edit of thousands does not probe all at once; but never
 * later than was set, so that edit after edit cannot put a probe off.
 */
function continueTrack(duty: Duty, track: Track, latestMs: number, nowMs: Millis): void {
  duty.track = track
  duty.heard = true
  if (isPending(track)) return
  const spreadMs = nowMs + calmIntervalMs(track, duty.check, nowMs) * duty.phase
  duty.dueMs = millis(Math.max(nowMs, Math.min(latestMs, spreadMs)))
}

/** One address may hold several virtual hosts under one check name; an edit must not mix them up. */
function sameHost(a: Duty, b: Duty): boolean {
  return hostOf(a) === hostOf(b)
}

function hostOf({ check }: Duty): string | null {
  if (check.protocol === 'TCP') return check.tls?.serverName ?? null
  return 'host' in check ? check.host : null
}

function reschedule(roster: Roster, nowMs: Millis): void {
  clearSchedule(roster.schedule)
  roster.unheard = 0
  for (const duty of roster.duties) {
    if (!duty.inFlight) putDue(roster.schedule, duty.at, duty.dueMs)
    if (!duty.heard) roster.unheard++
  }
  noteFirstRound(roster, nowMs)
  clearSchedule(roster.ramps)
  roster.dirty.length = 0
  roster.pools.forEach((state, pool) => {
    if (!state.dirty) return
    state.dirty = false
    markDirty(roster, pool)
  })
}

/** Sentinels are not among those whose falls are counted, unless a pool asks for the same duty. */
function takeCensus(roster: Roster, nowMs: Millis): void {
  roster.census = createCensus()
  for (const duty of roster.duties) {
    duty.place = duty.pools.length === 0 ? null : enrol(roster.census, duty.endpoint, duty.track)
  }
  closeCensus(roster.census, nowMs)
}
