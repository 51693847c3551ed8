/**
 * Control's beat: every tick it takes in what probes said, gives up silent ones, publishes what changed and starts what
 * is due. Outcomes wait in an inbox between beats, so that a thousand endpoints dying together are one settling.
 * Invariant: a timeout during which this thread itself stood still is ours, not the endpoint's, and so inconclusive.
 */
import { millis } from '../core/base/units.ts'
import type { Outcome } from '../core/health/types.ts'
import type { Clock, Draw, Probe } from '../core/ports.ts'
import { absorb, expire, type Roster, settle, takeDue } from '../core/roster/index.ts'
import type { DueProbe, RotationChange, TrackChange } from '../core/roster/types.ts'

export const tickMs = 50

/** Aborts of the probe signal carry one of these. */
const abortTimeout = 'timeout'
const abortStopping = 'stopping'

export interface PulseDeps {
  readonly clock: Clock
  readonly draw: Draw
  readonly probe: Probe
  readonly roster: Roster
  readonly onTrackChange: (change: TrackChange) => void
  readonly onRotations: (changes: readonly RotationChange[]) => void
  readonly onExpired: (probes: readonly DueProbe[]) => void
}

export interface Pulse {
  /** One beat now, beside the regular ones. */
  beat(): void
  /** Ends the beat and every probe under way. */
  stop(): void
}

interface Letter {
  readonly id: number
  readonly outcome: Outcome
}

export function startPulse(deps: PulseDeps): Pulse {
  const { clock, roster } = deps
  const inbox: Letter[] = []
  const underWay = new Set<AbortController>()
  const stall = createStallMeter(clock)

  const launch = (due: DueProbe): void => {
    const abort = new AbortController()
    const timer = setTimeout(() => abort.abort(abortTimeout), due.check.timeoutMs)
    const stalledMs = stall.totalMs()
    underWay.add(abort)
    void deps.probe(due.endpoint, due.check, abort.signal).then(outcome => {
      clearTimeout(timer)
      underWay.delete(abort)
      const lostMs = stall.totalMs() - stalledMs
      inbox.push({ id: due.id, outcome: lostMs * 2 >= due.check.timeoutMs ? voidTimeout(outcome) : outcome })
    })
  }

  const beat = (): void => {
    stall.note()
    const nowMs = clock.now()
    for (const { id, outcome } of inbox) {
      const change = absorb(roster, id, outcome, nowMs, deps.draw)
      if (change !== null) deps.onTrackChange(change)
    }
    inbox.length = 0
    const expired = expire(roster, nowMs)
    if (expired.length > 0) deps.onExpired(expired)
    const changes = settle(roster)
    if (changes.length > 0) deps.onRotations(changes)
    for (const due of takeDue(roster, nowMs)) launch(due)
  }

  const timer = setInterval(beat, tickMs)
  return {
    beat,
    stop: () => {
      clearInterval(timer)
      for (const abort of underWay) abort.abort(abortStopping)
      underWay.clear()
    },
  }
}

/** Only a timeout can be our own slowness; a refusal or a wrong status was said by the other side. */
function voidTimeout(outcome: Outcome): Outcome {
  if (outcome.kind !== 'fail' || (outcome.reason !== 'timeout' && outcome.reason !== 'slow')) return outcome
  return { ...outcome, kind: 'inconclusive', reason: 'late' }
}

/** How long this thread has stood still in all: what each beat came later than it should. */
function createStallMeter(clock: Clock) {
  let totalMs = 0
  let lastMs = clock.now()
  const slackMs = millis(tickMs)
  const pendingMs = (): number => Math.max(0, clock.now() - lastMs - tickMs - slackMs)
  return {
    note: (): void => {
      totalMs += pendingMs()
      lastMs = clock.now()
    },
    totalMs: (): number => totalMs + pendingMs(),
  }
}
