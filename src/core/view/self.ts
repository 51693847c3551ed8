/**
 * What the server says of itself to a program that must decide every second whether it may keep a floating address: a
 * few lines that cost the same with one zone or a million names. Health of backends has no part in it.
 */
import { type Readable, type ReadinessLine, readinessOf } from './readiness.ts'

export interface SelfView {
  /** True if every condition holds. */
  readonly ready: boolean
  readonly conditions: readonly ReadinessLine[]
  /** A zone whose SOA can be asked for, with its final dot; null while there is none. */
  readonly zone: string | null
  /** `udp 127.0.0.1:5300`, as in the status. */
  readonly listening: readonly string[]
}

/** `serving` is the server's own word: first round of probes done and not stopping. */
export function drawSelf(view: Readable, serving: boolean): SelfView {
  const conditions = readinessOf(view, serving)
  const ready = conditions.every(line => line.ok)
  return {
    ready,
    conditions,
    zone: view.zones.find(({ withheld }) => withheld !== true)?.name ?? null,
    listening: view.server.listening,
  }
}
