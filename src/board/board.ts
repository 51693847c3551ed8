/**
 * The shared memory for what changes without a new generation: one slot a pool (core/rotation/slot.ts). Control alone
 * publishes; workers read and advance cursors. One board belongs to one snapshot and is installed with it.
 * Invariant: a reader never waits. It takes the current copy and accepts it if the stamp did not move meanwhile; since
 * a publish writes the other copy, only two publishes during one read can disturb it, and then it reads again.
 * Only here is `Atomics` written.
 */
import { assert } from '../core/base/assert.ts'
import type { RotationSource, Turn } from '../core/ports.ts'
import {
  copyAt,
  copyWords,
  headCount,
  headFixed,
  headMaxAnswers,
  headMode,
  packHead,
  slotCursorAt,
  slotStampAt,
} from '../core/rotation/slot.ts'
import { type Rotation, rotationModes, rrsetRecordsMax } from '../core/rotation/types.ts'

export interface Board {
  readonly memory: SharedArrayBuffer
  readonly words: Int32Array
}

/** Tries before a reader takes what it has: each needs two publishes of the same pool within a microsecond. */
const readsMax = 8

export function createBoard(boardWords: number): Board {
  const memory = new SharedArrayBuffer(Math.max(4, boardWords * 4))
  return openBoard(memory)
}

export function openBoard(memory: SharedArrayBuffer): Board {
  return { memory, words: new Int32Array(memory) }
}

/** Makes a rotation current for every worker at once. `ordersMax` is the slot's capacity as compiled. */
export function publish(board: Board, slot: number, ordersMax: number, rotation: Rotation): void {
  const { words } = board
  const { order } = rotation
  for (const rr of order) assert(rr < ordersMax, 'a rotation that names an RR its set does not have')
  assert(order.length <= ordersMax && ordersMax <= rrsetRecordsMax, 'an order longer than its slot')
  const stamp = Atomics.load(words, slot + slotStampAt)
  const copy = slot + copyAt((stamp + 1) & 1, copyWords(ordersMax))
  const mode = rotationModes.indexOf(rotation.mode)
  Atomics.store(words, copy, packHead(order.length, mode, rotation.maxAnswers, rotation.fixed))
  Atomics.store(words, copy + 1, rotation.ttl)
  for (let i = 0; i < order.length; i += 4) {
    const packed = order[i]! | ((order[i + 1] ?? 0) << 8) | ((order[i + 2] ?? 0) << 16) | ((order[i + 3] ?? 0) << 24)
    Atomics.store(words, copy + 2 + (i >>> 2), packed)
  }
  Atomics.store(words, slot + slotStampAt, (stamp + 1) | 0)
}

/** Lets a pool of a new generation go on where the old one's cursor stands. */
export function carryCursor(from: Board, fromSlot: number, to: Board, toSlot: number): void {
  Atomics.store(to.words, toSlot + slotCursorAt, Atomics.load(from.words, fromSlot + slotCursorAt))
}

/**
 * The reader's side of the board. What lies between two atomic operations is read plainly, since each atomic read is a
 * call of its own: the first look at the stamp keeps the reads behind it, the advance of the cursor keeps them before
 * the second look (ECMA-262, memory model: both synchronize).
 */
export function createRotationSource(board: Board): RotationSource {
  const { words } = board
  return {
    take(slot, records, turn, step) {
      let stamp = Atomics.load(words, slot + slotStampAt)
      copyTurn(words, slot + copyAt(stamp & 1, copyWords(records)), turn)
      const cursor = Atomics.add(words, slot + slotCursorAt, step) >>> 0
      for (let read = 1; read < readsMax; read++) {
        const now = Atomics.load(words, slot + slotStampAt)
        if (now === stamp) break
        stamp = now
        copyTurn(words, slot + copyAt(stamp & 1, copyWords(records)), turn)
        // Adds nothing, and keeps the reads above before the look at the stamp below.
        Atomics.add(words, slot + slotCursorAt, 0)
      }
      return cursor
    },
  }
}

function copyTurn(words: Int32Array, copy: number, turn: Turn): void {
  const head = words[copy]!
  const count = headCount(head)
  turn.count = count
  turn.mode = rotationModes[headMode(head)] ?? 'normal'
  turn.maxAnswers = headMaxAnswers(head)
  turn.fixed = headFixed(head)
  turn.ttl = words[copy + 1]!
  const { order } = turn
  for (let i = 0; i < count; i += 4) {
    const packed = words[copy + 2 + (i >>> 2)]!
    order[i] = packed
    order[i + 1] = packed >>> 8
    order[i + 2] = packed >>> 16
    order[i + 3] = packed >>> 24
  }
}
