import { describe, expect, it } from 'vitest'
import { brief, createBench } from './bench.ts'

const apex = `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1, negative_ttl: 5}
records:
  '@':
  - {type: NS, value: ns.example.net.}
  - {type: ALIAS, ttl: 8, value: www.svc.test.}
  - {type: MX, value: {preference: 10, exchange: mail.example.net.}}
  deep: {type: ALIAS, ttl: 300, value: apex.test.}
  named: {type: ALIAS, ttl: 300, value: also.svc.test.}
  pooled: {type: ALIAS, ttl: 300, value: names.svc.test.}
  '*.wild': {type: ALIAS, ttl: 300, value: one.svc.test.}
  _s._tcp:
    type: SRV
    values:
    - {priority: 1, weight: 1, port: 1, target: apex.test.}
    - {priority: 2, weight: 1, port: 2, target: x.wild.apex.test.}
`

const svc = `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1, negative_ttl: 5}
checks: {port: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, value: ns.example.net.}
  www:
  - {type: A, ttl: 30, check: port, values: [192.0.2.1, 192.0.2.2, 192.0.2.3], policy: {on_all_down: servfail}}
  - {type: AAAA, ttl: 6, values: ['2001:db8::1', '2001:db8::2']}
  one: {type: A, ttl: 30, value: 192.0.2.9}
  also: {type: CNAME, ttl: 7, value: www.svc.test.}
  names: {type: CNAME, ttl: 9, dynamic: {pools: {a: {values: [{value: www.svc.test.}, {value: one.svc.test.}]}}, rules: [{pool: a}]}}
`

const bench = () => createBench({ 'apex.test.yaml': apex, 'svc.test.yaml': svc })
const all = ['192.0.2.1', '192.0.2.2', '192.0.2.3']

describe('ALIAS', () => {
  it('answers A and AAAA as its target does, under its own name, with the lesser TTL', () => {
    const asked = bench()
    const a = asked.query('APEX.test', 'A')
    expect(a).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'], authority: [] })
    expect(a.answer.map(({ name, type, ttl }) => [name, type, ttl])).toEqual(Array(3).fill(['APEX.test.', 'A', 8]))
    const aaaa = asked.query('apex.test', 'AAAA').answer
    expect(aaaa.map(({ value, ttl }) => [value, ttl])).toEqual([
      ['2001:db8::1', 6],
      ['2001:db8::2', 6],
    ])
  })

  it('has cursors of its own, one for each type', () => {
    const asked = bench()
    const firstOf = (name: string, type: string) => asked.query(name, type).answer[0]?.value
    expect([0, 1, 2, 3].map(() => firstOf('apex.test', 'A'))).toEqual([...all, all[0]])
    expect(firstOf('www.svc.test', 'A')).toBe(all[0])
    expect([0, 1].map(() => firstOf('apex.test', 'AAAA'))).toEqual(['2001:db8::1', '2001:db8::2'])
    expect(firstOf('apex.test', 'A')).toBe(all[1])
  })

  it('has the health of its target, and its on_all_down', () => {
    const asked = bench()
    asked.down('192.0.2.2')
    expect(
      asked
        .query('apex.test', 'A')
        .answer.map(({ value }) => value)
        .sort(),
    ).toEqual([all[0], all[2]])
    asked.down(...all)
    expect(asked.query('apex.test', 'A')).toMatchObject({ rcode: 'SERVFAIL', answer: [] })
    expect(asked.query('apex.test', 'AAAA').answer).toHaveLength(2)
  })

  it('is no type of its own: other questions find what is there, or nothing', () => {
    const asked = bench()
    expect(brief(asked.query('apex.test', 'MX').answer)).toEqual(['MX 10 mail.example.net.'])
    expect(asked.query('apex.test', 'TXT')).toMatchObject({ rcode: 'NOERROR', answer: [] })
    expect(asked.query('deep.apex.test', 'TYPE65401')).toMatchObject({ rcode: 'NOERROR', answer: [] })
    expect(asked.query('deep.apex.test', 'TYPE0')).toMatchObject({ rcode: 'NOERROR', answer: [] })
    expect(asked.query('deep.apex.test', 'ANY').answer.map(({ type }) => type)).toEqual(['A', 'A', 'A'])
  })

  it('leads over other aliases, with the least of their TTLs', () => {
    const asked = bench()
    expect(asked.query('deep.apex.test', 'A').answer[0]).toMatchObject({ name: 'deep.apex.test.', ttl: 8 })
    expect(asked.query('named.apex.test', 'A').answer[0]).toMatchObject({ name: 'named.apex.test.', ttl: 7 })
    expect(asked.query('x.wild.apex.test', 'A').answer).toMatchObject([
      { name: 'x.wild.apex.test.', value: '192.0.2.9', ttl: 30 },
    ])
    expect(asked.query('x.wild.apex.test', 'AAAA')).toMatchObject({ rcode: 'NOERROR', answer: [] })
  })

  it('leads through a pool of names', () => {
    const asked = bench()
    const sizes = [0, 1, 2, 3].map(() => asked.query('pooled.apex.test', 'A').answer.length)
    expect(sizes).toEqual([3, 1, 3, 1])
    asked.down(...all)
    // One of the names lives on by its AAAA, so it stays in turn; the other gives an address.
    const next = [0, 1].map(() => asked.query('pooled.apex.test', 'A'))
    expect(next.map(({ rcode }) => rcode)).toEqual(['SERVFAIL', 'NOERROR'])
    expect(next[1]!.answer).toMatchObject([{ name: 'pooled.apex.test.', value: '192.0.2.9', ttl: 9 }])
  })

  it('gives what points at it the health of its target', () => {
    const asked = bench()
    const ports = () => asked.query('_s._tcp.apex.test', 'SRV').answer.map(({ value }) => value.split(' ')[2])
    expect(ports()).toEqual(['1', '2'])
    asked.down(...all)
    // Its AAAA are not checked, so the target is never without an address.
    expect(ports()).toEqual(['1', '2'])
  })
})
