/** The book on who was answered: rotations that change, generations that follow, notes, and cursors that wrap. */
import { describe, expect, it } from 'vitest'
import { type Board, carryCursor, createBoard, createRotationSource, publish } from '../../../src/board/board.ts'
import { arrange, createScratch } from '../../../src/core/rotation/arrange.ts'
import { decide } from '../../../src/core/rotation/decide.ts'
import { slotCursorAt, slotWords } from '../../../src/core/rotation/slot.ts'
import { createTurn, noMemory, type PoolSpec, type Rotation } from '../../../src/core/rotation/types.ts'
import type { PoolSlot } from '../../../src/core/zonefile/image.ts'
import { createLedger, type Layout } from '../../../src/shell/ledger.ts'
import { poolOf, standingsOf } from '../rotation/pools.ts'

function slotOf(addresses: readonly string[], changes: Partial<PoolSpec> = {}, at = 0): PoolSlot {
  const spec = poolOf(
    addresses.map(() => 0),
    changes,
  )
  const members = addresses.map(address => ({
    address,
    duties: [],
    quorum: { need: 0 },
    override: 'none' as const,
  }))
  const plan = { key: 'www.test. A', owner: 'www.test.', type: 'A', pool: { spec, members, tierNames: [] } }
  return { plan, slot: at, ordersMax: addresses.length, weighed: spec.weighed, derived: false }
}

function decided({ plan }: PoolSlot, letters = 'u'.repeat(plan.pool.members.length)): Rotation {
  return decide(plan.pool.spec, standingsOf(letters), noMemory)
}

function boardOf(slot: PoolSlot, rotation = decided(slot)): Board {
  const board = createBoard(slot.slot + slotWords(slot.ordersMax, slot.weighed))
  publish(board, slot, rotation)
  return board
}

/** What a thread does for each answer. */
function give(board: Board, { slot, ordersMax }: PoolSlot, answers: number): void {
  const source = createRotationSource(board)
  const turn = createTurn()
  const scratch = createScratch(7)
  for (let i = 0; i < answers; i++) {
    const cursor = source.take(slot, ordersMax, turn, 1)
    if (turn.answer !== 'random') continue
    const { count } = turn
    arrange(turn, cursor, scratch)
    source.note(slot, ordersMax, turn, turn.count === count)
  }
}

function layoutOf(board: Board, slot: PoolSlot, borrowers: Layout['borrowers'] = []): Layout {
  return { board, pools: [slot], borrowers }
}

const fresh = Int32Array.of(-1)
const same = Int32Array.of(0)
const three = ['10.0.0.1', '10.0.0.2', '10.0.0.3']

describe('the ledger', () => {
  it('books by the rotation that held when the answers were given', () => {
    const slot = slotOf(three)
    const board = boardOf(slot)
    const ledger = createLedger()
    ledger.take(layoutOf(board, slot), [decided(slot)], fresh)
    expect(ledger.served(0)).toBe(null)
    give(board, slot, 6)
    const without = decided(slot, 'uud')
    ledger.turn(0, without)
    publish(board, slot, without)
    give(board, slot, 4)
    ledger.book()
    ledger.book()
    expect(ledger.served(0)).toEqual({ answers: 10, carried: [10, 10, 6], first: [4, 4, 2] })
  })

  it('keeps counts over an edit, by address, and books what threads still answer from the board before', () => {
    const before = slotOf(three)
    const after = slotOf(['10.0.0.3', '10.0.0.9', '10.0.0.1'], {}, 5)
    const [old, next] = [boardOf(before), boardOf(after)]
    const ledger = createLedger()
    ledger.take(layoutOf(old, before), [decided(before)], fresh)
    give(old, before, 3)
    carryCursor(old, before.slot, next, after.slot)
    ledger.take(layoutOf(next, after), [decided(after)], same)
    expect(ledger.served(0)).toEqual({ answers: 3, carried: [3, 0, 3], first: [1, 0, 1] })
    give(old, before, 3)
    give(next, after, 3)
    ledger.leave()
    ledger.book()
    expect(ledger.served(0)).toEqual({ answers: 9, carried: [9, 3, 9], first: [3, 1, 3] })
    give(old, before, 3)
    ledger.book()
    expect(ledger.served(0)!.answers).toBe(9)
  })

  it('counts on where the pool was not edited, whether anybody had asked for it or not', () => {
    for (const asked of [0, 2]) {
      const slot = slotOf(three)
      const [old, next] = [boardOf(slot), boardOf(slot)]
      const ledger = createLedger()
      ledger.take(layoutOf(old, slot), [decided(slot)], fresh)
      give(old, slot, asked)
      carryCursor(old, slot.slot, next, slot.slot)
      ledger.take(layoutOf(next, slot), [decided(slot)], same)
      give(old, slot, 3)
      give(next, slot, 3)
      ledger.leave()
      ledger.book()
      expect(ledger.served(0)).toMatchObject({ answers: asked + 6 })
      expect(ledger.served(0)!.first.reduce((sum, count) => sum + count)).toBe(asked + 6)
    }
  })

  it('begins anew for a pool that is new', () => {
    const slot = slotOf(three)
    const [old, next] = [boardOf(slot), boardOf(slot)]
    const ledger = createLedger()
    ledger.take(layoutOf(old, slot), [decided(slot)], fresh)
    give(old, slot, 5)
    ledger.take(layoutOf(next, slot), [decided(slot)], fresh)
    ledger.leave()
    expect(ledger.served(0)).toBe(null)
  })

  it('counts over the end of the cursor', () => {
    const slot = slotOf(three)
    const board = boardOf(slot)
    board.words[slot.slot + slotCursorAt] = -2
    const ledger = createLedger()
    ledger.take(layoutOf(board, slot), [decided(slot)], fresh)
    give(board, slot, 5)
    ledger.book()
    // 2^32 - 2 is 2 of three, 2^32 - 1 is 0; then from the beginning.
    expect(ledger.served(0)).toEqual({ answers: 5, carried: [5, 5, 5], first: [2, 1, 2] })
  })

  it('counts for the pool what others take from it at cursors of their own', () => {
    const slot = slotOf(three)
    const alias = slotWords(3, false)
    const board = createBoard(alias + slotWords(0, false))
    publish(board, slot, decided(slot))
    const ledger = createLedger()
    ledger.take(layoutOf(board, slot, [{ slot: alias, pool: 0 }]), [decided(slot)], fresh)
    const source = createRotationSource(board)
    for (let i = 0; i < 4; i++) source.take(alias, 0, createTurn(), 1)
    ledger.book()
    expect(ledger.served(0)).toEqual({ answers: 4, carried: [4, 4, 4], first: [2, 1, 1] })
    for (let i = 0; i < 3; i++) source.take(alias, 0, createTurn(), 1)
    const without = decided(slot, 'duu')
    ledger.turn(0, without)
    publish(board, slot, without)
    give(board, slot, 2)
    ledger.book()
    expect(ledger.served(0)).toEqual({ answers: 9, carried: [7, 9, 9], first: [3, 3, 3] })
  })

  it('takes from the board who came first by chance, capped or not, over an edit as well', () => {
    for (const maxAnswers of [1, 8]) {
      const slot = slotOf(three, { answer: 'random', maxAnswers })
      const [old, next] = [boardOf(slot), boardOf(slot)]
      const ledger = createLedger()
      ledger.take(layoutOf(old, slot), [decided(slot)], fresh)
      give(old, slot, 40)
      ledger.book()
      give(old, slot, 20)
      carryCursor(old, slot.slot, next, slot.slot)
      ledger.take(layoutOf(next, slot), [decided(slot)], same)
      give(next, slot, 30)
      ledger.leave()
      ledger.book()
      const { answers, first, carried } = ledger.served(0)!
      expect(answers).toBe(90)
      expect(first.reduce((sum, count) => sum + count)).toBe(90)
      expect(Math.min(...first)).toBeGreaterThan(10)
      expect(carried).toEqual(maxAnswers === 1 ? first : [90, 90, 90])
    }
  })
})
