import { describe, expect, it } from 'vitest'
import { seconds } from '../../../src/core/base/units.ts'
import { decide, equalRotations } from '../../../src/core/rotation/decide.ts'
import { type Floor, noMemory, type PoolSpec } from '../../../src/core/rotation/types.ts'
import { poolOf, standingsOf } from './pools.ts'

function decided(pool: PoolSpec, letters: string, lastHealthy: readonly number[] = []) {
  return decide(pool, standingsOf(letters), { lastHealthy, heldTier: null })
}

describe('who is eligible', () => {
  it.each([
    ['uuu', [0, 1, 2], 3],
    ['udu', [0, 2], 2],
    ['u?q', [0], 1],
    ['pUd', [0, 1], 2],
    ['uDX', [0], 1],
  ] as const)('%s', (letters, order, eligible) => {
    expect(decided(poolOf([0, 0, 0]), letters)).toMatchObject({ mode: 'normal', order, eligible, members: 3, tier: 0 })
  })

  it('an RR that several members answer with stands in the order once', () => {
    const members = [0, 1, 0].map(rr => ({ rr, tier: 0, weight: 1 }))
    expect(decided(poolOf([], { members }), 'uuu').order).toEqual([0, 1])
    expect(decided(poolOf([], { members }), 'duu').order).toEqual([1, 0])
  })
})

describe('tiers', () => {
  const pool = poolOf([0, 0, 1, 1, 2])
  it.each([
    ['uuuuu', 0, [0, 1]],
    ['dduuu', 1, [2, 3]],
    ['ddddu', 2, [4]],
    ['du?uu', 0, [1]],
  ] as const)('%s is served by tier %d alone', (letters, tier, order) => {
    expect(decided(pool, letters)).toMatchObject({ mode: 'normal', tier, order })
  })

  it('are asked by their number, not by their place in the file', () => {
    expect(decided(poolOf([2, 1, 0]), 'uud')).toMatchObject({ tier: 1, order: [1] })
  })

  it('count eligible members over all tiers as evidence', () => {
    expect(decided(pool, 'udduu')).toMatchObject({ eligible: 3, members: 5 })
  })
})

describe('the floor', () => {
  const serves = (floor: Floor, letters: string) =>
    decided(
      poolOf(
        [...letters].map(() => 0),
        { floor },
      ),
      letters,
    ).mode === 'normal'

  it.each([
    [2, 'count', 'uuddd', 'udddd'],
    [0, 'count', 'udddd', 'ddddd'],
    [0, 'percent', 'udddd', 'ddddd'],
    [50, 'percent', 'uuudd', 'uuddd'],
    [40, 'percent', 'uuddd', 'udddd'],
    [100, 'percent', 'uuuuu', 'uuuud'],
  ] as const)('%d %s: %s is enough, %s is not', (amount, unit, enough, tooFew) => {
    expect(serves({ amount, unit }, enough)).toBe(true)
    expect(serves({ amount, unit }, tooFew)).toBe(false)
  })

  it('is that of each tier by itself', () => {
    const pool = poolOf([0, 0, 0, 0, 1], { floor: { amount: 50, unit: 'percent' } })
    expect(decided(pool, 'udddu')).toMatchObject({ tier: 1, order: [4] })
  })
})

describe('on_all_down', () => {
  it('all: every member of every tier but those taken out', () => {
    const pool = poolOf([0, 0, 1, 1])
    expect(decided(pool, 'dddd')).toMatchObject({ mode: 'fail-open', order: [0, 1, 2, 3], tier: null, eligible: 0 })
    expect(decided(pool, 'dXdD').order).toEqual([0, 2])
    expect(decided(pool, 'XXDD').order).toEqual([0, 1, 2, 3])
  })

  it('all: by tier, then in file order', () => {
    expect(decided(poolOf([1, 0, 1, 0]), 'dddd').order).toEqual([1, 3, 0, 2])
  })

  it('all: fewer than the floor are up, and all are served', () => {
    const pool = poolOf([0, 0, 0], { floor: { amount: 2, unit: 'count' } })
    expect(decided(pool, 'udd')).toMatchObject({ mode: 'fail-open', order: [0, 1, 2], eligible: 1 })
  })

  it('values: the last resort, or all where there is none', () => {
    const pool = poolOf([0, 0], { onAllDown: 'values', lastResort: [3, 2, 3] })
    expect(decided(pool, 'dd')).toMatchObject({ mode: 'last-resort', order: [3, 2] })
    expect(decided({ ...pool, lastResort: [] }, 'dd')).toMatchObject({ mode: 'fail-open', order: [0, 1] })
  })

  it('last_healthy: the given set without what was taken out since, or all where that leaves none', () => {
    const pool = poolOf([0, 0, 0], { onAllDown: 'last_healthy' })
    expect(decided(pool, 'ddd', [2, 0])).toMatchObject({ mode: 'last-healthy', order: [0, 2] })
    expect(decided(pool, 'ddX', [2, 0]).order).toEqual([0])
    expect(decided(pool, 'ddX', [2])).toMatchObject({ mode: 'fail-open', order: [0, 1] })
    expect(decided(pool, 'ddd', [])).toMatchObject({ mode: 'fail-open', order: [0, 1, 2] })
  })

  it.each(['nodata', 'servfail', 'refused'] as const)('%s: nothing', onAllDown => {
    expect(decided(poolOf([0, 1], { onAllDown }), 'dd')).toMatchObject({ mode: onAllDown, order: [], tier: null })
    expect(decided(poolOf([0, 1], { onAllDown }), 'du')).toMatchObject({ mode: 'normal', order: [1] })
  })
})

describe('the ttl', () => {
  it.each([
    ['uu', 10],
    ['ud', 10],
    ['up', 5],
    ['uq', 5],
    ['u?', 5],
    ['uU', 5],
    ['uD', 5],
    ['uX', 5],
    ['dd', 5],
  ])('%s: %d s', (letters, ttl) => {
    expect(decided(poolOf([0, 0]), letters).ttl).toBe(ttl)
  })

  it('is calm on a fallback tier whose peers are surely down, and doubtful while any tier is in doubt', () => {
    expect(decided(poolOf([0, 1]), 'du').ttl).toBe(10)
    expect(decided(poolOf([0, 1]), 'uq').ttl).toBe(5)
  })

  it('in doubt is never longer than when calm', () => {
    expect(decided(poolOf([0], { ttl: seconds(2), doubtTtl: seconds(5) }), '?').ttl).toBe(2)
  })
})

describe('failover', () => {
  it('serves the set that rotate serves, from a fixed beginning', () => {
    const rotate = decided(poolOf([0, 0, 1]), 'uuu')
    const failover = decided(poolOf([0, 0, 1], { answer: 'failover' }), 'uuu')
    expect(rotate.answer).toBe('rotate')
    expect(failover).toEqual({ ...rotate, answer: 'failover' })
  })
})

describe('manual failback', () => {
  const pool = poolOf([0, 0, 1, 1], { answer: 'failover', failback: 'manual' })
  const orderOf = (letters: string, heldTier: number | null, lastHealthy: readonly number[] = []) =>
    decide(pool, standingsOf(letters), { lastHealthy, heldTier }).order

  it('goes on with the tier that serves while it can', () => {
    expect(orderOf('uuuu', 1)).toEqual([2, 3])
    expect(orderOf('uudd', 1)).toEqual([0, 1])
    expect(orderOf('dduu', 0)).toEqual([2, 3])
    expect(orderOf('uuuu', null)).toEqual([0, 1])
  })

  it('goes on with the member that comes first while it can', () => {
    expect(orderOf('uuuu', 0, [1])).toEqual([1, 0])
    expect(orderOf('uduu', 0, [1, 0])).toEqual([0])
    expect(orderOf('uuuu', null, [1])).toEqual([0, 1])
  })

  it('is not for pools that fail back by themselves', () => {
    const auto = poolOf([0, 1], { failback: 'auto' })
    expect(decide(auto, standingsOf('uu'), { lastHealthy: [1], heldTier: 1 }).order).toEqual([0])
  })
})

describe('weights', () => {
  const pool = poolOf([], {
    answer: 'weighted',
    members: [6, 2, 4].map((weight, rr) => ({ rr, tier: 0, weight })),
  })
  const shared = (...shares: readonly number[]) => shares.map(share => ({ ...standingsOf('u')[0]!, share }))

  it('are given in least terms, and only those of who is eligible', () => {
    expect(decided(pool, 'uuu')).toMatchObject({ answer: 'weighted', weights: [3, 1, 2] })
    expect(decided(pool, 'udu')).toMatchObject({ answer: 'weighted', order: [0, 2], weights: [3, 2] })
    expect(decided(pool, 'udd')).toMatchObject({ answer: 'rotate', order: [0], weights: [] })
  })

  it('are what the shares leave of them', () => {
    const { weights, order } = decide(pool, shared(0.5, 1, 0), noMemory)
    expect([order, weights]).toEqual([
      [0, 1],
      [3, 2],
    ])
  })

  it('make a rotation weighted for as long as shares differ', () => {
    const plain = poolOf([0, 0, 0], { weighed: true })
    expect(decide(plain, shared(1, 1, 1), noMemory)).toMatchObject({ answer: 'rotate', weights: [] })
    expect(decide(plain, shared(1, 0.25, 1), noMemory)).toMatchObject({ answer: 'weighted', weights: [4, 1, 4] })
    const unweighed = poolOf([0, 0, 0])
    expect(decide(unweighed, shared(1, 0.25, 1), noMemory)).toMatchObject({ answer: 'rotate', weights: [] })
  })

  it('are the configured ones while the pool fails open', () => {
    expect(decided(pool, 'ddd')).toMatchObject({ mode: 'fail-open', answer: 'weighted', weights: [3, 1, 2] })
  })

  it('leave nothing of a member without a share, who is not down for that', () => {
    expect(decide(poolOf([0, 0]), shared(0, 1), noMemory)).toMatchObject({ order: [1], eligible: 1, ttl: 10 })
    expect(decide(poolOf([0, 0]), shared(0, 0), noMemory)).toMatchObject({ mode: 'fail-open', order: [0, 1] })
  })
})

describe('equalRotations', () => {
  const rotation = decided(poolOf([0, 0]), 'uu')

  it('holds for the same decision made again', () => {
    expect(equalRotations(rotation, decided(poolOf([0, 0]), 'uu'))).toBe(true)
  })

  it.each([
    { mode: 'fail-open' },
    { order: [0] },
    { order: [1, 0] },
    { order: [0, 1, 2] },
    { ttl: seconds(5) },
    { maxAnswers: 1 },
    { answer: 'failover' },
    { weights: [2, 1] },
    { eligible: 1 },
    { members: 3 },
    { tier: 1 },
  ] as const)('sees %o', change => {
    expect(equalRotations(rotation, { ...rotation, ...change })).toBe(false)
    expect(equalRotations({ ...rotation, ...change }, rotation)).toBe(false)
  })
})

it('a pool without members, or with a standing too few, is our own bug', () => {
  expect(() => decided(poolOf([]), '')).toThrow()
  expect(() => decided(poolOf([0, 0]), 'u')).toThrow()
})
