/** Rehearsals of a set of zones: what passes, what fails and with what, and who is told to be the reason. */
import { describe, expect, it } from 'vitest'
import { rehearse } from '../../../src/core/rehearsal/rehearse.ts'
import type { TestReport } from '../../../src/core/rehearsal/report.ts'
import { compile, joinZones, readZone } from '../../../src/core/zonefile/index.ts'

const zone = `zone: ex.test
soa: {mname: ns1.ex.test., rname: h.ex.test., negative_ttl: 7}
checks:
  web: {protocol: HTTP, port: 80, path: /up}
  tcp: {protocol: TCP, port: 443}
records:
  '@': {type: NS, value: ns1.ex.test.}
  ns1: {type: A, value: 192.0.2.1}
  www: {type: A, values: [10.0.0.1, 10.0.0.2, 10.0.0.3], check: web}
  both: {type: A, values: [10.0.0.1, 10.0.0.2], check: {any: [web, tcp]}}
  few: {type: A, values: [10.0.0.1, 10.0.0.2, 10.0.0.3], check: web, policy: {max_answers: 1}}
  dice: {type: A, values: [10.0.0.1, 10.0.0.2, 10.0.0.3], check: web, policy: {answer: random, max_answers: 1}}
  closed: {type: A, values: [10.0.0.1], check: web, policy: {on_all_down: servfail}}
  alias: {type: CNAME, value: www.ex.test.}
  apex: {type: ALIAS, value: www.ex.test.}
  away: {type: CNAME, value: www.example.net.}
  names:
    type: CNAME
    dynamic: {pools: {main: {values: [{value: www.ex.test.}, {value: closed.ex.test.}]}}, rules: [{pool: main}]}
  db:
    type: A
    check: tcp
    dynamic: {pools: {main: {fallback: spare, values: [{value: 10.1.0.1}]}, spare: {values: [{value: 10.1.0.2}]}}, rules: [{pool: main}]}
    policy: {answer: failover}
  near:
    type: A
    check: web
    dynamic:
      pools: {a: {values: [{value: 10.2.0.1, weight: 9}, {value: 10.2.0.2}]}, b: {values: [{value: 10.3.0.1}]}}
      rules: [{subnets: [10.8.0.0/16], pool: b}, {pool: a}]
    policy: {answer: weighted, max_answers: 1}
  mail: {type: MX, value: {preference: 10, exchange: www.ex.test.}}
tests:
`

function run(tests: readonly string[], others: readonly string[] = []): readonly TestReport[] {
  const own = readZone({ file: 'ex.yaml', text: `${zone}${tests.map(test => `  - ${test}\n`).join('')}` })
  const readings = [own, ...others.map((text, i) => readZone({ file: `o${i}.yaml`, text }))]
  const { model, problems } = joinZones(readings)
  if (model === null) throw new Error(problems.map(({ text }) => text).join('\n'))
  return rehearse(
    compile(model, 1, () => 1),
    own.tests,
  )
}

const faultsOf = (test: string) => run([test])[0]!.faults

describe('what is as expected', () => {
  it.each([
    '{ask: www, expect: [10.0.0.3, 10.0.0.1, 10.0.0.2], ttl: 10, count: 3, order: rotating}',
    '{given: {10.0.0.1: down}, ask: www, expect: [10.0.0.2, 10.0.0.3]}',
    '{given: {10.0.0.1: drained}, ask: www, expect: [10.0.0.2, 10.0.0.3], ttl: 5}',
    '{given: {10.0.0.1: unknown}, ask: www, expect: [10.0.0.2, 10.0.0.3], ttl: 5}',
    "{given: {'*': down, 10.0.0.2: up}, ask: www, expect: [10.0.0.2]}",
    "{given: {'*': down, 10.0.0.2: forced-up}, ask: www, expect: [10.0.0.2]}",
    "{given: {'*': down}, ask: www, expect: [10.0.0.1, 10.0.0.2, 10.0.0.3]}",
    "{given: {'10.0.0.1:80': down}, ask: both, expect: [10.0.0.1, 10.0.0.2]}",
    '{given: {both=10.0.0.1: down}, ask: both, expect: [10.0.0.2]}',
    '{ask: few, expect: [10.0.0.1, 10.0.0.2, 10.0.0.3], count: 1, within: 3, order: rotating}',
    '{ask: dice, expect: [10.0.0.1, 10.0.0.2, 10.0.0.3], count: 1, order: rotating}',
    "{given: {'*': down}, ask: closed, rcode: SERVFAIL}",
    '{given: {10.0.0.2: down}, ask: alias, expect: [10.0.0.1, 10.0.0.3]}',
    '{given: {10.0.0.2: down}, ask: apex, expect: [10.0.0.1, 10.0.0.3], order: rotating}',
    '{ask: alias CNAME, expect: [www.ex.test.]}',
    '{ask: away, expect: [www.example.net.]}',
    '{given: {closed=10.0.0.1: down}, ask: names, expect: [10.0.0.2, 10.0.0.3]}',
    '{ask: db, expect: [10.1.0.1], order: as-listed}',
    '{given: {10.1.0.1: down}, ask: db, expect: [10.1.0.2]}',
    '{ask: near, expect: [10.2.0.1, 10.2.0.2], within: 10}',
    '{from: 10.8.1.2, ask: near, expect: [10.3.0.1]}',
    '{from: 10.8.7.0/24, ask: near, expect: [10.3.0.1]}',
    '{ask: mail MX, expect: [www.ex.test.]}',
    '{ask: mail MX, expect: [10 www.ex.test.]}',
    '{ask: nothing, rcode: NXDOMAIN, expect: [], ttl: 7}',
    '{ask: www TXT, expect: [], ttl: 7}',
  ])('%s', test => {
    expect(faultsOf(test)).toEqual([])
  })
})

describe('what is not', () => {
  it.each([
    ['{ask: www, expect: [10.0.0.1, 10.0.0.2]}', [{ kind: 'unexpected', value: '10.0.0.3' }]],
    [
      '{given: {10.0.0.1: down}, ask: www, expect: [10.0.0.1, 10.0.0.2, 10.0.0.3]}',
      [{ kind: 'missing', value: '10.0.0.1' }],
    ],
    ['{ask: nothing, expect: []}', [{ kind: 'rcode', expected: 'NOERROR', got: 'NXDOMAIN' }]],
    ['{given: {10.0.0.1: drained}, ask: www, ttl: 10}', [{ kind: 'ttl', expected: 10, got: 5 }]],
    ['{ask: few, count: 2}', [{ kind: 'count', expected: 2, got: 1 }]],
    [
      '{ask: few, expect: [10.0.0.1, 10.0.0.2, 10.0.0.3], within: 2}',
      [{ kind: 'late', value: '10.0.0.3', within: 2, got: 3 }],
    ],
    [
      '{ask: www, expect: [10.0.0.1, 10.0.0.2, 10.0.0.3], order: as-listed}',
      [{ kind: 'order', got: ['10.0.0.2', '10.0.0.3', '10.0.0.1'] }],
    ],
    [
      "{given: {'www.other.net.=10.0.0.9': down}, ask: db, expect: [10.1.0.1]}",
      [{ kind: 'no-such-member', target: 'www.other.net.=10.0.0.9', word: 'down' }],
    ],
  ])('%s', (test, faults) => {
    expect(faultsOf(test)).toEqual(faults)
  })

  it('an order that never changes does not rotate', () => {
    const test = '{ask: db, given: {10.1.0.1: down}, expect: [10.1.0.2, 10.1.0.1], order: rotating}'
    expect(faultsOf(test)).toEqual([
      { kind: 'missing', value: '10.1.0.1' },
      { kind: 'never-first', value: '10.1.0.1' },
    ])
  })
})

describe('a report', () => {
  it('says what was answered, how often it asked, and how everyone was who had a say', () => {
    const [report] = run(['{given: {10.0.0.1: down, www=10.0.0.2: drained}, ask: www, expect: [10.0.0.3]}'])
    expect(report).toMatchObject({ faults: [], answered: ['10.0.0.3'], rcode: 'NOERROR', ttl: 5, queries: 1 })
    expect(report!.pools).toEqual([
      {
        ...{ owner: 'www.ex.test.', type: 'A', pool: null, mode: 'normal' },
        members: [
          { address: '10.0.0.1', pool: null, verdict: 'down', override: 'none', answered: false },
          { address: '10.0.0.2', pool: null, verdict: 'up', override: 'drained', answered: false },
          { address: '10.0.0.3', pool: null, verdict: 'up', override: 'none', answered: true },
        ],
      },
    ])
  })

  it('names the pool that a client got, and those that names lead to', () => {
    const [near, names] = run([
      '{from: 10.8.1.2, ask: near, expect: [10.3.0.1]}',
      '{given: {closed=10.0.0.1: down}, ask: names, count: 2}',
    ])
    expect(near!.pools.map(({ owner, pool }) => `${owner} ${pool}`)).toEqual(['near.ex.test. b'])
    expect(names!.pools.map(({ owner }) => owner)).toEqual(['names.ex.test.', 'www.ex.test.', 'closed.ex.test.'])
  })

  it('knows members of other zones by their owners, and leaves what one test did behind with it', () => {
    const other = `zone: other.test
soa: {mname: ns.example.net., rname: h.example.net.}
checks: {icmp: {protocol: ICMP}}
records:
  '@': {type: NS, value: ns.example.net.}
  far: {type: A, values: [10.9.0.1, 10.9.0.2], check: icmp}
`
    const texts = [
      '{ask: www, expect: [10.0.0.1, 10.0.0.2, 10.0.0.3]}',
      "{given: {'far.other.test.=10.9.0.1': down}, ask: www, count: 3}",
    ]
    expect(run([texts[1]!, texts[0]!], [other]).map(({ faults }) => faults)).toEqual([[], []])
    const drained = ['{given: {www=10.0.0.1: drained}, ask: www, count: 2}', texts[0]!]
    expect(run(drained).map(({ faults }) => faults)).toEqual([[], []])
  })

  it('is the same each time', () => {
    const tests = ['{ask: dice, expect: [10.0.0.1]}', '{ask: near, expect: [10.2.0.2]}']
    expect(run(tests)).toEqual(run(tests))
  })
})
