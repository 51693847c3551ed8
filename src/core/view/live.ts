/**
 * The picture for those who watch: the one StatusView, with instants in place of ages, so that it only differs where
 * something happened, and cut to what a browser can show. Between two pictures lies a change: only that is sent. Both
 * are made in steps of a pool each, since whoever makes them has others to attend to.
 * Invariant: a picture with each change taken in by `sections` and `pools` is the next picture. Pure.
 */
import type { Problem } from '../base/problem.ts'
import { poolUrgency } from './select.ts'
import type {
  DrawnStatus,
  FailureView,
  FreezeView,
  MemberView,
  PoolView,
  ServerView,
  StatusView,
  TrackView,
} from './status.ts'

/** Instants are Unix milliseconds. */
export interface LiveTrack extends Omit<TrackView, 'sinceMs' | 'lastAgoMs' | 'failures' | 'outcomes'> {
  readonly sinceAt: number
  readonly lastAt: number | null
  readonly failures: readonly LiveFailure[]
}

export interface LiveFailure extends Omit<FailureView, 'firstAgoMs' | 'lastAgoMs'> {
  readonly firstAt: number
  readonly lastAt: number
}

export interface LiveMember extends Omit<MemberView, 'checks' | 'answers'> {
  readonly checks: readonly LiveTrack[]
}

/** Counts of answers, which change all the time: sent now and then, for all pools shown at once. */
export interface LiveAnswers {
  readonly at: number
  /** By key of the pool: for each member the answers since the start that began with it. */
  readonly firsts: Readonly<Record<string, readonly number[]>>
}

export interface LivePool extends Omit<PoolView, 'members' | 'answers'> {
  /** Names the pool as long as its record stands. */
  readonly key: string
  readonly members: readonly LiveMember[]
}

/** All but the pools, in sections that are sent whole when anything in them differs. */
export interface LiveSections {
  readonly server: Omit<ServerView, 'uptimeMs'>
  /** `problemsMax` of the problems, errors first, with the number of all. */
  readonly reload: StatusView['reload'] & { readonly problemsTotal: number }
  /** Zones that hold the pools shown come first; `zonesMax` of them. */
  readonly zones: { readonly total: number; readonly shown: StatusView['zones'] }
  readonly freeze: {
    readonly cause: FreezeView['cause']
    readonly sinceAt: number
    readonly thawAt: number | null
  } | null
  readonly sentinels: readonly LiveTrack[]
  readonly checks: Pick<StatusView['checks'], 'total' | 'endpoints' | 'endpointsDown' | 'late' | 'broken'>
  readonly state: StatusView['state']
  readonly overrides: StatusView['overrides']
  /** Queries since start. */
  readonly queries: number
  readonly answers: LiveAnswers
  /** Pools there are, shown or not, and how many of them are other than the zone file hopes. */
  readonly pools: { readonly total: number; readonly shown: number }
}

export interface LivePicture {
  readonly at: number
  readonly sections: LiveSections
  /** Trouble first. */
  readonly pools: readonly LivePool[]
}

export interface LiveChange {
  readonly at: number
  /** True if it says everything there is: what was known before is void. */
  readonly whole: boolean
  readonly sections: Partial<LiveSections>
  /** Pools that are new or differ. */
  readonly pools: readonly LivePool[]
  /** Keys of pools that are shown no more. */
  readonly gone: readonly string[]
}

export const liveLimits = { poolsMax: 500, membersMax: 2_000, zonesMax: 500, problemsMax: 20 } as const

export type LiveLimits = Readonly<Record<keyof typeof liveLimits, number>>

/** Two readings of two clocks differ by a little; what they say of one instant must not. */
const instantStepMs = 100

/** Between two counts of answers that are sent. */
const answersEveryMs = 5_000

/** `before` is the picture that was drawn last, if there is one. */
export function* drawLiveInSteps(
  { view, at, poolsAt }: DrawnStatus,
  limits: LiveLimits = liveLimits,
  before: LivePicture | null = null,
): Generator<void, LivePicture> {
  const chosen = yield* choosePools(view.pools, limits)
  const pools: LivePool[] = []
  for (const pool of chosen) {
    pools.push(drawPool(view.pools[pool]!, poolsAt[pool]!))
    yield
  }
  const answers = drawAnswers(
    chosen.map(pool => view.pools[pool]!),
    at,
    before?.sections.answers ?? null,
  )
  yield
  return { at, sections: drawSections(view, at, limits, pools, answers), pools }
}

/** All of it, for one who knows nothing yet. `at`: when it is sent. */
export function wholeOf({ sections, pools }: LivePicture, at: number): LiveChange {
  return { at, whole: true, sections, pools, gone: [] }
}

/** What turns one picture into the other; null if they say the same. */
export function* changeInSteps(before: LivePicture, after: LivePicture): Generator<void, LiveChange | null> {
  const known = new Map(before.pools.map(pool => [pool.key, pool]))
  const pools: LivePool[] = []
  for (const pool of after.pools) {
    if (JSON.stringify(known.get(pool.key)) !== JSON.stringify(pool)) pools.push(pool)
    yield
  }
  const sections: [string, unknown][] = []
  for (const [name, section] of Object.entries(after.sections)) {
    if (JSON.stringify(section) !== JSON.stringify(before.sections[name as keyof LiveSections])) {
      sections.push([name, section])
    }
    yield
  }
  const shown = new Set(after.pools.map(pool => pool.key))
  const gone = before.pools.map(pool => pool.key).filter(key => !shown.has(key))
  if (pools.length === 0 && gone.length === 0 && sections.length === 0) return null
  return { at: after.at, whole: false, sections: Object.fromEntries(sections) as Partial<LiveSections>, pools, gone }
}

function drawSections(
  view: StatusView,
  at: number,
  limits: LiveLimits,
  pools: readonly LivePool[],
  answers: LiveAnswers,
): LiveSections {
  const { uptimeMs: _, ...server } = view.server
  const { total, endpoints, endpointsDown, late, broken } = view.checks
  const problems = errorsFirst(view.reload.problems).slice(0, limits.problemsMax)
  return {
    server,
    reload: { ...view.reload, problems, problemsTotal: view.reload.problems.length },
    zones: { total: view.zones.length, shown: chooseZones(view, pools, limits.zonesMax) },
    freeze: view.freeze === null ? null : drawFreeze(view.freeze, at),
    sentinels: view.sentinels.map(track => drawTrack(track, at)),
    checks: { total, endpoints, endpointsDown, late, broken },
    state: view.state,
    overrides: view.overrides.map(({ untilAt, ...order }) => ({ ...order, untilAt: settleInstant(untilAt) })),
    queries: view.counters['queries'] ?? 0,
    answers,
    pools: { total: view.pools.length, shown: pools.length },
  }
}

function errorsFirst(problems: readonly Problem[]): readonly Problem[] {
  return problems.toSorted((a, b) => Number(b.severity === 'error') - Number(a.severity === 'error'))
}

/** Trouble first, as many as are allowed, and one pool whatever its size. By number. */
function* choosePools(pools: readonly PoolView[], limits: LiveLimits): Generator<void, readonly number[]> {
  const alike: [number[], number[], number[]] = [[], [], []]
  for (const [at, pool] of pools.entries()) {
    alike[poolUrgency(pool)].push(at)
    yield
  }
  const chosen: number[] = []
  let members = 0
  for (const at of alike.flat()) {
    members += pools[at]!.members.length
    if (chosen.length === limits.poolsMax || (chosen.length > 0 && members > limits.membersMax)) break
    chosen.push(at)
  }
  return chosen
}

function chooseZones({ zones }: StatusView, pools: readonly LivePool[], most: number): StatusView['zones'] {
  if (zones.length <= most) return zones
  const needed = new Set(pools.flatMap(({ owner }) => namesAbove(owner.toLowerCase())))
  const [first, rest] = [true, false].map(held => zones.filter(zone => needed.has(zone.name.toLowerCase()) === held))
  return [...first!, ...rest!].slice(0, most)
}

function namesAbove(owner: string): readonly string[] {
  const labels = owner.split('.')
  return labels.map((_, from) => labels.slice(from).join('.'))
}

function drawAnswers(pools: readonly PoolView[], at: number, before: LiveAnswers | null): LiveAnswers {
  if (before !== null && at - before.at < answersEveryMs) return before
  const asked = pools.filter(pool => pool.answers > 0)
  const firsts = Object.fromEntries(asked.map(pool => [keyOf(pool), firstsOf(pool)]))
  // Where nobody asks, nothing is sent.
  return JSON.stringify(before?.firsts) === JSON.stringify(firsts) ? before! : { at, firsts }
}

function firstsOf({ members }: PoolView): readonly number[] {
  return members.map(({ answers }) => answers.first)
}

function keyOf({ owner, type, rule }: Pick<PoolView, 'owner' | 'type' | 'rule'>): string {
  return `${owner} ${type}${rule === null ? '' : ` ${rule.pool} ${rule.subnets.join()}`}`
}

function drawPool({ members, answers: _, ...pool }: PoolView, at: number): LivePool {
  return {
    key: keyOf(pool),
    ...pool,
    members: members.map(({ checks, order, answers: __, ...member }) => ({
      ...member,
      order: order === null ? null : { ...order, untilAt: settleInstant(order.untilAt) },
      checks: checks.map(track => drawTrack(track, at)),
    })),
  }
}

function drawTrack({ sinceMs, lastAgoMs, failures, outcomes: _, ...track }: TrackView, at: number): LiveTrack {
  const lastAt = lastAgoMs === null ? null : settleInstant(at - lastAgoMs)
  const failed = failures.map(({ firstAgoMs, lastAgoMs: ago, ...run }) => ({
    ...run,
    firstAt: settleInstant(at - firstAgoMs),
    lastAt: settleInstant(at - ago),
  }))
  return { ...track, sinceAt: settleInstant(at - sinceMs), lastAt, failures: failed }
}

function drawFreeze({ cause, sinceMs, thawInMs }: FreezeView, at: number): LiveSections['freeze'] {
  return {
    cause,
    sinceAt: settleInstant(at - sinceMs),
    thawAt: thawInMs === null ? null : settleInstant(at + thawInMs),
  }
}

function settleInstant<T extends number | null>(at: T): T {
  return (at === null ? null : Math.round(at / instantStepMs) * instantStepMs) as T
}
