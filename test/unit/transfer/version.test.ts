/** The zone as a client would get it now: what health, policies and rules make of each set. */
import { expect, test } from 'vitest'
import { wholeZone } from '../../../src/core/transfer/sequence.ts'
import { findMovingSets } from '../../../src/core/transfer/sets.ts'
import { isSameZone } from '../../../src/core/transfer/version.ts'
import { createBench } from '../../dns/bench.ts'
import { flatLines, lines, versionOf, versionOfText, zoneAt } from './zones.ts'

const head = `
soa: {mname: ns1.a.test., rname: hostmaster.a.test., serial: 1}
checks: {tcp: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, values: [ns1.a.test.]}
  ns1: {type: A, value: 192.0.2.53}
`
const of = (records: string, ...down: string[]) => {
  const version = versionOfText(head + records, 7, down)
  return lines(wholeZone(version)).filter(line => !/ SOA | NS |^ns1/.test(line))
}

test('a zone stands between two SOAs with the serial of the version', () => {
  const all = lines(wholeZone(versionOfText(head, 4_294_967_295)))
  const soa = 'a.test. 300 SOA ns1.a.test. hostmaster.a.test. 4294967295 60 15 86400 5'
  expect([all[0], all.at(-1)]).toEqual([soa, soa])
  expect(all.slice(1, -1).sort()).toEqual(['a.test. 10 NS ns1.a.test.', 'ns1.a.test. 10 A 192.0.2.53'])
})

test('of a pool all that may be answered, whatever its cap; while in doubt with the lower TTL', () => {
  const www = `  www: {type: A, values: [10.0.0.1, 10.0.0.2, 10.0.0.3], check: tcp, policy: {max_answers: 1}}\n`
  expect(of(www)).toEqual([1, 2, 3].map(i => `www.a.test. 10 A 10.0.0.${i}`))
  expect(of(www, '10.0.0.2')).toEqual([1, 3].map(i => `www.a.test. 10 A 10.0.0.${i}`))
  expect(of(www, '10.0.0.1', '10.0.0.2', '10.0.0.3')).toEqual([1, 2, 3].map(i => `www.a.test. 5 A 10.0.0.${i}`))
})

test('of `failover` the first only, as clients get it', () => {
  const db = `  db: {type: A, values: [10.0.0.1, 10.0.0.2], check: tcp, policy: {answer: failover, max_answers: 1}}\n`
  expect(of(db)).toEqual(['db.a.test. 10 A 10.0.0.1'])
  expect(of(db, '10.0.0.1')).toEqual(['db.a.test. 10 A 10.0.0.2'])
})

test('where the policy answers without records there are none', () => {
  const gone = `  www: {type: A, values: [10.0.0.1, 10.0.0.2], check: tcp, policy: {on_all_down: servfail}}\n`
  expect(of(gone, '10.0.0.1', '10.0.0.2')).toEqual([])
})

test('of pools by rules the one for everyone', () => {
  const geo = `
  geo:
    type: A
    dynamic:
      pools: {near: {values: [{value: 10.8.0.1}]}, far: {values: [{value: 10.0.0.1}, {value: 10.0.0.2}]}}
      rules: [{subnets: [10.8.0.0/16], pool: near}, {pool: far}]
`
  expect(of(geo)).toEqual(['geo.a.test. 10 A 10.0.0.1', 'geo.a.test. 10 A 10.0.0.2'])
})

test('a capture depends on the moment, and two of one moment are the same', () => {
  const bench = createBench({
    'a.test.yaml': `${head}  www: {type: A, values: [10.0.0.1, 10.0.0.2], check: tcp}\n`,
  })
  const before = versionOf(bench, 'a.test.', 1)
  bench.down('10.0.0.1')
  const after = versionOf(bench, 'a.test.', 2)
  expect(isSameZone(before, after)).toBe(false)
  expect(isSameZone(after, versionOf(bench, 'a.test.', 3))).toBe(true)
  expect(flatLines(before.records)).toHaveLength(2)
  expect(flatLines(after.records)).toEqual(['www.a.test. 10 A 10.0.0.2'])
})

test('only what health may change is taken down; the rest stays where it is', () => {
  const many = Array.from({ length: 500 }, (_, i) => `  h${i}: {type: TXT, value: 't${i}'}\n`).join('')
  const bench = createBench({
    'a.test.yaml': `${head}  www: {type: A, values: [10.0.0.1, 10.0.0.2], check: tcp}\n${many}`,
  })
  expect(findMovingSets(bench.live.snapshot, zoneAt(bench, 'a.test.'))).toHaveLength(1)
  const version = versionOf(bench, 'a.test.', 1)
  expect(version.records.length).toBeLessThan(60)
  expect(lines(wholeZone(version))).toHaveLength(500 + 2 + 2 + 2)
})

test('an ALIAS holds the addresses that its target has now, with the lesser TTL', () => {
  const alias = `
  www: {type: A, ttl: 30, values: [10.0.0.1, 10.0.0.2], check: tcp}
  w6: {type: AAAA, value: '2001:db8::1'}
  plain: {type: ALIAS, ttl: 20, value: www.a.test.}
  six: {type: ALIAS, ttl: 60, value: w6.a.test.}
`
  const borrowed = (...down: string[]) =>
    of(alias, ...down)
      .filter(line => /^(plain|six)/.test(line))
      .sort()
  const six = 'six.a.test. 10 AAAA 2001:db8::1'
  const plain = (ttl: number, ...members: number[]) => members.map(i => `plain.a.test. ${ttl} A 10.0.0.${i}`)
  expect(borrowed()).toEqual([...plain(20, 1, 2), six])
  expect(borrowed('10.0.0.1')).toEqual([...plain(20, 2), six])
  expect(borrowed('10.0.0.1', '10.0.0.2')).toEqual([...plain(5, 1, 2), six])
})

test('of names that a CNAME may lead to, the first', () => {
  const names = `
  www:
    type: CNAME
    dynamic:
      pools: {main: {values: [{value: one.example.}, {value: two.example.}]}}
      rules: [{pool: main}]
`
  expect(of(names)).toEqual(['www.a.test. 10 CNAME one.example.'])
})

test('hints that are those of a pool follow it; others and mandatory ones stay', () => {
  const hints = `
  t: {type: A, values: [10.0.0.1, 10.0.0.2], check: tcp}
  w: {type: HTTPS, value: {svcpriority: 1, targetname: t.a.test., svcparams: {ipv4hint: [10.0.0.1, 10.0.0.2, 10.0.0.9]}}}
  m:
    type: HTTPS
    value: {svcpriority: 1, targetname: t.a.test., svcparams: {mandatory: [ipv4hint], ipv4hint: [10.0.0.1]}}
  t1: {type: HTTPS, value: {svcpriority: 1, targetname: t.a.test., svcparams: {port: 8, ipv4hint: [10.0.0.1]}}}
  e: {type: HTTPS, value: {svcpriority: 1, targetname: t.example., svcparams: {ipv4hint: [10.0.0.1]}}}
`
  const https = of(hints, '10.0.0.1').filter(line => line.includes('HTTPS'))
  expect(https.sort()).toEqual([
    'e.a.test. 10 HTTPS 1 t.example. ipv4hint=10.0.0.1',
    'm.a.test. 10 HTTPS 1 t.a.test. mandatory=ipv4hint ipv4hint=10.0.0.1',
    't1.a.test. 10 HTTPS 1 t.a.test. port=8',
    'w.a.test. 10 HTTPS 1 t.a.test. ipv4hint=10.0.0.2,10.0.0.9',
  ])
})
