/**
 * Reads zone files on threads that live for one reading and end with it: what a parser needs (the libraries, syntax
 * trees, models, the garbage of all that) would stay with a thread that goes on for as long as it lives, and that is
 * the control thread's for months. So control loads no parser at all; what comes back is small.
 * Invariant: whatever a file does to its reader (a crash, no memory left, no end), it is a Problem of that file; the
 * other files are read all the same, and the server goes on.
 */
import { availableParallelism } from 'node:os'
import { Worker } from 'node:worker_threads'
import type { Problem } from '../core/base/problem.ts'
import type { Name } from '../core/name/name.ts'
import { unreadable } from '../core/zonefile/decode.ts'
import type { JudgedZone } from '../core/zonefile/judged.ts'
import { displayPath } from '../edge/disk/lone-file.ts'
import type { Given } from './settings.ts'
import { letYoungSpaceGrow } from './young-space.ts'

/** A file that is to be read. */
export interface FileOrder {
  readonly path: string
  readonly octets: number
  /** Of what is known of it already, which is then not judged again. */
  readonly digest: string | null
  /** The name of a zone that stands empty: nothing is read for it. */
  readonly withheld?: Name
  /** Where the sidecar is of a zone that is pulled. */
  readonly sidecar?: string
  /** What is in it, of a file that lies on no disk; then `digest` is null. */
  readonly text?: string
  /** True if its rehearsals are wanted too. */
  readonly tests?: boolean
}

/** What became of it. `wanted` are the files that it asks for. */
export type FileReport =
  | {
      readonly kind: 'judged'
      readonly digest: string
      readonly modified: number
      readonly wanted: readonly string[]
      readonly zone: JudgedZone
    }
  /** Its digest is the one that was given. */
  | { readonly kind: 'same'; readonly wanted: readonly string[] }
  | { readonly kind: 'fault'; readonly fault: Problem }

/** How far the reading of one file is, in characters. */
export interface FileProgress {
  readonly path: string
  readonly done: number
  readonly total: number
}

/** Told after each file, and while a large one is read: `within` is where that is. */
export type ReadProgress = (done: number, total: number, within: FileProgress | null) => void

/** What a thread that takes orders says: first that all it needs is loaded, then how far it is, and a report each. */
export type ReaderWord = FileReport | 'ready' | { readonly kind: 'progress'; readonly within: FileProgress }

/** What a thread is for: zone files, which come as orders, or the one config file. */
export type ReaderStart =
  | { readonly kind: 'zones'; readonly niceness: number; readonly geoip: string | null }
  | { readonly kind: 'config'; readonly file: string; readonly text: string }

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
/** Longest time for a thread to begin. */
const startMsMax = 60_000
/** What a slow machine may take for each octet of a large file. */
const msPerOctet = 0.01
/** Less work than this is done before another thread has begun. */
const octetsPerThread = 256 * 1024
/**
 * How far a reading gives way (nice(1)) while queries are answered: one that lasts leaves an answering thread nine
 * parts of a core that both want; an edit, over in a fraction of a second, two of three, since somebody waits for it.
 */
const nicenessOfMany = 10
const nicenessOfFew = 3

/** Orders that a thread has at once, so that it need not wait for the next one. */
const ordersAhead = 2

/** The sibling module in whatever form this one runs: source or built. */
const ownReaderFile = new URL(import.meta.url.endsWith('.ts') ? './reader.ts' : './reader.js', import.meta.url)

export function createReaders(options: ReadersOptions = {}): Readers {
  const under = new Set<Worker>()
  let stopped = false
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
        while (queue.length > 0 && !stopped)
          queue.unshift(...(await man(options, niceness, queue, { take, tell }, under)))
      }
      const threads = Math.min(worthwhile, availableParallelism(), options.threadsMax ?? threadsMaxDefault)
      await Promise.all(Array.from({ length: threads }, lane))
      if (stopped) throw new Error('the reading was stopped')
      return orders.map((_, at) => reports.get(at)!)
    },
    stop: async () => {
      stopped = true
      await Promise.all([...under].map(thread => thread.terminate()))
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

interface Ears {
  readonly take: (at: number, report: FileReport) => void
  readonly tell: (within: FileProgress) => void
}

interface Placed {
  readonly order: FileOrder
  readonly at: number
}

/**
 * One thread from its start to its end: takes orders from the queue until it is empty. Yields those that it was given
 * and did not come to, because the one before them ended it.
 */
async function man(
  { heapMegabytesMax, geoip = null, patienceMs = patienceMsDefault, readerFile = ownReaderFile }: ReadersOptions,
  niceness: number,
  queue: Placed[],
  { take, tell }: Ears,
  under: Set<Worker>,
): Promise<readonly Placed[]> {
  const start: ReaderStart = { kind: 'zones', niceness, geoip }
  const resourceLimits = heapMegabytesMax === undefined ? {} : { maxOldGenerationSizeMb: heapMegabytesMax }
  const thread = new Worker(readerFile, { workerData: start, resourceLimits })
  under.add(thread)
  const given: Placed[] = []
  let reason = 'its reader ended'
  let overdue: NodeJS.Timeout | undefined
  const feed = (): void => {
    for (const next of queue.splice(0, ordersAhead - given.length)) {
      given.push(next)
      thread.postMessage(next.order)
    }
    const current = given[0]
    if (current !== undefined) allow(patienceMs + current.order.octets * msPerOctet, 'reading it takes too long')
  }
  const allow = (forMs: number, why: string): void => {
    clearTimeout(overdue)
    overdue = setTimeout(() => {
      reason = why
      void thread.terminate()
    }, forMs)
  }
  thread.on('error', error => {
    reason = describeLoss(error)
  })
  thread.on('message', (word: ReaderWord) => {
    if (word !== 'ready' && word.kind === 'progress') return tell(word.within)
    if (word !== 'ready') take(given.shift()!.at, word)
    feed()
    if (given.length === 0) void thread.terminate()
  })
  // Given before it begins, so that one that never does has a file to answer for, and there is an end of trying.
  feed()
  allow(startMsMax, 'its reader does not begin')
  await new Promise(resolve => {
    thread.once('exit', resolve)
  })
  clearTimeout(overdue)
  under.delete(thread)
  const culprit = given.shift()
  if (culprit !== undefined) take(culprit.at, { kind: 'fault', fault: faultOf(culprit.order, reason) })
  return given
}

function faultOf({ path }: FileOrder, reason: string): Problem {
  return unreadable(displayPath(path), 1, 1, `cannot be read: ${reason}`, null)
}

function describeLoss(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return 'it needs more memory than there is; split the zone'
  return `its reader broke: ${error instanceof Error ? error.message : String(error)}`
}
