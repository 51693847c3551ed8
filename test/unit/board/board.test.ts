import { describe, expect, it } from 'vitest'
import { carryCursor, createBoard, createRotationSource, openBoard, publish } from '../../../src/board/board.ts'
import { createCounterTable, sumCounters, tallyOf, transportCountersOf } from '../../../src/board/counters.ts'
import { count, tallyAt } from '../../../src/core/answer/tally.ts'
import { seconds } from '../../../src/core/base/units.ts'
import { copyAt, copyWords, slotWords } from '../../../src/core/rotation/slot.ts'
import { createTurn, type Rotation } from '../../../src/core/rotation/types.ts'

function rotation(order: readonly number[], part: Partial<Rotation> = {}): Rotation {
  const eligible = order.length
  const common = {
    weights: [],
    maxAnswers: 8,
    answer: 'rotate',
    sticky: { v4: 24, v6: 56 },
    members: 8,
    tier: 0,
  } as const
  return { mode: 'normal', order, ttl: seconds(10), eligible, ...common, ...part }
}

function placeAt(slot: number, ordersMax: number, weighed = false) {
  return { slot, ordersMax, weighed }
}

describe('the board', () => {
  it('gives readers what was published last, whatever the size', () => {
    for (const size of [1, 3, 4, 5, 255, 256]) {
      const board = createBoard(7 + slotWords(size, false))
      const source = createRotationSource(openBoard(board.memory))
      const turn = createTurn()
      const order = Array.from({ length: size }, (_, i) => size - 1 - i)
      publish(board, placeAt(7, size), rotation([0]))
      publish(
        board,
        placeAt(7, size),
        rotation(order, { ttl: seconds(5), maxAnswers: 256, mode: 'fail-open', answer: 'failover' }),
      )
      source.take(7, size, turn, 0)
      expect(turn).toMatchObject({
        mode: 'fail-open',
        ttl: 5,
        maxAnswers: 256,
        answer: 'failover',
        fixed: true,
        count: size,
      })
      expect([...turn.order.subarray(0, size)]).toEqual(order)
    }
  })

  it('keeps slots apart', () => {
    const board = createBoard(slotWords(5, false) + slotWords(2, false))
    const source = createRotationSource(board)
    const turn = createTurn()
    publish(board, placeAt(0, 5), rotation([4, 3, 2, 1, 0]))
    publish(board, placeAt(slotWords(5, false), 2), rotation([1]))
    publish(board, placeAt(0, 5), rotation([]))
    source.take(slotWords(5, false), 2, turn, 0)
    expect([turn.count, turn.order[0]]).toEqual([1, 1])
    source.take(0, 5, turn, 0)
    expect(turn.count).toBe(0)
  })

  it('a write in progress is not seen: it goes into the copy that is not current', () => {
    const board = createBoard(slotWords(4, false))
    const source = createRotationSource(board)
    const turn = createTurn()
    publish(board, placeAt(0, 4), rotation([2, 3]))
    const other = copyAt(0, copyWords(4))
    board.words.fill(-1, other, other + copyWords(4))
    source.take(0, 4, turn, 0)
    expect([turn.count, turn.order[0], turn.order[1], turn.ttl]).toEqual([2, 2, 3, 10])
  })

  it('gives readers weights and networks, and keeps those of the other copy', () => {
    for (const size of [2, 5, 256]) {
      const words = slotWords(size, true)
      const board = createBoard(words + slotWords(1, false))
      const source = createRotationSource(board)
      const turn = createTurn()
      const order = Array.from({ length: size }, (_, i) => i)
      const weights = order.map(i => i + 1)
      publish(board, placeAt(words, 1), rotation([0]))
      publish(board, placeAt(0, size, true), rotation(order, { answer: 'weighted', weights }))
      publish(board, placeAt(0, size, true), rotation(order, { answer: 'sticky', sticky: { v4: 20, v6: 128 } }))
      source.take(0, size, turn, 0)
      expect(turn).toMatchObject({ answer: 'sticky', fixed: false, stride: 0, stickyV4: 20, stickyV6: 128 })
      publish(board, placeAt(0, size, true), rotation(order, { answer: 'random', weights }))
      source.take(0, size, turn, 0)
      expect(turn.answer).toBe('random')
      expect(turn.stride).toBeGreaterThan(0)
      expect(turn.ends[0]).toBe(1)
      expect(turn.ends[size - 1]).toBe((size * (size + 1)) / 2)
      source.take(words, 1, turn, 0)
      expect([turn.answer, turn.count]).toEqual(['rotate', 1])
    }
  })

  it('refuses weights that a slot has no room for', () => {
    const board = createBoard(slotWords(2, false))
    const weighted = rotation([0, 1], { answer: 'weighted', weights: [2, 1] })
    expect(() => publish(board, placeAt(0, 2), weighted)).toThrow()
    expect(() => publish(createBoard(100), placeAt(0, 2, true), { ...weighted, weights: [1] })).toThrow()
  })

  it('counts cursors up without a gap, over the sign bit and the wrap', () => {
    const board = createBoard(slotWords(1, false))
    const source = createRotationSource(board)
    const turn = createTurn()
    board.words[1] = 0x7fffffff
    expect([source.take(0, 1, turn, 1), source.take(0, 1, turn, 1)]).toEqual([0x7fffffff, 0x80000000])
    board.words[1] = -1
    expect([source.take(0, 1, turn, 1), source.take(0, 1, turn, 1)]).toEqual([0xffffffff, 0])
  })

  it('carries a cursor to the next generation', () => {
    const before = createBoard(slotWords(1, false))
    const after = createBoard(40)
    createRotationSource(before).take(0, 1, createTurn(), 1)
    carryCursor(before, 0, after, 12)
    expect(createRotationSource(after).take(12, 1, createTurn(), 1)).toBe(1)
  })

  it('refuses an order that its slot cannot hold', () => {
    const board = createBoard(slotWords(2, false))
    expect(() => publish(board, placeAt(0, 2), rotation([0, 1, 0]))).toThrow()
    expect(() => publish(board, placeAt(0, 2), rotation([2]))).toThrow()
  })
})

describe('counters', () => {
  it('add up over rows, each row apart', () => {
    const table = createCounterTable(3)
    count(tallyOf(table.memory, 0), tallyAt.queries)
    count(tallyOf(table.memory, 2), tallyAt.queries)
    transportCountersOf(table.memory, 1).dropped()
    transportCountersOf(table.memory, 2).tcpEvicted()
    expect(sumCounters(table)).toMatchObject({ queries: 2, noerror: 0, dropped: 1, tcpEvicted: 1, tcpClosed: 0 })
  })
})
