/**
 * The one picture of the server that ops may see. The admin API sends it as it stands (a stable contract); the command
 * line renders it. Durations are milliseconds, instants Unix milliseconds, TTLs seconds.
 */
import type { Problem } from '../base/problem.ts'
import type { Outcome, Override, Protocol, Verdict } from '../health/types.ts'
import type { RotationMode } from '../rotation/types.ts'

export interface StatusView {
  readonly server: ServerView
  readonly reload: ReloadView
  readonly zones: readonly ZoneView[]
  readonly pools: readonly PoolView[]
  readonly checks: ChecksView
  readonly counters: CountersView
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
  readonly mode: RotationMode
  readonly ttl: number
  readonly eligible: number
  readonly onAllDown: string
  /** Longest time from death to absence from our answers, without the TTL. */
  readonly worstRemovalMs: number
  readonly members: readonly MemberView[]
}

export interface MemberView {
  readonly address: string
  /** True if the next answers may carry it. */
  readonly answered: boolean
  readonly verdict: Verdict
  readonly pending: boolean
  readonly override: Override
  readonly tier: number
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
