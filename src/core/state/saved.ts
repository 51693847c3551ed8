/**
 * What outlives a restart, as data: verdicts with their evidence, the operator's orders, held tiers, a freeze, zone
 * serials and the number of the generation. Instants are Unix milliseconds, since the monotonic clock of the next run
 * begins elsewhere; a wall clock that was set back makes them younger, never negative.
 */
import { type Millis, millis } from '../base/units.ts'
import type { Freeze } from '../health/freeze.ts'
import type { Outcome, Track } from '../health/types.ts'
import { type Recollection, type Roster, targetOf, tierName } from '../roster/index.ts'
import type { OverrideOrder } from '../roster/types.ts'

export interface SavedState {
  readonly writtenAt: number
  readonly generation: number
  readonly serials: readonly SavedSerial[]
  readonly tracks: readonly SavedTrack[]
  readonly overrides: readonly SavedOverride[]
  readonly heldTiers: readonly SavedTier[]
  readonly freeze: SavedFreeze | null
}

/** The serial that a zone was served with last; of zones that are served no more as well. */
export interface SavedSerial {
  readonly zone: string
  readonly serial: number
  /** Later than any serial that it was given out with; absent where `serial` says that already. */
  readonly reserve?: number
  /** What was given out with it, by a mark; only of a run that ended as it should. */
  readonly content?: string
}

export interface SavedTrack extends Pick<Track, 'cause' | 'against' | 'undecided' | 'misses' | 'share'> {
  /** Target key: who was asked what, whatever the cadence. */
  readonly key: string
  readonly verdict: 'up' | 'down'
  readonly sinceAt: number
  readonly last: Outcome | null
  readonly lastAt: number | null
}

export interface SavedOverride extends Pick<OverrideOrder, 'target' | 'override' | 'reason' | 'author' | 'sinceAt'> {
  readonly untilAt: number | null
}

/** A pool, and what the tier is called that serves it by manual failback. */
export interface SavedTier {
  readonly pool: string
  readonly tier: string
}

export interface SavedFreeze {
  readonly cause: Freeze['cause']
  readonly sinceAt: number
  readonly holdFromAt: number
  readonly thawAt: number | null
}

/** One instant on both clocks. */
export interface Moment {
  readonly nowMs: Millis
  readonly at: number
}

/** State that is no older is gone on from; older verdicts are worth less than one round of probes. */
export const stateFreshMs = 60_000

/** Zones that are served no more whose serials are kept, should they come back. */
const serialsGoneMax = 1_000

/** The serials of the zones that are served, and of those that were. */
export function joinSerials(served: readonly SavedSerial[], earlier: readonly SavedSerial[]): readonly SavedSerial[] {
  const names = new Set(served.map(({ zone }) => zone))
  const gone = earlier.filter(({ zone }) => !names.has(zone))
  return [...gone.slice(-serialsGoneMax), ...served]
}

/**
 * Everything of the roster that is worth keeping, as it is at the first step: tracks are replaced and never written to,
 * so it is enough to take hold of them then.
 */
export function* gatherInSteps(
  roster: Roster,
  generation: number,
  serials: readonly SavedSerial[],
  moment: Moment,
): Generator<void, SavedState> {
  const { freeze } = roster.freeze
  const held = roster.duties.map((duty): HeldTrack => ({ duty, track: duty.track }))
  const overrides = roster.orders.map(({ untilMs, ...order }) => ({
    ...order,
    untilAt: untilMs === null ? null : wallOf(untilMs, moment),
  }))
  const heldTiers = roster.pools.flatMap(({ plan, memory: { heldTier } }) =>
    heldTier === null ? [] : [{ pool: plan.key, tier: tierName(plan.pool, heldTier) }],
  )
  yield
  return {
    writtenAt: moment.at,
    generation,
    serials,
    tracks: yield* gatherTracks(held, moment),
    overrides,
    heldTiers,
    freeze: freeze === null ? null : savedFreeze(freeze, moment),
  }
}

/** Far less than a millisecond's work. */
const tracksPerStep = 32

interface HeldTrack {
  readonly duty: Roster['duties'][number]
  readonly track: Track
}

/** True if the state is young enough to go on from. One from the future was dated by a clock that was set back. */
export function isFresh({ writtenAt }: SavedState, at: number): boolean {
  return at >= writtenAt && at - writtenAt <= stateFreshMs
}

/** What the next run's roster goes on from; held tiers always, verdicts only of fresh state. */
export function recollect(state: SavedState, moment: Moment): Recollection {
  const tracks = isFresh(state, moment.at) ? state.tracks : []
  return {
    tracks: new Map(tracks.map(track => [track.key, trackOf(track, moment)])),
    heldTiers: new Map(state.heldTiers.map(({ pool, tier }) => [pool, tier])),
  }
}

/** Orders that have not expired meanwhile. Their rest is no longer than it was when they were saved. */
export function recollectOrders(state: SavedState, moment: Moment): readonly OverrideOrder[] {
  return state.overrides.flatMap(({ untilAt, ...order }): OverrideOrder[] => {
    if (untilAt === null) return [{ ...order, untilMs: null }]
    const restMs = Math.min(untilAt - moment.at, untilAt - state.writtenAt)
    return restMs <= 0 ? [] : [{ ...order, untilMs: millis(moment.nowMs + restMs) }]
  })
}

/** The freeze goes on with the verdicts that it holds. */
export function recollectFreeze(state: SavedState, moment: Moment): Freeze | null {
  const { freeze } = state
  if (freeze === null || !isFresh(state, moment.at)) return null
  const { cause, sinceAt, holdFromAt, thawAt } = freeze
  return {
    cause,
    sinceMs: monotonicOf(sinceAt, moment),
    holdFromMs: monotonicOf(holdFromAt, moment),
    thawMs: thawAt === null ? null : millis(moment.nowMs + Math.max(0, thawAt - moment.at)),
    calmMs: null,
  }
}

/** Each target once, though several cadences may ask the same: the newest word counts. */
function* gatherTracks(held: readonly HeldTrack[], moment: Moment): Generator<void, readonly SavedTrack[]> {
  const newest = new Map<string, Track>()
  for (const [at, { duty, track }] of held.entries()) {
    if (at % tracksPerStep === 0) yield
    if (track.verdict === 'unknown') continue
    const key = targetOf(duty)
    const known = newest.get(key)
    if (known === undefined || (track.lastMs ?? 0) > (known.lastMs ?? 0)) newest.set(key, track)
  }
  const saved: SavedTrack[] = []
  for (const [key, track] of newest) {
    if (saved.push(savedTrack(key, track, moment)) % tracksPerStep === 0) yield
  }
  return saved
}

function savedFreeze({ cause, sinceMs, holdFromMs, thawMs }: Freeze, moment: Moment): SavedFreeze {
  return {
    cause,
    sinceAt: wallOf(sinceMs, moment),
    holdFromAt: wallOf(holdFromMs, moment),
    thawAt: thawMs === null ? null : wallOf(thawMs, moment),
  }
}

function savedTrack(key: string, track: Track, moment: Moment): SavedTrack {
  const { verdict, cause, against, undecided, misses, share, last, lastMs, sinceMs } = track
  return {
    key,
    verdict: verdict === 'up' ? 'up' : 'down',
    cause,
    against,
    undecided,
    misses,
    share,
    sinceAt: wallOf(sinceMs, moment),
    last,
    lastAt: lastMs === null ? null : wallOf(lastMs, moment),
  }
}

function trackOf({ key: _, sinceAt, lastAt, ...kept }: SavedTrack, moment: Moment): Track {
  const lastMs = lastAt === null ? null : monotonicOf(lastAt, moment)
  return { ...kept, sinceMs: monotonicOf(sinceAt, moment), lastMs, obstacle: null }
}

function wallOf(ms: Millis, { nowMs, at }: Moment): number {
  return Math.round(at - (nowMs - ms))
}

/** Never after now, whatever became of the wall clock. */
function monotonicOf(at: number, moment: Moment): Millis {
  return millis(moment.nowMs - Math.max(0, moment.at - at))
}
