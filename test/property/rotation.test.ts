/**
 * What holds for every pool and every state of its members: answers are shared out evenly, nothing dead or taken out is
 * served needlessly, and an answer is empty only where the policy says so.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Standing } from '../../src/core/health/types.ts'
import { decide, isEligible } from '../../src/core/rotation/decide.ts'
import { pick } from '../../src/core/rotation/pick.ts'
import {
  answerPolicies,
  createTurn,
  type OnAllDown,
  type PoolMemory,
  type PoolSpec,
  type Turn,
} from '../../src/core/rotation/types.ts'
import { poolOf } from '../unit/rotation/pools.ts'

const seed = 20_260_311

const standings = fc.record({
  verdict: fc.constantFrom<Standing['verdict']>('up', 'down', 'unknown'),
  pending: fc.boolean(),
  override: fc.constantFrom<Standing['override']>('none', 'none', 'none', 'forced-up', 'forced-down', 'drained'),
  share: fc.constantFrom(1, 1, 1, 0.5, 0.01, 0),
})

const rrsMax = 12

interface Situation {
  readonly pool: PoolSpec
  readonly standings: readonly Standing[]
  readonly memory: PoolMemory
}

const situations: fc.Arbitrary<Situation> = fc
  .record({
    members: fc.array(
      fc.tuple(fc.nat({ max: rrsMax - 1 }), fc.nat({ max: 3 }), standings, fc.integer({ min: 1, max: 100 })),
      {
        minLength: 1,
        maxLength: 10,
      },
    ),
    lastResort: fc.array(fc.nat({ max: rrsMax - 1 }), { maxLength: 3 }),
    lastHealthy: fc.uniqueArray(fc.nat({ max: rrsMax - 1 }), { maxLength: 4 }),
    heldTier: fc.option(fc.nat({ max: 3 })),
    failback: fc.constantFrom<PoolSpec['failback']>('auto', 'manual'),
    onAllDown: fc.constantFrom<OnAllDown>('all', 'values', 'last_healthy', 'nodata', 'servfail', 'refused'),
    answer: fc.constantFrom<PoolSpec['answer']>(...answerPolicies),
    floor: fc.oneof(
      fc.record({ amount: fc.nat({ max: 4 }), unit: fc.constant('count' as const) }),
      fc.record({ amount: fc.nat({ max: 100 }), unit: fc.constant('percent' as const) }),
    ),
  })
  .map(({ members, lastHealthy, heldTier, ...policy }) => ({
    pool: poolOf([], { ...policy, members: members.map(([rr, tier, , weight]) => ({ rr, tier, weight })) }),
    standings: members.map(([, , standing]) => standing),
    memory: { lastHealthy, heldTier },
  }))

describe('decide', () => {
  it('has an order without repeats, empty exactly for nodata, servfail and refused', () => {
    fc.assert(
      fc.property(situations, ({ pool, standings, memory }) => {
        const { order, mode } = decide(pool, standings, memory)
        expect(new Set(order).size).toBe(order.length)
        expect(order.length === 0).toBe(['nodata', 'servfail', 'refused'].includes(mode))
      }),
      { seed, numRuns: 1_000 },
    )
  })

  it('when normal, serves all that is eligible in the first tier that has its floor, or in the held one', () => {
    fc.assert(
      fc.property(situations, ({ pool, standings, memory }) => {
        const { order, mode, tier, eligible } = decide(pool, standings, memory)
        const at = [...pool.members.keys()]
        const fit = at.filter(member => isEligible(standings[member]!))
        const enough = [...new Set(pool.members.map(member => member.tier))].sort().filter(candidate => {
          const size = pool.members.filter(member => member.tier === candidate).length
          const share = fit.filter(member => pool.members[member]!.tier === candidate).length
          if (share === 0) return false
          return pool.floor.unit === 'count' ? share >= pool.floor.amount : share * 100 >= size * pool.floor.amount
        })
        const holds = pool.failback === 'manual' && memory.heldTier !== null && enough.includes(memory.heldTier)
        expect(eligible).toBe(fit.length)
        expect(tier).toBe(holds ? memory.heldTier : (enough[0] ?? null))
        expect(mode === 'normal').toBe(enough.length > 0)
        if (mode !== 'normal') return
        const served = fit.filter(member => pool.members[member]!.tier === tier).map(member => pool.members[member]!.rr)
        expect(new Set(order)).toEqual(new Set(served))
      }),
      { seed, numRuns: 1_000 },
    )
  })

  it('weighs all of the order or nothing, each member with something', () => {
    fc.assert(
      fc.property(situations, ({ pool, standings, memory }) => {
        const { order, weights, answer } = decide(pool, standings, memory)
        if (weights.length === 0) return
        expect(weights).toHaveLength(order.length)
        expect(weights.every(weight => Number.isInteger(weight) && weight > 0)).toBe(true)
        expect(new Set(weights).size).toBeGreaterThan(1)
        expect(answer).toBe(pool.answer === 'rotate' ? 'weighted' : pool.answer)
      }),
      { seed, numRuns: 1_000 },
    )
  })

  it('does not serve what the operator took out while any member is left', () => {
    fc.assert(
      fc.property(situations, ({ pool, standings, memory }) => {
        const { order, mode } = decide(pool, standings, memory)
        const left = pool.members.filter((_, at) => !['forced-down', 'drained'].includes(standings[at]!.override))
        if (left.length === 0 || mode === 'last-resort') return
        const allowed = left.map(member => member.rr)
        expect(order.filter(rr => !allowed.includes(rr))).toEqual([])
      }),
      { seed, numRuns: 1_000 },
    )
  })

  it('keeps the TTL low exactly while something is in doubt', () => {
    fc.assert(
      fc.property(situations, ({ pool, standings, memory }) => {
        const { ttl, mode } = decide(pool, standings, memory)
        const sure = standings.every(
          ({ verdict, pending, override }) => verdict !== 'unknown' && !pending && override === 'none',
        )
        expect(ttl).toBe(sure && mode === 'normal' ? pool.ttl : pool.doubtTtl)
      }),
      { seed, numRuns: 1_000 },
    )
  })
})

describe('pick', () => {
  const turns = fc.record({
    order: fc.uniqueArray(fc.nat({ max: 255 }), { minLength: 1, maxLength: 40 }),
    maxAnswers: fc.integer({ min: 1, max: 50 }),
    countMax: fc.integer({ min: 1, max: 50 }),
    cursor: fc.nat({ max: 0xffff_ffff - 100 }),
  })

  const turnOf = (order: readonly number[], maxAnswers: number): Turn => {
    const turn: Turn = { ...createTurn(), maxAnswers, count: order.length }
    turn.order.set(order)
    return turn
  }

  it('over any n consecutive cursors begins once with each, and names each equally often', () => {
    fc.assert(
      fc.property(turns, ({ order, maxAnswers, countMax, cursor }) => {
        const chosen = new Uint8Array(256)
        const firsts: number[] = []
        const named = new Map<number, number>()
        const size = Math.min(order.length, maxAnswers, countMax)
        for (let step = 0; step < order.length; step++) {
          const count = pick(turnOf(order, maxAnswers), cursor + step, countMax, chosen)
          const answer = [...chosen.subarray(0, count)]
          expect(new Set(answer).size).toBe(size)
          firsts.push(answer[0]!)
          for (const rr of answer) named.set(rr, (named.get(rr) ?? 0) + 1)
        }
        expect(firsts.sort()).toEqual([...order].sort())
        expect([...named.values()]).toEqual(Array(order.length).fill(size))
      }),
      { seed, numRuns: 500 },
    )
  })
})
