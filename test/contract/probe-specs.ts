/** Checks as the zone files' compiler would hand them to a probe; tests change what they are about. */

import { millis } from '../../src/core/base/units.ts'
import type {
  DnsCheck,
  ExecCheck,
  GrpcCheck,
  HttpCheck,
  IcmpCheck,
  MetricsCheck,
  TcpCheck,
  TlsSpec,
} from '../../src/core/health/types.ts'

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
export const tcpCheck: TcpCheck = { ...cadence, protocol: 'TCP', port: 1, send: null, expect: null, tls: null }

const plainTls: TlsSpec = { serverName: null, verify: true, caFile: null, certFile: null, keyFile: null }

/** TLS as our own authority's servers want it. */
export function tlsSpec(changes: Partial<TlsSpec> = {}): TlsSpec {
  return { ...plainTls, serverName: 'web.demo.test', caFile: certificate('ca.pem'), ...changes }
}

export function dnsCheck(changes: Partial<DnsCheck> = {}): DnsCheck {
  const expect = { rcodes: [0], rdatas: [] }
  return { ...cadence, protocol: 'DNS', port: 1, qname: 'www.demo.test.', qtype: 1, expect, ...changes }
}

export function grpcCheck(changes: Partial<GrpcCheck> = {}): GrpcCheck {
  return { ...cadence, protocol: 'GRPC', port: 1, service: '', host: null, tls: null, ...changes }
}

export function execCheck(changes: Partial<ExecCheck> = {}): ExecCheck {
  return { ...cadence, protocol: 'EXEC', port: null, command: ['/bin/true'], ...changes }
}

export function metricsCheck(changes: Partial<MetricsCheck> = {}): MetricsCheck {
  const page = { scheme: 'http', address: null, target: '/metrics' } as const
  const asked = { port: 1, page, format: 'prometheus', limits: [], send: null, tls: null } as const
  return { ...cadence, protocol: 'METRICS', ...asked, ...changes }
}

const anyGoodResponse: HttpCheck['expect'] = {
  status: [{ low: 200, high: 299 }],
  body: null,
  regex: null,
  json: [],
  headers: [],
  withinMs: null,
  certDays: null,
}

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
    http2: false,
    reuse: false,
    ...changes,
    expect: { ...anyGoodResponse, ...changes.expect },
    tls: { ...plainTls, ...changes.tls },
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
