/**
 * Which zones the threads that serve TCP have to give away. A new version is offered to all of them before anybody is
 * told of it, and told of once each has said that it has it, or after a while without the word of one that hangs; a
 * thread that begins later begins with all offers.
 */
import { type Name, nameKey } from '../core/name/name.ts'
import type { OfferMemory } from '../core/transfer/offer.ts'
import type { Hand } from './hand.ts'
import type { Post } from './listeners.ts'
import type { Report } from './orders.ts'

/** Longest wait for the word of a thread. */
const offerWaitMs = 500

export interface Offering {
  /** What a thread for that row begins with. */
  offersFor(row: number): readonly OfferMemory[]
  hear(row: number, report: Report): void
  /** Resolves once whoever asks for the zone gets this version. */
  offer(offer: OfferMemory): Promise<void>
  withdraw(apex: Name): void
}

/** `hands` changes as threads are replaced. */
export function createOffering(posts: readonly Post[], hands: readonly Hand[]): Offering {
  const offers = new Map<string, OfferMemory>()
  const rows = posts.flatMap((post, row) => (servesTcp(post) ? [row] : []))
  /** By zone and serial, the rows whose word is awaited and what to do then. */
  const awaited = new Map<string, { readonly rows: Set<number>; readonly done: () => void }>()

  return {
    offersFor: row => (rows.includes(row) ? [...offers.values()] : []),
    hear: (row, report) => {
      if (report.kind !== 'offered') return
      const key = keyOf(report.apex, report.serial)
      const waiting = awaited.get(key)
      if (waiting === undefined) return
      waiting.rows.delete(row)
      if (waiting.rows.size === 0) waiting.done()
    },
    offer: offer => {
      offers.set(nameKey(offer.apex), offer)
      const key = keyOf(offer.apex, offer.serial)
      awaited.get(key)?.done()
      return new Promise(resolve => {
        const done = (): void => {
          clearTimeout(timer)
          awaited.delete(key)
          resolve()
        }
        const timer = setTimeout(done, offerWaitMs)
        awaited.set(key, { rows: new Set(rows), done })
        if (rows.length === 0) done()
        for (const row of rows) hands[row]?.offer(offer)
      })
    },
    withdraw: apex => {
      offers.delete(nameKey(apex))
      for (const row of rows) hands[row]?.withdraw(apex)
    },
  }
}

function servesTcp({ listens, streams }: Post): boolean {
  return streams.length > 0 || listens.some(({ via }) => via === 'tcp')
}

function keyOf(apex: Name, serial: number): string {
  return `${serial} ${nameKey(apex)}`
}
