/**
 * One secondary zone (RFC 1035 section 4.3.5, RFC 1996 section 4): when its primaries are asked, in which order, what
 * follows from what they say, and when what we have is too old to be served. It does nothing itself: `takeStep` says
 * what to do, `absorb…` takes what came of it.
 * Invariants: at most one step is under way; a NOTIFY that comes meanwhile is remembered and never lost; a serial never
 * goes back but after expiry; nothing but a primary's word makes the zone younger.
 *
 *   new ---taken---> current <--confirmed, taken--- refreshing <--time, failure--- current
 *                       ^------taken, confirmed------ expired <------too old------ refreshing
 */
import { assert } from '../base/assert.ts'
import { type Millis, millis } from '../base/units.ts'
import type { Draw } from '../ports.ts'
import { isLater } from '../transfer/serial.ts'
import { expireMs, refreshMs, retryMs } from './timers.ts'
import type { AskResult, Failure, PullResult, SecondaryNews, SecondaryState, Step, ZoneTimes } from './types.ts'

/** What is kept of the zone. */
export interface Held {
  readonly serial: number
  readonly times: ZoneTimes
  /** When a primary last said that this is the newest. */
  readonly confirmedMs: Millis
}

export interface Secondary {
  /** How many primaries there are. */
  primaries: number
  held: Held | null
  expired: boolean
  /** When the next round begins. */
  nextMs: number
  /** Primaries being asked one after the other; null between rounds. */
  round: Round | null
  /** A NOTIFY that came during the round, by the primary that sent it. */
  remembered: { readonly primary: number | null } | null
  /** Where the next round begins. */
  first: number
  /** Rounds in a row without success. */
  failures: number
  /** How often what was kept turned out to be of no use, since it was last confirmed. */
  losses: number
  lastFailure: (Failure & { readonly primary: number; readonly atMs: Millis }) | null
  /** When a round last ended. */
  checkedMs: Millis | null
}

interface Round {
  /** Primaries that gave us nothing. */
  tried: number
  next: Step
  isUnderWay: boolean
  /** The primaries are others since it began: what is under way is the last step of it. */
  isStale: boolean
}

/** A round that a NOTIFY asks for begins so long after the last one ended, so that a storm of them is a few rounds. */
export const notifyGapMs = 500
/** What was kept over a restart is asked for within this time, each zone at a time of its own. */
const startSpreadMs = 2_000

export function createSecondary(primaries: number, held: Held | null, nowMs: Millis, draw: Draw): Secondary {
  assert(primaries > 0, 'a secondary zone without a primary')
  const secondary: Secondary = {
    primaries,
    held,
    expired: false,
    nextMs: held === null ? nowMs : nowMs + draw() * startSpreadMs,
    round: null,
    remembered: null,
    first: 0,
    failures: 0,
    losses: 0,
    lastFailure: null,
    checkedMs: null,
  }
  secondary.expired = held !== null && nowMs >= expiresAtMs(held)
  return secondary
}

export function stateOf({ held, expired, round, failures }: Secondary): SecondaryState {
  if (held === null) return 'new'
  if (expired) return 'expired'
  return round !== null || failures > 0 ? 'refreshing' : 'current'
}

/** True if the zone may be answered from. */
export function isServable({ held, expired }: Secondary): boolean {
  return held !== null && !expired
}

/** When there is something to do or to find out next. */
export function dueAtMs({ held, expired, nextMs, round }: Secondary): number {
  const expiry = held === null || expired ? Number.POSITIVE_INFINITY : expiresAtMs(held)
  if (round === null) return Math.min(nextMs, expiry)
  return round.isUnderWay ? expiry : Number.NEGATIVE_INFINITY
}

/** What to do now; it is then under way until it is absorbed. Null: nothing, or not yet. */
export function takeStep(secondary: Secondary, nowMs: Millis): Step | null {
  if (secondary.round === null) {
    if (nowMs < secondary.nextMs) return null
    secondary.round = { tried: 0, next: firstStep(secondary, 0), isUnderWay: false, isStale: false }
  }
  const { round } = secondary
  if (round.isUnderWay) return null
  round.isUnderWay = true
  return round.next
}

/** A step that was taken but could not be begun is to be taken again. */
export function putBack({ round }: Secondary): void {
  assert(round?.isUnderWay === true, 'no step to be put back')
  round.isUnderWay = false
}

export function absorbAsk(secondary: Secondary, result: AskResult, nowMs: Millis, draw: Draw): SecondaryNews | null {
  const round = endStep(secondary, 'ask')
  const { held, expired } = secondary
  if (result.kind === 'failed') return fail(secondary, round, result.failure, nowMs, draw)
  const { serial } = result
  if (held !== null && serial === held.serial) return confirm(secondary, round, nowMs, draw)
  if (held === null || expired || isLater(serial, held.serial)) {
    if (round.isStale) endRound(secondary, nowMs, millis(0))
    else round.next = pullStep(secondary, round.next.primary)
    return null
  }
  const detail = `the primary has serial ${serial}, older than ${held.serial}, which we have`
  return fail(secondary, round, { reason: 'serial-back', detail }, nowMs, draw)
}

export function absorbPull(secondary: Secondary, result: PullResult, nowMs: Millis, draw: Draw): SecondaryNews | null {
  const round = endStep(secondary, 'pull')
  switch (result.kind) {
    case 'failed':
      return fail(secondary, round, result.failure, nowMs, draw)
    case 'current':
      if (secondary.held !== null) return confirm(secondary, round, nowMs, draw)
      // What it confirms was lost meanwhile.
      if (round.isStale) endRound(secondary, nowMs, millis(0))
      else round.next = pullStep(secondary, round.next.primary)
      return null
    case 'taken': {
      const { primary } = round.next
      const from = secondary.held?.serial ?? null
      secondary.held = { serial: result.serial, times: result.times, confirmedMs: nowMs }
      succeed(secondary, nowMs, draw)
      return { kind: 'taken', primary, from, result }
    }
  }
}

/** A primary says that there is news; null if the sender is none of them but may say so (RFC 1996 section 3.10). */
export function hearNotify(secondary: Secondary, primary: number | null, nowMs: Millis): void {
  if (secondary.round !== null) {
    secondary.remembered = { primary }
    return
  }
  if (primary !== null) secondary.first = primary
  const earliestMs = secondary.checkedMs === null ? nowMs : Math.max(nowMs, secondary.checkedMs + notifyGapMs)
  secondary.nextMs = Math.min(secondary.nextMs, earliestMs)
}

/** True if the zone has just become too old. */
export function expire(secondary: Secondary, nowMs: Millis): boolean {
  const { held, expired } = secondary
  if (held === null || expired || nowMs < expiresAtMs(held)) return false
  secondary.expired = true
  return true
}

/** What is kept cannot be used: the whole zone is to be had again. Each time that this happens it waits longer. */
export function forget(secondary: Secondary, nowMs: Millis, draw: Draw): void {
  secondary.held = null
  secondary.expired = false
  secondary.losses++
  if (secondary.round === null) secondary.nextMs = nowMs + retryMs(null, secondary.losses, draw)
}

/** Other primaries from now on: they are asked at once. A step under way ends as it began. */
export function changePrimaries(secondary: Secondary, primaries: number, nowMs: Millis): void {
  assert(primaries > 0, 'a secondary zone without a primary')
  secondary.primaries = primaries
  secondary.first = 0
  if (secondary.round === null) {
    secondary.nextMs = nowMs
    return
  }
  secondary.round.isStale = true
  secondary.remembered = { primary: null }
}

export function expiresAtMs({ confirmedMs, times }: Held): Millis {
  return millis(confirmedMs + expireMs(times))
}

function firstStep(secondary: Secondary, tried: number): Step {
  const primary = (secondary.first + tried) % secondary.primaries
  // Of a zone that we do not have there is nothing to compare.
  return secondary.held === null ? pullStep(secondary, primary) : { kind: 'ask', primary }
}

/** Changes are of use only where what they change may still be served. */
function pullStep({ held, expired }: Secondary, primary: number): Step {
  const serial = held === null || expired ? null : held.serial
  return { kind: 'pull', primary, since: serial, after: serial }
}

function endStep({ round }: Secondary, kind: Step['kind']): Round {
  assert(round?.isUnderWay === true && round.next.kind === kind, 'an answer to a step that nobody took')
  round.isUnderWay = false
  return round
}

function fail(secondary: Secondary, round: Round, failure: Failure, nowMs: Millis, draw: Draw): SecondaryNews {
  const { primary } = round.next
  if (round.isStale) {
    endRound(secondary, nowMs, millis(0))
    return { kind: 'failed', primary, failure }
  }
  secondary.lastFailure = { ...failure, primary, atMs: nowMs }
  round.tried++
  if (round.tried < secondary.primaries) {
    round.next = firstStep(secondary, round.tried)
    return { kind: 'failed', primary, failure }
  }
  secondary.failures++
  endRound(secondary, nowMs, retryMs(secondary.held?.times ?? null, secondary.failures, draw))
  return { kind: 'failed', primary, failure }
}

function confirm(secondary: Secondary, round: Round, nowMs: Millis, draw: Draw): SecondaryNews {
  assert(secondary.held !== null, 'nothing to be confirmed')
  const { primary } = round.next
  const wasExpired = secondary.expired
  secondary.losses = 0
  secondary.held = { ...secondary.held, confirmedMs: nowMs }
  succeed(secondary, nowMs, draw)
  return { kind: 'confirmed', primary, wasExpired }
}

function succeed(secondary: Secondary, nowMs: Millis, draw: Draw): void {
  assert(secondary.held !== null, 'success without a zone')
  secondary.failures = 0
  secondary.lastFailure = null
  secondary.expired = false
  secondary.first = 0
  endRound(secondary, nowMs, refreshMs(secondary.held.times, draw))
}

function endRound(secondary: Secondary, nowMs: Millis, waitMs: Millis): void {
  const { remembered } = secondary
  secondary.round = null
  secondary.remembered = null
  secondary.checkedMs = nowMs
  secondary.nextMs = nowMs + waitMs
  if (remembered !== null) hearNotify(secondary, remembered.primary, nowMs)
}
