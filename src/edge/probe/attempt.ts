/**
 * What every probe has in common: it begins, it is settled once, and it lets go of everything. Invariants: the promise
 * never rejects; it is settled in the same turn in which the signal aborts; `stop` runs exactly once for whatever
 * `begin` opened; nothing that happens afterwards changes the outcome.
 *
 * The caller aborts with the reason 'timeout' at the check's deadline: the endpoint failed to answer. Any other reason
 * ('stopping' at shutdown) says nothing about the endpoint.
 */
import type { Outcome } from '../../core/health/types.ts'
import type { Clock, StopSignal } from '../../core/ports.ts'
import { describeError, inconclusive, printable, type Settle } from './outcome.ts'

/** A probe on its way. */
export interface Run {
  /** Closes what was opened; no event may escape it. */
  stop(): void
  /** How far it came, for the detail of a timeout: 'while connecting'. */
  stage(): string | null
  /** Last chance before the deadline counts: takes what already lies in the socket. May settle. */
  lastLook?(): void
}

/** Milliseconds since the probe began. */
export type Elapsed = () => number

export function attempt(
  clock: Clock,
  signal: StopSignal,
  begin: (settle: Settle, elapsedMs: Elapsed) => Run,
): Promise<Outcome> {
  if (signal.aborted) return Promise.resolve(neverBegan(signal))
  return new Promise(resolve => {
    const startedMs = clock.now()
    const elapsedMs = (): number => clock.now() - startedMs
    let run: Run | null = null
    let settled = false
    const settle: Settle = (kind, reason, detail, { share = 1, certDays = null } = {}) => {
      if (settled) return
      settled = true
      const latencyMs = elapsedMs()
      signal.removeEventListener('abort', onAbort)
      run?.stop()
      const shown = detail === null ? null : printable(detail)
      const besides = { ...(share < 1 && { share }), ...(certDays !== null && { certDays }) }
      resolve({ kind, reason, latencyMs, detail: shown, ...besides })
    }
    const onAbort = (): void => {
      run?.lastLook?.()
      if (isDeadline(signal)) settle('fail', 'timeout', run?.stage() ?? null)
      else settle('inconclusive', 'no-prober', 'stopped before it ended')
    }
    signal.addEventListener('abort', onAbort)
    try {
      run = begin(settle, elapsedMs)
      if (settled) run.stop()
    } catch (error) {
      settle('inconclusive', 'no-prober', describeError(error))
    }
  })
}

/** Aborted before it could begin: nothing was learned, whatever the reason. */
export function neverBegan(signal: StopSignal): Outcome {
  return isDeadline(signal)
    ? inconclusive('late', 'the deadline passed before the probe began')
    : inconclusive('no-prober', 'stopped before it began')
}

function isDeadline(signal: StopSignal): boolean {
  return signal.reason === 'timeout' || (signal.reason instanceof Error && signal.reason.name === 'TimeoutError')
}
