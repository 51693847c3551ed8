/** Zones in other formats: what is carried, what is said to be lost. */
import { expect, test } from 'vitest'
import { formatMaster } from '../../../src/core/zonefile/export/master.ts'
import { formatLosses, type Loss, lossCodes } from '../../../src/core/zonefile/export/notes.ts'
import { formatOctodns } from '../../../src/core/zonefile/export/octodns.ts'
import { readZone } from '../../../src/core/zonefile/validate.ts'
import { octodnsComplaints } from '../../oracle/octodns/judge.ts'

const head = `
soa: {mname: ns1.a.test., rname: hostmaster.a.test., serial: 7}
checks:
  web: {protocol: HTTP, port: 8080, path: /healthz, interval: 1s}
  tls: {protocol: HTTPS, path: /x}
  tcp: {protocol: TCP, port: 22}
records:
  '@': {type: NS, values: [ns1.a.test.]}
  ns1: {type: A, value: 192.0.2.53}
`

function zoneOf(records: string) {
  const { zone, problems } = readZone({ file: 'a.test.yaml', text: head + records })
  if (zone === null) throw new Error(problems.map(({ text }) => text).join('\n'))
  return zone
}

function master(records: string) {
  const losses: string[] = []
  const text = [...formatMaster(zoneOf(records), 9, (code, _, type) => losses.push(`${code} ${type}`))].join('')
  const lines = text.split('\n').map(line => line.replace(/\s+/g, ' '))
  return { lines: lines.slice(4, -1), losses }
}

function octodns(records: string) {
  const losses: string[] = []
  const text = formatOctodns(zoneOf(records), (code, _, type) => losses.push(`${code} ${type}`))
  expect(octodnsComplaints(text)).toEqual([])
  const body = text.replace(/^---\n'': .*\n/, '').replace(/ns1: .*\n/, '')
  return { body, losses: losses.filter(loss => loss !== 'soa null') }
}

test('a master file begins with the origin and the SOA; `auto` is the serial that is given', () => {
  const auto = readZone({ file: 'a.test.yaml', text: head.replace(', serial: 7', '') }).zone!
  const lines = [...formatMaster(auto, 2026, () => {})]
  expect(lines[0]).toBe('$ORIGIN a.test.\n')
  expect(lines[1]).toBe('@                       300 IN SOA ns1.a.test. hostmaster.a.test. 2026 60 15 86400 5\n')
})

test('of a pool a master file has what is answered when all is well', () => {
  const { lines, losses } = master(`
  www: {type: A, values: [10.0.0.1, 10.0.0.2]}
  web: {type: A, values: [{value: 10.0.0.3, weight: 2}, {value: 10.0.0.4}, {value: 10.0.0.5, status: down}], check: web}
  db:
    type: A
    check: tcp
    dynamic: {pools: {main: {fallback: spare, values: [{value: 10.0.2.11}]}, spare: {values: [{value: 10.0.2.12}]}}, rules: [{pool: main}]}
    policy: {answer: failover}
  geo:
    type: A
    dynamic:
      pools: {near: {values: [{value: 10.8.0.1}]}, far: {values: [{value: 10.0.0.1}]}}
      rules: [{subnets: [10.8.0.0/16], pool: near}, {pool: far}]
`)
  expect(lines).toEqual([
    'www 10 IN A 10.0.0.1',
    'www 10 IN A 10.0.0.2',
    'web 10 IN A 10.0.0.3',
    'web 10 IN A 10.0.0.4',
    'db 10 IN A 10.0.2.11',
    'geo 10 IN A 10.0.0.1',
  ])
  expect(losses).toEqual(['checks 1', 'status 1', 'weights 1', 'checks 1', 'fallback 1', 'policy 1', 'rules 1'])
})

test('an ALIAS becomes the addresses of its target', () => {
  const { lines, losses } = master(`
  www: {type: A, ttl: 5, values: [10.0.0.1, 10.0.0.2]}
  six: {type: AAAA, ttl: 50, value: '2001:db8::1'}
  over: {type: CNAME, ttl: 20, value: six.a.test.}
  one: {type: ALIAS, ttl: 30, value: www.a.test.}
  two: {type: ALIAS, ttl: 30, value: over.a.test.}
`)
  expect(lines.filter(line => /^(one|two)/.test(line))).toEqual([
    'one 5 IN A 10.0.0.1',
    'one 5 IN A 10.0.0.2',
    'two 20 IN AAAA 2001:db8::1',
  ])
  expect(losses).toEqual(['alias 0', 'alias 0'])
})

test('octoDNS gets pools with their check, which it would else make up', () => {
  const { body, losses } = octodns(`
  www: {type: A, values: [10.0.0.1, 10.0.0.2], check: web}
  tls: {type: A, values: [10.0.0.1, 10.0.0.2], check: tls}
  plain: {type: A, values: [10.0.0.1, 10.0.0.2]}
  none: {type: A, values: [{value: 10.0.0.1, weight: 3}, {value: 10.0.0.2, status: down}]}
`)
  expect(body).toBe(`none:
  dynamic:
    pools:
      main:
        values:
          - {status: up, value: 10.0.0.1, weight: 3}
          - {status: down, value: 10.0.0.2}
    rules:
      - {pool: main}
  ttl: 10
  type: A
  value: 10.0.0.1
plain:
  ttl: 10
  type: A
  values: [10.0.0.1, 10.0.0.2]
tls:
  dynamic:
    pools:
      main:
        values:
          - {value: 10.0.0.1}
          - {value: 10.0.0.2}
    rules:
      - {pool: main}
  octodns:
    healthcheck: {host: tls.a.test, path: /x, port: 443, protocol: HTTPS}
  ttl: 10
  type: A
  values: [10.0.0.1, 10.0.0.2]
www:
  dynamic:
    pools:
      main:
        values:
          - {value: 10.0.0.1}
          - {value: 10.0.0.2}
    rules:
      - {pool: main}
  octodns:
    healthcheck: {host: ~, path: /healthz, port: 8080, protocol: HTTP}
  ttl: 10
  type: A
  values: [10.0.0.1, 10.0.0.2]
`)
  expect(losses).toEqual(['check-details 1', 'check-details 1', 'unchecked 1'])
})

test('octoDNS gets fallbacks, and networks with the more specific first', () => {
  const { body, losses } = octodns(`
  geo:
    type: A
    check: tcp
    dynamic:
      pools:
        near: {fallback: far, values: [{value: 10.8.0.1}, {value: 10.8.0.2}]}
        far: {values: [{value: 10.0.0.1, weight: 7}]}
      rules: [{subnets: [10.8.0.0/16, '2001:db8::/32'], pool: near}, {subnets: [10.0.0.0/8], pool: far}, {subnets: [10.1.2.0/24], pool: near}, {pool: far}]
    values: [10.0.0.9]
    policy: {on_all_down: values}
`)
  expect(body).toContain(`    rules:
      - pool: near
        subnets: ['2001:db8::/32', 10.1.2.0/24, 10.8.0.0/16]
      - pool: far
        subnets: [10.0.0.0/8]
      - {pool: far}
`)
  expect(body).toContain('      far:\n        values:\n          - {value: 10.0.0.1}\n')
  expect(body).toContain('        fallback: far\n')
  expect(body).toContain('value: 10.0.0.9\n')
  expect(losses).toEqual(['policy 1', 'check-details 1'])
})

test('what octoDNS cannot say is left out and told', () => {
  const { body, losses } = octodns(`
  '\\046x': {type: TXT, value: x}
  bin: {type: TYPE65280, value: '\\# 1 00'}
  txt: {type: TXT, values: ['v=a; b', 'umlaut ä', '"q"', 'a b']}
  below: {type: ALIAS, value: ns1.a.test.}
`)
  expect(body).toBe(`txt:\n  ttl: 10\n  type: TXT\n  values: ['v=a\\; b', q, 'a b']\n`)
  expect(losses).toEqual(['owner 16', 'type 65280', 'text 16', 'alias-below-apex 0'])
})

test('losses are told in a sentence each, with the first few sets', () => {
  const loss: Loss = { code: 'checks', owner: zoneOf('').name, type: 1 }
  expect(formatLosses('checks', [loss], 3)).toMatch(/: a\.test\. A and 2 more$/)
  expect(new Set(lossCodes.map(code => formatLosses(code, [], 0))).size).toBe(lossCodes.length)
})

test('octoDNS: texts that differ only in how they are cut are one', () => {
  const text = '@ 60 SOA ns h 1 1 1 1 1\n@ 60 NS ns\nns 60 A 192.0.2.53\nx 60 TXT "one" "two"\nx 60 TXT "onetwo"\n'
  const { zone } = readZone({ file: 'a.test.zone', text })
  const losses: string[] = []
  const written = formatOctodns(zone!, code => losses.push(code))
  expect(octodnsComplaints(written)).toEqual([])
  expect(readZone({ file: 'a.test.yaml', text: written }).problems).toEqual([])
  expect([losses, written.match(/onetwo/g)]).toEqual([['soa', 'strings'], ['onetwo']])
})
