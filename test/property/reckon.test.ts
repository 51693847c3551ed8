/**
 * Answers counted by the cursor alone come to the same as counting each answer: for every policy that the cursor tells,
 * any weights, any cap, any stretch of cursors, over the end of their 32 bits too.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { millis } from '../../src/core/base/units.ts'
import { arrange, createScratch } from '../../src/core/rotation/arrange.ts'
import { decide } from '../../src/core/rotation/decide.ts'
import { pick } from '../../src/core/rotation/pick.ts'
import { createServed, reckon, type Served, walksMax } from '../../src/core/rotation/reckon.ts'
import { type AnswerPolicy, createTurn, noMemory, type Rotation } from '../../src/core/rotation/types.ts'
import { strideOf } from '../../src/core/rotation/weights.ts'
import { poolOf, standingsOf } from '../unit/rotation/pools.ts'

const seed = 20_261_122
const cursorsEnd = 2 ** 32

function rotationOf(answer: AnswerPolicy, weights: readonly number[], up: readonly boolean[], cap: number): Rotation {
  const members = weights.map((weight, rr) => ({ rr, tier: 0, weight }))
  const spec = poolOf([], { members, answer, weighed: true, maxAnswers: cap, slowStartMs: millis(0) })
  return decide(spec, standingsOf(weights.map((_, i) => (up[i % up.length] ? 'u' : 'd')).join('')), noMemory)
}

/** As the answer path does it, one answer after the other. */
function countEach(rotation: Rotation, records: number, cursor: number, answers: number): Served {
  const served = createServed(records)
  const turn = createTurn()
  const chosen = new Uint8Array(256)
  const scratch = createScratch(1)
  for (let i = 0; i < answers; i++) {
    turn.answer = rotation.answer
    turn.fixed = rotation.answer === 'failover'
    turn.maxAnswers = rotation.maxAnswers
    turn.count = rotation.order.length
    turn.order.set(rotation.order)
    let end = 0
    rotation.weights.forEach((weight, at) => {
      end += weight
      turn.ends[at] = end
    })
    turn.stride = rotation.weights.length === 0 ? 0 : strideOf(end)
    const at = (cursor + i) % cursorsEnd
    if (turn.answer === 'weighted') arrange(turn, at, scratch)
    const wanted = pick(turn, at, turn.count, chosen)
    served.answers++
    served.first[chosen[0]!]!++
    for (let k = 0; k < wanted; k++) served.carried[chosen[k]!]!++
  }
  return served
}

const cursors = fc.oneof(fc.nat({ max: 1000 }), fc.integer({ min: cursorsEnd - 500, max: cursorsEnd - 1 }))
const shapes = fc.record({
  answer: fc.constantFrom<AnswerPolicy>('rotate', 'failover', 'weighted'),
  weights: fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 1, maxLength: 9 }),
  up: fc.array(fc.boolean(), { minLength: 1, maxLength: 9 }),
  cap: fc.integer({ min: 1, max: 9 }),
})

describe('counting by the cursor', () => {
  it('says what counting each answer says', () => {
    fc.assert(
      fc.property(shapes, cursors, fc.nat({ max: 1500 }), ({ answer, weights, up, cap }, cursor, answers) => {
        const rotation = rotationOf(answer, weights, up, cap)
        const served = createServed(weights.length)
        reckon(rotation, cursor, answers, served)
        expect(served).toEqual(countEach(rotation, weights.length, cursor, answers))
      }),
      { seed, numRuns: 400 },
    )
  })

  it('says the same in one look as in many', () => {
    const looks = fc.array(fc.nat({ max: 5_000_000 }), { minLength: 1, maxLength: 5 })
    fc.assert(
      fc.property(shapes, cursors, looks, ({ answer, weights, up, cap }, cursor, parts) => {
        const rotation = rotationOf(answer, weights, up, cap)
        const once = createServed(weights.length)
        const often = createServed(weights.length)
        const total = parts.reduce((sum, part) => sum + part, 0)
        const isOver = cursor + total >= cursorsEnd
        reckon(rotation, cursor, total, once)
        let at = cursor
        for (const part of parts) {
          reckon(rotation, at, part, often)
          at = (at + part) % cursorsEnd
        }
        expect(often).toEqual(once)
        expect(isOver || once.answers === total).toBe(true)
      }),
      { seed, numRuns: 200 },
    )
  })

  it('adds up: as many firsts as answers, and as many carried as every answer has room for', () => {
    fc.assert(
      fc.property(shapes, cursors, fc.nat({ max: 2 ** 31 }), ({ answer, weights, up, cap }, cursor, answers) => {
        const rotation = rotationOf(answer, weights, up, cap)
        const served = createServed(weights.length)
        reckon(rotation, cursor, answers, served)
        const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0)
        expect(sum(served.first)).toBe(answers)
        expect(sum(served.carried)).toBe(answers * Math.min(rotation.order.length, cap))
      }),
      { seed, numRuns: 200 },
    )
  })

  it('takes a part for the whole where a capped circle has very many places, and stays near', () => {
    const weights = [100, 99, 97, 89, 83, 79, 73, 71].map(weight => weight * 997 + 1)
    const rotation: Rotation = { ...rotationOf('weighted', [1, 2, 3, 4, 5, 6, 7, 8], [true], 2), weights }
    const answers = 3 * walksMax
    const served = createServed(weights.length)
    reckon(rotation, 0, answers, served)
    const counted = countEach(rotation, weights.length, 0, answers)
    expect(served.first).toEqual(counted.first)
    served.carried.forEach((carried, rr) => {
      expect(Math.abs(carried - counted.carried[rr]!) / counted.carried[rr]!).toBeLessThan(0.01)
    })
  })

  it('leaves to the board who came first by chance or by client', () => {
    for (const answer of ['random', 'sticky'] as const) {
      const served = createServed(3)
      reckon(rotationOf(answer, [1, 2, 3], [true], 8), 5, 10, served)
      expect(served).toEqual({ answers: 10, carried: [10, 10, 10], first: [0, 0, 0] })
    }
  })
})
