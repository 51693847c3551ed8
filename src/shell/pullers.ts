/**
 * Pulls zones on a thread that is there while there is something to be pulled, and a little longer: it carries what
 * reads zone files, and the garbage of all that, and control should not.
 * Invariant: whatever a zone does to its thread (a crash, no memory left), each pull that it had ends as a failure, and
 * the next pull has another thread. None begins by itself: zones that fail wait longer each time (core/secondary).
 */
import { type ResourceLimits, Worker } from 'node:worker_threads'
import type { PullReason, PullResult } from '../core/secondary/index.ts'
import type { PullOrder } from '../edge/secondary/pull.ts'
import type { KeySettings } from './keys.ts'

/** A key in a message: its secret is only there where it signs. */
export type PullRequest = Omit<PullOrder, 'key'> & { readonly key: KeySettings | null }

export interface PullCommand {
  readonly id: number
  /** Null: that pull is called off. */
  readonly order: PullRequest | null
}

export interface PullWord {
  readonly id: number
  readonly result: PullResult
}

export interface Pullers {
  /** Never rejects. `off` calls it off: then it ends soon, but not before it writes no more. */
  pull(order: PullRequest, off?: AbortSignal): Promise<PullResult>
  /** Threads that have not ended. */
  threads(): number
  /** Ends what is under way. */
  stop(): Promise<void>
}

/** The server's own unless given. */
export interface PullersOptions {
  readonly workerFile?: URL
  /** How long a thread without work is kept. */
  readonly idleMs?: number
  readonly resourceLimits?: ResourceLimits
}

const ownIdleMs = 5_000

/** The sibling module in whatever form this one runs: source or built. */
const pullerFile = new URL(import.meta.url.endsWith('.ts') ? './puller.ts' : './puller.js', import.meta.url)

interface Crewed {
  readonly thread: Worker
  readonly waiting: Map<number, (result: PullResult) => void>
  readonly ended: Promise<void>
}

export function createPullers(options: PullersOptions = {}): Pullers {
  const { workerFile = pullerFile, idleMs = ownIdleMs, resourceLimits = {} } = options
  /** Threads that have not ended; `current` is the one that takes pulls. */
  const crew = new Set<Crewed>()
  let current: Crewed | null = null
  let idle: NodeJS.Timeout | undefined
  let last = 0
  let stopped = false

  const begin = (): Crewed => {
    const thread = new Worker(workerFile, { resourceLimits })
    const waiting: Crewed['waiting'] = new Map()
    let reason = 'its thread ended'
    const lose = (error: unknown): void => {
      reason = textOf(error)
      // It takes no more: what it would be given now would be lost with it.
      if (current === crewed) current = null
    }
    thread.on('error', lose)
    thread.on('messageerror', error => {
      // Whose word that was cannot be told.
      lose(error)
      void thread.terminate()
    })
    thread.on('message', ({ id, result }: PullWord) => {
      const tell = waiting.get(id)
      waiting.delete(id)
      tell?.(result)
      if (waiting.size === 0) rest(crewed)
    })
    const ended = new Promise<void>(resolve => {
      thread.once('exit', () => {
        crew.delete(crewed)
        if (current === crewed) current = null
        for (const tell of waiting.values()) tell(failed('fault', reason))
        waiting.clear()
        resolve()
      })
    })
    const crewed: Crewed = { thread, waiting, ended }
    crew.add(crewed)
    return crewed
  }
  const rest = (crewed: Crewed): void => {
    if (current !== crewed) return
    clearTimeout(idle)
    idle = setTimeout(() => {
      if (current !== crewed || crewed.waiting.size > 0) return
      current = null
      void crewed.thread.terminate()
    }, idleMs)
  }
  return {
    pull: (order, off) =>
      new Promise(resolve => {
        if (stopped) {
          resolve(failed('timeout', 'the server is stopping'))
          return
        }
        try {
          current ??= begin()
          const { thread, waiting } = current
          const id = ++last
          const callOff = (): void => thread.postMessage({ id, order: null } satisfies PullCommand)
          waiting.set(id, result => {
            off?.removeEventListener('abort', callOff)
            resolve(result)
          })
          thread.postMessage({ id, order } satisfies PullCommand)
          off?.addEventListener('abort', callOff)
        } catch (error) {
          // The system has no room for another thread: it may have at the next try.
          resolve(failed('fault', textOf(error)))
        }
      }),
    threads: () => crew.size,
    stop: async () => {
      stopped = true
      clearTimeout(idle)
      await Promise.all(
        [...crew].map(async ({ thread, ended }) => {
          await thread.terminate()
          await ended
        }),
      )
    },
  }
}

function failed(reason: PullReason, detail: string): PullResult {
  return { kind: 'failed', failure: { reason, detail } }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
