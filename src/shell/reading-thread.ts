/**
 * One reading thread (reader.ts) from its start to its end: it is given files from a queue until that is empty, may
 * rest then, and be given others.
 * Invariant: whatever a file does to its thread (a crash, no memory left, no end), it becomes a fault of that file, and
 * what the thread was given behind it goes back to the queue.
 */
import { Worker } from 'node:worker_threads'
import type { Problem } from '../core/base/problem.ts'
import { unreadable } from '../core/zonefile/decode.ts'
import { displayPath } from '../edge/disk/lone-file.ts'
import type { FileOrder, FileProgress, FileReport, ReaderStart, ReaderWord } from './reading-words.ts'

export interface ReadingThread {
  /** Works until the queue is empty or it ends. Yields those that it was given and did not come to. */
  work(queue: Placed[], ears: Ears): Promise<readonly Placed[]>
  /** Has `over` called once it has rested so long. */
  rest(forMs: number, over: () => void): void
  wake(): void
  /** Resolves when it has ended. */
  end(): Promise<void>
  readonly isGone: boolean
}

export interface ReadingThreadOptions {
  readonly readerFile: URL
  readonly start: ReaderStart
  /** Longest time for one file beyond what its size explains. */
  readonly patienceMs: number
  readonly heapMegabytesMax: number | undefined
}

/** An order, and where its report belongs. */
export interface Placed {
  readonly order: FileOrder
  readonly at: number
}

export interface Ears {
  readonly take: (at: number, report: FileReport) => void
  readonly tell: (within: FileProgress) => void
}

/** Longest time for a thread to begin. */
const startMsMax = 60_000
/** What a slow machine may take for each octet of a large file. */
const msPerOctet = 0.01
/** Orders that a thread has at once, so that it need not wait for the next one. */
const ordersAhead = 2

/** What is known of a thread, and what it is asked for now. */
interface Desk {
  readonly thread: Worker
  readonly patienceMs: number
  readonly gone: Promise<void>
  /** Why it ended, or will have. */
  reason: string
  hasBegun: boolean
  isGone: boolean
  hear: (word: FileReport | 'ready') => void
  tell: Ears['tell']
  timer: NodeJS.Timeout | undefined
}

export function startReadingThread(options: ReadingThreadOptions): ReadingThread {
  const { readerFile, start, patienceMs, heapMegabytesMax } = options
  const resourceLimits = heapMegabytesMax === undefined ? {} : { maxOldGenerationSizeMb: heapMegabytesMax }
  const thread = new Worker(readerFile, { workerData: start, resourceLimits })
  const desk: Desk = {
    thread,
    patienceMs,
    gone: new Promise(resolve => {
      thread.once('exit', () => {
        desk.isGone = true
        resolve()
      })
    }),
    reason: 'its reader ended',
    hasBegun: false,
    isGone: false,
    hear: () => undefined,
    tell: () => undefined,
    timer: undefined,
  }
  thread.on('error', error => {
    desk.reason = describeLoss(error)
  })
  thread.on('message', (word: ReaderWord) => {
    if (word === 'ready') desk.hasBegun = true
    if (word !== 'ready' && word.kind === 'progress') desk.tell(word.within)
    else desk.hear(word)
  })
  return {
    get isGone() {
      return desk.isGone
    },
    work: (queue, ears) => work(desk, queue, ears),
    rest: (forMs, over) => {
      desk.timer = setTimeout(over, forMs)
      desk.timer.unref()
    },
    wake: () => clearTimeout(desk.timer),
    end: async () => {
      clearTimeout(desk.timer)
      await thread.terminate()
    },
  }
}

async function work(desk: Desk, queue: Placed[], ears: Ears): Promise<readonly Placed[]> {
  const { thread, patienceMs } = desk
  const given: Placed[] = []
  const feed = (): void => {
    for (const next of queue.splice(0, ordersAhead - given.length)) {
      given.push(next)
      thread.postMessage(next.order)
    }
    const current = given[0]
    if (!desk.hasBegun) allow(desk, startMsMax, 'its reader does not begin')
    else if (current !== undefined)
      allow(desk, patienceMs + current.order.octets * msPerOctet, 'reading it takes too long')
  }
  const done = new Promise<void>(resolve => {
    desk.hear = word => {
      if (word !== 'ready') ears.take(given.shift()!.at, word)
      feed()
      if (given.length === 0) resolve()
    }
  })
  desk.tell = ears.tell
  // Given before it begins, so that one that never does has a file to answer for, and there is an end of trying.
  feed()
  await Promise.race([done, desk.gone])
  clearTimeout(desk.timer)
  const culprit = given.shift()
  if (culprit !== undefined) ears.take(culprit.at, { kind: 'fault', fault: faultOf(culprit.order, desk.reason) })
  return given
}

function allow(desk: Desk, forMs: number, why: string): void {
  clearTimeout(desk.timer)
  desk.timer = setTimeout(() => {
    desk.reason = why
    void desk.thread.terminate()
  }, forMs)
}

function faultOf({ path }: FileOrder, reason: string): Problem {
  return unreadable(displayPath(path), 1, 1, `cannot be read: ${reason}`, null)
}

function describeLoss(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  if (code === 'ERR_WORKER_OUT_OF_MEMORY') return 'it needs more memory than there is; split the zone'
  return `its reader broke: ${error instanceof Error ? error.message : String(error)}`
}
