/**
 * One answering thread without sockets: answers as often as it can for a while, from a board that others may share, and
 * tells how long each answer took. Begins when it is told to, so that all of them run at once. See threads-alone.ts.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { tallyOf } from '../src/board/counters.ts'
import { openSnapshot } from '../src/core/zone/layout.ts'
import { makeQuery } from './pace.ts'
import { openRig } from './rig.ts'

export interface AloneStart {
  readonly snapshot: SharedArrayBuffer
  readonly board: SharedArrayBuffer
  readonly counters: SharedArrayBuffer
  readonly row: number
  readonly names: readonly string[]
  /** One word: how many threads are warm. */
  readonly warm: SharedArrayBuffer
  /** One word: 0 until they may begin. */
  readonly gate: SharedArrayBuffer
  readonly runMs: number
}

const warmAnswers = 400_000
/** Between two looks at the clock. */
const lapAnswers = 20_000
const gateWaitMs = 10_000

function serve({ snapshot, board, counters, row, names, warm, gate, runMs }: AloneStart): number {
  const rig = openRig(openSnapshot(snapshot), board, tallyOf(counters, row))
  const queries = names.map(makeQuery)
  let seed = row + 1
  let at = 0
  // Names in turn, some left out by chance, as each of several threads sees those that clients ask.
  const answer = (count: number): void => {
    for (let i = 0; i < count; i++) {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0
      at = (at + 1 + ((seed >>> 16) & 1) * 2) % queries.length
      rig.answer(queries[at]!)
    }
  }
  answer(warmAnswers)
  Atomics.add(new Int32Array(warm), 0, 1)
  Atomics.wait(new Int32Array(gate), 0, 0, gateWaitMs)
  const beganMs = performance.now()
  let answers = 0
  for (; performance.now() - beganMs < runMs; answers += lapAnswers) answer(lapAnswers)
  return ((performance.now() - beganMs) * 1e6) / answers
}

if (parentPort !== null) parentPort.postMessage(serve(workerData as AloneStart))
