/**
 * A new generation takes over and health goes on (invariant: an edit never resets health). What a duty knows is carried
 * to its successor in three strengths (core/health/identity): the same duty stays as it is, probe in flight included;
 * the same question at another cadence keeps its track; the edited form of a check keeps its verdict, but its first
 * outcome decides. Anything else is new, unknown, and due at once. Duties that nobody wants are dropped.
 */
import { type Millis, millis } from '../base/units.ts'
import { clearSchedule, phaseOf, putDue } from '../health/due.ts'
import { dutyKey, editKey, targetKey } from '../health/identity.ts'
import { calmIntervalMs, isPending, newTrack, reviseTrack } from '../health/observe.ts'
import type { Rotation } from '../rotation/types.ts'
import { type Duty, markDirty, noteFirstRound, type PoolState, type Roster } from './roster.ts'
import type { DutyModel, PoolModel, PoolPlan } from './types.ts'

/** Installs the pools of a new generation; each is decided at the next `settle`. `draw` yields numbers in [0, 1). */
export function adopt(roster: Roster, plans: readonly PoolPlan[], nowMs: Millis, draw: () => number): void {
  roster.phaseOffset ??= draw()
  const before = roster.duties
  const poolsBefore = new Map(roster.pools.map(state => [state.plan.key, state]))
  const known = dismissAll(roster)
  roster.pools = plans.map((plan, pool) => ({
    plan,
    duties: plan.pool.members.map(member => member.duties.map(model => enlist(roster, known, model, pool, nowMs))),
    ...inherit(poolsBefore.get(plan.key), plan.pool),
    rotation: null,
    dirty: false,
  }))
  const hired = roster.duties.filter(duty => !known.has(duty.key))
  brief(hired, before, nowMs)
  reschedule(roster, nowMs)
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

/** The duty that a member of `pool` asks for: already listed, known from before, or hired. */
function enlist(roster: Roster, known: ReadonlyMap<string, Duty>, model: DutyModel, pool: number, nowMs: Millis): Duty {
  const key = dutyKey(model.endpoint, model.check)
  let duty = roster.byKey.get(key)
  if (duty === undefined) {
    duty = known.get(key) ?? hire(roster, key, model, nowMs)
    duty.wanted = true
    duty.check = model.check
    duty.pools = [pool]
    duty.at = roster.duties.length
    roster.duties.push(duty)
    roster.byKey.set(key, duty)
  }
  if (duty.pools.at(-1) !== pool) duty.pools.push(pool)
  return duty
}

function hire(roster: Roster, key: string, { endpoint, check }: DutyModel, nowMs: Millis): Duty {
  return {
    key,
    endpoint,
    check,
    track: newTrack(nowMs),
    heard: false,
    wanted: true,
    phase: phaseOf(roster.phasesGiven++, roster.phaseOffset ?? 0),
    dueMs: nowMs,
    inFlight: false,
    at: 0,
    pools: [],
  }
}

/** Tells new duties what is known already. `before` are the duties of the last generation, those that stay too. */
function brief(hired: readonly Duty[], before: readonly Duty[], nowMs: Millis): void {
  if (hired.length === 0 || before.length === 0) return
  const byTarget = Map.groupBy(before, duty => targetKey(duty.endpoint, duty.check))
  // Only a check that is gone can have been edited into another one: a namesake in another zone that stays cannot.
  const gone = before.filter(duty => !duty.wanted)
  const byEdit = Map.groupBy(gone, duty => editKey(duty.endpoint, duty.check))
  for (const duty of hired) {
    const same = byTarget.get(targetKey(duty.endpoint, duty.check))
    const edited = byEdit.get(editKey(duty.endpoint, duty.check))
    if (same !== undefined) continueTrack(duty, same.reduce(laterHeard), nowMs)
    else if (edited !== undefined)
      duty.track = reviseTrack((edited.find(old => sameHost(old, duty)) ?? edited[0]!).track)
  }
}

function laterHeard(a: Duty, b: Duty): Duty {
  return (b.track.lastMs ?? Number.NEGATIVE_INFINITY) > (a.track.lastMs ?? Number.NEGATIVE_INFINITY) ? b : a
}

/**
 * Another cadence: no hurry to ask a calm endpoint again, so an edit of thousands does not probe all at once; but never
 * later than was set, so that edit after edit cannot put a probe off.
 */
function continueTrack(duty: Duty, same: Duty, nowMs: Millis): void {
  duty.track = same.track
  duty.heard = same.heard
  if (!same.heard || isPending(same.track)) return
  const spreadMs = nowMs + calmIntervalMs(same.track, duty.check, nowMs) * duty.phase
  duty.dueMs = millis(Math.max(nowMs, Math.min(same.dueMs, spreadMs)))
}

/** One address may hold several virtual hosts under one check name; an edit must not mix them up. */
function sameHost(a: Duty, b: Duty): boolean {
  return hostOf(a) === hostOf(b)
}

function hostOf({ check }: Duty): string | null {
  return check.protocol === 'HTTP' || check.protocol === 'HTTPS' ? check.host : null
}

function reschedule(roster: Roster, nowMs: Millis): void {
  clearSchedule(roster.schedule)
  roster.unheard = 0
  for (const duty of roster.duties) {
    if (!duty.inFlight) putDue(roster.schedule, duty.at, duty.dueMs)
    if (!duty.heard) roster.unheard++
  }
  noteFirstRound(roster, nowMs)
  roster.dirty.length = 0
  for (let pool = 0; pool < roster.pools.length; pool++) markDirty(roster, pool)
}

/** What a pool takes over from the one it continues, in its own RR indexes. */
function inherit(before: PoolState | undefined, pool: PoolModel): Pick<PoolState, 'inherited' | 'lastHealthy'> {
  if (before === undefined) return { inherited: null, lastHealthy: [] }
  const reindex = reindexing(before.plan.pool, pool)
  const served = before.rotation ?? before.inherited
  const inherited: Rotation | null = served === null ? null : { ...served, order: reindex(served.order) }
  return { inherited, lastHealthy: reindex(before.lastHealthy) }
}

/** RR indexes of one generation as those of the next, matched by address; what is gone is left out. */
function reindexing(from: PoolModel, to: PoolModel): (rrs: readonly number[]) => readonly number[] {
  if (sameLayout(from, to)) return rrs => rrs
  const addresses = new Map(from.spec.members.map((member, at) => [member.rr, from.members[at]!.address]))
  const rrOf = new Map(to.spec.members.map((member, at) => [to.members[at]!.address, member.rr]))
  return rrs => rrs.map(rr => rrOf.get(addresses.get(rr) ?? '')).filter(rr => rr !== undefined)
}

function sameLayout(a: PoolModel, b: PoolModel): boolean {
  return (
    a.members.length === b.members.length &&
    a.members.every(({ address }, at) => address === b.members[at]!.address) &&
    a.spec.members.every(({ rr }, at) => rr === b.spec.members[at]!.rr)
  )
}
