/**
 * Who comes first in one answer, where that is more than a cursor over equals: `arrange` brings the turn's own order
 * into the order of this answer and fixes it. Called for each such answer, so it allocates nothing and writes only into
 * the turn and the scratch. Work is bounded by members times answered members.
 *
 * Sticky is weighted rendezvous hashing (Thaler and Ravishankar 1998; with weights, draft-ietf-bess-weighted-hrw):
 * every member gets a score that only the client and the member itself decide, and the highest is answered first. Who
 * drops out takes nothing but his own clients along.
 */
import { assert, never } from '../base/assert.ts'
import { rrsetRecordsMax, type Turn } from './types.ts'

/** Working memory of one thread, beside the state of its random numbers. */
export interface Scratch {
  readonly order: Uint8Array
  readonly used: Uint8Array
  readonly scores: Float64Array
  /** For sticky: a hash for each member of the turn's order; set by the caller. */
  readonly hashes: Uint32Array
  /** For sticky: the hash of the client's network; set by the caller. */
  client: number
  /** Moves on at each random number; a worker begins with one that no other has. */
  luck: number
}

export function createScratch(luck: number): Scratch {
  return {
    order: new Uint8Array(rrsetRecordsMax),
    used: new Uint8Array(rrsetRecordsMax),
    scores: new Float64Array(rrsetRecordsMax),
    hashes: new Uint32Array(rrsetRecordsMax),
    client: 0,
    luck: luck >>> 0,
  }
}

/** Afterwards the first `turn.count` of the order are the answer, and the turn is fixed. */
export function arrange(turn: Turn, cursor: number, scratch: Scratch): void {
  const wanted = Math.min(turn.count, turn.maxAnswers)
  if (wanted > 0) {
    place(turn, cursor, wanted, scratch)
    for (let i = 0; i < wanted; i++) turn.order[i] = scratch.order[i]!
  }
  turn.count = Math.max(0, wanted)
  turn.fixed = true
}

function place(turn: Turn, cursor: number, wanted: number, scratch: Scratch): void {
  switch (turn.answer) {
    case 'weighted':
      walk(turn, cursor, wanted, scratch)
      return
    case 'random':
      if (turn.stride === 0) shuffle(turn, wanted, scratch)
      else drawByWeight(turn, wanted, scratch)
      return
    case 'sticky':
      rank(turn, wanted, scratch)
      return
    case 'rotate':
    case 'failover':
      assert(false, 'an order that is read as it stands')
      break
    default:
      never(turn.answer)
  }
}

/** Steps of the walk in search of more members, for each that is wanted; then the ring of the order goes on. */
const stepsPerMember = 8

/** The member at this answer's place of the walk, and the ones that the next answers would begin with. */
function walk(turn: Turn, cursor: number, wanted: number, { order, used }: Scratch): void {
  const { count, ends, stride } = turn
  const places = ends[count - 1]!
  used.fill(0, 0, count)
  let place = ((cursor % places) * stride) % places
  const first = memberAt(turn, place)
  let placed = 0
  for (let step = 0; placed < wanted && step < wanted * stepsPerMember; step++) {
    const at = step === 0 ? first : memberAt(turn, place)
    if (used[at] === 0) {
      used[at] = 1
      order[placed++] = turn.order[at]!
    }
    place += stride
    if (place >= places) place -= places
  }
  for (let at = first; placed < wanted; at = at + 1 === count ? 0 : at + 1) {
    if (used[at] === 0) order[placed++] = turn.order[at]!
  }
}

/** The first member whose end lies behind the place. */
function memberAt({ count, ends }: Turn, place: number): number {
  let low = 0
  let high = count - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ends[middle]! > place) high = middle
    else low = middle + 1
  }
  return low
}

/** Fisher and Yates, as far as it is wanted. */
function shuffle(turn: Turn, wanted: number, scratch: Scratch): void {
  const { count, order } = turn
  for (let i = 0; i < wanted; i++) {
    const at = i + drawBelow(scratch, count - i)
    const rr = order[at]!
    order[at] = order[i]!
    order[i] = rr
    scratch.order[i] = rr
  }
}

/** Without putting back: each draw is among the weights that are left. */
function drawByWeight(turn: Turn, wanted: number, scratch: Scratch): void {
  const { count, ends, order } = turn
  const { used } = scratch
  used.fill(0, 0, count)
  let left = ends[count - 1]!
  for (let i = 0; i < wanted; i++) {
    let rest = drawBelow(scratch, left)
    let at = -1
    do {
      at++
      if (used[at] === 0) rest -= weightAt(ends, at)
    } while (rest >= 0 && at < count - 1)
    used[at] = 1
    left -= weightAt(ends, at)
    scratch.order[i] = order[at]!
  }
}

/** Highest score first; of equal scores, which 32 bits make rare, the first in the order. */
function rank(turn: Turn, wanted: number, scratch: Scratch): void {
  const { count, ends, order, stride } = turn
  const { scores, hashes, client } = scratch
  for (let at = 0; at < count; at++) {
    const drawn = mix(mix((client ^ hashes[at]!) >>> 0) + hashes[at]!) + 0.5
    scores[at] = stride === 0 ? drawn : -weightAt(ends, at) / Math.log(drawn / twoTo32)
  }
  for (let i = 0; i < wanted; i++) {
    let best = 0
    for (let at = 1; at < count; at++) if (scores[at]! > scores[best]!) best = at
    scores[best] = Number.NEGATIVE_INFINITY
    scratch.order[i] = order[best]!
  }
}

function weightAt(ends: Uint32Array, at: number): number {
  return at === 0 ? ends[0]! : ends[at]! - ends[at - 1]!
}

const twoTo32 = 0x1_0000_0000

/** A whole number from 0 to below `bound`. Mulberry32 (Ettinger): one word of state, each value once a period. */
function drawBelow(scratch: Scratch, bound: number): number {
  scratch.luck = (scratch.luck + 0x6d2b79f5) >>> 0
  let drawn = scratch.luck
  drawn = Math.imul(drawn ^ (drawn >>> 15), drawn | 1)
  drawn ^= drawn + Math.imul(drawn ^ (drawn >>> 7), drawn | 61)
  return Math.floor((((drawn ^ (drawn >>> 14)) >>> 0) / twoTo32) * bound)
}

/** The finalizer of MurmurHash3: every bit of the input stirs every bit of the output. */
function mix(value: number): number {
  let mixed = value | 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** A hash of some octets, such as a network or a member's own record; `seed` keeps kinds of them apart. */
export function hashOctets(octets: Uint8Array, at: number, count: number, seed: number): number {
  let hash = seed
  for (let i = 0; i < count; i++) hash = Math.imul(hash ^ octets[at + i]!, 0x01000193)
  return mix(hash)
}
