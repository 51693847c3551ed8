/**
 * The answering threads as control sees them: opened together, handed each generation, replaced when one is lost or
 * hangs, stopped together. UDP is spread over `workers` threads; TCP has a thread of its own, so that neither a slow
 * client nor control's own work (probes, reloads, admin) delays a datagram.
 */
import { type CounterTable, createCounterTable } from '../board/counters.ts'
import { createSignals, openSignals, type Signals } from '../board/signal.ts'
import type { Name } from '../core/name/name.ts'
import type { Journal } from '../core/ports.ts'
import type { OfferMemory } from '../core/transfer/offer.ts'
import type { ThreadView } from '../core/view/status.ts'
import { openSnapshot } from '../core/zone/layout.ts'
import { createClock } from '../edge/clock.ts'
import type { Handed } from '../edge/transport/handed.ts'
import { type Attendance, keepAttendance } from './attendance.ts'
import type { TransferReport } from './feeds.ts'
import { type Bound, type Hand, NoEngineError, startHand } from './hand.ts'
import {
  assignBatch,
  assignDgram,
  assignHanded,
  type IoWish,
  type Listeners,
  type ListenersOptions,
} from './listeners.ts'
import { createOffering } from './offering.ts'
import type { GenerationMemory, WorkerStart } from './orders.ts'
import { mayReplace } from './replacements.ts'
import type { TermsOrder } from './terms.ts'
import { type TransferLimits, transfersDefault } from './transfer-limits.ts'
import { keepVigil } from './vigil.ts'

export interface CrewOptions extends ListenersOptions {
  readonly io: IoWish
  readonly tcpIdleMs: number
  readonly transfers?: TransferLimits
  readonly terms: TermsOrder
  /** Sockets to answer on instead of opening any. */
  readonly handed?: Handed | null
}

export interface CrewDeps {
  readonly journal: Journal
  /** Told of each NOTIFY that is believed. `from` are the sender's address octets. */
  readonly notified?: (apex: Name, from: Uint8Array) => void
  /** Told of each transfer. */
  readonly transferred?: (transfer: TransferReport) => void
  /** What a thread runs, and how often it is looked after: the server's own unless given. */
  readonly workerFile?: URL
  readonly lookMs?: number
}

/** How UDP is read, and why not in batches if that was not asked for. */
export interface Engine {
  readonly io: 'batch' | 'dgram'
  readonly reason: string | null
}

export interface Crew {
  readonly bound: readonly Bound[]
  readonly engine: Engine
  readonly counters: CounterTable
  /** Resolves once every thread serves the generation, or after `installWaitMs` with the rows that do not. */
  install(generation: GenerationMemory, number: number): Promise<readonly number[]>
  /** How the threads are, by number. */
  threads(): readonly ThreadView[]
  /** Rows of threads that are not there, or have not looked up for some time. */
  silent(): readonly number[]
  /** From the next query on each thread answers on these terms. */
  agree(terms: TermsOrder): void
  /** Resolves once whoever asks for the zone gets this version, or after a while. */
  offer(offer: OfferMemory): Promise<void>
  withdraw(apex: Name): void
  stop(): Promise<void>
}

/** The sibling module in whatever form this one runs: source or built. */
const ownWorkerFile = new URL(import.meta.url.endsWith('.ts') ? './worker.ts' : './worker.js', import.meta.url)

/**
 * Opens all listeners; rejects with `ListenError` if one cannot be had, or with `NoEngineError` if the batched engine
 * was insisted on in vain, and then leaves none open.
 */
export async function openCrew(deps: CrewDeps, options: CrewOptions, first: GenerationMemory): Promise<Crew> {
  if (options.handed) return manHanded(deps, options, options.handed, first)
  let reason: string | null = null
  if (options.io !== 'dgram') {
    const crew = await tryBatch(deps, options, first)
    if (typeof crew !== 'string') return crew
    if (options.io === 'batch') throw new NoEngineError(crew)
    reason = crew
  }
  return man(deps, options, first, assignDgram(options), { io: 'dgram', reason })
}

/** Only the engines that talk to the kernel themselves can share a socket or outlive the thread that read it. */
async function manHanded(deps: CrewDeps, options: CrewOptions, handed: Handed, first: GenerationMemory): Promise<Crew> {
  const listeners = await assignHanded(options, handed)
  if ('reason' in listeners) throw new NoEngineError(listeners.reason)
  return man(deps, options, first, listeners, { io: 'batch', reason: null })
}

/** The crew, or why it cannot answer in batches. */
async function tryBatch(deps: CrewDeps, options: CrewOptions, first: GenerationMemory): Promise<Crew | string> {
  const listeners = await assignBatch(options)
  if ('reason' in listeners) return listeners.reason
  try {
    return await man(deps, options, first, listeners, { io: 'batch', reason: null })
  } catch (error) {
    if (error instanceof NoEngineError) return error.message
    throw error
  }
}

/** What control wants of every thread, also of one that begins later. */
interface State {
  generation: GenerationMemory
  number: number
  terms: TermsOrder
  stopping: boolean
  /** When threads were replaced, of late. */
  readonly replacedAtMs: number[]
}

async function man(
  { journal, notified, transferred, workerFile = ownWorkerFile, lookMs }: CrewDeps,
  options: CrewOptions,
  first: GenerationMemory,
  listeners: Listeners,
  engine: Engine,
): Promise<Crew> {
  const { posts } = listeners
  const counters = createCounterTable(posts.length)
  const memory = createSignals(posts.length)
  const signals = openSignals(memory)
  const number = openSnapshot(first.snapshot).generation
  const state: State = { generation: first, number, terms: options.terms, stopping: false, replacedAtMs: [] }
  const hands: Hand[] = []
  const attendance = keepAttendance(signals, posts, createClock())
  const shared = { counters: counters.memory, signals: memory, ...limitsOf(options) }
  const offering = createOffering(posts, hands)
  const { offer, withdraw } = offering
  const begin = (row: number): Hand => {
    const { generation, terms } = state
    const start = { ...shared, ...posts[row]!, row, generation, terms, offers: offering.offersFor(row) }
    return startHand(workerFile, start, signals, report => {
      offering.hear(row, report)
      if (report.kind === 'notified') notified?.(report.apex, report.from)
      if (report.kind !== 'transfer') return
      journal.record({ kind: 'transfer', ...report.transfer })
      transferred?.(report.transfer)
    })
  }
  const manning = keepManned({ journal, listeners, signals, hands, attendance, state, begin }, posts.length, lookMs)
  const started = posts.map((_, row) => begin(row))
  const close = (): void => {
    manning.stop()
    attendance.stop()
    for (const row of posts.keys()) listeners.close(row)
  }
  const bound = await openAll(started, close)
  started.forEach((hand, row) => {
    manning.take(row, hand)
  })
  const { silent } = manning
  const common = { bound: distinct(bound), engine, counters, silent, threads: attendance.threads }
  return { ...common, offer, withdraw, ...command(hands, state, attendance, close) }
}

interface ManningParts {
  readonly journal: Journal
  readonly listeners: Listeners
  readonly signals: Signals
  readonly hands: Hand[]
  readonly attendance: Attendance
  readonly state: State
  readonly begin: (row: number) => Hand
}

/** Looks after the threads: one that is lost or silent is told of and replaced. */
function keepManned(parts: ManningParts, rows: number, lookMs: number | undefined) {
  const { journal, listeners, signals, hands, attendance, state, begin } = parts
  /** Rows whose loss was told when they fell silent. */
  const told = new Set<number>()
  const vigil = keepVigil(signals, { rows, ...(lookMs === undefined ? {} : { lookMs }) }, row => {
    told.add(row)
    journal.record({ kind: 'worker-lost', worker: row, text: 'does not answer' })
    hands[row]!.end()
  })
  const take = (row: number, hand: Hand): void => {
    hands[row] = hand
    const begun = state.number
    hand.opened.then(
      () => {
        attendance.begin(row, begun)
        vigil.watch(row)
      },
      (error: Error) => journal.record({ kind: 'fault', where: `worker ${row}`, text: error.message }),
    )
    void hand.lost.then(text => {
      vigil.leave(row)
      attendance.lose(row)
      listeners.abandon(row)
      if (state.stopping) return
      if (!told.delete(row)) journal.record({ kind: 'worker-lost', worker: row, text })
      if (mayReplace(state.replacedAtMs, performance.now())) take(row, begin(row))
      else listeners.close(row)
    })
  }
  return { take, silent: () => vigil.silent(), stop: () => vigil.stop() }
}

function limitsOf({
  tcpClientsMax,
  tcpIdleMs,
  transfers = transfersDefault,
}: CrewOptions): Pick<WorkerStart, 'tcpClientsMax' | 'tcpIdleMs' | 'transfers'> {
  return { tcpClientsMax, tcpIdleMs, transfers }
}

/** What can be asked of all threads at once. `hands` changes as threads are replaced. */
function command(
  hands: readonly Hand[],
  state: State,
  attendance: Attendance,
  close: () => void,
): Pick<Crew, 'install' | 'agree' | 'stop'> {
  return {
    install: async (generation, number) => {
      state.generation = generation
      state.number = number
      const beganMs = performance.now()
      const tell = async (hand: Hand, row: number): Promise<boolean> => {
        const done = await hand.install(generation, number)
        if (done) attendance.installed(row, number, performance.now() - beganMs)
        return done
      }
      const acknowledged = await Promise.all(hands.map(tell))
      return acknowledged.flatMap((done, row) => (done ? [] : [row]))
    },
    agree: terms => {
      state.terms = terms
      for (const hand of hands) hand.agree(terms)
    },
    stop: async () => {
      state.stopping = true
      await Promise.all(hands.map(hand => hand.stop()))
      close()
    },
  }
}

/** What all of them opened, or none left open. */
async function openAll(started: readonly Hand[], close: () => void): Promise<readonly Bound[]> {
  const results = await Promise.allSettled(started.map(hand => hand.opened))
  const failed = results.find(result => result.status === 'rejected')
  if (failed === undefined) return results.flatMap(result => (result.status === 'fulfilled' ? result.value : []))
  await Promise.all(started.map(hand => hand.stop()))
  close()
  throw failed.reason
}

function distinct(bound: readonly Bound[]): readonly Bound[] {
  const seen = new Map(bound.map(one => [`${one.via} ${one.host} ${one.port}`, one]))
  return [...seen.values()]
}
