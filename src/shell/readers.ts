/**
 * Reads zone files on threads that end when there is nothing to read: what a parser needs (the libraries, syntax trees,
 * models, the garbage of all that) would stay with a thread that goes on for as long as it lives, and that is the
 * control thread's for months. So control loads no parser at all; what comes back is small.
 * Invariant: whatever a file does to its reader (a crash, no memory left, no end), it is a Problem of that file; the
 * other files are read all the same, and the server goes on.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Problem } from '../core/base/problem.ts'
import { type ReadingThread, startReadingThread } from './reading-thread.ts'
import type { FileOrder, FileProgress, FileReport, ReaderStart, ReadProgress } from './reading-words.ts'
import type { Given } from './settings.ts'
import { letYoungSpaceGrow } from './young-space.ts'

export interface ReadersOptions {
  readonly threadsMax?: number
  /** For everything that a thread holds at once; the engine's own limit unless given. */
  readonly heapMegabytesMax?: number
  /** The GeoIP file for rules that name places; absent: there is none. */
  readonly geoip?: string | null
  /** Longest time for one file beyond what its size explains. */
  readonly patienceMs?: number
  /** What a thread runs: the server's own unless given. */
  readonly readerFile?: URL
}

export interface ReadingOptions {
  /** Gives way to all other threads: there are queries to be answered meanwhile. */
  readonly yielding: boolean
  readonly progress?: ReadProgress
}

export interface Readers {
  /** A report for each order, in their order. Rejects only if `stop` is called meanwhile. */
  read(orders: readonly FileOrder[], options: ReadingOptions): Promise<readonly FileReport[]>
  /** Ends all threads. */
  stop(): Promise<void>
}

const threadsMaxDefault = 8
const patienceMsDefault = 60_000
/** Less work than this is done before another thread has begun. */
const octetsPerThread = 256 * 1024
/**
 * How far a reading gives way (nice(1)) while queries are answered: one that lasts leaves an answering thread nine
 * parts of a core that both want; an edit, over in a fraction of a second, two of three, since somebody waits for it.
 */
const nicenessOfMany = 10
const nicenessOfFew = 3

/** Edits come in a row; the next one finds a thread that has begun and knows its way. */
const restMs = 5_000

/** The sibling module in whatever form this one runs: source or built. */
const ownReaderFile = new URL(import.meta.url.endsWith('.ts') ? './reader.ts' : './reader.js', import.meta.url)

export function createReaders(options: ReadersOptions = {}): Readers {
  const under = new Set<ReadingThread>()
  let resting: ReadingThread | null = null
  let stopped = false

  const begin = (niceness: number): ReadingThread => {
    const { heapMegabytesMax, geoip = null, patienceMs = patienceMsDefault, readerFile = ownReaderFile } = options
    const start: ReaderStart = { kind: 'zones', niceness, geoip }
    const thread = startReadingThread({ readerFile, start, patienceMs, heapMegabytesMax })
    under.add(thread)
    return thread
  }
  const end = async (thread: ReadingThread): Promise<void> => {
    if (resting === thread) resting = null
    await thread.end()
    under.delete(thread)
  }
  const summon = (niceness: number): ReadingThread => {
    const rested = resting
    if (rested === null || rested.isGone || niceness !== nicenessOfFew) return begin(niceness)
    resting = null
    rested.wake()
    return rested
  }
  /** Of threads that gave way to much else none is kept: their heaps are large. */
  const dismiss = async (thread: ReadingThread, niceness: number): Promise<void> => {
    if (niceness !== nicenessOfFew || resting !== null || thread.isGone || stopped) return await end(thread)
    resting = thread
    thread.rest(restMs, () => void end(thread))
  }

  return {
    read: async (orders, reading) => {
      const reports = new Map<number, FileReport>()
      const queue = orders.map((order, at) => ({ order, at }))
      const tell = (within: FileProgress | null) => reading.progress?.(reports.size, orders.length, within)
      const take = (at: number, report: FileReport): void => {
        reports.set(at, report)
        tell(null)
      }
      const worthwhile = worthwhileThreads(orders)
      if (worthwhile > 1) letYoungSpaceGrow()
      const niceness = !reading.yielding ? 0 : worthwhile > 1 ? nicenessOfMany : nicenessOfFew
      const lane = async (): Promise<void> => {
        while (queue.length > 0 && !stopped) {
          const thread = summon(niceness)
          queue.unshift(...(await thread.work(queue, { take, tell })))
          await dismiss(thread, niceness)
        }
      }
      const threads = Math.min(worthwhile, availableParallelism(), options.threadsMax ?? threadsMaxDefault)
      await Promise.all(Array.from({ length: threads }, lane))
      if (stopped) throw new Error('the reading was stopped')
      return orders.map((_, at) => reports.get(at)!)
    },
    stop: async () => {
      stopped = true
      await Promise.all([...under].map(end))
    },
  }
}

export interface ConfigRead {
  /** Null if there is any error. */
  readonly config: Given | null
  readonly problems: readonly Problem[]
}

/** Reads and judges the text of a config file. Rejects only for a bug of ours. */
export async function readConfigApart(file: string, text: string): Promise<ConfigRead> {
  const start: ReaderStart = { kind: 'config', file, text }
  const thread = new Worker(ownReaderFile, { workerData: start })
  try {
    return await new Promise((resolve, reject) => {
      thread.once('message', resolve)
      thread.once('error', reject)
      thread.once('exit', code => reject(new Error(`the reader of ${file} ended with code ${code}`)))
    })
  } finally {
    await thread.terminate()
  }
}

function worthwhileThreads(orders: readonly FileOrder[]): number {
  const octets = orders.reduce((sum, order) => sum + order.octets, 0)
  return Math.min(orders.length, Math.ceil((octets + 1) / octetsPerThread))
}
