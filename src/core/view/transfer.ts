/**
 * What ops may see of a zone that others may have: how far back its journal goes and which serial each secondary that
 * is told of versions has acknowledged. Instants are Unix milliseconds.
 */
import type { Errand, NotifyFault, NotifyPlace } from '../transfer/notifying.ts'

export interface TransferView {
  readonly secondaries: readonly NotifiedView[]
}

/** A server that is told of new versions (NOTIFY). */
export interface NotifiedView {
  /** Address and port. */
  readonly to: string
  /** `waiting`: it was told and has not answered yet. `lost`: it was given up; the next version is told to it again. */
  readonly state: 'told' | 'waiting' | 'lost'
  /** The newest serial that it acknowledged, and when; null: none yet. */
  readonly acknowledged: number | null
  readonly acknowledgedAt: number | null
  /** Why it was given up, else null. */
  readonly fault: NotifyFault | null
}

export function formatPlace({ host, port }: NotifyPlace): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** `nowMs` and `at` are one instant, on the clock of the errand and as Unix milliseconds. */
export function drawNotified(errand: Errand, { nowMs, at }: { nowMs: number; at: number }): NotifiedView {
  const { place, acknowledged, acknowledgedMs, isLost, wanted, fault } = errand
  return {
    to: formatPlace(place),
    state: isLost ? 'lost' : wanted !== null && acknowledged !== wanted ? 'waiting' : 'told',
    acknowledged,
    acknowledgedAt: acknowledgedMs === null ? null : Math.round(at - (nowMs - acknowledgedMs)),
    fault: isLost ? fault : null,
  }
}
