/**
 * What holds for answers whose order is not a cursor's alone: weights are kept exactly, chance is even, and who drops
 * out of a sticky pool takes nobody's clients but his own along.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBoard, createRotationSource, publish } from '../../src/board/board.ts'
import { arrange, createScratch, hashOctets } from '../../src/core/rotation/arrange.ts'
import { decide } from '../../src/core/rotation/decide.ts'
import { slotWords } from '../../src/core/rotation/slot.ts'
import { createTurn, noMemory, type PoolSpec, type Turn } from '../../src/core/rotation/types.ts'
import { poolOf, standingsOf } from '../unit/rotation/pools.ts'

const seed = 20_260_311

interface Reader {
  /** The RRs of the next answer. */
  next(): readonly number[]
  readonly turn: Turn
}

/** A pool of members with these weights, published, and read by so many threads in turn. */
function createReaders(weights: readonly number[], changes: Partial<PoolSpec>, letters?: string, count = 1) {
  const members = weights.map((weight, rr) => ({ rr, tier: 0, weight }))
  const spec = poolOf([], { members, ...changes })
  const board = createBoard(slotWords(members.length, true))
  const standings = standingsOf(letters ?? 'u'.repeat(members.length))
  publish(board, { slot: 0, ordersMax: members.length, weighed: true }, decide(spec, standings, noMemory))
  const source = createRotationSource(board)
  const readers = Array.from({ length: count }, (_, i): Reader => {
    const turn = createTurn()
    const scratch = createScratch(i)
    const next = () => {
      const cursor = source.take(0, members.length, turn, 1)
      arrange(turn, cursor, scratch)
      return [...turn.order.subarray(0, turn.count)]
    }
    return { turn, next }
  })
  return { board, readers }
}

const unequalWeights = fc
  .array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 8 })
  .filter(weights => weights.some(weight => weight !== weights[0]))

describe('weighted', () => {
  it('over any window of the sum of weights each member begins as often as its weight says', () => {
    const offsets = fc.nat({ max: 500 })
    fc.assert(
      fc.property(unequalWeights, offsets, fc.integer({ min: 1, max: 3 }), (weights, offset, threads) => {
        const { readers } = createReaders(weights, { answer: 'weighted', maxAnswers: 1 }, undefined, threads)
        const places = weights.reduce((sum, weight) => sum + weight, 0)
        for (let i = 0; i < offset; i++) readers[0]!.next()
        const begun = weights.map(() => 0)
        for (let i = 0; i < places; i++) begun[readers[i % threads]!.next()[0]!]!++
        expect(begun).toEqual(weights)
      }),
      { seed, numRuns: 200 },
    )
  })

  it('over shorter windows no member is four answers from its part', () => {
    fc.assert(
      fc.property(unequalWeights, weights => {
        const { readers } = createReaders(weights, { answer: 'weighted', maxAnswers: 1 })
        const places = weights.reduce((sum, weight) => sum + weight, 0)
        const begun = weights.map(() => 0)
        for (let answers = 1; answers <= places; answers++) {
          begun[readers[0]!.next()[0]!]!++
          for (const [rr, weight] of weights.entries()) {
            expect(Math.abs(begun[rr]! - (answers * weight) / places)).toBeLessThan(4)
          }
        }
      }),
      { seed, numRuns: 100 },
    )
  })

  it('goes on with other members, as many as may be answered', () => {
    fc.assert(
      fc.property(unequalWeights, fc.integer({ min: 1, max: 9 }), (weights, maxAnswers) => {
        const { readers } = createReaders(weights, { answer: 'weighted', maxAnswers })
        for (let i = 0; i < 50; i++) {
          const answer = readers[0]!.next()
          expect(new Set(answer).size).toBe(Math.min(maxAnswers, weights.length))
          expect(answer).toHaveLength(Math.min(maxAnswers, weights.length))
        }
      }),
      { seed, numRuns: 100 },
    )
  })
})

describe('random', () => {
  it.each([
    ['evenly among equals', [1, 1, 1, 1]],
    ['by weight', [1, 2, 3, 4]],
  ])('draws %s', (_, weights) => {
    const { readers } = createReaders(weights, { answer: 'random', maxAnswers: 2 })
    const draws = 20_000
    const begun = weights.map(() => 0)
    for (let i = 0; i < draws; i++) {
      const answer = readers[0]!.next()
      expect(new Set(answer).size).toBe(2)
      begun[answer[0]!]!++
    }
    const sum = weights.reduce((total, weight) => total + weight, 0)
    for (const [rr, weight] of weights.entries()) {
      expect(Math.abs(begun[rr]! / draws - weight / sum)).toBeLessThan(0.015)
    }
  })

  it('threads that begin elsewhere draw otherwise', () => {
    const { readers } = createReaders([1, 1, 1, 1, 1, 1, 1, 1], { answer: 'random', maxAnswers: 8 }, undefined, 2)
    const [one, other] = readers.map(reader => Array.from({ length: 10 }, () => reader.next().join()))
    expect(one).not.toEqual(other)
  })
})

describe('sticky', () => {
  const clients = 5_000

  /** Who answers each of many networks first, with these members up. */
  function firstsOf(weights: readonly number[], letters: string): readonly number[] {
    const members = weights.map((weight, rr) => ({ rr, tier: 0, weight }))
    const { order, weights: reduced } = decide(
      poolOf([], { members, answer: 'sticky' }),
      standingsOf(letters),
      noMemory,
    )
    const turn = createTurn()
    const scratch = createScratch(0)
    return Array.from({ length: clients }, (_, client) => {
      Object.assign(turn, {
        answer: 'sticky',
        maxAnswers: 1,
        count: order.length,
        stride: reduced.length === 0 ? 0 : 1,
      })
      turn.order.set(order)
      let end = 0
      reduced.forEach((weight, i) => {
        end += weight
        turn.ends[i] = end
      })
      scratch.client = hashOctets(Uint8Array.of(10, client >>> 8, client, 0), 0, 4, 4)
      order.forEach((rr, i) => {
        scratch.hashes[i] = hashOctets(Uint8Array.of(192, 0, 2, rr + 1), 0, 4, 1)
      })
      arrange(turn, 0, scratch)
      return turn.order[0]!
    })
  }

  const pools = fc.array(fc.integer({ min: 1, max: 100 }), { minLength: 2, maxLength: 12 })

  it('one of n equals that dies moves at most 1/n + 2 % of the clients, and nobody who was not his', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 12 }), fc.nat(), (n, at) => {
        const dead = at % n
        const weights = Array(n).fill(1)
        const before = firstsOf(weights, 'u'.repeat(n))
        const after = firstsOf(weights, `${'u'.repeat(dead)}d${'u'.repeat(n - dead - 1)}`)
        const moved = before.filter((rr, client) => rr !== after[client])
        expect(moved.every(rr => rr === dead)).toBe(true)
        expect(moved.length / clients).toBeLessThanOrEqual(1 / n + 0.02)
      }),
      { seed, numRuns: 60 },
    )
  })

  it('gives each member clients by weight, and with weights too nobody else moves', () => {
    fc.assert(
      fc.property(pools, fc.nat(), (weights, at) => {
        const dead = at % weights.length
        const all = 'u'.repeat(weights.length)
        const before = firstsOf(weights, all)
        const sum = weights.reduce((total, weight) => total + weight, 0)
        for (const [rr, weight] of weights.entries()) {
          const share = before.filter(first => first === rr).length / clients
          expect(Math.abs(share - weight / sum)).toBeLessThan(0.03)
        }
        const after = firstsOf(weights, `${all.slice(0, dead)}d${all.slice(dead + 1)}`)
        expect(before.every((rr, client) => rr === dead || rr === after[client])).toBe(true)
      }),
      { seed, numRuns: 60 },
    )
  })
})
