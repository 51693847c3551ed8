/**
 * By whom the server judges itself, as settings have it. What becomes of it is in sentinels.ts; what zones and these
 * come to together, in joined.ts.
 */
import type { Span } from '../core/base/problem.ts'
import type { CheckSpec } from '../core/health/types.ts'
import type { Route } from '../core/zonefile/route.ts'

export interface SentinelSettings {
  readonly check: CheckSpec
  readonly sources: Route['sources']
  /** Canonical addresses, and `gateway`. */
  readonly addresses: readonly string[]
  /** Where a file asks for them; absent where none does. */
  readonly span?: Span
}

/** Stands for the default gateways of this host. */
export const gatewayWord = 'gateway'
