/**
 * What `/readyz?verbose` says line by line: which of the conditions for taking traffic hold.
 * Refused zone files are not among them: the older generation is being served, as it should be.
 */
import type { StatusView } from './status.ts'

/** What of the picture readiness hangs on. */
export type Readable = Pick<StatusView, 'zones' | 'freeze'> & {
  /** Zones that are pulled; absent where there are none. */
  readonly secondaries?: readonly Pick<StatusView['secondaries'][number], 'zone' | 'state'>[]
  readonly server: Pick<StatusView['server'], 'listening'>
}

export interface ReadinessLine {
  readonly name: 'listening' | 'zones' | 'pulled' | 'serving' | 'removals'
  readonly ok: boolean
  /** What people should know though it does not make the server unfit for traffic, or null. */
  readonly note: string | null
}

/** `serving` is the server's own word: first round of probes done and not stopping. */
export function readinessOf(
  { server, zones, secondaries = [], freeze }: Readable,
  serving: boolean,
): readonly ReadinessLine[] {
  return [
    { name: 'listening', ok: server.listening.length > 0, note: null },
    { name: 'zones', ok: zones.some(({ withheld }) => withheld !== true), note: null },
    ...(secondaries.length === 0 ? [] : [pulledLine(secondaries)]),
    { name: 'serving', ok: serving, note: null },
    // Taking every nameserver out of service while most backends are lost would make bad worse.
    { name: 'removals', ok: true, note: freeze === null ? null : `frozen: ${freeze.cause}` },
  ]
}

/** Zones named in the line; the status has them all. */
const namedMax = 10

/** Other nameservers have those zones; without them this one is as fit for the rest. */
function pulledLine(secondaries: NonNullable<Readable['secondaries']>): ReadinessLine {
  const lacking = secondaries.filter(({ state }) => state === 'new' || state === 'expired')
  if (lacking.length === 0) return { name: 'pulled', ok: true, note: null }
  const named = lacking.slice(0, namedMax).map(({ zone, state }) => `${zone} ${state === 'new' ? 'never had' : state}`)
  const rest = lacking.length - named.length
  return { name: 'pulled', ok: true, note: [...named, ...(rest === 0 ? [] : [`${rest} more`])].join(', ') }
}
