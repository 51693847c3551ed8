/** Definitions of checks: defaults, bounds, and everything that would become bytes of a probe. */
import { describe, expect, it } from 'vitest'
import type { CheckSpec } from '../../../src/core/health/types.ts'
import { readZones } from '../../../src/core/zonefile/index.ts'
import { codesOf, judge, placesOf, rrsetOf, zoneText } from './zones.ts'

const records = '  x: {type: A, values: [192.0.2.11, 192.0.2.12], check: c, ttl: 1}'
const define = (definition: string) => judge(records, `checks: {c: ${definition}}\n`)

function specOf(definition: string): CheckSpec {
  const { model, problems } = define(definition)
  expect(placesOf(problems)).toEqual([])
  return rrsetOf(model, 'x.example.test.', 'A').pool!.members[0]!.duties[0]!.check
}

const cadence = { intervalMs: 5000, timeoutMs: 2000, fastIntervalMs: 1000, fall: 3, rise: 2 }

describe('defaults', () => {
  it('of ICMP', () => {
    expect(specOf('{protocol: ICMP}')).toEqual({ protocol: 'ICMP', name: 'c', ...cadence })
  })

  it('of TCP', () => {
    expect(specOf('{protocol: TCP, port: 22}')).toEqual({
      protocol: 'TCP',
      name: 'c',
      ...cadence,
      port: 22,
      send: null,
      expect: null,
      tls: null,
    })
  })

  it('of HTTP', () => {
    expect(specOf('{protocol: HTTP, path: /up}')).toEqual({
      protocol: 'HTTP',
      name: 'c',
      ...cadence,
      port: 80,
      method: 'GET',
      path: '/up',
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
    })
  })

  it('of HTTPS', () => {
    expect(specOf('{protocol: HTTPS, path: /up}')).toMatchObject({
      port: 443,
      host: 'x.example.test',
      tls: { serverName: 'x.example.test', verify: true, caFile: null },
    })
  })

  it('of fast_interval is never longer than the interval', () => {
    expect(specOf('{protocol: ICMP, interval: 500ms}')).toMatchObject({ intervalMs: 500, fastIntervalMs: 500 })
  })
})

describe('settings', () => {
  it('of cadence', () => {
    const spec = specOf('{protocol: ICMP, interval: 2m, timeout: 800ms, fast_interval: 3, fall: 7, rise: 4}')
    expect(spec).toMatchObject({ intervalMs: 120_000, timeoutMs: 800, fastIntervalMs: 3000, fall: 7, rise: 4 })
  })

  it('of HTTP', () => {
    const spec = specOf(
      "{protocol: HTTP, port: 8080, path: '/a?b=c%20d', method: POST, host: 'h.example.net:8080', headers: {X-A: b c}, " +
        "expect: {status: ['200,204', 300-399, 404], body: UP, regex: '^ok$', within: 100ms}}",
    )
    expect(spec).toMatchObject({
      port: 8080,
      path: '/a?b=c%20d',
      method: 'POST',
      host: 'h.example.net:8080',
      headers: [['X-A', 'b c']],
      expect: {
        status: [
          { low: 200, high: 200 },
          { low: 204, high: 204 },
          { low: 300, high: 399 },
          { low: 404, high: 404 },
        ],
        body: 'UP',
        regex: '^ok$',
        withinMs: 100,
      },
    })
  })

  it.each([
    ['host: h.example.net', 'h.example.net'],
    ["host: 'h.example.net:8443'", 'h.example.net'],
    ['host: h.example.net, tls: {server_name: s.example.net}', 's.example.net'],
    ['tls: {server_name: s.example.net}', 's.example.net'],
    ['host: 192.0.2.1', null],
    ["host: '[2001:db8::1]:443'", null],
  ])('of the TLS name: %s', (settings, serverName) => {
    expect(specOf(`{protocol: HTTPS, path: /up, ${settings}}`)).toMatchObject({ tls: { serverName } })
  })

  it.each([
    ['zones/a.yaml', 'ca.pem', 'zones/ca.pem'],
    ['a.yaml', 'ca.pem', 'ca.pem'],
    ['/etc/robin/zones/a.yaml', '../ca.pem', '/etc/robin/zones/../ca.pem'],
    ['zones/a.yaml', '/etc/ssl/ca.pem', '/etc/ssl/ca.pem'],
  ])('of authorities: in %s, %s is %s', (file, ca, path) => {
    const text = zoneText(records, `checks: {c: {protocol: HTTPS, path: /up, tls: {ca: ${ca}, verify: false}}}\n`)
    const { model } = readZones([{ file, text }])
    const spec = rrsetOf(model, 'x.example.test.', 'A').pool!.members[0]!.duties[0]!.check
    expect(spec).toMatchObject({ tls: { caFile: path, verify: false } })
  })
})

describe('refusals', () => {
  it.each([
    ['{}', 'missing-key'],
    ['HTTP', 'wrong-type'],
    ['{protocol: http}', 'bad-value'],
    ['{protocol: [TCP]}', 'wrong-type'],
    ['{protocol: UDP}', 'not-supported'],
    ['{protocol: TCP}', 'missing-key'],
    ['{protocol: TCP, port: 0}', 'bad-value'],
    ['{protocol: TCP, port: 65536}', 'bad-value'],
    ['{protocol: ICMP, port: 1}', 'unknown-key'],
    ['{protocol: ICMP, leak: 5}', 'wrong-type'],
    ['{protocol: ICMP, leak: 5 of 20}', 'bad-value'],
    ['{protocol: ICMP, leak: 5/33}', 'bad-value'],
    ['{protocol: ICMP, leak: 5/0}', 'bad-value'],
    ['{protocol: ICMP, leak: 20/5}', 'bad-value'],
    ['{protocol: ICMP, leak: 2/20}', 'bad-value'],
    ['{protocol: ICMP, fall: 6, leak: 5/20}', 'bad-value'],
    ['{protocol: ICMP, intervall: 5s}', 'unknown-key'],
    ['{protocol: ICMP, interval: 99ms}', 'bad-duration'],
    ['{protocol: ICMP, interval: 2d}', 'bad-duration'],
    ['{protocol: ICMP, interval: often}', 'bad-duration'],
    ['{protocol: ICMP, timeout: 49ms}', 'bad-duration'],
    ['{protocol: ICMP, timeout: 61s}', 'bad-duration'],
    ['{protocol: ICMP, interval: 5s, fast_interval: 6s}', 'bad-value'],
    ['{protocol: ICMP, fall: 0}', 'bad-value'],
    ['{protocol: ICMP, rise: 101}', 'bad-value'],
    ['{protocol: ICMP, fall: 1.5}', 'wrong-type'],
    ['{protocol: HTTP, path: up}', 'bad-value'],
    ["{protocol: HTTP, path: '/a b'}", 'bad-value'],
    ['{protocol: HTTP, path: "/a\\r\\nHost: x"}', 'bad-value'],
    ['{protocol: HTTP, path: /up, tls: {}}', 'unknown-key'],
    ['{protocol: HTTP, path: /up, method: TRACE}', 'bad-value'],
    ["{protocol: HTTP, path: /up, host: 'http://x'}", 'bad-value'],
    ['{protocol: HTTP, path: /up, host: "a\\r\\nb"}', 'bad-value'],
    ["{protocol: HTTP, path: /up, host: ''}", 'bad-value'],
    ['{protocol: HTTP, path: /up, headers: {Host: x}}', 'bad-value'],
    ["{protocol: HTTP, path: /up, headers: {Content-Length: '5'}}", 'bad-value'],
    ["{protocol: HTTP, path: /up, headers: {'a b': x}}", 'bad-value'],
    ['{protocol: HTTP, path: /up, headers: {A: "x\\r\\ny"}}', 'bad-value'],
    ['{protocol: HTTP, path: /up, headers: {A: 5}}', 'wrong-type'],
    ['{protocol: HTTP, path: /up, expect: {status: 99}}', 'bad-value'],
    ['{protocol: HTTP, path: /up, expect: {status: 299-200}}', 'bad-value'],
    ['{protocol: HTTP, path: /up, expect: {status: ok}}', 'bad-value'],
    ['{protocol: HTTP, path: /up, expect: {status: []}}', 'bad-value'],
    ['{protocol: HTTP, path: /up, expect: {status: true}}', 'wrong-type'],
    ["{protocol: HTTP, path: /up, expect: {regex: '('}}", 'bad-regex'],
    [`{protocol: HTTP, path: /up, expect: {regex: ${'a'.repeat(1001)}}}`, 'bad-regex'],
    ["{protocol: HTTP, path: /up, expect: {body: ''}}", 'bad-value'],
    ['{protocol: HTTP, path: /up, timeout: 1s, expect: {within: 2s}}', 'bad-duration'],
    ['{protocol: HTTP, path: /up, method: HEAD, expect: {body: UP}}', 'bad-value'],
    ['{protocol: HTTPS, path: /up, tls: {server_name: 192.0.2.1}}', 'bad-value'],
    ['{protocol: HTTPS, path: /up, tls: {verify: maybe}}', 'wrong-type'],
  ])('%s', (definition, code) => {
    const { model, problems } = define(definition)
    expect(codesOf(problems)).toEqual([code])
    expect(model).toBeNull()
  })

  it.each(['none', "'a b'", "''", 'a'.repeat(64), 'ö'])('of the name %s', name => {
    expect(codesOf(judge('  x: {type: TXT, value: x}', `checks: {${name}: {protocol: ICMP}}\n`).problems)).toEqual([
      'bad-value',
    ])
  })
})

describe('warnings', () => {
  it.each([
    ['{protocol: HTTP}', ['path-root']],
    ['{protocol: HTTP, path: /}', ['path-root']],
    ['{protocol: ICMP, rise: 1}', ['rise-one']],
    ['{protocol: ICMP, rise: 2}', []],
  ])('%s', (definition, codes) => {
    const { model, problems } = define(definition)
    expect(codesOf(problems)).toEqual(codes)
    expect(model).not.toBeNull()
  })

  it('names a check that neither a record nor the zone uses, and only that', () => {
    const header = 'checks: {c: {protocol: ICMP}, d: {protocol: ICMP}, e: {protocol: ICMP}}\n'
    const text = zoneText(records, `${header}defaults: {check: {any: [d]}}\n`).replace(
      '192.0.2.1}',
      '192.0.2.1, check: none}',
    )
    const { problems } = readZones([{ file: 'x.yaml', text }])
    expect(placesOf(problems)).toEqual(['unused-check 3:52'])
  })
})
