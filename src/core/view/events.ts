/**
 * Facts worth recording, as data. One journal takes them; log, history, metrics and page read them.
 */
import type { Problem } from '../base/problem.ts'
import type { CatalogEvent } from '../catalog/news.ts'
import type { FreezeCause, ThawCause } from '../health/freeze.ts'
import type { Cause, Leak, Outcome, Override, Protocol, ReasonCode, Verdict } from '../health/types.ts'
import type { Rotation } from '../rotation/types.ts'
import type { SecondaryEvent } from '../secondary/news.ts'
import type { TransferNews } from '../transfer/news.ts'
import type { NotifyFault } from '../transfer/notifying.ts'

export type JournalEvent =
  | { readonly kind: 'listening'; readonly via: 'udp' | 'tcp' | 'admin'; readonly host: string; readonly port: number }
  /** How UDP is read, and why not in batches if that could have been. */
  | { readonly kind: 'engine'; readonly io: 'batch' | 'dgram'; readonly reason: string | null }
  | {
      readonly kind: 'installed'
      readonly generation: number
      readonly zones: number
      readonly rrsets: number
      readonly checks: number
      readonly tookMs: number
    }
  | { readonly kind: 'refused'; readonly generation: number; readonly problems: readonly Problem[] }
  | {
      readonly kind: 'transition'
      readonly target: string
      readonly check: string
      readonly from: Verdict
      readonly to: Verdict
      /** The rule that turned it; for a leak also which. */
      readonly cause: Cause
      readonly leak: Leak | null
      readonly outcome: Outcome
    }
  | {
      readonly kind: 'rotation'
      readonly owner: string
      readonly type: string
      /** Null for a pool that was not served before. */
      readonly from: Rotation | null
      readonly to: Rotation
    }
  | {
      readonly kind: 'override'
      readonly action: 'set' | 'released' | 'expired'
      readonly target: string
      readonly override: Exclude<Override, 'none'>
      readonly reason: string
      /** Who gave the order, or who released it. */
      readonly author: string
      /** When it ends, in Unix milliseconds; null: when it is released. */
      readonly untilAt: number | null
    }
  /** Pools that were let go back to their first tier (`failback: manual`), as `owner type`. */
  | { readonly kind: 'failback'; readonly pools: readonly string[]; readonly author: string }
  /** Removals are frozen: what was answered stays in the answers. */
  | { readonly kind: 'freeze'; readonly cause: FreezeCause; readonly endpoints: number; readonly down: number }
  | {
      readonly kind: 'thaw'
      readonly cause: ThawCause
      readonly endpoints: number
      readonly down: number
      readonly frozenMs: number
    }
  /** By whom we judge ourselves. `missing` are words for which there is no address now. */
  | { readonly kind: 'sentinels'; readonly targets: readonly string[]; readonly missing: readonly string[] }
  /** Probes that could not judge, since the last time that this was told: they change no verdict. */
  | {
      readonly kind: 'inconclusive'
      readonly protocol: Protocol
      readonly reason: ReasonCode
      readonly count: number
      /** One of them. */
      readonly target: string
      readonly detail: string | null
    }
  /** Timeouts that did not count, since this thread itself stood still; the most that one of them lost. */
  | { readonly kind: 'late'; readonly voided: number; readonly worstMs: number }
  /** What an earlier run left was taken up; verdicts only where it is young enough to be gone on from. */
  | {
      readonly kind: 'state-restored'
      readonly file: string
      readonly ageMs: number
      readonly generation: number
      readonly verdicts: number
      readonly overrides: number
    }
  /** A state file that cannot be used was put aside; `to` is null if not even that could be done. */
  | {
      readonly kind: 'state-aside'
      readonly file: string
      readonly to: string | null
      readonly fault: string
    }
  /** State can no longer be saved, and why; told once for each reason. */
  | { readonly kind: 'state-lost'; readonly folder: string; readonly reason: string }
  | { readonly kind: 'state-kept'; readonly folder: string }
  /** The files were refused at the start; a copy of what was served before is served instead. */
  | { readonly kind: 'last-good'; readonly generation: number; readonly keptAt: number }
  /**
   * A secondary acknowledged a version, for the first time or after it was given up; or, with the reason, it was given
   * up and is told of the next one only.
   */
  | {
      readonly kind: 'notify'
      readonly zone: string
      readonly secondary: string
      readonly serial: number
      readonly fault: NotifyFault | null
    }
  | { readonly kind: 'check-broken'; readonly protocol: string; readonly reason: string; readonly remedy: string }
  | { readonly kind: 'check-mended'; readonly protocol: string }
  | { readonly kind: 'ready'; readonly firstRoundMs: number; readonly worstRemovalMs: number }
  | { readonly kind: 'worker-lost'; readonly worker: number; readonly text: string }
  | { readonly kind: 'fault'; readonly where: string; readonly text: string }
  /** Root was given up for this user, but for these capabilities. */
  | {
      readonly kind: 'account'
      readonly user: string
      readonly uid: number
      readonly gid: number
      readonly kept: readonly string[]
    }
  /** Somebody got a zone from us, or did not. `untold`: others with this outcome since the last. */
  | ({ readonly kind: 'transfer'; readonly ms: number; readonly untold: number } & TransferNews)
  | CatalogEvent
  /** Of a zone that is pulled. */
  | SecondaryEvent
  | { readonly kind: 'stopping'; readonly signal: string }

/** An event as history keeps it. `at` is Unix time in milliseconds. */
export interface RecordedEvent {
  readonly at: number
  readonly event: JournalEvent
}

export const historyEventsMax = 10_000
