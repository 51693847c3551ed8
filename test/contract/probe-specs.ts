/** Checks as the zone files' compiler would hand them to a probe; tests change what they are about. */

import { millis } from '../../src/core/base/units.ts'
import type { HttpCheck, IcmpCheck, TcpCheck } from '../../src/core/health/types.ts'

const cadence = {
  name: 'test',
  intervalMs: millis(5000),
  timeoutMs: millis(2000),
  fastIntervalMs: millis(1000),
  fall: 3,
  rise: 2,
}

export const icmpCheck: IcmpCheck = { ...cadence, protocol: 'ICMP' }

/** The endpoint's port counts; this one is closed. */
export const tcpCheck: TcpCheck = { ...cadence, protocol: 'TCP', port: 1 }

export interface HttpChanges extends Partial<Omit<HttpCheck, 'expect' | 'tls'>> {
  readonly expect?: Partial<HttpCheck['expect']>
  readonly tls?: Partial<HttpCheck['tls']>
}

export function httpCheck(changes: HttpChanges = {}): HttpCheck {
  return {
    ...cadence,
    protocol: 'HTTP',
    port: 1,
    method: 'GET',
    path: '/healthz',
    host: null,
    headers: [],
    ...changes,
    expect: { status: [{ low: 200, high: 299 }], body: null, regex: null, withinMs: null, ...changes.expect },
    tls: { serverName: null, verify: true, caFile: null, ...changes.tls },
  }
}

export function httpsCheck(changes: HttpChanges = {}): HttpCheck {
  return httpCheck({
    ...changes,
    protocol: 'HTTPS',
    tls: { serverName: 'web.demo.test', caFile: certificate('ca.pem'), ...changes.tls },
  })
}

export function certificate(file: string): string {
  return new URL(`certs/${file}`, import.meta.url).pathname
}
