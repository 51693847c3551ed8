/**
 * Checks, outcomes and tracks for tests of the health core, with the defaults that a zone file would fill in.
 */
import { millis } from '../../../src/core/base/units.ts'
import type { HttpCheck, IcmpCheck, Outcome, TcpCheck, Track } from '../../../src/core/health/types.ts'

const defaultCadence = {
  intervalMs: millis(5_000),
  timeoutMs: millis(2_000),
  fastIntervalMs: millis(1_000),
  fall: 3,
  rise: 2,
}

export function tcpCheck(changes: Partial<TcpCheck> = {}): TcpCheck {
  return { protocol: 'TCP', name: 'port', port: 80, ...defaultCadence, ...changes }
}

export function icmpCheck(changes: Partial<IcmpCheck> = {}): IcmpCheck {
  return { protocol: 'ICMP', name: 'ping', ...defaultCadence, ...changes }
}

export function httpCheck(changes: Partial<HttpCheck> = {}): HttpCheck {
  return {
    protocol: 'HTTP',
    name: 'web',
    port: 8080,
    method: 'GET',
    path: '/health',
    host: null,
    headers: [],
    expect: { status: [{ low: 200, high: 299 }], body: null, regex: null, withinMs: null },
    tls: { serverName: null, verify: true, caFile: null },
    ...defaultCadence,
    ...changes,
  }
}

export function outcomeOf(kind: Outcome['kind'], latencyMs = 0): Outcome {
  const reason = kind === 'pass' ? 'ok' : kind === 'fail' ? 'refused' : 'no-socket'
  return { kind, reason, latencyMs, detail: null }
}

export const passed = outcomeOf('pass')
export const failed = outcomeOf('fail')
export const inconclusive = outcomeOf('inconclusive')

export function trackOf(changes: Partial<Track> = {}): Track {
  const calm = { verdict: 'up', against: 0, sinceMs: millis(0), undecided: false, obstacle: null } as const
  return { ...calm, last: passed, lastMs: millis(0), ...changes }
}
