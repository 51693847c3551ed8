import { describe, expect, it } from 'vitest'
import { pick } from '../../../src/core/rotation/pick.ts'
import { createTurn, type Turn } from '../../../src/core/rotation/types.ts'

function turnOf(order: readonly number[], changes: Partial<Turn> = {}): Turn {
  const turn: Turn = { ...createTurn(), ttl: 10, maxAnswers: 8, count: order.length, ...changes }
  turn.order.fill(99)
  turn.order.set(order)
  return turn
}

function picked(turn: Turn, cursor: number, countMax = 256, room = 256): readonly number[] {
  const chosen = new Uint8Array(room)
  return [...chosen.subarray(0, pick(turn, cursor, countMax, chosen))]
}

describe('pick', () => {
  const turn = turnOf([4, 7, 1])

  it('begins at the cursor and wraps', () => {
    expect([0, 1, 2, 3].map(cursor => picked(turn, cursor))).toEqual([
      [4, 7, 1],
      [7, 1, 4],
      [1, 4, 7],
      [4, 7, 1],
    ])
  })

  it('takes the largest cursor', () => {
    expect(picked(turn, 0xffff_ffff)).toEqual([4, 7, 1])
    expect(picked(turnOf([5, 6]), 0xffff_ffff)).toEqual([6, 5])
  })

  it('gives no more than the pool, the caller or the room allows', () => {
    expect(picked(turnOf([4, 7, 1], { maxAnswers: 2 }), 2)).toEqual([1, 4])
    expect(picked(turn, 2, 1)).toEqual([1])
    expect(picked(turn, 1, 256, 2)).toEqual([7, 1])
    expect(picked(turn, 1, 0)).toEqual([])
  })

  it('always begins at the first where the order is fixed', () => {
    expect([0, 1, 2].map(cursor => picked(turnOf([4, 7, 1], { fixed: true, maxAnswers: 1 }), cursor))).toEqual([
      [4],
      [4],
      [4],
    ])
  })

  it('gives nothing of nothing', () => {
    expect(picked(turnOf([]), 5)).toEqual([])
  })

  it('writes no further than it says', () => {
    const chosen = new Uint8Array(4).fill(77)
    expect(pick(turn, 0, 2, chosen)).toBe(2)
    expect([...chosen]).toEqual([4, 7, 77, 77])
  })
})
