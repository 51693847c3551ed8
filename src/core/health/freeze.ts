/**
 * Is it me? When the sentinels are lost, or more than half of all endpoints turn down at once, our own network is the
 * likelier fault than theirs. Then removals are frozen: verdicts go on being tracked and shown, recoveries and the
 * operator's word apply, but what turned down since a window before the freeze is still answered (`holdFromMs`).
 *
 *   all sentinels down ------------------> frozen until one is back, and then for the time it takes to ask again
 *   more than half fell in one window ---> frozen until no more than half have been down for a while (`recovered`),
 *                                          or a sentinel answers and they still do not (`believed`),
 *                                          or, with nobody to vouch for us, after a minute (`too-long`)
 *
 * A data centre that really fails is thus removed in the end, and soon where a sentinel says that we are well. What was
 * believed once is not doubted again before at least half of all endpoints are up. A sentinel that has never been up
 * has no say: it may be one that drops our probes.
 *
 * `on_all_down` is not touched: a freeze decides who is eligible, and `on_all_down` speaks where that is too few.
 */
import { type Millis, millis } from '../base/units.ts'
import type { Track } from './types.ts'

/** What turns down within this time fell together. */
export const freezeWindowMs = millis(30_000)
/** A freeze that no sentinel can judge ends after this, unless the config says otherwise. */
export const freezeLongestDefaultMs = millis(60_000)
/** From the word that we are well, a sentinel's or that of most endpoints: time for the rest to be asked again. */
export const freezeConfirmMs = millis(10_000)
/** Fewer that fell, or on fewer addresses, are too few to doubt ourselves: a host, a rack, a small pool. */
const freezeEndpointsMin = 5
export const freezeAddressesMin = 3
/** More than this part of all endpoints is many. */
const freezeShareMax = 0.5

export type FreezeCause = 'sentinels' | 'many-down'
export type ThawCause = 'sentinels-back' | 'recovered' | 'believed' | 'too-long'

export interface Freeze {
  readonly cause: FreezeCause
  readonly sinceMs: Millis
  /** What turned down at this instant or later is held. */
  readonly holdFromMs: Millis
  /** When it ends if nothing else ends it; null while the sentinels are down. */
  readonly thawMs: Millis | null
  /** Since when no more than half are down; null while more are. The others may be on their way back. */
  readonly calmMs: Millis | null
}

export interface FreezeState {
  readonly freeze: Freeze | null
  /** True once many were down and it was believed, until they no longer are. */
  readonly believed: boolean
}

export interface Evidence {
  /** Joined over those that have been up before; `none` if there are no such. */
  readonly sentinels: 'none' | 'up' | 'down'
  /** When a sentinel passed last. */
  readonly passedMs: Millis | null
  readonly endpoints: number
  readonly down: number
  /** Endpoints that turned down within the window and still are. */
  readonly fallen: number
  /** Distinct addresses of those. Asked only where it matters. */
  readonly fallenAddresses: () => number
  /** How long many may be held that no sentinel can judge; 0: they never are. */
  readonly longestMs: Millis
}

export type FreezeTurn =
  | { readonly kind: 'frozen'; readonly cause: FreezeCause }
  | { readonly kind: 'thawed'; readonly cause: ThawCause }

export interface FreezeStep {
  readonly state: FreezeState
  readonly turn: FreezeTurn | null
}

export const unfrozen: FreezeState = { freeze: null, believed: false }

/** True if the freeze keeps what this check took out: it was up before and fell no earlier than what is held. */
export function isHeld({ holdFromMs }: Freeze, track: Track): boolean {
  return track.verdict === 'down' && track.cause !== 'first' && track.sinceMs >= holdFromMs
}

export function judgeFreeze(state: FreezeState, evidence: Evidence, nowMs: Millis): FreezeStep {
  if (state.freeze === null) return judgeCalm(state, evidence, nowMs)
  const step = judgeFrozen(state.freeze, evidence, nowMs)
  return step ?? { state, turn: null }
}

function judgeCalm(state: FreezeState, evidence: Evidence, nowMs: Millis): FreezeStep {
  if (evidence.sentinels === 'down') return freezeNow('sentinels', null, nowMs)
  const believed = state.believed && areMany(evidence.down, evidence)
  if (!believed && fellTogether(evidence)) return freezeNow('many-down', millis(nowMs + evidence.longestMs), nowMs)
  return believed === state.believed ? { state, turn: null } : { state: { freeze: null, believed }, turn: null }
}

/** Null if nothing changes. */
function judgeFrozen(freeze: Freeze, evidence: Evidence, nowMs: Millis): FreezeStep | null {
  if (evidence.sentinels === 'down') {
    if (freeze.cause === 'sentinels' && freeze.thawMs === null) return null
    const state = { freeze: { ...freeze, cause: 'sentinels', thawMs: null, calmMs: null }, believed: false } as const
    return { state, turn: freeze.cause === 'sentinels' ? null : { kind: 'frozen', cause: 'sentinels' } }
  }
  const calmMs = areMany(evidence.down, evidence) ? null : (freeze.calmMs ?? nowMs)
  if (freeze.cause === 'many-down' && calmMs !== null) {
    if (evidence.down === 0 || nowMs >= calmMs + freezeConfirmMs) return thawNow('recovered', evidence)
  }
  const thawMs = endOf(freeze, evidence, nowMs)
  if (nowMs >= thawMs) return thawNow(thawCauseOf(freeze, evidence), evidence)
  if (thawMs === freeze.thawMs && calmMs === freeze.calmMs) return null
  return { state: { freeze: { ...freeze, thawMs, calmMs }, believed: false }, turn: null }
}

/** When a freeze ends while some sentinel is up, or while there is none. */
function endOf({ cause, sinceMs, thawMs }: Freeze, { passedMs }: Evidence, nowMs: Millis): Millis {
  if (thawMs === null) return millis(nowMs + freezeConfirmMs)
  const vouched = cause === 'many-down' && passedMs !== null && passedMs > sinceMs
  return vouched ? millis(Math.min(thawMs, passedMs + freezeConfirmMs)) : thawMs
}

function thawCauseOf({ cause, sinceMs }: Freeze, { passedMs }: Evidence): ThawCause {
  if (cause === 'sentinels') return 'sentinels-back'
  return passedMs !== null && passedMs > sinceMs ? 'believed' : 'too-long'
}

function fellTogether(evidence: Evidence): boolean {
  if (evidence.longestMs === 0 || evidence.fallen < freezeEndpointsMin || !areMany(evidence.fallen, evidence))
    return false
  return evidence.fallenAddresses() >= freezeAddressesMin
}

function areMany(count: number, { endpoints }: Evidence): boolean {
  return count > endpoints * freezeShareMax
}

function freezeNow(cause: FreezeCause, thawMs: Millis | null, nowMs: Millis): FreezeStep {
  const freeze = { cause, sinceMs: nowMs, holdFromMs: millis(nowMs - freezeWindowMs), thawMs, calmMs: null }
  return { state: { freeze, believed: false }, turn: { kind: 'frozen', cause } }
}

function thawNow(cause: ThawCause, evidence: Evidence): FreezeStep {
  return { state: { freeze: null, believed: areMany(evidence.down, evidence) }, turn: { kind: 'thawed', cause } }
}
