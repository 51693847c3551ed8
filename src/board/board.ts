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
  copyOrderAt,
  copyWords,
  headAnswer,
  headCount,
  headMaxAnswers,
  headMode,
  notesAt,
  packHead,
  packLacking,
  slotCursorAt,
  slotStampAt,
  weightsAt,
  weightsHeadWords,
} from '../core/rotation/slot.ts'
import { answerPolicies, type Rotation, rotationModes, rrsetRecordsMax } from '../core/rotation/types.ts'
import { strideOf } from '../core/rotation/weights.ts'
import { boardSerialAt } from '../core/zone/layout.ts'

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

/** Where a rotation goes: `ordersMax` and `weighed` are the slot's capacity as compiled. */
export interface Place {
  readonly slot: number
  readonly ordersMax: number
  readonly weighed: boolean
}

/** Makes a rotation current for every worker at once. */
export function publish(board: Board, { slot, ordersMax, weighed }: Place, rotation: Rotation): void {
  const { words } = board
  const { order } = rotation
  const answer = answerPolicies.indexOf(rotation.answer)
  for (const rr of order) assert(rr < ordersMax, 'a rotation that names an RR its set does not have')
  assert(order.length <= ordersMax && ordersMax <= rrsetRecordsMax, 'an order longer than its slot')
  assert(weighed || answer < plainPolicies, 'weights that the slot has no room for')
  const stamp = Atomics.load(words, slot + slotStampAt)
  const next = (stamp + 1) & 1
  const copy = slot + copyAt(next, copyWords(ordersMax))
  const mode = rotationModes.indexOf(rotation.mode)
  Atomics.store(words, copy, packHead(order.length, mode, rotation.maxAnswers, answer))
  Atomics.store(words, copy + 1, rotation.ttl)
  Atomics.store(words, copy + 2, packLacking(rotation.eligible, rotation.members))
  for (let i = 0; i < order.length; i += 4) {
    const packed = order[i]! | ((order[i + 1] ?? 0) << 8) | ((order[i + 2] ?? 0) << 16) | ((order[i + 3] ?? 0) << 24)
    Atomics.store(words, copy + copyOrderAt + (i >>> 2), packed)
  }
  if (answer >= plainPolicies) storeWeights(words, slot + weightsAt(next, ordersMax), rotation)
  Atomics.store(words, slot + slotStampAt, (stamp + 1) | 0)
}

function storeWeights(words: Int32Array, at: number, { order, weights, sticky }: Rotation): void {
  assert(weights.length === 0 || weights.length === order.length, 'one weight for each of the order, or none')
  let end = 0
  weights.forEach((weight, i) => {
    end += weight
    Atomics.store(words, at + weightsHeadWords + i, end)
  })
  Atomics.store(words, at, weights.length === 0 ? 0 : strideOf(end))
  Atomics.store(words, at + 1, sticky.v4 | (sticky.v6 << 8))
}

/** Lets a pool of a new generation go on where the old one's cursor stands. */
export function carryCursor(from: Board, fromSlot: number, to: Board, toSlot: number): void {
  Atomics.store(to.words, toSlot + slotCursorAt, Atomics.load(from.words, fromSlot + slotCursorAt))
}

/** Makes a serial that of a zone for every worker at once. 0 is never one: it stands for the serial as compiled. */
export function publishSerial({ words }: Board, base: number, serial: number): void {
  Atomics.store(words, base + boardSerialAt, serial | 0)
}

/** Where the cursor of a slot stands, unsigned 32 bits. */
export function cursorOf({ words }: Board, slot: number): number {
  return Atomics.load(words, slot + slotCursorAt) >>> 0
}

/** What was noted of an RR of a slot with weights, unsigned 32 bits, wraps. */
export function notedOf({ words }: Board, { slot, ordersMax }: Place, rr: number): { first: number; carried: number } {
  const at = slot + notesAt(ordersMax) + rr
  return { first: Atomics.load(words, at) >>> 0, carried: Atomics.load(words, at + ordersMax) >>> 0 }
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
      copyTurn(words, slot, stamp & 1, records, turn)
      const cursor = Atomics.add(words, slot + slotCursorAt, step) >>> 0
      for (let read = 1; read < readsMax; read++) {
        const now = Atomics.load(words, slot + slotStampAt)
        if (now === stamp) break
        stamp = now
        copyTurn(words, slot, stamp & 1, records, turn)
        // Adds nothing, and keeps the reads above before the look at the stamp below.
        Atomics.add(words, slot + slotCursorAt, 0)
      }
      turn.stamp = stamp
      return cursor
    },
    advance(slot, stamp) {
      if (Atomics.load(words, slot + slotStampAt) !== stamp) return -1
      return Atomics.add(words, slot + slotCursorAt, 1) >>> 0
    },
    note(slot, records, { order, count }, whole) {
      const at = slot + notesAt(records)
      if (count > 0) Atomics.add(words, at + order[0]!, 1)
      if (whole) return
      for (let i = 0; i < count; i++) Atomics.add(words, at + records + order[i]!, 1)
    },
    // Read plainly: nothing else has to be seen together with it, and an answer later is soon enough.
    serial: base => words[base + boardSerialAt]! >>> 0,
  }
}

/** The first of the policies, which read the order as it stands and have no weights. */
const plainPolicies = 2

function copyTurn(words: Int32Array, slot: number, which: number, records: number, turn: Turn): void {
  const copy = slot + copyAt(which, copyWords(records))
  const head = words[copy]!
  const count = headCount(head)
  const answer = headAnswer(head)
  turn.count = count
  turn.mode = rotationModes[headMode(head)] ?? 'normal'
  turn.maxAnswers = headMaxAnswers(head)
  turn.answer = answerPolicies[answer] ?? 'rotate'
  turn.fixed = answer === 1
  turn.ttl = words[copy + 1]!
  turn.lacking = words[copy + 2]!
  const { order } = turn
  for (let i = 0; i < count; i += 4) {
    const packed = words[copy + copyOrderAt + (i >>> 2)]!
    order[i] = packed
    order[i + 1] = packed >>> 8
    order[i + 2] = packed >>> 16
    order[i + 3] = packed >>> 24
  }
  if (answer >= plainPolicies) copyWeights(words, slot + weightsAt(which, records), turn)
}

function copyWeights(words: Int32Array, at: number, turn: Turn): void {
  const { count, ends } = turn
  turn.stride = words[at]!
  turn.stickyV4 = words[at + 1]! & 0xff
  turn.stickyV6 = words[at + 1]! >>> 8
  for (let i = 0; i < count; i++) ends[i] = words[at + weightsHeadWords + i]!
}
