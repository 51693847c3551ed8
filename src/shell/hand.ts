/**
 * One answering thread as control holds it: started, given orders, watched, ended. Orders reach a thread that waits in
 * the kernel as well, since each is followed by its bell.
 */
import { Worker } from 'node:worker_threads'
import type { Signals } from '../board/signal.ts'
import type { Name } from '../core/name/name.ts'
import type { SocketAddress, Via } from '../core/ports.ts'
import type { OfferMemory } from '../core/transfer/offer.ts'
import type { GenerationMemory, Order, Report, WorkerStart } from './orders.ts'
import type { TermsOrder } from './terms.ts'

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

/** The batched engine cannot be had; the message says why. */
export class NoEngineError extends Error {
  override readonly name = 'NoEngineError'
}

/** One thread and what is promised of it. */
export interface Hand {
  /** Rejects with `ListenError`, `NoEngineError`, or whatever ended the thread. */
  readonly opened: Promise<readonly Bound[]>
  /** Resolves with the reason when the thread has ended. */
  readonly lost: Promise<string>
  /** True once the thread serves the generation; false if it does not say so in time. */
  install(generation: GenerationMemory, number: number): Promise<boolean>
  agree(terms: TermsOrder): void
  /** It says when it has it, which `hear` is told. */
  offer(offer: OfferMemory): void
  withdraw(apex: Name): void
  /** Asks it to end, and ends it if it does not. */
  stop(): Promise<void>
  /** Ends it without asking. `lost` tells when that is done, which a thread stuck in the kernel can put off. */
  end(): void
}

/** An answering thread makes next to no garbage: two spaces of a third of this hold what it makes. */
const resourceLimits = { maxYoungGenerationSizeMb: 3 }

/** Longest wait for a thread to acknowledge a generation or to end. */
const installWaitMs = 2_000
const stopWaitMs = 5_000

/** `hear` is told of all that the thread reports. */
export function startHand(file: URL, start: WorkerStart, signals: Signals, hear: (report: Report) => void): Hand {
  // Nothing below may hold on to `start`: it holds the first generation.
  const { row } = start
  const thread = new Worker(file, { workerData: start, resourceLimits })
  const send = (order: Order): void => {
    thread.postMessage(order)
    signals.ring(row)
  }
  let fault: string | null = null
  const lost = new Promise<string>(resolve => {
    thread.once('error', (error: Error) => {
      fault = error.stack ?? error.message
    })
    thread.once('exit', code => resolve(fault ?? `ended with code ${code}`))
  })
  const opened = new Promise<readonly Bound[]>((resolve, reject) => {
    thread.on('message', (report: Report) => {
      hear(report)
      if (report.kind === 'open') resolve(report.bound)
      if (report.kind === 'not-open') reject(new ListenError(report.address, report.code, report.text))
      if (report.kind === 'no-engine') reject(new NoEngineError(report.reason))
    })
    void lost.then(text => reject(new Error(text)))
  })
  return {
    opened,
    lost,
    install: (generation, number) => {
      const done = acknowledged(thread, number)
      send({ kind: 'install', generation })
      return within(installWaitMs, done, lost)
    },
    agree: terms => send({ kind: 'terms', terms }),
    offer: offer => send({ kind: 'offer', offer }),
    withdraw: apex => send({ kind: 'withdraw', apex }),
    stop: async () => {
      send({ kind: 'stop' })
      const ended = await within(
        stopWaitMs,
        lost.then(() => true),
      )
      if (!ended) await thread.terminate()
    },
    end: () => void thread.terminate(),
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
