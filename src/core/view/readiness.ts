/**
 * What `/readyz?verbose` says line by line: which of the conditions for taking traffic hold.
 * Refused zone files are not among them: the older generation is being served, as it should be.
 */
import type { StatusView } from './status.ts'

/** What of the picture readiness hangs on. */
export type Readable = Pick<StatusView, 'zones' | 'freeze'> & {
  readonly server: Pick<StatusView['server'], 'listening'>
}

export interface ReadinessLine {
  readonly name: 'listening' | 'zones' | 'serving' | 'removals'
  readonly ok: boolean
  /** What people should know though it does not make the server unfit for traffic, or null. */
  readonly note: string | null
}

/** `serving` is the server's own word: first round of probes done and not stopping. */
export function readinessOf({ server, zones, freeze }: Readable, serving: boolean): readonly ReadinessLine[] {
  return [
    { name: 'listening', ok: server.listening.length > 0, note: null },
    { name: 'zones', ok: zones.length > 0, note: null },
    { name: 'serving', ok: serving, note: null },
    // Taking every nameserver out of service while most backends are lost would make bad worse.
    { name: 'removals', ok: true, note: freeze === null ? null : `frozen: ${freeze.cause}` },
  ]
}
