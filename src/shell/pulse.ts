/**
 * Control's beat: every tick it takes in what probes said, gives up silent ones, ends what is over, publishes what
 * changed and starts what is due. Outcomes wait in an inbox between beats, so that a thousand endpoints dying together
 * are one settling.
 * Invariant: a timeout during which this thread itself stood still is ours, not the endpoint's, and so inconclusive.
 */
import { type Obstacle, takeAlarms } from '../core/health/alarm.ts'
import { createLagMeter, judgeLag, type LagAlarm, lostSoFarMs, noteBeat, patienceOf } from '../core/health/lag.ts'
import type { Outcome } from '../core/health/types.ts'
import type { Clock, Draw, Probe } from '../core/ports.ts'
import { absorb, assess, expire, expireOverrides, type Roster, settle, takeDue } from '../core/roster/index.ts'
import type { DueProbe, FreezeChange, OverrideOrder, RotationChange, TrackChange } from '../core/roster/types.ts'
import { createStop, type Stop } from './stop.ts'

export const tickMs = 50

/** Aborts of the probe signal carry one of these. */
const abortTimeout = 'timeout'
const abortStopping = 'stopping'

/** What a beat turns up. Answers come first: telling of a thousand takes longer than they may wait. */
export interface BeatEars {
  /** Called once a beat, and only if something changed. */
  readonly onPublish: (changes: readonly RotationChange[]) => void
  readonly onTrackChange: (change: TrackChange) => void
  readonly onRotations: (changes: readonly RotationChange[]) => void
  /** Probes that nobody reported on. */
  readonly onExpired: (probes: readonly DueProbe[]) => void
  readonly onOverridesExpired: (orders: readonly OverrideOrder[]) => void
  readonly onFreeze: (change: FreezeChange) => void
  readonly onLag: (alarm: LagAlarm) => void
  /** Probes that could not judge, by kind and not too often. */
  readonly onObstacle: (obstacle: Obstacle) => void
}

export interface PulseDeps extends BeatEars {
  readonly clock: Clock
  readonly draw: Draw
  readonly probe: Probe
  readonly roster: Roster
}

export interface Pulse {
  /** One beat now, beside the regular ones. */
  beat(): void
  /** How many there have been. */
  beats(): number
  /** Ends the beat and every probe under way. */
  stop(): void
}

/** What a probe said, waiting for the next beat. */
export interface Letter {
  readonly id: number
  readonly outcome: Outcome
}

export function startPulse(deps: PulseDeps): Pulse {
  const { clock, roster } = deps
  const inbox: Letter[] = []
  const underWay = new Set<Stop>()
  const lag = createLagMeter(tickMs, clock.now())

  const launch = (due: DueProbe): void => {
    const abort = createStop()
    // Where this thread was held up, replies that came in time lie in the sockets yet: an immediate comes behind them.
    const timer = setTimeout(() => setImmediate(() => abort.abort(abortTimeout)), due.check.timeoutMs)
    const lostBeforeMs = lostSoFarMs(lag, clock.now())
    underWay.add(abort)
    void deps.probe(due.endpoint, due.check, abort).then(outcome => {
      clearTimeout(timer)
      underWay.delete(abort)
      const lostMs = lostSoFarMs(lag, clock.now()) - lostBeforeMs
      const patienceMs = patienceOf(due.check, outcome.reason)
      inbox.push({ id: due.id, outcome: judgeLag(lag, outcome, lostMs, patienceMs) })
    })
  }

  let beats = 0
  const beat = (): void => {
    beats++
    const alarm = noteBeat(lag, clock.now())
    if (alarm !== null) deps.onLag(alarm)
    for (const due of beatOnce(roster, clock, deps.draw, inbox.splice(0), deps)) launch(due)
  }

  const timer = setInterval(beat, tickMs)
  return {
    beat,
    beats: () => beats,
    stop: () => {
      clearInterval(timer)
      for (const abort of underWay) abort.abort(abortStopping)
      underWay.clear()
    },
  }
}

/** One beat without the world: takes in the letters, publishes and tells what came of them, returns what to start. */
export function beatOnce(
  roster: Roster,
  clock: Pick<Clock, 'now'>,
  draw: Draw,
  letters: readonly Letter[],
  ears: Omit<BeatEars, 'onLag'>,
): readonly DueProbe[] {
  const nowMs = clock.now()
  const turned: TrackChange[] = []
  for (const { id, outcome } of letters) {
    const change = absorb(roster, id, outcome, nowMs, draw)
    if (change !== null) turned.push(change)
  }
  const expired = expire(roster, nowMs)
  const over = expireOverrides(roster, nowMs)
  const freeze = assess(roster, nowMs)
  const changes = settle(roster, nowMs)
  if (changes.length > 0) ears.onPublish(changes)
  for (const change of turned) ears.onTrackChange(change)
  if (expired.length > 0) ears.onExpired(expired)
  for (const obstacle of takeAlarms(roster.alarms, nowMs)) ears.onObstacle(obstacle)
  if (over.length > 0) ears.onOverridesExpired(over)
  if (freeze !== null) ears.onFreeze(freeze)
  if (changes.length > 0) ears.onRotations(changes)
  return takeDue(roster, nowMs)
}
