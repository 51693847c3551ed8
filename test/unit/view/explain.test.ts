/** Why a name is answered as it is, from the picture alone. */
import { describe, expect, it } from 'vitest'
import { explain, isClientAddress } from '../../../src/core/view/explain.ts'
import type { MemberView, PoolView } from '../../../src/core/view/status.ts'
import { downMember, poolView, statusView, upMember } from '../cli/views.ts'

const zones = [
  { name: 'test.', file: 'test.yaml', serial: 1, rrsets: 2 },
  { name: 'demo.test.', file: 'demo.test.yaml', serial: 7, rrsets: 10 },
]

function view(...pools: PoolView[]) {
  return statusView({ zones, pools })
}

function reasonsOf(pool: Partial<PoolView>): readonly string[] {
  return explain(view(poolView('www.demo.test.', pool)), 'www.demo.test', 'A', null).pools[0]!.members.map(
    ({ reason }) => reason,
  )
}

const out = (changes: Partial<MemberView>) => upMember('127.0.0.12', { answered: false, ...changes })

describe('a name', () => {
  it('lies in the deepest zone that holds it, in any case and with or without its last dot', () => {
    const picture = view(poolView('www.demo.test.'))
    expect(explain(picture, 'WWW.Demo.test', 'a', null)).toMatchObject({
      name: 'www.demo.test.',
      zone: 'demo.test.',
      owner: 'www.demo.test.',
    })
    expect(explain(picture, 'other.test.', null, null)).toMatchObject({ zone: 'test.', owner: null, pools: [] })
    expect(explain(picture, 'xdemo.test.', null, null).zone).toBe('test.')
    expect(explain(picture, 'example.com', null, null).zone).toBeNull()
  })

  it('is covered by the closest wildcard, but not past a name that has pools itself', () => {
    const picture = view(poolView('*.demo.test.'), poolView('www.demo.test.'))
    expect(explain(picture, 'a.b.demo.test', null, null).owner).toBe('*.demo.test.')
    expect(explain(picture, 'a.www.demo.test', null, null).owner).toBeNull()
  })

  it('is explained for one type, or for all', () => {
    const picture = view(poolView('www.demo.test.'), poolView('www.demo.test.', { type: 'AAAA' }))
    expect(explain(picture, 'www.demo.test', null, null).pools).toHaveLength(2)
    expect(explain(picture, 'www.demo.test', 'aaaa', null).pools).toHaveLength(1)
  })
})

describe('a client', () => {
  const rule = (pool: string, subnets: string[], others = false) => ({ pool, subnets, others })
  const picture = view(
    poolView('www.demo.test.', { rule: rule('wide', ['10.0.0.0/8']) }),
    poolView('www.demo.test.', { rule: rule('near', ['10.8.0.0/16', '2001:db8::/32']) }),
    poolView('www.demo.test.', { rule: rule('rest', [], true) }),
  )
  it.each([
    ['10.8.1.1', 'near'],
    ['10.9.1.1', 'wide'],
    ['2001:db8::1', 'near'],
    ['192.0.2.1', 'rest'],
    ['2001:db9::1', 'rest'],
  ])('of %s gets the pool %s', (from, pool) => {
    const { pools } = explain(picture, 'www.demo.test', 'A', from)
    expect(pools.map(each => each.pool.rule?.pool)).toEqual([pool])
  })

  it('that says nothing of itself is shown all of them', () => {
    expect(explain(picture, 'www.demo.test', 'A', null).pools).toHaveLength(3)
    expect([isClientAddress('10.0.0.1'), isClientAddress('::1'), isClientAddress('seoul')]).toEqual([true, true, false])
  })
})

describe('a member', () => {
  it('is answered for a reason', () => {
    expect(reasonsOf({ members: [upMember('127.0.0.11')] })).toEqual(['eligible'])
    expect(reasonsOf({ members: [upMember('127.0.0.11', { override: 'forced-up', verdict: 'down' })] })).toEqual([
      'forced-up',
    ])
    expect(reasonsOf({ members: [upMember('127.0.0.11', { verdict: 'down', held: true })] })).toEqual(['held'])
    for (const mode of ['fail-open', 'last-resort', 'last-healthy'] as const) {
      expect(reasonsOf({ mode, members: [upMember('127.0.0.11', { verdict: 'down' })] })).toEqual([mode])
    }
  })

  it('is left out for a reason', () => {
    const members = [
      downMember('127.0.0.11'),
      out({ verdict: 'unknown' }),
      out({ override: 'drained' }),
      out({ override: 'forced-down', verdict: 'up' }),
      out({ share: 0 }),
      out({ tier: 1 }),
    ]
    const reasons = ['down', 'unknown', 'drained', 'forced-down', 'no-share', 'standby']
    expect(reasonsOf({ members })).toEqual(reasons)
    expect(reasonsOf({ mode: 'nodata', members: [out({})] })).toEqual(['not-answered'])
  })
})
