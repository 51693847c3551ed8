/**
 * How long a dead host may still be answered, as a bound that people can hold us to. It counts from the instant after
 * its last pass began to the verdict `down`, every probe running into its timeout:
 *
 *   pass |---- interval ----| timeout |- fast -| timeout |- fast -| timeout |  down
 *               5 s              2 s      1 s      2 s      1 s      2 s       13 s by default (fall 3)
 *
 * Jitter only shortens an interval and so never breaks the bound. Not in it: the beat at which due probes are started
 * (a fraction of a second each), a queue at the limit of probes in flight, and the TTL, which caches add.
 */
import { type Millis, millis } from '../base/units.ts'
import { fastPauseMs } from './observe.ts'
import type { CheckSpec, Quorum } from './types.ts'

/** Until one check says down. */
export function worstRemovalMs(spec: CheckSpec): Millis {
  const fastMs = fastPauseMs(spec)
  // A pass that took nearly its timeout is still followed by a fast interval, which may outlast the interval itself.
  const spacingMs = Math.max(spec.intervalMs, spec.timeoutMs + fastMs)
  return millis(spacingMs + spec.timeoutMs + (spec.fall - 1) * (fastMs + spec.timeoutMs))
}

/**
 * Until a member with several checks is down, all of them failing from the same instant. It is down once fewer than
 * `need` of n can still be up, so with n - need + 1 of them: `all` goes with its fastest check, `any` with its slowest.
 * Null without checks: such a member is never removed.
 */
export function worstMemberRemovalMs(specs: readonly CheckSpec[], quorum: Quorum): Millis | null {
  const sorted = specs.map(worstRemovalMs).sort((a, b) => a - b)
  return sorted[Math.max(0, sorted.length - quorum.need)] ?? null
}
