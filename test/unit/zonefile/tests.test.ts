/** `tests:` of a zone file: every word that it can have, every mistake at its place, and what a later edit leaves. */
import { describe, expect, it } from 'vitest'
import { formatName } from '../../../src/core/name/name.ts'
import { parseType } from '../../../src/core/rdata/table.ts'
import { readZone, zoneJsonSchema } from '../../../src/core/zonefile/index.ts'
import { sidecarJsonSchema } from '../../../src/core/zonefile/schema/sidecar.ts'
import { formatSubnet } from '../../../src/core/zonefile/subnets.ts'
import { misfits } from './json-schema.ts'
import { placesOf } from './zones.ts'

const top = `zone: ex.test
soa: {mname: ns.example.net., rname: h.example.net.}
checks: {web: {protocol: HTTP, port: 80, path: /up}}
records:
  '@': {type: NS, value: ns.example.net.}
  www: {type: A, values: [10.0.0.1, 10.0.0.2], check: web}
  six: {type: AAAA, values: ['2001:db8::1', '2001:db8::2'], check: web}
tests:
`
const line = top.split('\n').length

function read(test: string) {
  return readZone({ file: 'ex.yaml', text: `${top}  - ${test}\n` })
}

/** `line:column code` relative to the test, which begins in column 5 of line 1. */
function faultsOf(test: string) {
  const reading = read(test)
  return placesOf(reading.problems).map(place => {
    const [code, at] = place.split(' ')
    const [row, column] = at!.split(':').map(Number)
    return `${row! - line + 1}:${column} ${code}`
  })
}

describe('a test', () => {
  it('is read with all that it may say', () => {
    const text = `{name: n, given: {10.0.0.1: down, www=10.0.0.2: drained, '10.0.0.1:80': unknown, '*': down},
      from: 10.8.0.0/16, ask: www.ex.test. a, expect: [10.0.0.1], rcode: NOERROR, ttl: 5s, count: 1, order: rotating, within: 3}`
    const { tests, problems } = read(text)
    expect(problems).toEqual([])
    expect(tests).toHaveLength(1)
    const { qname, from, given, span, ...rest } = tests[0]!
    expect(formatName(qname)).toBe('www.ex.test.')
    expect(from).toMatchObject({ kind: 'network' })
    expect(formatSubnet(from!.subnet)).toBe('10.8.0.0/16')
    expect(given.map(({ target, word }) => `${target} ${word}`)).toEqual([
      '10.0.0.1 down',
      'www.ex.test.=10.0.0.2 drained',
      '10.0.0.1:80 unknown',
    ])
    expect(span).toMatchObject({ file: 'ex.yaml', line, column: 5 })
    expect(rest).toEqual({
      ...{ name: 'n', others: 'down', qtype: parseType('A'), expect: ['10.0.0.1'], rcode: 'NOERROR' },
      ...{ ttl: 5, count: 1, order: 'rotating', within: 3 },
    })
  })

  it('asks for A unless told, from nobody in particular', () => {
    const [test] = read("{ask: '@', expect: []}").tests
    expect(test).toMatchObject({ qtype: 1, from: null, others: 'up', expect: [], ttl: null, within: null })
  })

  it.each([
    ['MX', '10 Mail.Example.NET.', '10 mail.example.net.'],
    ['MX', 'Mail.Example.NET.', 'mail.example.net.'],
    ['CNAME', 'WWW.ex.test.', 'www.ex.test.'],
    ['AAAA', '2001:DB8:0::1', '2001:db8::1'],
    ['A', 'elsewhere.example.net.', 'elsewhere.example.net.'],
    ['TXT', 'Two words', 'Two words'],
    ['CAA', '0 issue "ca.example.net"', '0 issue "ca.example.net"'],
  ])('knows a record of type %s as %s', (type, written, meant) => {
    expect(read(`{ask: www ${type}, expect: ['${written}']}`)).toMatchObject({
      problems: [],
      tests: [{ expect: [meant] }],
    })
  })

  it.each([
    ['www', '1:5 wrong-type'],
    ['{expect: []}', '1:5 missing-key'],
    ['{ask: www}', '1:5 missing-key'],
    ['{ask: www, within: 2, rcode: NOERROR}', '1:16 missing-key'],
    ['{ask: www, order: rotating, expect: []}', '1:16 missing-key'],
    ['{ask: www A B, expect: []}', '1:11 bad-value'],
    ['{ask: www AXFR, expect: []}', '1:11 unknown-record-type'],
    ['{ask: www.other.test. A, expect: []}', '1:11 outside-zone'],
    ['{ask: www, expect: [10.0.0.300]}', '1:25 bad-address'],
    ["{ask: www, expect: ['2001:db8::1']}", '1:25 wrong-family'],
    ['{ask: www MX, expect: [mail]}', '1:28 bad-rdata'],
    ['{ask: www, expect: [], from: 10.0.0.1/8}', '1:34 bad-address'],
    ['{ask: www, expect: [], rcode: NOPE}', '1:35 bad-value'],
    ['{ask: www, expect: [], ttl: soon}', '1:33 bad-ttl'],
    ['{ask: www, expect: [], count: 0}', '1:35 bad-value'],
    ['{ask: www, expects: []}', '1:16 unknown-key'],
    ['{given: {10.0.0.1: dead}, ask: www, expect: []}', '1:24 bad-value'],
    ["{given: {'*': drained}, ask: www, expect: []}", '1:19 bad-value'],
    ["{given: {'www=': down}, ask: www, expect: []}", '1:14 bad-value'],
    ["{given: {'10.0.0.1:99999': down}, ask: www, expect: []}", '1:14 bad-value'],
  ])('%s is refused at its place', (test, fault) => {
    expect(faultsOf(test)).toContain(fault)
    expect(read(test)).toMatchObject({ zone: null, tests: [] })
  })

  it('warns of members that are not there, that nothing watches, or that another port belongs to', () => {
    expect(faultsOf('{given: {10.0.0.1: down, six=2001:db8::2: down}, ask: www, expect: []}')).toEqual([])
    expect(faultsOf('{given: {10.0.0.9: down}, ask: www, expect: []}')).toEqual(['1:14 no-such-member'])
    expect(faultsOf('{given: {six=10.0.0.1: down}, ask: www, expect: []}')).toEqual(['1:14 no-such-member'])
    expect(faultsOf("{given: {'10.0.0.1:81': down}, ask: www, expect: []}")).toEqual(['1:14 no-such-member'])
    // What another zone has is seen when the tests are run.
    expect(faultsOf("{given: {'www.other.test.=10.0.0.1': down}, ask: www, expect: []}")).toEqual([])
    expect(read('{given: {10.0.0.9: down}, ask: www, expect: []}').zone).not.toBeNull()
  })

  it('has a schema that editors know', () => {
    const soa = { mname: 'a.example.net.', rname: 'b.example.net.' }
    const whole = (test: unknown) => ({ zone: 'ex.test', soa, records: {}, tests: [test] })
    const good = { given: { '10.0.0.1': 'down' }, ask: 'www A', expect: ['10.0.0.2'], ttl: '5s', order: 'as-listed' }
    expect(misfits(zoneJsonSchema(), whole(good))).toEqual([])
    expect(misfits(zoneJsonSchema(), whole({ ...good, order: 'any' }))).not.toEqual([])
    expect(misfits(sidecarJsonSchema(), { tests: [good] })).toEqual([])
  })
})

describe('in a sidecar', () => {
  const master = '$TTL 10\n@ SOA ns h 7 60 15 86400 5\n@ NS ns\nns A 192.0.2.53\nwww A 10.0.0.1\nwww A 10.0.0.2\n'
  const beside = (text: string) =>
    readZone({ file: 'ex.test.zone', text: master, includes: new Map([['ex.test.health.yaml', text]]) })

  it('tests go with the master file', () => {
    const health = 'checks: {tcp: {protocol: TCP, port: 80}}\nowners: {www: {check: tcp}}\ntests:\n'
    const { tests, problems } = beside(`${health}- {given: {10.0.0.1: down}, ask: www, expect: [10.0.0.2]}\n`)
    expect(problems).toEqual([])
    expect(tests.map(({ qname }) => formatName(qname))).toEqual(['www.ex.test.'])
    const stale = beside(`${health}- {given: {10.0.0.7: down}, ask: www, expect: [10.0.0.2]}\n`)
    expect(placesOf(stale.problems)).toEqual(['no-such-member 4:12'])
    expect(stale.problems[0]!.span.file).toBe('ex.test.health.yaml')
  })

  it('an error in them is one of the zone', () => {
    expect(beside('tests: [{ask: www.other.net., expect: []}]\n')).toMatchObject({ zone: null, tests: [] })
  })
})
