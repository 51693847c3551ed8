/**
 * The state machine of one check on one endpoint: what a probe said, joined with what was known, gives what is known
 * now and when to ask again. Pure: the same track, outcome and instant give the same result.
 *
 *   undecided --first conclusive outcome--> up or down
 *   up   --`fall` failures in a row--> down        down --`rise` passes in a row--> up
 *   up   --`leak`: k failures among the newest n--> down
 *
 * Invariants: an inconclusive outcome moves neither the verdict nor the count against it; a verdict once decided turns
 * up only after `rise` passes in a row, and down only after `fall` failures in a row or those of the leak.
 */
import { type Millis, millis } from '../base/units.ts'
import type { Cadence, Cause, CheckSpec, Leak, Outcome, Track, Transition } from './types.ts'

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
  const unheard = { last: null, lastMs: null, obstacle: null, misses: 0, share: 1 }
  return { verdict: 'unknown', cause: 'none', against: 0, sinceMs: nowMs, undecided: true, ...unheard }
}

/** The track of a check that was edited: what it concluded stands until the edited check has its first say. */
export function reviseTrack(track: Track): Track {
  return { ...track, against: 0, undecided: true, misses: 0 }
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
  const passed = outcome.kind === 'pass'
  const said = passed ? 'up' : 'down'
  const heard = {
    last: outcome,
    lastMs: nowMs,
    obstacle: null,
    undecided: false,
    misses: ((track.misses << 1) | (passed ? 0 : 1)) >>> 0,
    share: passed || outcome.share !== undefined ? wholeHundredths(outcome.share ?? 1) : track.share,
  }
  const against = said === track.verdict ? 0 : track.against + 1
  const cause = turnedBy(track, said, against, heard.misses, spec)
  if (cause !== null) {
    const misses = said === 'up' ? 0 : heard.misses
    const next: Track = { ...heard, verdict: said, cause, against: 0, sinceMs: nowMs, misses }
    return { track: next, transition: 'changed', nextProbeMs: calmPauseMs(next, outcome, spec, nowMs) }
  }
  const next: Track = { ...track, ...heard, against }
  if (against > 0) return { track: next, transition: 'pending', nextProbeMs: fastPauseMs(spec) }
  return { track: next, transition: 'unchanged', nextProbeMs: calmPauseMs(next, outcome, spec, nowMs) }
}

/** How many of the newest `window` outcomes were failures. */
export function missesWithin(misses: number, window: number): number {
  // Shifting by 32 is shifting by nothing, so the widest window takes the bits as they are.
  let rest = window >= 32 ? misses >>> 0 : misses & ((1 << window) - 1)
  let count = 0
  for (; rest !== 0; rest &= rest - 1) count++
  return count
}

/** What turns the verdict now, or null if it stands. */
function turnedBy(track: Track, said: 'up' | 'down', against: number, misses: number, spec: Cadence): Cause | null {
  if (said === track.verdict) return null
  if (track.undecided) return track.verdict === 'unknown' ? 'first' : 'edit'
  if (against >= (said === 'down' ? spec.fall : spec.rise)) return said === 'down' ? 'fall' : 'rise'
  return said === 'down' && isLeaking(misses, spec.leak) ? 'leak' : null
}

function isLeaking(misses: number, leak: Leak | undefined): boolean {
  return leak !== undefined && missesWithin(misses, leak.window) >= leak.failures
}

/** Coarse, so that a measurement which only flickers moves no answer; but nothing stays nothing, and little little. */
function wholeHundredths(share: number): number {
  const hundredths = Math.round(Math.min(1, Math.max(0, share)) * 100) / 100
  return hundredths === 0 && share > 0 ? 0.01 : hundredths
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
