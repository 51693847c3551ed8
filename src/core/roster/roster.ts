/**
 * The roster: which duties there are, when each is due, what is known of it, and which pools hang on it. It is the
 * whole health engine without the world: no clock, no sockets; the shell tells it the time and the outcomes. State is
 * held here and written by the functions of this room alone:
 *
 *   adopt --> duties, pools        takeDue --> probes in flight --> absorb | expire --> tracks --> settle --> rotations
 *
 * Invariants: equal duties are one duty; a duty is either in the schedule or in flight, never both, never twice; every
 * duty knows its pools, so that settling costs what changed and not what there is.
 */
import { assert } from '../base/assert.ts'
import { type Millis, millis } from '../base/units.ts'
import { createSchedule, earliestMs, type Schedule } from '../health/due.ts'
import { joinStanding } from '../health/standing.ts'
import type { CheckSpec, Endpoint, Standing, Track } from '../health/types.ts'
import type { Rotation } from '../rotation/types.ts'
import type { PoolPlan } from './types.ts'

export interface RosterOptions {
  /** Probes under way at once, over all duties. */
  readonly probesInFlightMax: number
  /** When the server began, on the clock that every `nowMs` is read from. */
  readonly startedMs: Millis
}

/** One check on one endpoint, probed once however many members ask for it. */
export interface Duty {
  readonly key: string
  readonly endpoint: Endpoint
  check: CheckSpec
  track: Track
  /** True after a first outcome of any kind. */
  heard: boolean
  /** False once no plan asks for it: a probe still under way may report, and is not listened to. */
  wanted: boolean
  /** Where in the interval its second probe falls, 0 to 1. */
  readonly phase: number
  /** When its next probe is to start; without meaning while one is in flight. */
  dueMs: Millis
  inFlight: boolean
  /** Its index in the roster's list. */
  at: number
  /** Pools that it has a say in, by index, each once. */
  pools: number[]
}

/** A probe that was started and has not reported. */
export interface ProbeInFlight {
  readonly duty: Duty
  /** After this it is given up: the prober should have ended it long ago. */
  readonly giveUpMs: Millis
}

export interface PoolState {
  readonly plan: PoolPlan
  /** The duties of each member, same order as the plan's members. */
  readonly duties: readonly (readonly Duty[])[]
  /** What was decided last in this generation. */
  rotation: Rotation | null
  /** What the pool that it continues served, in this plan's RR indexes; null for a new pool. */
  readonly inherited: Rotation | null
  /** RRs that were served when the pool was last normal. */
  lastHealthy: readonly number[]
  dirty: boolean
}

export interface RosterCounts {
  /** Duties, each probed once however many records share it. */
  readonly duties: number
  readonly inFlight: number
  /** Probes started. */
  readonly probes: number
  /** Of them, those that began more than 100 ms after their time. First probes have no set time. */
  readonly late: number
  /** Probes given up because nobody reported: a fault of ours. */
  readonly expired: number
  /** From the start of the server until every duty had been heard of once; null while that lasts. */
  readonly firstRoundMs: Millis | null
}

export interface Roster {
  readonly options: RosterOptions
  duties: Duty[]
  byKey: Map<string, Duty>
  pools: PoolState[]
  /** Indexes of pools to decide anew. */
  readonly dirty: number[]
  /** Holds indexes of `duties`. */
  readonly schedule: Schedule
  readonly inFlight: Map<number, ProbeInFlight>
  /** No probe in flight is to be given up before this. */
  nextGiveUpMs: Millis
  /** Duties not heard of yet. */
  unheard: number
  /** Turns the phases of this server against those of others; drawn at the first adopt. */
  phaseOffset: number | null
  phasesGiven: number
  probesStarted: number
  probesLate: number
  probesExpired: number
  firstRoundMs: Millis | null
}

export function createRoster(options: RosterOptions): Roster {
  assert(options.probesInFlightMax > 0, 'a roster that may start nothing never learns anything')
  return {
    options,
    duties: [],
    byKey: new Map(),
    pools: [],
    dirty: [],
    schedule: createSchedule(),
    inFlight: new Map(),
    nextGiveUpMs: millis(Number.POSITIVE_INFINITY),
    unheard: 0,
    phaseOffset: null,
    phasesGiven: 0,
    probesStarted: 0,
    probesLate: 0,
    probesExpired: 0,
    firstRoundMs: null,
  }
}

/** True if every duty has had a first outcome of any kind. New duties make it false again. */
export function firstRoundDone(roster: Roster): boolean {
  return roster.unheard === 0
}

/** When the next probe is to start; in the past while a limit holds probes back; null if nothing is scheduled. */
export function nextDueMs(roster: Roster): Millis | null {
  return earliestMs(roster.schedule)
}

/** What the pool serves, or null before it was settled for the first time. */
export function rotationOf(roster: Roster, pool: number): Rotation | null {
  return poolAt(roster, pool).rotation
}

/** The standing of each member of the pool, in the order of the plan. */
export function standingsOf(roster: Roster, pool: number): readonly Standing[] {
  const { plan, duties } = poolAt(roster, pool)
  return plan.pool.members.map((member, at) => joinStanding(duties[at]!.map(trackOf), member.quorum, member.override))
}

/** The tracks of each member of the pool, in the order of its duties. */
export function tracksOf(roster: Roster, pool: number): readonly (readonly Track[])[] {
  return poolAt(roster, pool).duties.map(duties => duties.map(trackOf))
}

export function countsOf(roster: Roster): RosterCounts {
  return {
    duties: roster.duties.length,
    inFlight: roster.inFlight.size,
    probes: roster.probesStarted,
    late: roster.probesLate,
    expired: roster.probesExpired,
    firstRoundMs: roster.firstRoundMs,
  }
}

/** Has the pool decided anew at the next settling. For this room. */
export function markDirty(roster: Roster, pool: number): void {
  const state = poolAt(roster, pool)
  if (state.dirty) return
  state.dirty = true
  roster.dirty.push(pool)
}

/** Notes the end of the first round, once. For this room. */
export function noteFirstRound(roster: Roster, nowMs: Millis): void {
  if (roster.unheard === 0) roster.firstRoundMs ??= millis(nowMs - roster.options.startedMs)
}

function poolAt(roster: Roster, pool: number): PoolState {
  const state = roster.pools[pool]
  assert(state !== undefined, `no pool ${pool} in the roster`)
  return state
}

function trackOf(duty: Duty): Track {
  return duty.track
}
