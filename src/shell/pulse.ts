/**
 * Control's beat: every tick it takes in what probes said, gives up silent ones, ends what is over, publishes what
 * changed and starts what is due. Outcomes wait in an inbox between beats, so that a thousand endpoints dying together
 * are one settling. Where many probes are due they start in gusts, several a tick: what starts together waits for each
 * other, and is timed so.
 * Invariant: a timeout during which this thread itself stood still is ours, not the endpoint's, and so inconclusive.
 */
import { type Obstacle, takeAlarms } from '../core/health/alarm.ts'
import { createLagMeter, judgeLag, type LagAlarm, lostSoFarMs, noteBeat } from '../core/health/lag.ts'
import type { Outcome } from '../core/health/types.ts'
import type { Clock, Draw, Probe } from '../core/ports.ts'
import {
  absorb,
  assess,
  expire,
  expireOverrides,
  nextDueMs,
  probesBurstMax,
  type Roster,
  settle,
  takeDue,
} from '../core/roster/index.ts'
import type { DueProbe, FreezeChange, OverrideOrder, RotationChange, TrackChange } from '../core/roster/types.ts'
import { createStop, type Stop } from './stop.ts'

export const tickMs = 50
/** The least time between two gusts of starts. */
const gustMs = 10
/** Starts of one gust, so that a tick has no more than one burst would. */
const gustMax = Math.ceil((probesBurstMax * gustMs) / tickMs)

/** Aborts of the probe signal carry one of these. */
const abortTimeout = 'timeout'
const abortStopping = 'stopping'

/** What a beat turns up, each told as soon as it is known. */
export interface BeatEars {
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
    const timer = setTimeout(() => abort.abort(abortTimeout), due.check.timeoutMs)
    const lostBeforeMs = lostSoFarMs(lag, clock.now())
    underWay.add(abort)
    void deps.probe(due.endpoint, due.check, abort).then(outcome => {
      clearTimeout(timer)
      underWay.delete(abort)
      const lostMs = lostSoFarMs(lag, clock.now()) - lostBeforeMs
      inbox.push({ id: due.id, outcome: judgeLag(lag, outcome, lostMs, due.check.timeoutMs) })
    })
  }

  let beats = 0
  const beat = (): void => {
    beats++
    lastBeatMs = clock.now()
    const alarm = noteBeat(lag, lastBeatMs)
    if (alarm !== null) deps.onLag(alarm)
    for (const due of beatOnce(roster, clock, deps.draw, inbox.splice(0), deps, gustMax)) launch(due)
    armGust()
  }

  let gust: NodeJS.Timeout | null = null
  let lastBeatMs = clock.now()
  const armGust = (): void => {
    const nowMs = clock.now()
    const waitMs = Math.max(gustMs, (nextDueMs(roster) ?? Number.POSITIVE_INFINITY) - nowMs)
    // What is due later is the next beat's.
    if (gust !== null || nowMs + waitMs >= lastBeatMs + tickMs) return
    gust = setTimeout(() => {
      gust = null
      for (const due of takeDue(roster, clock.now(), gustMax)) launch(due)
      armGust()
    }, waitMs)
  }

  const timer = setInterval(beat, tickMs)
  return {
    beat,
    beats: () => beats,
    stop: () => {
      clearInterval(timer)
      if (gust !== null) clearTimeout(gust)
      for (const abort of underWay) abort.abort(abortStopping)
      underWay.clear()
    },
  }
}

/** One beat without the world: takes in the letters, tells what came of them, returns the probes to start. */
export function beatOnce(
  roster: Roster,
  clock: Pick<Clock, 'now'>,
  draw: Draw,
  letters: readonly Letter[],
  ears: Omit<BeatEars, 'onLag'>,
  startsMax = probesBurstMax,
): readonly DueProbe[] {
  const nowMs = clock.now()
  for (const { id, outcome } of letters) {
    const change = absorb(roster, id, outcome, nowMs, draw)
    if (change !== null) ears.onTrackChange(change)
  }
  const expired = expire(roster, nowMs)
  if (expired.length > 0) ears.onExpired(expired)
  for (const obstacle of takeAlarms(roster.alarms, nowMs)) ears.onObstacle(obstacle)
  const over = expireOverrides(roster, nowMs)
  if (over.length > 0) ears.onOverridesExpired(over)
  const freeze = assess(roster, nowMs)
  if (freeze !== null) ears.onFreeze(freeze)
  const changes = settle(roster, nowMs)
  if (changes.length > 0) ears.onRotations(changes)
  return takeDue(roster, nowMs, startsMax)
}
