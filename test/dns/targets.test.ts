import { describe, expect, it } from 'vitest'
import { createBench } from './bench.ts'

const zone = `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1, negative_ttl: 5}
checks: {port: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, value: ns.example.net.}
  one:
  - {type: A, check: port, values: [192.0.2.11, 192.0.2.12]}
  - {type: AAAA, check: port, values: ['2001:db8::11', '2001:db8::12'], policy: {on_all_down: nodata}}
  two: {type: A, check: port, values: [192.0.2.21, 192.0.2.22], policy: {on_all_down: nodata}}
  plain: {type: A, value: 192.0.2.31}
  '*.wild': {type: A, check: port, values: [192.0.2.41, 192.0.2.42]}
  also: {type: CNAME, value: two.names.test.}
  away: {type: NS, value: ns.example.net.}
  name:
    type: CNAME
    ttl: 20
    dynamic:
      pools:
        main: {fallback: spare, values: [{value: one.names.test.}, {value: two.names.test.}]}
        spare: {values: [{value: elsewhere.example.net.}]}
      rules: [{pool: main}]
  last:
    type: CNAME
    dynamic: {pools: {main: {values: [{value: two.names.test.}]}}, rules: [{pool: main}]}
    policy: {on_all_down: servfail}
  near:
    type: CNAME
    dynamic:
      pools: {here: {values: [{value: one.names.test.}]}, there: {values: [{value: two.names.test.}]}}
      rules: [{subnets: [10.0.0.0/8], pool: there}, {pool: here}]
  over: {type: CNAME, dynamic: {pools: {a: {values: [{value: last.names.test.}, {value: plain.names.test.}]}}, rules: [{pool: a}]}}
  _pg._tcp:
    type: SRV
    values:
    - {priority: 10, weight: 1, port: 1, target: one.names.test.}
    - {priority: 10, weight: 1, port: 2, target: two.names.test.}
    - {priority: 20, weight: 1, port: 3, target: x.wild.names.test.}
    - {priority: 30, weight: 1, port: 4, target: elsewhere.example.net.}
  _own._tcp:
    type: SRV
    ttl: 60
    values:
    - {priority: 10, weight: 1, port: 1, target: one.names.test.}
    - {priority: 10, weight: 1, port: 2, target: two.names.test.}
  _far._tcp:
    type: SRV
    values:
    - {priority: 10, weight: 1, port: 1, target: a.example.net.}
    - {priority: 10, weight: 1, port: 2, target: nowhere.names.test.}
  long.https:
    type: HTTPS
    ttl: 3600
    values:
    - {svcpriority: 1, targetname: cdn.example.net., svcparams: {alpn: [h2], ipv4hint: [198.51.100.1]}}
    - {svcpriority: 2, targetname: one.names.test., svcparams: {alpn: [h2], ipv4hint: [192.0.2.11, 192.0.2.12]}}
  far.https: {type: HTTPS, ttl: 3600, value: {svcpriority: 1, targetname: cdn.example.net., svcparams: {ipv4hint: [198.51.100.1]}}}
  one.https:
    type: HTTPS
    values:
    - {svcpriority: 1, targetname: one.names.test., svcparams: {alpn: [h2], ipv4hint: [192.0.2.11, 192.0.2.12], ipv6hint: ['2001:db8::11', '2001:db8::99']}}
    - {svcpriority: 2, targetname: two.names.test., svcparams: {mandatory: [ipv4hint], ipv4hint: [192.0.2.21]}}
`

const other = `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1, negative_ttl: 5}
records:
  '@': {type: NS, value: ns.example.net.}
  '_x._tcp':
    type: SRV
    values:
    - {priority: 1, weight: 1, port: 1, target: one.names.test.}
    - {priority: 2, weight: 1, port: 2, target: plain.names.test.}
`

function bench() {
  return createBench({ 'names.test.yaml': zone, 'other.test.yaml': other })
}

type Bench = ReturnType<typeof bench>

const one = ['192.0.2.11', '192.0.2.12', '2001:db8::11', '2001:db8::12']
const two = ['192.0.2.21', '192.0.2.22']
const portsOf = (asked: Bench, name: string) =>
  asked.query(name, 'SRV').answer.map(({ value }) => Number(value.split(' ')[2]))

describe('a pool of names', () => {
  const targetOf = (asked: Bench, type = 'CNAME', name = 'name.names.test') =>
    asked.query(name, type).answer.find(record => record.type === 'CNAME')?.value

  it('answers one of them, in turn, whatever is asked', () => {
    const asked = bench()
    const targets = ['CNAME', 'A', 'AAAA', 'TXT'].map(type => targetOf(asked, type))
    expect(targets).toEqual(['one.names.test.', 'two.names.test.', 'one.names.test.', 'two.names.test.'])
  })

  it('goes on to the addresses of the one that it chose', () => {
    const asked = bench()
    for (const [target, values] of [
      ['one.names.test.', one.slice(0, 2)],
      ['two.names.test.', two],
    ] as const) {
      const { answer } = asked.query('name.names.test', 'A')
      expect(answer[0]).toMatchObject({ name: 'name.names.test.', value: target, ttl: 20 })
      expect(
        answer
          .slice(1)
          .map(({ value }) => value)
          .sort(),
      ).toEqual(values)
    }
  })

  it('leaves out a name that has no eligible address, and falls back when none has', () => {
    const asked = bench()
    asked.down(...two)
    expect([targetOf(asked), targetOf(asked)]).toEqual(['one.names.test.', 'one.names.test.'])
    asked.down(...two, ...one.slice(0, 2))
    expect([targetOf(asked), targetOf(asked)]).toEqual(['one.names.test.', 'one.names.test.'])
    asked.down(...two, ...one)
    expect(asked.query('name.names.test', 'A').answer).toMatchObject([{ value: 'elsewhere.example.net.' }])
  })

  it('obeys on_all_down', () => {
    const asked = bench()
    asked.down(...two)
    expect(asked.query('last.names.test', 'A')).toMatchObject({ rcode: 'SERVFAIL', answer: [] })
    expect(asked.query('last.names.test', 'CNAME')).toMatchObject({ rcode: 'SERVFAIL', answer: [] })
  })

  it('has rules by client', () => {
    const asked = bench()
    const askFrom = (subnet: string) => asked.query('near.names.test', 'CNAME', { edns: { subnet } })
    expect(askFrom('10.1.0.0/16')).toMatchObject({ answer: [{ value: 'two.names.test.' }], opt: { subnetScope: 8 } })
    expect(askFrom('11.1.0.0/16')).toMatchObject({ answer: [{ value: 'one.names.test.' }], opt: { subnetScope: 8 } })
  })

  it('may lead to a pool of names', () => {
    const asked = bench()
    asked.down(...two)
    expect([0, 1].map(() => targetOf(asked, 'CNAME', 'over.names.test'))).toEqual(Array(2).fill('plain.names.test.'))
  })
})

describe('SRV', () => {
  it('answers all that live, in the order of the file', () => {
    const asked = bench()
    expect(portsOf(asked, '_pg._tcp.names.test')).toEqual([1, 2, 3, 4])
    expect(portsOf(asked, '_pg._tcp.names.test')).toEqual([1, 2, 3, 4])
  })

  it('leaves out targets of ours without an eligible address, behind wildcards too', () => {
    const asked = bench()
    asked.down(...two)
    expect(portsOf(asked, '_pg._tcp.names.test')).toEqual([1, 3, 4])
    asked.down('192.0.2.41', '192.0.2.42', ...two)
    expect(portsOf(asked, '_pg._tcp.names.test')).toEqual([1, 4])
  })

  it('keeps a target that lives by one family', () => {
    const asked = bench()
    asked.down(...one.slice(0, 2))
    expect(portsOf(asked, '_pg._tcp.names.test')).toEqual([1, 2, 3, 4])
    asked.down(...one)
    expect(portsOf(asked, '_pg._tcp.names.test')).toEqual([2, 3, 4])
  })

  it('answers all, with the low TTL, where none lives', () => {
    const asked = bench()
    expect(asked.query('_own._tcp.names.test', 'SRV').answer[0]?.ttl).toBe(60)
    asked.down(...one, ...two)
    const { answer } = asked.query('_own._tcp.names.test', 'SRV')
    expect(answer).toHaveLength(2)
    expect(answer[0]?.ttl).toBe(5)
  })

  it('is left alone where nothing of ours can tell', () => {
    const asked = bench()
    expect(portsOf(asked, '_far._tcp.names.test')).toEqual([1, 2])
    expect(asked.query('_far._tcp.names.test', 'SRV').answer[0]?.ttl).toBe(10)
  })

  it('follows targets in another of our zones', () => {
    const asked = bench()
    asked.down(...one)
    expect(portsOf(asked, '_x._tcp.other.test')).toEqual([2])
  })
})

describe('HTTPS', () => {
  const recordsOf = (asked: Bench) => asked.query('one.https.names.test', 'HTTPS').answer.map(({ value }) => value)

  it('hints at all addresses while they live', () => {
    expect(recordsOf(bench())).toEqual([
      '1 one.names.test. alpn="h2" ipv4hint=192.0.2.11,192.0.2.12 ipv6hint=2001:db8::11,2001:db8::99',
      '2 two.names.test. mandatory=ipv4hint ipv4hint=192.0.2.21',
    ])
  })

  it('leaves out hints at members that are down, but not what is no member or must be there', () => {
    const asked = bench()
    asked.down('192.0.2.11', '2001:db8::11', '192.0.2.21')
    expect(recordsOf(asked)).toEqual([
      '1 one.names.test. alpn="h2" ipv4hint=192.0.2.12 ipv6hint=2001:db8::99',
      '2 two.names.test. mandatory=ipv4hint ipv4hint=192.0.2.21',
    ])
  })

  it('are kept by caches for no longer than the addresses that they hint at', () => {
    const asked = bench()
    const ttlsOf = (name: string) => asked.query(name, 'HTTPS').answer.map(({ ttl }) => ttl)
    const ofAddresses = () => asked.query('one.names.test', 'A').answer[0]!.ttl
    // One set has one TTL, also where only one of its records hints at ours.
    expect(ttlsOf('long.https.names.test')).toEqual([ofAddresses(), ofAddresses()])
    asked.down('192.0.2.11')
    expect(ttlsOf('long.https.names.test')).toEqual([ofAddresses(), ofAddresses()])
    expect(ttlsOf('far.https.names.test')).toEqual([3600])
    expect(asked.query('long.https.names.test', 'HTTPS').answer.map(({ name }) => name)).toEqual(
      Array(2).fill('long.https.names.test.'),
    )
  })

  it('leaves out a hint of which nothing is left, and a record whose target is down', () => {
    const asked = bench()
    asked.down(...one.slice(2), ...two)
    expect(recordsOf(asked)).toEqual([
      '1 one.names.test. alpn="h2" ipv4hint=192.0.2.11,192.0.2.12 ipv6hint=2001:db8::99',
    ])
  })
})
