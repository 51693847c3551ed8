/**
 * The life of one probe: it falls due, is handed out under a number of its own, and comes back as an outcome or not at
 * all. The number belongs to the probe and not to the duty, so that a report which comes after we gave the probe up,
 * or after its duty was dropped, cannot be taken for another.
 */
import { assert } from '../base/assert.ts'
import { type Millis, millis } from '../base/units.ts'
import { noteObstacle } from '../health/alarm.ts'
import { earliestMs, jitterMs, putDue, takeEarliest } from '../health/due.ts'
import { noteEvidence } from '../health/evidence.ts'
import { noteLatency, noteSeconds } from '../health/latency.ts'
import { isPending, observe } from '../health/observe.ts'
import type { Outcome } from '../health/types.ts'
import { noteTurn } from './census.ts'
import { type Duty, markDirty, noteFirstRound, noteRevision, type ProbeInFlight, type Roster } from './roster.ts'
import type { DueProbe, TrackChange } from './types.ts'

/** Probes handed out by one call: the first round of thousands comes in gusts that the shell's beat spreads. */
export const probesBurstMax = 256
/** A probe that begins this long after its time is counted as late. */
const lateAfterMs = millis(100)
/** The least part of a pause that is kept after a probe that began late. */
const shortestPause = 0.5
/** How long after its check's timeout a silent probe is given up. */
export const giveUpGraceMs = millis(5_000)

/** Probes to start now. They count as in flight until absorbed or expired. */
export function takeDue(roster: Roster, nowMs: Millis): readonly DueProbe[] {
  const { schedule, inFlight, options } = roster
  const firstMs = earliestMs(schedule)
  const room = Math.min(probesBurstMax, options.probesInFlightMax - inFlight.size)
  if (firstMs === null || firstMs > nowMs || room <= 0) return none
  const due: DueProbe[] = []
  while (due.length < room && (earliestMs(schedule) ?? Number.POSITIVE_INFINITY) <= nowMs) {
    due.push(start(roster, roster.duties[takeEarliest(schedule)]!, nowMs))
  }
  return due
}

/**
 * Takes in what a probe said. Null if that overturned nothing, or if nobody listens any more: the probe was given up,
 * or its duty dropped. The pools concerned are decided at the next `settle`.
 */
export function absorb(
  roster: Roster,
  id: number,
  outcome: Outcome,
  nowMs: Millis,
  draw: () => number,
): TrackChange | null {
  const probe = roster.inFlight.get(id)
  if (probe === undefined) return null
  roster.inFlight.delete(id)
  probe.duty.inFlight = false
  return probe.duty.wanted ? conclude(roster, probe, outcome, nowMs, draw()) : null
}

/**
 * Gives up probes that nobody reported on, and returns them: our fault and not the endpoint's, so inconclusive. Without
 * this one lost report would silence a duty for ever. A look that finds nothing costs nothing.
 */
export function expire(roster: Roster, nowMs: Millis): readonly DueProbe[] {
  if (nowMs < roster.nextGiveUpMs) return none
  const expired: DueProbe[] = []
  let nextMs = Number.POSITIVE_INFINITY
  for (const [id, { duty, giveUpMs }] of roster.inFlight) {
    if (nowMs >= giveUpMs) expired.push({ id, endpoint: duty.endpoint, check: duty.check })
    else nextMs = Math.min(nextMs, giveUpMs)
  }
  roster.nextGiveUpMs = millis(nextMs)
  for (const { id } of expired) absorb(roster, id, neverReported, nowMs, noJitter)
  roster.probesExpired += expired.length
  return expired
}

const none: readonly DueProbe[] = []

const neverReported: Outcome = { kind: 'inconclusive', reason: 'no-prober', latencyMs: 0, detail: null }

const noJitter = () => 0

function start(roster: Roster, duty: Duty, nowMs: Millis): DueProbe {
  assert(!duty.inFlight && duty.wanted, 'only a wanted duty that is not in flight is scheduled')
  const id = ++roster.probesStarted
  const giveUpMs = millis(nowMs + duty.check.timeoutMs + giveUpGraceMs)
  const lateMs = duty.heard ? Math.max(0, nowMs - duty.dueMs) : 0
  if (duty.heard) noteSeconds(roster.lateness, lateMs / 1000)
  if (lateMs > lateAfterMs) roster.probesLate++
  duty.inFlight = true
  roster.inFlight.set(id, { duty, giveUpMs, lateMs })
  roster.nextGiveUpMs = millis(Math.min(roster.nextGiveUpMs, giveUpMs))
  return { id, endpoint: duty.endpoint, check: duty.check }
}

function conclude(
  roster: Roster,
  { duty, lateMs }: ProbeInFlight,
  outcome: Outcome,
  nowMs: Millis,
  drawn: number,
): TrackChange | null {
  noteLatency(roster.latencies, duty.check.protocol, outcome)
  const before = duty.track
  const { track, transition, nextProbeMs } = observe(before, outcome, duty.check, nowMs)
  if (outcome.kind === 'inconclusive') noteObstacle(roster.alarms, duty.check.protocol, duty.endpoint, outcome)
  duty.track = track
  noteEvidence(duty.evidence, outcome, nowMs)
  roster.witness?.onHeard(duty.at, outcome)
  // The first round came in gusts; the phase spreads what follows over the interval.
  const pauseMs = duty.heard ? nextProbeMs : millis(nextProbeMs * duty.phase)
  // Those that had to wait for each other would go on together: each goes back to its own place in the interval.
  duty.dueMs = millis(nowMs + Math.max(pauseMs * shortestPause, jitterMs(pauseMs, drawn) - lateMs))
  putDue(roster.schedule, duty.at, duty.dueMs)
  if (!duty.heard) {
    duty.heard = true
    roster.unheard--
    noteFirstRound(roster, nowMs)
  }
  const turned = track.verdict !== before.verdict
  if (turned && duty.place !== null) noteTurn(roster.census, duty.place, before.verdict, track)
  const wavered = turned || isPending(track) !== isPending(before)
  if (wavered) noteRevision(roster)
  if (wavered || track.share !== before.share) for (const pool of duty.pools) markDirty(roster, pool)
  if (transition !== 'changed') return null
  const { endpoint, check } = duty
  return { endpoint, check, from: before.verdict, to: track.verdict, cause: track.cause, outcome }
}
