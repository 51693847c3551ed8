/**
 * How often each member was answered, from what the answer path leaves behind anyway: the cursor moves on by one at
 * each answer, so between two looks at it the rotation that held meanwhile tells who was answered, and the answer path
 * counts nothing. Exact, for any number of answers, in work that does not grow with them.
 *
 * What the cursor cannot tell is drawn or hangs on the client (`random`, `sticky`): who came first there, and who came
 * at all where not all members fit, is noted on the board as it is answered. Invariant: the firsts of a run add up to
 * the answers of the run, or to none of them where they are noted.
 */
import { never } from '../base/assert.ts'
import { arrange, createScratch } from './arrange.ts'
import { type AnswerPolicy, createTurn, type Rotation } from './types.ts'
import { strideOf } from './weights.ts'

/** Answers by RR: those that carried it, and those that began with it. */
export interface Served {
  answers: number
  readonly carried: number[]
  readonly first: number[]
}

/** Nobody was answered with any of `records` RRs. */
export function createServed(records: number): Served {
  return { answers: 0, carried: new Array<number>(records).fill(0), first: new Array<number>(records).fill(0) }
}

const cursorsEnd = 2 ** 32

/** Answers that are walked one by one, for members that come along behind the first; of more a part stands for all. */
export const walksMax = 65_536

/** Adds what `answers` answers in a row were, the first of them at `cursor` (unsigned 32 bits, wraps). */
export function reckon(rotation: Rotation, cursor: number, answers: number, served: Served): void {
  if (rotation.order.length === 0) return
  served.answers += answers
  const untilWrap = Math.min(answers, cursorsEnd - cursor)
  reckonRun(rotation, cursor, untilWrap, served)
  if (answers > untilWrap) reckonRun(rotation, 0, answers - untilWrap, served)
}

/** Whether the board notes who comes first in answers of this policy. */
export function isNoted(answer: AnswerPolicy): boolean {
  return answer === 'random' || answer === 'sticky'
}

function reckonRun(rotation: Rotation, cursor: number, answers: number, served: Served): void {
  const { order, maxAnswers, answer } = rotation
  const wanted = Math.min(order.length, maxAnswers)
  if (wanted <= 0) return
  if (wanted === order.length) for (const rr of order) add(served.carried, rr, answers)
  switch (answer) {
    case 'rotate':
      reckonRing(rotation, wanted, cursor, answers, served)
      return
    case 'failover':
      add(served.first, order[0]!, answers)
      if (wanted < order.length) for (const rr of order.slice(0, wanted)) add(served.carried, rr, answers)
      return
    case 'weighted':
      reckonFirsts(rotation, cursor, answers, served.first)
      if (wanted < order.length) walkAll(rotation, cursor, answers, served.carried)
      return
    case 'random':
    case 'sticky':
      return
    default:
      never(answer)
  }
}

/** Each answer begins one further; whoever begins one is carried by the `wanted` - 1 before it as well. */
function reckonRing({ order }: Rotation, wanted: number, cursor: number, answers: number, served: Served): void {
  const count = order.length
  const rounds = Math.floor(answers / count)
  const rest = answers - rounds * count
  const begun = cursor % count
  const firsts = order.map((_, at) => rounds + ((at - begun + count) % count < rest ? 1 : 0))
  order.forEach((rr, at) => {
    add(served.first, rr, firsts[at]!)
  })
  if (wanted === count) return
  let carried = 0
  for (let back = 0; back < wanted; back++) carried += firsts[(count - back) % count]!
  order.forEach((rr, at) => {
    add(served.carried, rr, carried)
    carried += firsts[(at + 1) % count]! - firsts[(at - wanted + 1 + count) % count]!
  })
}

/** Answer c begins with the member at place c * stride of the circle: how many of a run fall between two ends. */
function reckonFirsts({ order, weights }: Rotation, cursor: number, answers: number, first: number[]): void {
  const places = weights.reduce((sum, weight) => sum + weight, 0)
  const stride = strideOf(places)
  const rounds = Math.floor(answers / places)
  const rest = answers - rounds * places
  const begun = ((cursor % places) * stride) % places
  let end = 0
  let before = 0
  order.forEach((rr, at) => {
    end += weights[at]!
    const below = countBelow(rest, places, stride, begun, end)
    add(first, rr, rounds * weights[at]! + below - before)
    before = below
  })
}

/** How many of (begun + i * stride) mod places, for i from 0 to below `count`, are less than `end`. */
function countBelow(count: number, places: number, stride: number, begun: number, end: number): number {
  if (count === 0) return 0
  return sumFloors(count, places, stride, begun) - sumFloors(count, places, stride, begun - end + places) + count
}

/** The sum of floor((step * i + from) / parts) for i from 0 to below `count`, in as many steps as Euclid's. */
function sumFloors(count: number, parts: number, step: number, from: number): number {
  let sum = 0
  let [n, m, a, b] = [count, parts, step, from]
  for (;;) {
    sum += ((n * (n - 1)) / 2) * Math.floor(a / m) + n * Math.floor(b / m)
    a %= m
    b %= m
    const most = a * n + b
    if (most < m) return sum
    n = Math.floor(most / m)
    b = most % m
    ;[m, a] = [a, m]
  }
}

/** For members of a weighted order that do not all fit: the answers themselves, as far as they differ. */
function walkAll(rotation: Rotation, cursor: number, answers: number, carried: number[]): void {
  const places = rotation.weights.reduce((sum, weight) => sum + weight, 0)
  const rounds = Math.floor(answers / places)
  if (rounds > 0) walkSome(rotation, cursor, places, rounds, carried)
  walkSome(rotation, cursor, answers - rounds * places, 1, carried)
}

/** `count` answers in a row, each counted `times` over. */
function walkSome(rotation: Rotation, cursor: number, count: number, times: number, carried: number[]): void {
  const walks = Math.min(count, walksMax)
  if (walks === 0) return
  const turn = createTurn()
  const scratch = createScratch(1)
  const { order, weights, maxAnswers } = rotation
  let end = 0
  weights.forEach((weight, at) => {
    end += weight
    turn.ends[at] = end
  })
  turn.stride = strideOf(end)
  const seen = new Array<number>(carried.length).fill(0)
  for (let walk = 0; walk < walks; walk++) {
    for (let at = 0; at < order.length; at++) turn.order[at] = order[at]!
    turn.count = order.length
    turn.maxAnswers = maxAnswers
    turn.answer = 'weighted'
    arrange(turn, (cursor + walk) % cursorsEnd, scratch)
    for (let at = 0; at < turn.count; at++) add(seen, turn.order[at]!, 1)
  }
  seen.forEach((answers, rr) => {
    add(carried, rr, walks === count ? answers * times : Math.round((answers * count * times) / walks))
  })
}

function add(to: number[], rr: number, answers: number): void {
  to[rr] = to[rr]! + answers
}
