/**
 * Checks, outcomes and tracks for tests of the health core, with the defaults that a zone file would fill in.
 */
import { millis } from '../../../src/core/base/units.ts'
import type {
  DnsCheck,
  ExecCheck,
  GrpcCheck,
  HttpCheck,
  IcmpCheck,
  MetricsCheck,
  Outcome,
  TcpCheck,
  Track,
} from '../../../src/core/health/types.ts'

const defaultCadence = {
  intervalMs: millis(5_000),
  timeoutMs: millis(2_000),
  fastIntervalMs: millis(1_000),
  fall: 3,
  rise: 2,
}

export function tcpCheck(changes: Partial<TcpCheck> = {}): TcpCheck {
  return { protocol: 'TCP', name: 'port', port: 80, send: null, expect: null, tls: null, ...defaultCadence, ...changes }
}

export function dnsCheck(changes: Partial<DnsCheck> = {}): DnsCheck {
  const expect = { rcodes: [0], rdatas: [] }
  return { protocol: 'DNS', name: 'dns', port: 53, qname: 'a.test.', qtype: 1, expect, ...defaultCadence, ...changes }
}

export function grpcCheck(changes: Partial<GrpcCheck> = {}): GrpcCheck {
  const asked = { port: 50051, service: '', host: null, tls: null }
  return { protocol: 'GRPC', name: 'rpc', ...asked, ...defaultCadence, ...changes }
}

export function execCheck(changes: Partial<ExecCheck> = {}): ExecCheck {
  return { protocol: 'EXEC', name: 'own', port: null, command: ['check', '{address}'], ...defaultCadence, ...changes }
}

export function metricsCheck(changes: Partial<MetricsCheck> = {}): MetricsCheck {
  return {
    protocol: 'METRICS',
    name: 'load',
    port: 9100,
    page: { scheme: 'http', address: null, target: '/metrics' },
    format: 'prometheus',
    limits: [{ name: 'load1', reading: { kind: 'named', metric: 'load1' }, low: null, high: 8 }],
    send: null,
    tls: null,
    ...defaultCadence,
    ...changes,
  }
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
    expect: {
      status: [{ low: 200, high: 299 }],
      body: null,
      regex: null,
      json: [],
      headers: [],
      withinMs: null,
      certDays: null,
    },
    tls: { serverName: null, verify: true, caFile: null, certFile: null, keyFile: null },
    http2: false,
    reuse: false,
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
  const calm = { verdict: 'up', cause: 'first', against: 0, undecided: false, obstacle: null } as const
  return { ...calm, sinceMs: millis(0), last: passed, lastMs: millis(0), misses: 0, share: 1, ...changes }
}
