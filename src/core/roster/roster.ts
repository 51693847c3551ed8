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
import { type AlarmBook, createAlarmBook } from '../health/alarm.ts'
import { createSchedule, earliestMs, type Schedule } from '../health/due.ts'
import type { Evidence } from '../health/evidence.ts'
import { type FreezeState, freezeLongestDefaultMs, unfrozen } from '../health/freeze.ts'
import { targetKey } from '../health/identity.ts'
import {
  createHistogram,
  createLatencyTable,
  type GrowingHistogram,
  type Histogram,
  type LatencyTable,
} from '../health/latency.ts'
import type { CheckSpec, Endpoint, Track, Verdict } from '../health/types.ts'
import type { PoolMemory, Rotation } from '../rotation/types.ts'
import { type Census, createCensus, type Place } from './census.ts'
import type { DutyModel, OverrideOrder, PoolPlan, Witness } from './types.ts'

export interface RosterOptions {
  /** Probes under way at once, over all duties. */
  readonly probesInFlightMax: number
  /** The longest freeze that no sentinel can judge; 0: none. */
  readonly freezeLongestMs?: Millis
  /** When the server began, on the clock that every `nowMs` is read from. */
  readonly startedMs: Millis
}

/** One check on one endpoint, probed once however many members ask for it. */
export interface Duty {
  readonly key: string
  /** Its target key, once somebody asked for it. */
  target: string | null
  readonly endpoint: Endpoint
  check: CheckSpec
  track: Track
  /** What it said before. */
  evidence: Evidence
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
  /** Where it is counted; null for a duty that no pool asks for, which is a sentinel's. */
  place: Place | null
}

/** A probe that was started and has not reported. */
export interface ProbeInFlight {
  readonly duty: Duty
  /** After this it is given up: the prober should have ended it long ago. */
  readonly giveUpMs: Millis
  /** How long after its time it began; 0 for a first probe, which has no set time. */
  readonly lateMs: number
}

export interface PoolState {
  readonly plan: PoolPlan
  /** The duties of each member, same order as the plan's members. */
  readonly duties: readonly (readonly Duty[])[]
  /** What was decided last in this generation. */
  rotation: Rotation | null
  /** What the pool that it continues served, in this plan's RR indexes; null for a new pool. */
  readonly inherited: Rotation | null
  /** What decisions to come must know of those made. */
  memory: PoolMemory
  /** Of members that were down, by index, when they came up, or null while they are; null while there are none. */
  ramps: Map<number, Millis | null> | null
  /** When a ramp has the pool decided anew; null while none does. */
  rampDueMs: Millis | null
  /** The operator's orders by member, by index; null while there are none. */
  orders: ReadonlyMap<number, OverrideOrder> | null
  /** For each member the pools that it leads to, or null where it leads to none; null while no member does. */
  ties: readonly (readonly number[] | null)[] | null
  /** Pools with members that lead to this one; null while there are none. */
  followers: number[] | null
  /** What it is to those: up while any of its members is eligible. */
  comesTo: Verdict
  dirty: boolean
}

/** What was known before a restart, for the first generation to go on from. */
export interface Recollection {
  /** By target key. */
  readonly tracks: ReadonlyMap<string, Track>
  /** The tier that serves by manual failback, by pool key: its name, or its number where tiers have no names. */
  readonly heldTiers: ReadonlyMap<string, string>
}

export interface RosterCounts {
  /** Duties, each probed once however many records share it. */
  readonly duties: number
  readonly inFlight: number
  /** Probes started. */
  readonly probes: number
  /** Of them, those that began more than 100 ms after their time. First probes have no set time. */
  readonly late: number
  /** How long after their time they began, first probes left out. */
  readonly lateness: Histogram
  /** Probes given up because nobody reported: a fault of ours. */
  readonly expired: number
  /** Endpoints that some pool's check probes, and how many of them are down. */
  readonly endpoints: number
  readonly endpointsDown: number
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
  readonly latencies: LatencyTable
  /** No probe in flight is to be given up before this. */
  nextGiveUpMs: Millis
  /** Duties not heard of yet. */
  unheard: number
  /** Turns the phases of this server against those of others; drawn at the first adopt. */
  phaseOffset: number | null
  phasesGiven: number
  probesStarted: number
  probesLate: number
  readonly lateness: GrowingHistogram
  probesExpired: number
  firstRoundMs: Millis | null
  /** Pools whose members are on their way back, by when the next step is due. */
  readonly ramps: Schedule
  census: Census
  freeze: FreezeState
  readonly freezeLongestMs: Millis
  /** Duties by which we learn whether it is us. */
  sentinels: readonly DutyModel[]
  sentinelDuties: readonly Duty[]
  /** The operator's orders, the newest last. */
  orders: readonly OverrideOrder[]
  /** No order expires before this. */
  nextExpiryMs: Millis
  recollection: Recollection | null
  readonly alarms: AlarmBook
  /** Numbers are those of the pools that were adopted last. */
  witness: Witness | null
  /** Grows with everything that is worth keeping over a restart. */
  revision: number
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
    latencies: createLatencyTable(),
    nextGiveUpMs: millis(Number.POSITIVE_INFINITY),
    unheard: 0,
    phaseOffset: null,
    phasesGiven: 0,
    probesStarted: 0,
    probesLate: 0,
    lateness: createHistogram(),
    probesExpired: 0,
    firstRoundMs: null,
    ramps: createSchedule(),
    census: createCensus(),
    freeze: unfrozen,
    freezeLongestMs: options.freezeLongestMs ?? freezeLongestDefaultMs,
    sentinels: [],
    sentinelDuties: [],
    orders: [],
    nextExpiryMs: millis(Number.POSITIVE_INFINITY),
    recollection: null,
    alarms: createAlarmBook(),
    witness: null,
    revision: 0,
  }
}

/** True if every duty has had a first outcome of any kind. New duties make it false again. */
export function firstRoundDone(roster: Roster): boolean {
  return roster.unheard === 0
}

/** The longest that any probe may take, those of the sentinels too. */
export function longestTimeoutMs(roster: Roster): Millis {
  return millis(roster.duties.reduce((longest, { check }) => Math.max(longest, check.timeoutMs), 0))
}

/** Who is asked what, whatever the cadence: what is known of it is known of every duty that asks the same. */
export function targetOf(duty: Duty): string {
  duty.target ??= targetKey(duty.endpoint, duty.check)
  return duty.target
}

/** When the next probe is to start; in the past while a limit holds probes back; null if nothing is scheduled. */
export function nextDueMs(roster: Roster): Millis | null {
  return earliestMs(roster.schedule)
}

/** What the pool serves, or null before it was settled for the first time. */
export function rotationOf(roster: Roster, pool: number): Rotation | null {
  return poolAt(roster, pool).rotation
}

/** The tracks of each member of the pool, in the order of its duties. */
export function tracksOf(roster: Roster, pool: number): readonly (readonly Track[])[] {
  return poolAt(roster, pool).duties.map(duties => duties.map(trackOf))
}

/** What was said before of each member of the pool, in step with its tracks. */
export function evidenceOf(roster: Roster, pool: number): readonly (readonly Evidence[])[] {
  return poolAt(roster, pool).duties.map(duties => duties.map(duty => duty.evidence))
}

/** The duties of each member of the pool, in the order of the plan; `at` is a duty's number. */
export function dutiesOf(roster: Roster, pool: number): readonly (readonly Pick<Duty, 'at'>[])[] {
  return poolAt(roster, pool).duties
}

/** What every duty asks and what is known of it, by number. */
export function heardOf(roster: Roster): readonly { readonly name: string; readonly track: Track }[] {
  return roster.duties.map(({ check, track }) => ({ name: check.name, track }))
}

/** From here on `witness` is told; null: nobody. */
export function setWitness(roster: Roster, witness: Witness | null): void {
  roster.witness = witness
}

export function countsOf(roster: Roster): RosterCounts {
  return {
    duties: roster.duties.length,
    inFlight: roster.inFlight.size,
    probes: roster.probesStarted,
    late: roster.probesLate,
    lateness: { counts: [...roster.lateness.counts], sumSeconds: roster.lateness.sumSeconds },
    expired: roster.probesExpired,
    endpoints: roster.census.places.size,
    endpointsDown: roster.census.down,
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

/** Notes that something changed which a restart should not lose. For this room. */
export function noteRevision(roster: Roster): void {
  roster.revision++
}

/** Notes the end of the first round, once. For this room. */
export function noteFirstRound(roster: Roster, nowMs: Millis): void {
  if (roster.unheard === 0) roster.firstRoundMs ??= millis(nowMs - roster.options.startedMs)
}

/** For this room. */
export function poolAt(roster: Roster, pool: number): PoolState {
  const state = roster.pools[pool]
  assert(state !== undefined, `no pool ${pool} in the roster`)
  return state
}

/** For this room. */
export function trackOf(duty: Duty): Track {
  return duty.track
}
