/**
 * The versions thread as control holds it: started while some zone may be transferred, told of generations and of
 * changes by health, replaced when it is lost. What it reports is given out in an order that nobody can be caught by:
 * the serial's reserve is on the disk, the threads that serve TCP have the version, the SOA says the serial, and only
 * then is anybody told.
 * Invariant: of each zone one version at a time is given out; of those that come meanwhile the newest follows.
 */
import { Worker } from 'node:worker_threads'
import { type Name, nameKey } from '../core/name/name.ts'
import type { Clock, Journal } from '../core/ports.ts'
import type { OfferMemory } from '../core/transfer/offer.ts'
import { isLater, laterSerial } from '../core/transfer/serial.ts'
import type { GenerationMemory } from './orders.ts'
import { mayReplace } from './replacements.ts'
import type { VersionsOrder, VersionsReport, ZoneOrder } from './version-orders.ts'

/** How a version is given out, step by step. */
export interface Outlet {
  /** Resolves once the serial may be given out. */
  secure(key: string, serial: number): Promise<void>
  offer(offer: OfferMemory): Promise<void>
  withdraw(apex: Name): void
  /** From here on the zone's SOA says that serial. */
  publish(key: string, serial: number, mark: string): void
  announce(offer: OfferMemory): void
}

export interface VersionsDeps {
  readonly clock: Pick<Clock, 'now'>
  readonly journal: Journal
  readonly outlet: Outlet
  /** What the thread runs, and the pause before a lost one is replaced: the server's own unless given. */
  readonly workerFile?: URL
  readonly pauseMs?: number
}

export interface Versions {
  /** The zones of a generation that may be transferred; none: the thread ends. */
  take(generation: GenerationMemory, zones: readonly ZoneOrder[]): void
  /** Rotations were published to these slots of the newest board. */
  changed(slots: Int32Array): void
  stop(): Promise<void>
}

const replacePauseMs = 1_000

/** Between two versions only what is new is garbage. */
const resourceLimits = { maxYoungGenerationSizeMb: 8 }

const ownWorkerFile = new URL(
  import.meta.url.endsWith('.ts') ? './versions-worker.ts' : './versions-worker.js',
  import.meta.url,
)

interface Giving {
  /** The latest serial that the thread made, given out or not. */
  made: number | null
  /** The serial that was given out. */
  given: number | null
  waiting: VersionsReport | null
  isRunning: boolean
}

export function createVersions(deps: VersionsDeps): Versions {
  const { clock, journal, outlet } = deps
  const zones = new Map<string, Giving>()
  let newest: { readonly generation: GenerationMemory; readonly zones: readonly ZoneOrder[] } | null = null
  let thread: Worker | null = null
  let replacing: NodeJS.Timeout | null = null
  /** When a lost thread was replaced, of late. */
  const replacedAtMs: number[] = []
  /** It was lost so often in a short time that only another generation brings another. */
  let isGivenUp = false

  const giveOut = async (key: string, giving: Giving): Promise<void> => {
    giving.isRunning = true
    while (giving.waiting !== null) {
      const { offer, mark } = giving.waiting
      giving.waiting = null
      const isNew = giving.given === null || isLater(offer.serial, giving.given)
      if (isNew) await outlet.secure(key, offer.serial)
      if (zones.get(key) !== giving) return
      await outlet.offer(offer)
      if (zones.get(key) !== giving) return
      if (!isNew) continue
      giving.given = offer.serial
      outlet.publish(key, offer.serial, mark)
      outlet.announce(offer)
    }
    giving.isRunning = false
  }
  const hear = (report: VersionsReport): void => {
    const { offer } = report
    const key = nameKey(offer.apex)
    const giving = zones.get(key)
    if (giving === undefined) return
    giving.made = offer.serial
    giving.waiting = report
    if (giving.isRunning) return
    giveOut(key, giving).catch((error: unknown) => {
      giving.isRunning = false
      journal.record({ kind: 'fault', where: 'giving out a version', text: textOf(error) })
    })
  }
  const send = (order: VersionsOrder): void => thread?.postMessage(order)
  const sendGeneration = (isFresh: boolean): void => {
    if (newest === null) return
    const { snapshot, board } = newest.generation
    const orders = newest.zones.map(order => (isFresh ? forFresh(order, zones.get(nameKey(order.apex))) : order))
    send({ kind: 'generation', snapshot, board, zones: orders })
  }
  const begin = (): void => {
    const begun = new Worker(deps.workerFile ?? ownWorkerFile, { resourceLimits })
    let fault = 'ended'
    begun.on('message', hear)
    begun.on('error', (error: Error) => {
      fault = error.stack ?? error.message
    })
    begun.on('exit', () => {
      if (thread !== begun) return
      thread = null
      journal.record({ kind: 'fault', where: 'versions thread', text: fault })
      isGivenUp = !mayReplace(replacedAtMs, clock.now())
      if (isGivenUp) return
      replacing = setTimeout(begin, deps.pauseMs ?? replacePauseMs)
      replacing.unref()
    })
    thread = begun
    replacing = null
    isGivenUp = false
    sendGeneration(true)
  }
  const end = async (): Promise<void> => {
    if (replacing !== null) clearTimeout(replacing)
    replacing = null
    const ended = thread
    thread = null
    await ended?.terminate()
  }
  const settle = (orders: readonly ZoneOrder[]): void => {
    const keys = new Set(orders.map(({ apex }) => nameKey(apex)))
    for (const { apex } of newest?.zones ?? []) {
      const key = nameKey(apex)
      if (keys.has(key)) continue
      zones.delete(key)
      outlet.withdraw(apex)
    }
    for (const key of keys) {
      if (!zones.has(key)) zones.set(key, { made: null, given: null, waiting: null, isRunning: false })
    }
  }

  return {
    take: (generation, orders) => {
      settle(orders)
      newest = { generation, zones: orders }
      if (orders.length === 0) void end()
      else if (thread !== null) sendGeneration(false)
      else if (replacing === null && (!isGivenUp || mayReplace(replacedAtMs, clock.now()))) begin()
    },
    changed: slots => send({ kind: 'changed', slots }),
    stop: async () => {
      zones.clear()
      await end()
    },
  }
}

/** A thread that knows nothing yet begins each zone above all that the one before it made. */
function forFresh(order: ZoneOrder, giving: Giving | undefined): ZoneOrder {
  const made = giving?.made ?? null
  if (made === null) return { ...order, isSame: false }
  return { ...order, isSame: false, resumes: null, first: laterSerial(made, order.wanted.serial) }
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
