/**
 * What answering threads take from each other, without sockets and without a load that needs cores of its own: one
 * thread beside two that share a board, as in the server. Two cores are enough to tell; what the kernel adds is not in
 * it.
 */
import { Worker } from 'node:worker_threads'
import { createCounterTable } from '../src/board/counters.ts'
import { compile } from '../src/core/zonefile/index.ts'
import { cores } from './machine.ts'
import type { PeerZone } from './peer-servers.ts'
import { fillBoard, readModel } from './rig.ts'
import { zoneBeside } from './robin.ts'
import { median } from './support.ts'
import type { AloneStart } from './threads-alone-worker.ts'

export interface AloneReport {
  /** Nanoseconds an answer takes its thread. */
  readonly oneNanos: number
  readonly twoNanos: number
  /** Answers of two threads to those of one. */
  readonly speedup: number
}

const rounds = 5
const runMs = 400
const lookMs = 5
const warmMs = 20_000
const workerFile = new URL('./threads-alone-worker.ts', import.meta.url)

/** Null where there is one core only. */
export async function measureAlone(zone: PeerZone): Promise<AloneReport | null> {
  if (cores < 2) return null
  const compiled = compile(readModel({ [`${zone.origin}.yaml`]: zoneBeside(zone) }), 1, () => 1)
  const names = zone.owners.map(owner => `${owner}.${zone.origin}`)
  const times = { one: [] as number[], two: [] as number[] }
  const measure = (threads: number): Promise<number> => {
    const shared = { snapshot: compiled.snapshot.memory, board: fillBoard(compiled).memory, names }
    return runTogether(threads, shared)
  }
  for (let round = 0; round < rounds; round++) {
    times.one.push(await measure(1))
    times.two.push(await measure(2))
  }
  const [oneNanos, twoNanos] = [median(times.one), median(times.two)]
  return { oneNanos, twoNanos, speedup: (2 * oneNanos) / twoNanos }
}

async function runTogether(threads: number, shared: Pick<AloneStart, 'snapshot' | 'board' | 'names'>): Promise<number> {
  const warm = new SharedArrayBuffer(4)
  const gate = new SharedArrayBuffer(4)
  const counters = createCounterTable(threads).memory
  const workers = Array.from({ length: threads }, (_, row) => {
    const workerData: AloneStart = { ...shared, counters, row, warm, gate, runMs }
    return new Worker(workerFile, { workerData })
  })
  try {
    const told = Promise.all(workers.map(hear))
    await Promise.race([told, whenWarm(warm, threads)])
    const words = new Int32Array(gate)
    Atomics.store(words, 0, 1)
    Atomics.notify(words, 0)
    return median(await told)
  } finally {
    for (const worker of workers) await worker.terminate()
  }
}

async function whenWarm(warm: SharedArrayBuffer, threads: number): Promise<void> {
  const words = new Int32Array(warm)
  const endMs = Date.now() + warmMs
  while (Atomics.load(words, 0) < threads) {
    if (Date.now() > endMs) throw new Error('threads that are never warm')
    await new Promise(resolve => setTimeout(resolve, lookMs))
  }
}

function hear(worker: Worker): Promise<number> {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}
