/**
 * The one picture of the server that ops may see. The admin API sends it as it stands (a stable contract); the command
 * line renders it. Durations are milliseconds, instants Unix milliseconds, TTLs seconds.
 */
import type { Problem } from '../base/problem.ts'
import type { FreezeCause } from '../health/freeze.ts'
import type { Histogram, LatencyHistogram } from '../health/latency.ts'
import type { Cause, Outcome, Override, Protocol, ReasonCode, Verdict } from '../health/types.ts'
import type { AnswerPolicy, RotationMode } from '../rotation/types.ts'
import type { PullReason, SecondaryState } from '../secondary/types.ts'
import type { Via } from '../wire/query.ts'
import type { TransferView } from './transfer.ts'

export interface StatusView {
  readonly server: ServerView
  readonly reload: ReloadView
  readonly zones: readonly ZoneView[]
  /** Those of the zones that are pulled from elsewhere, had or not. */
  readonly secondaries: readonly SecondaryView[]
  readonly pools: readonly PoolView[]
  readonly checks: ChecksView
  /** The answering threads, by number. */
  readonly threads: readonly ThreadView[]
  /** Null while removals take their course. */
  readonly freeze: FreezeView | null
  readonly sentinels: readonly TrackView[]
  /** The operator's orders, the newest last. */
  readonly overrides: readonly OverrideView[]
  /** Null where nothing is kept over a restart. */
  readonly state: StateView | null
  readonly counters: CountersView
}

/** The picture as it is made a step at a time. Instants are Unix milliseconds. */
export interface DrawnStatus {
  readonly view: StatusView
  /** What all ages but those in pools count from. */
  readonly at: number
  /** The same for each pool: each is of one instant, and nothing that happens later is in it. */
  readonly poolsAt: readonly number[]
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
  /** Where its zone files lie. */
  readonly zonesFolder: string
  /** Share of all answers, 0 to 1, that a reload may take away without being forced. */
  readonly maxChange: number
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

/** A zone that is pulled from primaries. Instants are Unix milliseconds. */
export interface SecondaryView {
  readonly zone: string
  readonly state: SecondaryState
  /** As the primary has it; what is answered may have grown beyond it by health. Null: never had. */
  readonly serial: number | null
  readonly primaries: readonly string[]
  /** When primaries were last asked, and when one last said that what we have is the newest. */
  readonly checkedAt: number | null
  readonly confirmedAt: number | null
  /** When it last came in, in this run. */
  readonly pulledAt: number | null
  /** Until they are asked again; null while they are being asked. */
  readonly nextInMs: number | null
  /** Until it is too old to be answered from, 0 if it is; null: never had. */
  readonly expiresInMs: number | null
  /** Why it is not confirmed; null if all is well. */
  readonly failure: {
    readonly primary: string
    readonly reason: PullReason
    readonly detail: string
    readonly at: number
  } | null
}

export interface ZoneView {
  readonly name: string
  readonly file: string
  /** As it is answered now. */
  readonly serial: number
  readonly rrsets: number
  /** Present for a zone that is answered with SERVFAIL: to be pulled, and not there or too old. */
  readonly withheld?: true
  /** Of the file as it is served, hex SHA-256; absent for a zone that comes from no file of people. */
  readonly digest?: string
  /** Absent for a zone that nobody else may have. */
  readonly transfer?: TransferView
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
  /**
   * Answers that were given from it since the start. Not counted: addresses beside other records, and answers by an
   * ALIAS of a pool with rules or one that answers random or sticky.
   */
  readonly answers: number
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
  /** Places as `EU` or `NA-US`, for clients of no such network; absent where none is named. */
  readonly geos?: readonly string[]
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
  /** Of the answers of its pool, those that carried the address, and those that began with it. */
  readonly answers: { readonly carried: number; readonly first: number }
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
  /** What failed last, the newest first, also long after it passed again. */
  readonly failures: readonly FailureView[]
  /** The newest outcomes, the newest first; only where evidence was asked for. */
  readonly outcomes?: readonly OutcomeView[]
}

/** Failures in a row for one reason. */
export interface FailureView {
  readonly reason: ReasonCode
  /** Of the newest of them. */
  readonly detail: string | null
  readonly count: number
  readonly firstAgoMs: number
  readonly lastAgoMs: number
}

export interface OutcomeView extends Pick<Outcome, 'kind' | 'reason' | 'latencyMs'> {
  readonly agoMs: number
}

export interface ThreadView {
  /** Its number; a thread that takes over from a lost one has the same. */
  readonly worker: number
  readonly via: readonly Via[]
  /** Since its last sign of life; null while there is none: it was lost and is being replaced. */
  readonly silentMs: number | null
  /** Silences of more than a second. */
  readonly stalls: number
  /** Threads that were lost here and replaced. */
  readonly replaced: number
  /** The generation that it serves, and for how long. */
  readonly generation: number
  readonly servedMs: number
  /** From a generation's order to the word that it is served. */
  readonly installs: Histogram
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
