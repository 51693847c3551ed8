/** How members differ and whom they serve: weights, rules by client network, pools of names. */
import { describe, expect, it } from 'vitest'
import { codesOf, judge, placesOf, rrsetOf } from './zones.ts'

const checks = `checks:
  port: {protocol: TCP, port: 5432}
`

function judgeX(record: string, header = '') {
  const using = '  used: {type: A, values: [192.0.2.91, 192.0.2.92], check: port}'
  return judge(`${using}\n  x: ${record}`, `${checks}${header}`)
}

function poolOf(record: string, header = '') {
  const { model, problems } = judgeX(record, header)
  expect(placesOf(problems)).toEqual([])
  return rrsetOf(model, 'x.example.test.', 'A').pool
}

const two = '[192.0.2.11, 192.0.2.12]'

describe('weights', () => {
  const pools = (weights: string, more = '') =>
    `{type: A, check: port, dynamic: {pools: {a: {values: [{value: 192.0.2.11${weights}}, {value: 192.0.2.12}]}}, rules: [{pool: a}]}${more}}`
  const specOf = (record: string, header = '') => poolOf(record, header)!.spec

  it('that differ are heeded unasked, as octoDNS users expect', () => {
    const spec = specOf(pools(', weight: 3'))
    expect(spec).toMatchObject({ answer: 'weighted', weighed: true })
    expect(spec.members.map(({ weight }) => weight)).toEqual([3, 1])
  })

  it('that are all the same, or alone in their pool, ask for nothing', () => {
    expect(specOf(pools(', weight: 1'))).toMatchObject({ answer: 'rotate', weighed: false })
    const alone = `{type: A, check: port, dynamic: {pools: {a: {fallback: b, values: [{value: 192.0.2.1, weight: 5}]}, b: {values: [{value: 192.0.2.2}]}}, rules: [{pool: a}]}}`
    expect(specOf(alone)).toMatchObject({ answer: 'rotate' })
  })

  it('go with values of a plain record too', () => {
    const record = '{type: A, values: [{value: 192.0.2.11, weight: 2}, 192.0.2.12], check: port}'
    expect(specOf(record)).toMatchObject({ answer: 'weighted', members: [{ weight: 2 }, { weight: 1 }] })
  })

  it.each(['weighted', 'random', 'sticky'])('go with answer: %s', answer => {
    expect(specOf(pools(', weight: 3', `, policy: {answer: ${answer}}`))).toMatchObject({ answer, weighed: true })
  })

  it.each(['rotate', 'failover'])('do not go with answer: %s', answer => {
    expect(codesOf(judgeX(pools(', weight: 3', `, policy: {answer: ${answer}}`)).problems)).toEqual(['bad-value'])
  })

  it('under a zone that fails over need a word of their own', () => {
    const header = 'defaults: {policy: {answer: failover}}\n'
    expect(codesOf(judgeX(pools(', weight: 3'), header).problems)).toEqual(['bad-value'])
    expect(specOf(pools(', weight: 3'), 'defaults: {policy: {answer: rotate}}\n').answer).toBe('weighted')
    expect(specOf(pools(', weight: 3'), 'defaults: {policy: {answer: random}}\n').answer).toBe('random')
  })

  it('have room on the board where shares may come from elsewhere', () => {
    expect(specOf(`{type: A, values: ${two}, check: port, policy: {slow_start: 30s}}`)).toMatchObject({
      answer: 'rotate',
      weighed: true,
      slowStartMs: 30_000,
    })
    const failover = `{type: A, values: ${two}, check: port, policy: {slow_start: 30s, answer: failover}}`
    expect(specOf(failover).weighed).toBe(false)
  })
})

describe('policies by client', () => {
  it('of sticky are joined family by family', () => {
    const header = 'defaults: {policy: {sticky: {v4: 20}}}\n'
    const record = `{type: A, values: ${two}, check: port, policy: {answer: sticky, sticky: {v6: 48}, failback: manual}}`
    expect(poolOf(record, header)!.spec).toMatchObject({ sticky: { v4: 20, v6: 48 }, failback: 'manual' })
  })
})

describe('rules', () => {
  const record = (rules: string) => `
    type: A
    check: port
    dynamic:
      pools:
        one: {fallback: two, values: [{value: 192.0.2.11}, {value: 192.0.2.12}]}
        two: {values: [{value: 192.0.2.13}, {value: 192.0.2.14}]}
        three: {fallback: two, values: [{value: 192.0.2.15}, {value: 192.0.2.11}]}
      rules: ${rules}`
  const setOf = (rules: string) => {
    const { model, problems } = judgeX(record(rules))
    expect(placesOf(problems)).toEqual([])
    return rrsetOf(model, 'x.example.test.', 'A')
  }

  it('make a pool of each chain that they lead to', () => {
    const { pool, rules, rdatas } = setOf(
      "[{subnets: [10.0.0.0/8, '2001:db8::/32'], pool: three}, {subnets: [10.1.0.0/16], pool: one}, {subnets: [192.0.2.7], pool: three}, {pool: one}]",
    )
    expect(rdatas).toHaveLength(5)
    expect(pool!.tierNames).toEqual(['one', 'two'])
    expect(rules!.pools.map(({ tierNames }) => tierNames)).toEqual([['three', 'two']])
    expect(rules!.pools[0]!.members.map(({ address }) => address)).toEqual([15, 11, 13, 14].map(at => `192.0.2.${at}`))
    expect(rules!.pools[0]!.spec.members.map(({ rr }) => rr)).toEqual([4, 0, 2, 3])
    expect(rules!.routes.map(({ subnet, pool }) => [[...subnet.octets].length, subnet.bits, pool])).toEqual([
      [4, 8, 1],
      [16, 32, 1],
      [4, 16, 0],
      [4, 32, 1],
    ])
  })

  it.each([
    ['no network', '[{subnets: [10.0.0], pool: three}, {pool: one}]', ['bad-address']],
    ['bits behind the prefix', '[{subnets: [10.8.0.1/16], pool: three}, {pool: one}]', ['bad-address']],
    ['a prefix too long', '[{subnets: [10.8.0.0/33], pool: three}, {pool: one}]', ['bad-address']],
    ['half a prefix', '[{subnets: [10.8.0.0/], pool: three}, {pool: one}]', ['bad-address']],
    [
      'a network twice',
      '[{subnets: [10.8.0.0/16], pool: three}, {subnets: [10.8.0.0/16], pool: one}, {pool: one}]',
      ['duplicate-value'],
    ],
    ['a rule behind the last', '[{pool: one}, {subnets: [10.8.0.0/16], pool: three}]', ['rule-unreachable']],
    [
      'nobody left to serve',
      '[{subnets: [10.8.0.0/16], pool: three}, {subnets: [0.0.0.0/0], pool: one}]',
      ['no-catch-all'],
    ],
    ['a pool of nobody', '[{subnets: [10.8.0.0/16], pool: two}, {pool: one}]', ['unused-pool']],
  ])('refuse %s', (_, rules, codes) => {
    expect(codesOf(judgeX(record(rules)).problems)).toEqual(codes)
  })
})

describe('pools of names', () => {
  const cname = (
    more: string,
    dynamic = '{pools: {a: {values: [{value: A.example.net.}, {value: b.example.test., weight: 2}]}}, rules: [{pool: a}]}',
  ) => `{type: CNAME, dynamic: ${dynamic}${more}}`
  const judgeName = (record: string) => {
    const using = '  used: {type: A, values: [192.0.2.91, 192.0.2.92], check: {all: [port, far]}}'
    const far = '  far: {protocol: TCP, port: 1, check_address: 192.0.2.99}\n'
    return judge(`${using}\n  x: ${record}`, `${checks}${far}defaults: {policy: {max_answers: 4}}\n`)
  }

  it('answer one, with the health of what they lead to', () => {
    const { model, problems } = judgeName(cname(', value: c.example.net., policy: {on_all_down: values}'))
    expect(placesOf(problems)).toEqual([])
    const { pool, rdatas } = rrsetOf(model, 'x.example.test.', 'CNAME')
    expect(rdatas).toHaveLength(3)
    expect(pool!.spec).toMatchObject({ answer: 'weighted', maxAnswers: 1, lastResort: [2] })
    expect(pool!.members.map(({ address, duties, target }) => [address, duties.length, target?.length])).toEqual([
      ['a.example.net.', 0, 15],
      ['b.example.test.', 0, 16],
    ])
  })

  it('may have a check with an address of its own', () => {
    const { model, problems } = judgeName(cname(', check: far'))
    expect(placesOf(problems)).toEqual([])
    const [member] = rrsetOf(model, 'x.example.test.', 'CNAME').pool!.members
    expect(member!.duties.map(({ endpoint }) => endpoint.address)).toEqual(['192.0.2.99'])
  })

  it.each([
    ['a check of names', cname(', check: port'), ['check-not-possible']],
    ['several answers', cname(', policy: {max_answers: 2}'), ['bad-value']],
    ['an address', cname('', '{pools: {a: {values: [{value: 192.0.2.1}]}}, rules: [{pool: a}]}'), ['bad-name']],
    ['two last resorts', cname(', values: [a.example.net., a.example.net.]'), ['duplicate-value']],
    ['itself', cname('', '{pools: {a: {values: [{value: x.example.test.}]}}, rules: [{pool: a}]}'), ['target-loop']],
  ])('refuse %s', (_, record, codes) => {
    expect(codesOf(judgeName(record).problems)).toEqual(codes)
  })
})
