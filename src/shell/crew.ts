/**
 * The answering threads as control sees them: opened together, handed each generation, replaced when one is lost,
 * stopped together. UDP is spread over `workers` threads; TCP has a thread of its own, so that neither a slow client
 * nor control's own work (probes, reloads, admin) delays a datagram.
 */
import { Worker } from 'node:worker_threads'
import { type CounterTable, createCounterTable } from '../board/counters.ts'
import type { Journal, SocketAddress, Via } from '../core/ports.ts'
import type { GenerationMemory, ListenOrder, Order, Report, WorkerStart } from './orders.ts'
import type { TermsOrder } from './terms.ts'

export interface CrewOptions {
  readonly workers: number
  readonly udp: readonly SocketAddress[]
  readonly tcp: readonly SocketAddress[]
  readonly tcpClientsMax: number
  readonly tcpIdleMs: number
  readonly terms: TermsOrder
}

export type Bound = SocketAddress & { readonly via: Via }

/** A listener that could not be opened: the address and the system's own code. */
export class ListenError extends Error {
  override readonly name = 'ListenError'
  readonly address: SocketAddress
  readonly code: string

  constructor(address: SocketAddress, code: string, text: string) {
    super(text)
    this.address = address
    this.code = code
  }
}

export interface Crew {
  readonly bound: readonly Bound[]
  readonly counters: CounterTable
  /** Resolves once every thread serves the generation, or after `installWaitMs` with the rows that do not. */
  install(generation: GenerationMemory, number: number): Promise<readonly number[]>
  /** From the next query on each thread answers on these terms. */
  agree(terms: TermsOrder): void
  stop(): Promise<void>
}

/** Longest wait for a thread to acknowledge a generation or to end. */
const installWaitMs = 2_000
const stopWaitMs = 5_000

/** A thread that is lost more often than this has a fault that replacing does not mend. */
const replacementsMax = 20

/** Opens all listeners; rejects with `ListenError` if one cannot be had, and then leaves none open. */
export async function openCrew(journal: Journal, options: CrewOptions, first: GenerationMemory): Promise<Crew> {
  const posts = assignListens(options)
  const counters = createCounterTable(posts.length)
  const state = { generation: first, terms: options.terms, stopping: false, replacements: 0 }
  const hands: Hand[] = []
  const begin = (row: number) =>
    startHand({
      generation: state.generation,
      counters: counters.memory,
      row,
      listens: posts[row]!,
      terms: state.terms,
      tcpClientsMax: options.tcpClientsMax,
      tcpIdleMs: options.tcpIdleMs,
    })

  const keepManned = (row: number, hand: Hand): void => {
    hands[row] = hand
    hand.lost.then(text => {
      if (state.stopping) return
      journal.record({ kind: 'worker-lost', worker: row, text })
      if (++state.replacements > replacementsMax) return
      const next = begin(row)
      next.opened.catch((error: Error) =>
        journal.record({ kind: 'fault', where: `worker ${row}`, text: error.message }),
      )
      keepManned(row, next)
    })
  }

  const started = posts.map((_, row) => begin(row))
  const bound = await openAll(started)
  started.forEach((hand, row) => {
    keepManned(row, hand)
  })

  return {
    bound: distinct(bound),
    counters,
    install: async (generation, number) => {
      state.generation = generation
      const acknowledged = await Promise.all(hands.map(hand => hand.install(generation, number)))
      return acknowledged.flatMap((done, row) => (done ? [] : [row]))
    },
    agree: terms => {
      state.terms = terms
      for (const hand of hands) hand.agree(terms)
    },
    stop: async () => {
      state.stopping = true
      await Promise.all(hands.map(hand => hand.stop()))
    },
  }
}

/** What all of them opened, or none left open. */
async function openAll(started: readonly Hand[]): Promise<readonly Bound[]> {
  const results = await Promise.allSettled(started.map(hand => hand.opened))
  const failed = results.find(result => result.status === 'rejected')
  if (failed === undefined) return results.flatMap(result => (result.status === 'fulfilled' ? result.value : []))
  await Promise.all(started.map(hand => hand.stop()))
  throw failed.reason
}

/** Each UDP worker listens on every address, one more thread on every TCP address. */
function assignListens(options: CrewOptions): readonly (readonly ListenOrder[])[] {
  const reusePort = options.workers > 1
  const udp: ListenOrder[] = options.udp.map(address => ({ via: 'udp', address, reusePort }))
  const tcp: ListenOrder[] = options.tcp.map(address => ({ via: 'tcp', address, reusePort: false }))
  return [...Array.from({ length: options.workers }, () => udp), tcp]
}

/** One thread and what is promised of it. */
interface Hand {
  readonly opened: Promise<readonly Bound[]>
  /** Resolves with the reason when the thread has ended. */
  readonly lost: Promise<string>
  /** True once the thread serves the generation; false if it does not say so in time. */
  install(generation: GenerationMemory, number: number): Promise<boolean>
  agree(terms: TermsOrder): void
  stop(): Promise<void>
}

/** The sibling module in whatever form this one runs: source or built. */
const workerFile = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

function startHand(start: WorkerStart): Hand {
  const thread = new Worker(workerFile, { workerData: start })
  const send = (order: Order): void => thread.postMessage(order)
  let fault: string | null = null
  const lost = new Promise<string>(resolve => {
    thread.once('error', (error: Error) => {
      fault = error.stack ?? error.message
    })
    thread.once('exit', code => resolve(fault ?? `ended with code ${code}`))
  })
  const opened = new Promise<readonly Bound[]>((resolve, reject) => {
    thread.on('message', (report: Report) => {
      if (report.kind === 'open') resolve(report.bound)
      if (report.kind === 'not-open') reject(new ListenError(report.address, report.code, report.text))
    })
    void lost.then(text => reject(new Error(text)))
  })
  return {
    opened,
    lost,
    install: (generation, number) => {
      send({ kind: 'install', generation })
      return within(installWaitMs, acknowledged(thread, number), lost)
    },
    agree: terms => send({ kind: 'terms', terms }),
    stop: async () => {
      send({ kind: 'stop' })
      const ended = await within(
        stopWaitMs,
        lost.then(() => true),
      )
      if (!ended) await thread.terminate()
    },
  }
}

function acknowledged(thread: Worker, number: number): Promise<boolean> {
  return new Promise(resolve => {
    const listen = (report: Report): void => {
      if (report.kind !== 'installed' || report.generation !== number) return
      thread.off('message', listen)
      resolve(true)
    }
    thread.on('message', listen)
  })
}

/** False if neither promise comes in time, or if the second (the thread's end) comes first. */
async function within(waitMs: number, wanted: Promise<boolean>, ended?: Promise<unknown>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<boolean>(resolve => {
    timer = setTimeout(() => resolve(false), waitMs)
  })
  const gone = ended?.then(() => false) ?? late
  const done = await Promise.race([wanted, gone, late])
  clearTimeout(timer)
  return done
}

function distinct(bound: readonly Bound[]): readonly Bound[] {
  const seen = new Map(bound.map(one => [`${one.via} ${one.host} ${one.port}`, one]))
  return [...seen.values()]
}
