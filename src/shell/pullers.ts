/**
 * Pulls zones on a thread that is there while there is something to be pulled, and a little longer: it carries what
 * reads zone files, and the garbage of all that, and control should not.
 * Invariant: whatever a zone does to its thread (a crash, no memory left), each pull that it had ends as a failure.
 */
import { Worker } from 'node:worker_threads'
import type { PullResult } from '../core/secondary/index.ts'
import type { PullOrder } from '../edge/secondary/pull.ts'
import type { KeySettings } from './keys.ts'

/** A key in a message: its secret is only there where it signs. */
export type PullRequest = Omit<PullOrder, 'key'> & { readonly key: KeySettings | null }

export interface PullCommand {
  readonly id: number
  readonly order: PullRequest
}

export interface PullWord {
  readonly id: number
  readonly result: PullResult
}

export interface Pullers {
  /** Never rejects. */
  pull(order: PullRequest): Promise<PullResult>
  /** Ends what is under way. */
  stop(): Promise<void>
}

/** How long a thread without work is kept. */
const idleMs = 5_000

/** The sibling module in whatever form this one runs: source or built. */
const pullerFile = new URL(import.meta.url.endsWith('.ts') ? './puller.ts' : './puller.js', import.meta.url)

interface Crewed {
  readonly thread: Worker
  readonly waiting: Map<number, (result: PullResult) => void>
  readonly ended: Promise<void>
}

export function createPullers(): Pullers {
  let current: Crewed | null = null
  let idle: NodeJS.Timeout | undefined
  let last = 0
  let stopped = false

  const begin = (): Crewed => {
    const thread = new Worker(pullerFile)
    const waiting: Crewed['waiting'] = new Map()
    let reason = 'its thread ended'
    thread.on('error', error => {
      reason = error instanceof Error ? error.message : String(error)
    })
    thread.on('message', ({ id, result }: PullWord) => {
      const tell = waiting.get(id)
      waiting.delete(id)
      tell?.(result)
      if (waiting.size === 0) rest(crewed)
    })
    const ended = new Promise<void>(resolve => {
      thread.once('exit', () => {
        if (current === crewed) current = null
        for (const tell of waiting.values()) tell({ kind: 'failed', failure: { reason: 'fault', detail: reason } })
        waiting.clear()
        resolve()
      })
    })
    const crewed: Crewed = { thread, waiting, ended }
    return crewed
  }
  const rest = (crewed: Crewed): void => {
    clearTimeout(idle)
    idle = setTimeout(() => {
      if (crewed.waiting.size > 0) return
      if (current === crewed) current = null
      void crewed.thread.terminate()
    }, idleMs)
  }
  return {
    pull: order =>
      new Promise(resolve => {
        if (stopped) {
          resolve({ kind: 'failed', failure: { reason: 'timeout', detail: 'the server is stopping' } })
          return
        }
        current ??= begin()
        const id = ++last
        current.waiting.set(id, resolve)
        current.thread.postMessage({ id, order } satisfies PullCommand)
      }),
    stop: async () => {
      stopped = true
      clearTimeout(idle)
      if (current === null) return
      const { thread, ended } = current
      await thread.terminate()
      await ended
    },
  }
}
