import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import { dutyKey, editKey, targetKey } from '../../../src/core/health/identity.ts'
import type { CheckSpec, Watermark } from '../../../src/core/health/types.ts'
import { dnsCheck, execCheck, grpcCheck, httpCheck, icmpCheck, metricsCheck, tcpCheck } from './specs.ts'

const endpoint = { address: '10.0.0.1', port: 80 }
const { expect: expected, tls } = httpCheck()

function limitsOf(changes: readonly Partial<Watermark>[]): readonly CheckSpec[] {
  return changes.map(change => metricsCheck({ limits: [{ ...metricsCheck().limits[0]!, ...change }] }))
}

const distinctQuestions: readonly CheckSpec[] = [
  icmpCheck(),
  tcpCheck(),
  tcpCheck({ port: 81 }),
  httpCheck(),
  httpCheck({ port: 81 }),
  httpCheck({ protocol: 'HTTPS' }),
  httpCheck({ protocol: 'HTTPS', tls: { ...tls, serverName: 'a.test' } }),
  httpCheck({ protocol: 'HTTPS', tls: { ...tls, verify: false } }),
  httpCheck({ protocol: 'HTTPS', tls: { ...tls, caFile: 'ca.pem' } }),
  httpCheck({ method: 'HEAD' }),
  httpCheck({ path: '/' }),
  httpCheck({ host: 'a.test' }),
  httpCheck({ headers: [['x-probe', '1']] }),
  httpCheck({ expect: { ...expected, status: [{ low: 200, high: 200 }] } }),
  httpCheck({ expect: { ...expected, body: 'UP' } }),
  httpCheck({ expect: { ...expected, regex: 'UP' } }),
  httpCheck({ expect: { ...expected, withinMs: millis(100) } }),
  httpCheck({ expect: { ...expected, json: [['/status', 'UP']] } }),
  httpCheck({ expect: { ...expected, json: [['/status', null]] } }),
  httpCheck({ expect: { ...expected, json: [['/status', 'null']] } }),
  httpCheck({ expect: { ...expected, json: [['/state', 'UP']] } }),
  httpCheck({ expect: { ...expected, headers: [['x-state', { kind: 'text', text: 'UP' }]] } }),
  httpCheck({ expect: { ...expected, headers: [['x-state', { kind: 'regex', source: 'UP' }]] } }),
  httpCheck({ http2: true }),
  httpCheck({ reuse: true }),
  httpCheck({ protocol: 'HTTPS', tls: { ...tls, certFile: 'a.pem', keyFile: 'a.key' } }),
  httpCheck({ protocol: 'HTTPS', tls: { ...tls, certFile: 'a.pem', keyFile: 'b.key' } }),
  httpCheck({ protocol: 'HTTPS', expect: { ...expected, certDays: { warn: null, fail: 7 } } }),
  httpCheck({ protocol: 'HTTPS', expect: { ...expected, certDays: { warn: 7, fail: null } } }),
  tcpCheck({ send: 'PING' }),
  tcpCheck({ expect: { kind: 'text', text: 'PONG' } }),
  tcpCheck({ expect: { kind: 'regex', source: 'PONG' } }),
  tcpCheck({ tls }),
  tcpCheck({ tls: { ...tls, serverName: 'a.test' } }),
  dnsCheck(),
  dnsCheck({ port: 54 }),
  dnsCheck({ qname: 'b.test.' }),
  dnsCheck({ qtype: 28 }),
  dnsCheck({ expect: { rcodes: [3], rdatas: [] } }),
  dnsCheck({ expect: { rcodes: [0], rdatas: ['192.0.2.1'] } }),
  grpcCheck(),
  grpcCheck({ port: 50052 }),
  grpcCheck({ service: 'shop' }),
  grpcCheck({ host: 'a.test' }),
  grpcCheck({ tls }),
  icmpCheck({ source: '10.0.0.5' }),
  icmpCheck({ source: '10.0.0.6' }),
  tcpCheck({ source: '10.0.0.5' }),
  httpCheck({ source: '10.0.0.5' }),
  execCheck(),
  execCheck({ port: 1 }),
  execCheck({ command: ['check', '{address} '] }),
  execCheck({ command: ['check {address}'] }),
  metricsCheck(),
  metricsCheck({ port: 9101 }),
  metricsCheck({ page: { scheme: 'https', address: null, target: '/metrics' } }),
  metricsCheck({ page: { scheme: 'http', address: '10.0.0.9', target: '/metrics' } }),
  metricsCheck({ page: { scheme: 'http', address: null, target: '/' } }),
  metricsCheck({ format: 'json' }),
  metricsCheck({ send: 'x' }),
  metricsCheck({ tls }),
  ...limitsOf([
    { low: 1, high: 8 },
    { high: 9 },
    { name: 'other' },
    { reading: { kind: 'named', metric: 'cpu_percent' } },
    { reading: { kind: 'pointer', pointer: '/load1' } },
    { reading: { kind: 'series', metric: 'load1', labels: [], rate: false } },
    { reading: { kind: 'series', metric: 'load1', labels: [], rate: true } },
    { reading: { kind: 'series', metric: 'load1', labels: [{ name: 'a', value: 'b', equal: true }], rate: true } },
    { reading: { kind: 'series', metric: 'load1', labels: [{ name: 'a', value: 'b', equal: false }], rate: true } },
  ]),
]

const cadences = [
  { intervalMs: millis(6_000) },
  { timeoutMs: millis(900) },
  { fastIntervalMs: millis(500) },
  { fall: 4 },
  { rise: 1 },
] as const

describe('what makes two duties the same', () => {
  it('every part of the question tells them apart', () => {
    expect(new Set(distinctQuestions.map(check => targetKey(endpoint, check))).size).toBe(distinctQuestions.length)
    expect(new Set(distinctQuestions.map(check => dutyKey(endpoint, check))).size).toBe(distinctQuestions.length)
  })

  it('so does the endpoint', () => {
    const endpoints = [endpoint, { ...endpoint, port: 81 }, { ...endpoint, port: null }, { address: '::1', port: 80 }]
    expect(new Set(endpoints.map(where => targetKey(where, tcpCheck()))).size).toBe(4)
  })

  it('cadence counts for the duty and not for the target', () => {
    const checks = [tcpCheck(), ...cadences.map(cadence => tcpCheck(cadence))]
    expect(new Set(checks.map(check => dutyKey(endpoint, check))).size).toBe(1 + cadences.length)
    expect(new Set(checks.map(check => targetKey(endpoint, check))).size).toBe(1)
  })

  it('the name counts for neither, and TLS settings only where TLS is spoken', () => {
    expect(dutyKey(endpoint, httpCheck({ name: 'b' }))).toBe(dutyKey(endpoint, httpCheck({ name: 'a' })))
    expect(dutyKey(endpoint, httpCheck({ tls: { ...tls, verify: false } }))).toBe(dutyKey(endpoint, httpCheck()))
  })

  it('an edited check is known by address, name and protocol', () => {
    const edited = httpCheck({ port: 9, path: '/other', fall: 9 })
    expect(editKey({ ...endpoint, port: 9 }, edited)).toBe(editKey(endpoint, httpCheck()))
    expect(editKey(endpoint, httpCheck({ name: 'b' }))).not.toBe(editKey(endpoint, httpCheck()))
    expect(editKey(endpoint, httpCheck({ protocol: 'HTTPS' }))).not.toBe(editKey(endpoint, httpCheck()))
    expect(editKey({ ...endpoint, address: '::1' }, httpCheck())).not.toBe(editKey(endpoint, httpCheck()))
  })
})
