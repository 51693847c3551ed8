/** A and AAAA records: which become pools, with which members, duties, quorums and policies. */
import { describe, expect, it } from 'vitest'
import { readZones } from '../../../src/core/zonefile/index.ts'
import { codesOf, judge, placesOf, rdatasOf, rrsetOf } from './zones.ts'

const checks = `checks:
  web: {protocol: HTTP, path: /healthz, host: www.example.test}
  tls: {protocol: HTTPS, path: /healthz}
  port: {protocol: TCP, port: 5432}
  host: {protocol: ICMP}
`

/** Judges one owner `x` with all four checks in use, so that no warning is about them. */
function judgeX(record: string, header = '') {
  const using = '  used: {type: A, values: [192.0.2.91, 192.0.2.92], check: {all: [web, tls, port, host]}}'
  return judge(`${using}\n  x: ${record}`, `${checks}${header}`)
}

function poolOf(record: string, header = '') {
  const { model, problems } = judgeX(record, header)
  expect(placesOf(problems)).toEqual([])
  return rrsetOf(model, 'x.example.test.', 'A').pool
}

const two = '[192.0.2.11, 192.0.2.12]'

describe('which records become pools', () => {
  it.each([
    ['one value', '{type: A, value: 192.0.2.11}', false],
    ['one value under values', '{type: A, values: [192.0.2.11]}', false],
    ['several values', `{type: A, values: ${two}}`, true],
    ['a check', `{type: A, values: ${two}, check: port}`, true],
    ['a check of none', '{type: A, value: 192.0.2.11, check: none}', false],
    ['a status', '{type: A, values: [{value: 192.0.2.11, status: down}]}', true],
    ['a status of obey', '{type: A, values: [{value: 192.0.2.11, status: obey}]}', false],
    ['a policy', '{type: A, value: 192.0.2.11, policy: {on_all_down: nodata}}', true],
    ['pools', '{type: A, dynamic: {pools: {a: {values: [{value: 192.0.2.11}]}}, rules: [{pool: a}]}}', true],
  ])('%s', (_, record, pooled) => {
    expect(poolOf(record) !== null).toBe(pooled)
  })

  it('takes the check of the zone, unless the record says none', () => {
    const text = `zone: example.test
soa: {mname: ns.example.net., rname: h.example.net.}
checks: {port: {protocol: TCP, port: 1}}
defaults: {check: port}
records:
  '@': {type: NS, value: ns.example.net.}
  a: {type: A, values: ${two}}
  b: {type: A, values: ${two}, check: none}
  c: {type: TXT, value: nothing to check}
`
    const { model, problems } = readZones([{ file: 'x.yaml', text }])
    expect(placesOf(problems)).toEqual([])
    const dutiesAt = (owner: string) => rrsetOf(model, owner, 'A').pool!.members.map(member => member.duties.length)
    expect(dutiesAt('a.example.test.')).toEqual([1, 1])
    expect(dutiesAt('b.example.test.')).toEqual([0, 0])
  })
})

describe('members', () => {
  it('have the address in canonical form and one RR each', () => {
    const record = "{type: AAAA, values: ['2001:DB8::0:1', '2001:db8::2'], check: port}"
    const { model } = judgeX(record)
    const { pool, rdatas } = rrsetOf(model, 'x.example.test.', 'AAAA')
    expect(pool!.members.map(member => member.address)).toEqual(['2001:db8::1', '2001:db8::2'])
    expect(pool!.spec.members).toEqual([
      { rr: 0, tier: 0, weight: 1 },
      { rr: 1, tier: 0, weight: 1 },
    ])
    expect(rdatas).toHaveLength(2)
    expect(pool!.members[0]!.duties).toMatchObject([{ endpoint: { address: '2001:db8::1', port: 5432 } }])
  })

  it('share the RR of an address that several tiers and the last resort name', () => {
    const record = `
    type: A
    check: port
    dynamic:
      pools:
        one: {fallback: two, values: [{value: 192.0.2.11}, {value: 192.0.2.12}]}
        two: {fallback: three, values: [{value: 192.0.2.12}, {value: 192.0.2.13}]}
        three: {values: [{value: 192.0.2.11, status: up}]}
      rules: [{pool: one}]
    values: [192.0.2.13, 192.0.2.14]
    policy: {on_all_down: values}`
    const { model, problems } = judgeX(record)
    expect(placesOf(problems)).toEqual([])
    const { pool } = rrsetOf(model, 'x.example.test.', 'A')
    expect(rdatasOf(model, 'x.example.test.', 'A')).toEqual(['192.0.2.11', '192.0.2.12', '192.0.2.13', '192.0.2.14'])
    expect(pool!.spec.members).toEqual([
      { rr: 0, tier: 0, weight: 1 },
      { rr: 1, tier: 0, weight: 1 },
      { rr: 1, tier: 1, weight: 1 },
      { rr: 2, tier: 1, weight: 1 },
      { rr: 0, tier: 2, weight: 1 },
    ])
    expect(pool!.spec.lastResort).toEqual([2, 3])
    expect(pool!.tierNames).toEqual(['one', 'two', 'three'])
    expect(pool!.members.map(member => member.override)).toEqual(['none', 'none', 'none', 'none', 'forced-up'])
  })

  it('follow the rule and the fallbacks, not the order of the file', () => {
    const record =
      '{type: A, check: port, dynamic: {pools: {z: {values: [{value: 192.0.2.1}]}, a: {fallback: z, values: [{value: 192.0.2.2}]}}, rules: [{pool: a}]}}'
    expect(poolOf(record)!.tierNames).toEqual(['a', 'z'])
  })
})

describe('duties', () => {
  const dutiesOf = (check: string) => poolOf(`{type: A, values: ${two}, check: ${check}}`)!.members[1]!

  it.each([
    ['port', ['TCP'], 1],
    ['{all: [port, host]}', ['TCP', 'ICMP'], 2],
    ['{any: [port, host, web]}', ['TCP', 'ICMP', 'HTTP'], 1],
    ['{at_least: 2, of: [port, host, web]}', ['TCP', 'ICMP', 'HTTP'], 2],
  ])('%s', (check, protocols, need) => {
    const member = dutiesOf(check)
    expect(member.duties.map(duty => duty.check.protocol)).toEqual(protocols)
    expect(member.quorum).toEqual({ need })
  })

  it('have the port of the check, and none for ICMP', () => {
    const ports = dutiesOf('{all: [port, host, web, tls]}').duties.map(({ endpoint }) => endpoint)
    expect(ports).toEqual([5432, null, 80, 443].map(port => ({ address: '192.0.2.12', port })))
  })

  it('share one spec among records, but for HTTPS without a host, which asks for the owner', () => {
    const { model } = judgeX(`{type: A, values: ${two}, check: {all: [web, tls]}}`)
    const specsOf = (owner: string) => rrsetOf(model, owner, 'A').pool!.members[0]!.duties.map(duty => duty.check)
    const [web, tls] = specsOf('x.example.test.')
    const [otherWeb, otherTls] = specsOf('used.example.test.')
    expect(web).toBe(otherWeb)
    expect(web).toMatchObject({ host: 'www.example.test', tls: { serverName: null } })
    expect(tls).toMatchObject({ host: 'x.example.test', tls: { serverName: 'x.example.test', verify: true } })
    expect(otherTls).toMatchObject({ host: 'used.example.test' })
  })

  it.each([
    ['an unknown name', 'wbe', 'undefined-check 12:57'],
    ['an unknown name in a list', '{any: [port, wbe]}', 'undefined-check 12:70'],
    ['a name twice', '{all: [port, port]}', 'duplicate-value 12:70'],
    ['more than there are', '{at_least: 3, of: [port, host]}', 'bad-value 12:68'],
    ['at_least alone', '{at_least: 1}', 'bad-value 12:57'],
    ['two ways at once', '{all: [port], any: [host]}', 'bad-value 12:57'],
    ['an empty list', '{all: []}', 'bad-value 12:63'],
    ['another key', '{some: [port]}', 'unknown-key 12:58'],
    ['a number', '5', 'wrong-type 12:57'],
  ])('refuse %s', (_, check, place) => {
    expect(placesOf(judgeX(`{type: A, values: ${two}, check: ${check}}`).problems)).toEqual([place])
  })

  it('need a host of their own at a wildcard', () => {
    const records = `  used: {type: A, values: ${two}, check: {all: [web, tls, port, host]}}\n  '*': {type: A, values: ${two}, check: tls}`
    expect(codesOf(judge(records, checks).problems)).toEqual(['check-not-possible'])
  })
})

describe('policies', () => {
  const specOf = (policy: string, header = '') =>
    poolOf(`{type: A, values: ${two}, check: port, policy: ${policy}}`, header)!.spec

  it('have defaults', () => {
    expect(specOf('{}')).toMatchObject({
      answer: 'rotate',
      maxAnswers: 8,
      onAllDown: 'all',
      floor: { amount: 1, unit: 'count' },
      lastResort: [],
      ttl: 10,
      doubtTtl: 5,
    })
  })

  it('are joined key by key: record over zone', () => {
    const header = 'defaults: {ttl: 3, policy: {max_answers: 2, min_healthy: 50%, on_all_down: nodata}}\n'
    expect(specOf('{on_all_down: servfail}', header)).toMatchObject({
      maxAnswers: 2,
      onAllDown: 'servfail',
      floor: { amount: 50, unit: 'percent' },
      ttl: 3,
      doubtTtl: 3,
    })
  })

  it('take the own values of a plain record for its last resort', () => {
    expect(specOf('{on_all_down: values}').lastResort).toEqual([0, 1])
  })

  it.each([
    ['{min_healthy: 0}', 'bad-value'],
    ['{min_healthy: 101%}', 'bad-value'],
    ['{min_healthy: half}', 'bad-value'],
    ['{min_healthy: 3}', 'bad-value'],
    ['{max_answers: 0}', 'bad-value'],
    ['{max_answers: 257}', 'bad-value'],
    ['{answer: best}', 'bad-value'],
    ['{failback: never}', 'bad-value'],
    ['{slow_start: soon}', 'bad-duration'],
    ['{slow_start: 61m}', 'bad-duration'],
    ['{sticky: {v4: 0}}', 'bad-value'],
    ['{sticky: {v4: 33}}', 'bad-value'],
    ['{sticky: {v6: 129}}', 'bad-value'],
    ['{sticky: {v5: 1}}', 'unknown-key'],
    ['{sticky: 24}', 'wrong-type'],
    ['{on_all_down: none}', 'bad-value'],
    ['rotate', 'wrong-type'],
  ])('refuse %s', (policy, code) => {
    expect(codesOf(judgeX(`{type: A, values: ${two}, policy: ${policy}}`).problems)).toEqual([code])
  })

  it("are the record's to mend when the zone asks for more members than it has", () => {
    const problems = judgeX(`{type: A, values: ${two}}`, 'defaults: {policy: {min_healthy: 3}}\n').problems
    expect(codesOf(problems)).toEqual(['bad-value', 'bad-value'])
  })
})

describe('pools', () => {
  const dynamic = (pools: string, rules: string, more = '') =>
    `{type: A, check: port, dynamic: {pools: ${pools}, rules: ${rules}}${more}}`
  const a = 'a: {values: [{value: 192.0.2.11}, {value: 192.0.2.12}]}'

  it.each([
    ['a rule without a pool', dynamic(`{${a}}`, '[{}]'), ['missing-key']],
    ['rules for no client', dynamic(`{${a}}`, '[{subnets: [], pool: a}, {pool: a}]'), ['bad-value']],
    ['rules by place', dynamic(`{${a}}`, '[{geos: [EU], pool: a}, {pool: a}]'), ['not-supported']],
    ['only rules by client', dynamic(`{${a}}`, '[{subnets: [10.0.0.0/8], pool: a}]'), ['no-catch-all']],
    ['no rules', dynamic(`{${a}}`, '[]'), ['no-catch-all']],
    ['a rule to nowhere', dynamic(`{${a}}`, '[{pool: b}]'), ['undefined-pool']],
    ['no pools', dynamic('{}', '[{pool: a}]'), ['undefined-pool']],
    [
      'a pool that falls back on itself',
      dynamic('{a: {fallback: a, values: [{value: 192.0.2.1}]}}', '[{pool: a}]'),
      ['pool-loop'],
    ],
    ['a pool without values', dynamic('{a: {values: []}}', '[{pool: a}]'), ['bad-value']],
    ['a value that is text', dynamic('{a: {values: [192.0.2.1]}}', '[{pool: a}]'), ['wrong-type']],
    ['a weight of 0', dynamic('{a: {values: [{value: 192.0.2.1, weight: 0}]}}', '[{pool: a}]'), ['weight-range']],
    ['a weight of 1.5', dynamic('{a: {values: [{value: 192.0.2.1, weight: 1.5}]}}', '[{pool: a}]'), ['weight-range']],
    ['a weight of 101', dynamic('{a: {values: [{value: 192.0.2.1, weight: 101}]}}', '[{pool: a}]'), ['weight-range']],
    ['an unknown status', dynamic('{a: {values: [{value: 192.0.2.1, status: off}]}}', '[{pool: a}]'), ['bad-value']],
    ['no last resort', dynamic(`{${a}}`, '[{pool: a}]', ', policy: {on_all_down: values}'), ['missing-key']],
    [
      'a last resort by hand',
      dynamic(`{${a}}`, '[{pool: a}]', ', values: [{value: 192.0.2.9, status: up}]'),
      ['bad-value'],
    ],
    [
      'an address twice in a pool',
      dynamic('{a: {values: [{value: 192.0.2.1}, {value: 192.0.2.1}]}}', '[{pool: a}]'),
      ['duplicate-value'],
    ],
  ])('refuse %s', (_, record, codes) => {
    expect([...codesOf(judgeX(record).problems)].sort()).toEqual(codes)
  })

  it('serve without values beside them', () => {
    expect(poolOf(dynamic(`{${a}}`, '[{pool: a}]'))!.spec.lastResort).toEqual([])
  })
})

describe('octoDNS checks', () => {
  const record = (healthcheck: string) => `{type: A, values: ${two}, octodns: {healthcheck: ${healthcheck}}}`
  const specOf = (healthcheck: string) => poolOf(record(healthcheck))!.members[0]!.duties[0]!.check

  it('have the defaults of octoDNS', () => {
    expect(specOf('{}')).toMatchObject({
      protocol: 'HTTPS',
      port: 443,
      path: '/_dns',
      host: 'x.example.test',
      tls: { serverName: 'x.example.test' },
    })
  })

  it('ask for the owner over HTTP too', () => {
    expect(specOf('{protocol: HTTP, port: 8080}')).toMatchObject({
      protocol: 'HTTP',
      port: 8080,
      host: 'x.example.test',
    })
    expect(specOf('{protocol: HTTP, host: a.example.net}')).toMatchObject({ host: 'a.example.net' })
  })

  it('know TCP and ICMP', () => {
    expect(specOf('{protocol: TCP, port: 22}')).toMatchObject({ protocol: 'TCP', port: 22 })
    expect(specOf('{protocol: ICMP}')).toMatchObject({ protocol: 'ICMP' })
  })

  it.each([
    ['{protocol: UDP}', 'not-supported'],
    ['{protocol: TCP, path: /x}', 'bad-value'],
    ['{interval: 5}', 'unknown-key'],
  ])('refuse %s', (healthcheck, code) => {
    expect(codesOf(judgeX(record(healthcheck)).problems)).toEqual([code])
  })

  it('refuse to be one of two', () => {
    const both = `{type: A, values: ${two}, check: port, octodns: {healthcheck: {}}}`
    expect(codesOf(judgeX(both).problems)).toEqual(['bad-value'])
  })

  it('judge the pools of a pure octoDNS zone even unasked', () => {
    const text = `'': {type: NS, value: ns.example.net.}
www: {type: A, value: 192.0.2.1, dynamic: {pools: {a: {values: [{value: 192.0.2.1}, {value: 192.0.2.2}]}}, rules: [{pool: a}]}}
plain: {type: A, values: [192.0.2.1, 192.0.2.2]}
`
    const { model } = readZones([{ file: 'octo.test.yaml', text }])
    expect(rrsetOf(model, 'www.octo.test.', 'A').pool!.members[0]!.duties).toHaveLength(1)
    expect(rrsetOf(model, 'plain.octo.test.', 'A').pool!.members[0]!.duties).toHaveLength(0)
  })
})

describe('warnings', () => {
  it.each([
    ['one member', '{type: A, value: 192.0.2.11, check: port}', ['lone-member']],
    [
      'one address in two pools',
      '{type: A, check: port, dynamic: {pools: {a: {fallback: b, values: [{value: 192.0.2.1}]}, b: {values: [{value: 192.0.2.1}]}}, rules: [{pool: a}]}}',
      ['lone-member'],
    ],
    [
      'one member and a last resort',
      '{type: A, check: port, dynamic: {pools: {a: {values: [{value: 192.0.2.1}]}}, rules: [{pool: a}]}, values: [192.0.2.2], policy: {on_all_down: values}}',
      [],
    ],
    ['a TTL as long as the removal', `{type: A, ttl: 13, values: ${two}, check: port}`, []],
    ['a longer one', `{type: A, ttl: 14, values: ${two}, check: port}`, ['ttl-outlives-removal']],
    ['a long one that nothing checks', `{type: A, ttl: 1h, values: ${two}}`, []],
  ])('%s', (_, record, codes) => {
    const { model, problems } = judgeX(record)
    expect(codesOf(problems)).toEqual(codes)
    expect(model).not.toBeNull()
  })
})
