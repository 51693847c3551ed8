/**
 * What the page knows: the last picture with every change taken in, the newest events, and how long probes took while
 * it was open. A pure function of what the stream said, so that a test can tell it a story.
 * Invariant: every list is bounded; a whole picture voids all that was known but the latencies.
 */
import type { RecordedEvent } from '../src/core/view/events.ts'
import type { LiveAnswers, LiveChange, LivePool, LiveSections, LiveTrack } from '../src/core/view/live.ts'

/** One probe: when it ended in Unix seconds, how long it took, and whether it passed. */
export interface Latency {
  readonly atSeconds: number
  readonly latencyMs: number
  readonly passed: boolean
}

export interface Model {
  readonly sections: LiveSections | null
  readonly pools: ReadonlyMap<string, LivePool>
  /** Newest first. */
  readonly events: readonly RecordedEvent[]
  /** Those of `events` that came while the page was looking, in all. */
  readonly eventsSeen: number
  /** By check and target. */
  readonly latencies: ReadonlyMap<string, readonly Latency[]>
  /** The server's clock less ours, in milliseconds. */
  readonly aheadMs: number
  readonly queriesPerSecond: number | null
  readonly lastQueries: { readonly at: number; readonly queries: number } | null
  /** Counts of answers over the last minute or so, the oldest first. */
  readonly answers: readonly LiveAnswers[]
}

export type Message =
  | { readonly kind: 'status'; readonly change: LiveChange; readonly hereAt: number }
  | { readonly kind: 'history'; readonly events: readonly RecordedEvent[] }
  | { readonly kind: 'journal'; readonly recorded: RecordedEvent }

export const modelLimits = { events: 300, latencies: 180, tracks: 5_000, answers: 13 } as const

export const emptyModel: Model = {
  sections: null,
  pools: new Map(),
  events: [],
  eventsSeen: 0,
  latencies: new Map(),
  aheadMs: 0,
  queriesPerSecond: null,
  lastQueries: null,
  answers: [],
}

export function hear(model: Model, message: Message): Model {
  switch (message.kind) {
    case 'status':
      return takeIn(model, message.change, message.hereAt)
    case 'history':
      return { ...model, events: [...message.events].reverse().slice(0, modelLimits.events) }
    case 'journal':
      return {
        ...model,
        events: [message.recorded, ...model.events].slice(0, modelLimits.events),
        eventsSeen: model.eventsSeen + 1,
      }
  }
}

export function trackKey({ check, target }: Pick<LiveTrack, 'check' | 'target'>): string {
  return `${check} ${target}`
}

function takeIn(model: Model, change: LiveChange, hereAt: number): Model {
  const sections = change.whole ? (change.sections as LiveSections) : { ...model.sections!, ...change.sections }
  const pools = new Map(change.whole ? [] : model.pools)
  for (const key of change.gone) pools.delete(key)
  for (const pool of change.pools) pools.set(pool.key, pool)
  return {
    ...model,
    sections,
    pools,
    latencies: noteLatencies(model.latencies, change.pools),
    aheadMs: change.at - hereAt,
    answers: noteAnswers(change.whole ? [] : model.answers, sections.answers),
    ...rate(change.whole ? null : model.lastQueries, change, model.queriesPerSecond),
  }
}

/** A count that shrank belongs to another run of the server, or to another set of members. */
function noteAnswers(known: readonly LiveAnswers[], newest: LiveAnswers): readonly LiveAnswers[] {
  if (known.at(-1)?.at === newest.at) return known
  return [...known, newest].slice(-modelLimits.answers)
}

/** In which part of its answers of late each member came first, as counted; null where too few were given to tell. */
export function countedShares({ answers }: Pick<Model, 'answers'>, key: string): readonly number[] | null {
  const [oldest, newest] = [answers[0]?.firsts[key] ?? [], answers.at(-1)?.firsts[key]]
  if (newest === undefined || answers.length < 2) return null
  const given = newest.map((count, at) => count - (oldest[at] ?? 0))
  const sum = given.reduce((total, count) => total + count, 0)
  const isTelling = sum >= answersTelling && given.every(count => count >= 0)
  return isTelling && (oldest.length === 0 || oldest.length === newest.length) ? given.map(count => count / sum) : null
}

/** Fewer answers say less than the weights do. */
const answersTelling = 20

/** Smoothed a little, since two looks are half a second apart. */
function rate(
  last: Model['lastQueries'],
  { at, sections }: LiveChange,
  before: number | null,
): Pick<Model, 'queriesPerSecond' | 'lastQueries'> {
  const queries = sections.queries ?? last?.queries ?? 0
  if (last === null) return { lastQueries: { at, queries }, queriesPerSecond: null }
  const tookMs = at - last.at
  if (tookMs < rateSpanMs) return { lastQueries: last, queriesPerSecond: before }
  return { lastQueries: { at, queries }, queriesPerSecond: (Math.max(0, queries - last.queries) * 1000) / tookMs }
}

const rateSpanMs = 1_500

function noteLatencies(known: Model['latencies'], pools: readonly LivePool[]): Model['latencies'] {
  const latencies = new Map(known)
  for (const track of pools.flatMap(pool => pool.members.flatMap(member => member.checks))) {
    if (track.last === null || track.lastAt === null || track.last.kind === 'inconclusive') continue
    const key = trackKey(track)
    const points = latencies.get(key) ?? []
    const atSeconds = track.lastAt / 1000
    const newest = points.at(-1)
    // A pool is sent again for other reasons than a probe, and instants are settled to a tenth of a second.
    if (newest !== undefined && atSeconds - newest.atSeconds < 0.15) continue
    if (newest === undefined && latencies.size >= modelLimits.tracks) continue
    const point = { atSeconds, latencyMs: track.last.latencyMs, passed: track.last.kind === 'pass' }
    latencies.set(key, [...points, point].slice(-modelLimits.latencies))
  }
  return latencies
}
