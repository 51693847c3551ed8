import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import { dutyKey, editKey, targetKey } from '../../../src/core/health/identity.ts'
import type { CheckSpec } from '../../../src/core/health/types.ts'
import { httpCheck, icmpCheck, tcpCheck } from './specs.ts'

const endpoint = { address: '10.0.0.1', port: 80 }
const { expect: expected, tls } = httpCheck()

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
