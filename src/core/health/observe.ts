/**
 * The state machine of one check on one endpoint: what a probe said, joined with what was known, gives what is known
 * now and when to ask again. Pure: the same track, outcome and instant give the same result.
 *
 *   undecided --first conclusive outcome--> up or down
 *   up   --`fall` failures in a row--> down        down --`rise` passes in a row--> up
 *
 * Invariants: an inconclusive outcome moves neither the verdict nor the count against it; a verdict once decided turns
 * only after `fall` or `rise` outcomes in a row.
 */
import { type Millis, millis } from '../base/units.ts'
import type { Cadence, CheckSpec, Outcome, Track, Transition } from './types.ts'

/** An endpoint that has been down for this long is asked less often, twice less for each further such span ... */
export const backoffAfterMs = millis(600_000)
/** ... until this interval is reached. A longer interval of the check's own is kept. */
export const backoffCeilingMs = millis(30_000)

export interface Observation {
  readonly track: Track
  readonly transition: Transition
  /** From now to the start of the next probe, before jitter. */
  readonly nextProbeMs: Millis
}

/** A track that knows nothing yet. */
export function newTrack(nowMs: Millis): Track {
  return { verdict: 'unknown', against: 0, sinceMs: nowMs, undecided: true, last: null, lastMs: null, obstacle: null }
}

/** The track of a check that was edited: what it concluded stands until the edited check has its first say. */
export function reviseTrack(track: Track): Track {
  return { ...track, against: 0, undecided: true }
}

/** True while the verdict is being overturned, or may be by the first outcome of an edited check. */
export function isPending(track: Track): boolean {
  return track.against > 0 || (track.undecided && track.verdict !== 'unknown')
}

/** Takes in what one probe said. `nowMs` is when it ended. */
export function observe(track: Track, outcome: Outcome, spec: CheckSpec, nowMs: Millis): Observation {
  if (outcome.kind === 'inconclusive') {
    const next = { ...track, obstacle: outcome }
    return { track: next, transition: 'unchanged', nextProbeMs: calmIntervalMs(track, spec, nowMs) }
  }
  const heard = { last: outcome, lastMs: nowMs, obstacle: null, undecided: false }
  const said = outcome.kind === 'pass' ? 'up' : 'down'
  if (said === track.verdict) {
    const next: Track = { ...track, ...heard, against: 0 }
    return { track: next, transition: 'unchanged', nextProbeMs: calmPauseMs(next, outcome, spec, nowMs) }
  }
  const against = track.against + 1
  if (track.undecided || against >= (said === 'down' ? spec.fall : spec.rise)) {
    const next: Track = { ...heard, verdict: said, against: 0, sinceMs: nowMs }
    return { track: next, transition: 'changed', nextProbeMs: calmPauseMs(next, outcome, spec, nowMs) }
  }
  return { track: { ...track, ...heard, against }, transition: 'pending', nextProbeMs: fastPauseMs(spec) }
}

/** The pause while a verdict is being overturned; an interval that is shorter still is not lengthened by it. */
export function fastPauseMs(spec: Cadence): Millis {
  return millis(Math.min(spec.fastIntervalMs, spec.intervalMs))
}

/** From start to start while calm: the interval, stretched for an endpoint that has long been down. */
export function calmIntervalMs(track: Track, spec: Cadence, nowMs: Millis): Millis {
  const downForMs = track.verdict === 'down' && track.against === 0 ? nowMs - track.sinceMs : 0
  if (downForMs < backoffAfterMs) return spec.intervalMs
  const stretchedMs = spec.intervalMs * 2 ** Math.floor(downForMs / backoffAfterMs)
  return millis(Math.max(spec.intervalMs, Math.min(stretchedMs, backoffCeilingMs)))
}

/** From the end of this probe to the start of the next; a slow endpoint is still left a fast interval of peace. */
function calmPauseMs(track: Track, outcome: Outcome, spec: Cadence, nowMs: Millis): Millis {
  const restMs = calmIntervalMs(track, spec, nowMs) - Math.max(0, outcome.latencyMs)
  return millis(Math.max(restMs, fastPauseMs(spec)))
}
