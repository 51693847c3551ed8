/**
 * Whose fault was that timeout? A deadline that passes while this thread stands still says nothing of the endpoint: its
 * reply may lie unread. So a timeout during which we lost more than a share of the check's time is void. How long we
 * stood still is told by the beat itself: what each beat comes later than it should is lost.
 *
 *   beat   beat   beat                       beat          lost: the gap, less one tick and one tick of slack
 *    |------|------|--------------------------|
 *
 * Only a timeout can be our own slowness; a refusal or a wrong status was said by the other side.
 */
import { type Millis, millis } from '../base/units.ts'
import type { CheckSpec, Outcome, ReasonCode } from './types.ts'

/** The part of a check's patience that may be lost before the outcome is. */
const lagShareMax = 0.5
/** Between two alarms; what was void meanwhile is told with the next. */
export const lagAlarmMs = millis(60_000)

/** What this thread lost, as seen from its beats. Only the functions of this file write it. */
export interface LagMeter {
  readonly tickMs: number
  lastMs: Millis
  lostMs: number
  /** Outcomes made void and not told yet, and the most that was lost for one of them. */
  voided: number
  worstMs: number
  nextAlarmMs: Millis
}

/** What ops should hear: so many outcomes did not count, because we were late. */
export interface LagAlarm {
  readonly voided: number
  readonly worstMs: number
}

export function createLagMeter(tickMs: number, nowMs: Millis): LagMeter {
  return { tickMs, lastMs: nowMs, lostMs: 0, voided: 0, worstMs: 0, nextAlarmMs: nowMs }
}

/** A beat begins. Returns an alarm if one is due. */
export function noteBeat(meter: LagMeter, nowMs: Millis): LagAlarm | null {
  meter.lostMs = lostSoFarMs(meter, nowMs)
  meter.lastMs = nowMs
  if (meter.voided === 0 || nowMs < meter.nextAlarmMs) return null
  const alarm = { voided: meter.voided, worstMs: Math.round(meter.worstMs) }
  meter.voided = 0
  meter.worstMs = 0
  meter.nextAlarmMs = millis(nowMs + lagAlarmMs)
  return alarm
}

/** Lost in all, the present gap included. The difference of two readings is what was lost between them. */
export function lostSoFarMs(meter: LagMeter, nowMs: Millis): number {
  return meter.lostMs + Math.max(0, nowMs - meter.lastMs - 2 * meter.tickMs)
}

/** `expect`: the words that were waited for had not come when the time was over. */
const timeReasons: ReadonlySet<ReasonCode> = new Set(['timeout', 'slow', 'expect'])

/** The time that ran out when a check failed for this reason: an answer may be late long before the probe is. */
export function patienceOf(check: CheckSpec, reason: ReasonCode): Millis {
  const isHttp = check.protocol === 'HTTP' || check.protocol === 'HTTPS'
  return (reason === 'slow' && isHttp ? check.expect.withinMs : null) ?? check.timeoutMs
}

/**
 * The outcome as it counts: a timeout that may have been ours is inconclusive. `lostMs` is what this probe lost,
 * `patienceMs` how long it would have waited.
 */
export function judgeLag(meter: LagMeter, outcome: Outcome, lostMs: number, patienceMs: Millis): Outcome {
  const byTime = outcome.kind === 'fail' && timeReasons.has(outcome.reason)
  if (!byTime || lostMs < patienceMs * lagShareMax) return outcome
  meter.voided++
  meter.worstMs = Math.max(meter.worstMs, lostMs)
  return { ...outcome, kind: 'inconclusive', reason: 'late' }
}
