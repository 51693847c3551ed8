/**
 * The one picture of the server that ops may see. The admin API sends it as it stands (a stable contract); the command
 * line renders it. Durations are milliseconds, instants Unix milliseconds, TTLs seconds.
 */
import type { Problem } from '../base/problem.ts'
import type { FreezeCause } from '../health/freeze.ts'
import type { Histogram, LatencyHistogram } from '../health/latency.ts'
import type { Cause, Outcome, Override, Protocol, Verdict } from '../health/types.ts'
import type { AnswerPolicy, RotationMode } from '../rotation/types.ts'

export interface StatusView {
  readonly server: ServerView
  readonly reload: ReloadView
  readonly zones: readonly ZoneView[]
  readonly pools: readonly PoolView[]
  readonly checks: ChecksView
  /** Null while removals take their course. */
  readonly freeze: FreezeView | null
  readonly sentinels: readonly TrackView[]
  /** The operator's orders, the newest last. */
  readonly overrides: readonly OverrideView[]
  /** Null where nothing is kept over a restart. */
  readonly state: StateView | null
  readonly counters: CountersView
}

/** While removals are frozen: what turned down shortly before or since is still answered. */
export interface FreezeView {
  readonly cause: FreezeCause
  readonly sinceMs: number
  /** When it ends at the latest; null while the sentinels are down. */
  readonly thawInMs: number | null
}

export interface OverrideView {
  readonly target: string
  readonly override: Override
  readonly reason: string
  readonly author: string
  readonly sinceAt: number
  /** Null: until it is released. */
  readonly untilAt: number | null
}

/** Whether answers may carry a target, and until when caches may hold it. */
export interface CachedView {
  /** Record sets that may be answered with it at this moment, as `www.demo.test. A`. */
  readonly answered: readonly string[]
  /** Until the last cache has let go, if it is answered no more; 0 where none holds it. */
  readonly heldForMs: number
}

export interface StateView {
  readonly folder: string
  /** When it was last written, in Unix milliseconds; null: not yet. */
  readonly savedAt: number | null
  /** Why it cannot be written now, or null. */
  readonly trouble: string | null
}

export interface ServerView {
  readonly version: string
  readonly pid: number
  readonly startedAt: number
  readonly uptimeMs: number
  readonly ready: boolean
  /** How UDP is read; null until the listeners are open. */
  readonly io: 'dgram' | 'batch' | null
  /** Why packets are not read in batches, where that was not asked for; else null. */
  readonly ioReason: string | null
  readonly workers: number
  readonly listening: readonly string[]
  /** The file of the token that orders must show; null where none can be given. */
  readonly tokenFile: string | null
}

/** What became of the last look at the zone files. */
export interface ReloadView {
  readonly generation: number
  readonly installedAt: number
  /** False while the files on disk were refused and an older generation is being served. */
  readonly ok: boolean
  readonly triedAt: number
  readonly problems: readonly Problem[]
}

export interface ZoneView {
  readonly name: string
  readonly file: string
  readonly serial: number
  readonly rrsets: number
}

export interface PoolView {
  readonly owner: string
  readonly type: string
  /** Whom it serves; null where all clients get the same pool. */
  readonly rule: RuleView | null
  readonly mode: RotationMode
  /** As configured; `rotation` goes by weight too while shares differ. */
  readonly answer: AnswerPolicy
  readonly ttl: number
  readonly eligible: number
  readonly onAllDown: string
  /** Longest time from death to absence from our answers, without the TTL. */
  readonly worstRemovalMs: number
  /** `failover_within` of the record, or null. */
  readonly failoverWithinMs: number | null
  /** True while an earlier tier could serve, and waits for the operator's word (`failback: manual`). */
  readonly waitsForRelease: boolean
  readonly members: readonly MemberView[]
}

/** What the rules of a record say of one of its pools. */
export interface RuleView {
  /** The pool that serves first, as the zone file calls it. */
  readonly pool: string
  /** Client networks, as `10.8.0.0/16`; the longest one of the record that holds a client counts. */
  readonly subnets: readonly string[]
  /** True if it serves everyone whom no rule names. */
  readonly others: boolean
}

export interface MemberView {
  readonly address: string
  /** True if the next answers may carry it. */
  readonly answered: boolean
  readonly verdict: Verdict
  readonly pending: boolean
  readonly override: Override
  /** What the zone file says, whatever the operator does. */
  readonly status: Override
  /** The operator's order behind `override`, or null. */
  readonly order: OverrideView | null
  /** What it gets of its weight, 0 to 1. */
  readonly share: number
  /** True while it is down and only a freeze keeps it in the answers. */
  readonly held: boolean
  readonly tier: number
  /** The pool of the zone file that it is in; null for a plain record. */
  readonly pool: string | null
  /** As configured; `share` is what is left of it. */
  readonly weight: number
  /** Pools that its target answers from, as `www.demo.test. A`; null where its health does not hang on others. */
  readonly follows: readonly string[] | null
  readonly checks: readonly TrackView[]
}

export interface TrackView {
  readonly check: string
  readonly protocol: Protocol
  /** `address` or `address:port`, as probed. */
  readonly target: string
  readonly verdict: Verdict
  /** How long the verdict has stood. */
  readonly sinceMs: number
  /** Outcomes in a row against the verdict, and how many it takes. */
  readonly against: number
  readonly needed: number
  /** The rule that gave the verdict. */
  readonly cause: Cause
  /** Failures among the newest outcomes, and how many of how many take it down; null without such a rule. */
  readonly leak: { readonly seen: number; readonly failures: number; readonly window: number } | null
  /** What the check leaves of the weight, 0 to 1. */
  readonly share: number
  readonly last: Outcome | null
  readonly lastAgoMs: number | null
}

export interface ChecksView {
  /** Endpoint-check pairs, each probed once however many records share it. */
  readonly total: number
  readonly inFlight: number
  readonly probes: number
  /** Probes that began more than 100 ms after their time. */
  readonly late: number
  /** How long after their time probes began. */
  readonly lateness: Histogram
  /** How long probes took. */
  readonly latencies: readonly LatencyHistogram[]
  /** Addresses and ports probed, and how many of them are down. */
  readonly endpoints: number
  readonly endpointsDown: number
  readonly broken: readonly BrokenView[]
  /** How ICMP is done here, as `raw-socket (IPv4), none (IPv6)`; null while no ICMP check is configured. */
  readonly icmp: string | null
}

export interface BrokenView {
  readonly protocol: string
  readonly reason: string
  readonly remedy: string
}

/** Totals since start, over all workers. */
export type CountersView = Readonly<Record<string, number>>
