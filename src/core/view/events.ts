/**
 * Facts worth recording, as data. One journal takes them; log, history, metrics and page read them.
 */
import type { Problem } from '../base/problem.ts'
import type { Outcome, Verdict } from '../health/types.ts'
import type { Rotation } from '../rotation/types.ts'

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
  | { readonly kind: 'check-broken'; readonly protocol: string; readonly reason: string; readonly remedy: string }
  | { readonly kind: 'check-mended'; readonly protocol: string }
  | { readonly kind: 'ready'; readonly firstRoundMs: number; readonly worstRemovalMs: number }
  | { readonly kind: 'worker-lost'; readonly worker: number; readonly text: string }
  | { readonly kind: 'fault'; readonly where: string; readonly text: string }
  | { readonly kind: 'stopping'; readonly signal: string }

/** An event as history keeps it. `at` is Unix time in milliseconds. */
export interface RecordedEvent {
  readonly at: number
  readonly event: JournalEvent
}

export const historyEventsMax = 10_000
