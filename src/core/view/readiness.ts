/**
 * What `/readyz?verbose` says line by line: which of the conditions for taking traffic hold.
 * Refused zone files are not among them: the older generation is being served, as it should be.
 */
import type { StatusView } from './status.ts'

export interface ReadinessLine {
  readonly name: 'listening' | 'zones' | 'serving'
  readonly ok: boolean
}

/** `ready` is the server's own word: first round of probes done and not stopping. */
export function readinessOf(view: StatusView, ready: boolean): readonly ReadinessLine[] {
  return [
    { name: 'listening', ok: view.server.listening.length > 0 },
    { name: 'zones', ok: view.zones.length > 0 },
    { name: 'serving', ok: ready },
  ]
}
