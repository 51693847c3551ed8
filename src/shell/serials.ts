/**
 * The serials of zones that are transferred, as they are given out: each is later than the one before, over edits,
 * changes by health, threads that were lost, and restarts, crashes included (core/transfer/reserve). Without a state
 * folder nothing is known of the run before, and a zone begins at the time of the start, which is later than any
 * serial that grew from an earlier one by one a second.
 */
import { formatName, type Name } from '../core/name/name.ts'
import type { SavedSerial } from '../core/state/index.ts'
import type { WantedSerial } from '../core/transfer/lineage.ts'
import { cover, noteSaved, type Reserve } from '../core/transfer/reserve.ts'
import { isLater, laterSerial } from '../core/transfer/serial.ts'

/** Saves what `kept` says; false if the disk would not take it. */
export type Flush = () => Promise<boolean>

export interface Serials {
  /** What the run before left, by the names of zones in views, and where reserves are saved; null: nowhere. */
  recall(earlier: ReadonlyMap<string, number>, flush: Flush | null): void
  /** The serial that a zone begins with that was not transferred so far. `served` is what it was served with. */
  firstOf(name: Name, wanted: WantedSerial, served: number | null): number
  /** What the zone's SOA says now; null: the zone is not transferred. */
  live(key: string): number | null
  /** From now on these zones are transferred, and no others. */
  watch(zones: readonly { readonly key: string; readonly name: Name; readonly first: number }[]): void
  /** Resolves once the serial may be given out. */
  secure(key: string, serial: number): Promise<void>
  give(key: string, serial: number): void
  /** What is to be kept of a zone; null: nothing of ours. */
  kept(key: string): Pick<SavedSerial, 'serial' | 'reserve'> | null
  /** Nothing is given out any more: what is kept from now on is exact. */
  close(): void
}

interface Given {
  live: number
  reserve: Reserve
}

export function createSerials(wallMs: () => number): Serials {
  const given = new Map<string, Given>()
  let earlier: ReadonlyMap<string, number> = new Map()
  let flush: Flush | null = null
  let isClosed = false
  let saving: Promise<boolean> | null = null

  /** One save for all that ask for one before it begins. */
  const save = (): Promise<boolean> => {
    saving ??= Promise.resolve().then(async () => {
      const upTo = new Map([...given].map(([key, { reserve }]) => [key, reserve.wanted]))
      saving = null
      const done = flush === null ? false : await flush()
      for (const [key, entry] of done ? given : []) {
        const saved = upTo.get(key)
        if (saved !== undefined) entry.reserve = noteSaved(entry.reserve, saved)
      }
      return done
    })
    return saving
  }

  return {
    recall: (serials, flushTo) => {
      earlier = serials
      flush = flushTo
    },
    firstOf: (name, wanted, served) => {
      const before = served ?? earlier.get(formatName(name))
      if (before !== undefined) return laterSerial(before, wanted.serial)
      return wanted.isFixed ? wanted.serial : Math.max(wanted.serial, Math.floor(wallMs() / 1000)) >>> 0
    },
    live: key => given.get(key)?.live ?? null,
    watch: zones => {
      const keys = new Set(zones.map(({ key }) => key))
      for (const key of given.keys()) if (!keys.has(key)) given.delete(key)
      for (const { key, first } of zones) {
        if (!given.has(key)) given.set(key, { live: first, reserve: { wanted: first, saved: null } })
      }
    },
    secure: async (key, serial) => {
      const entry = given.get(key)
      if (flush === null || entry === undefined) return
      const found = cover(entry.reserve, serial)
      entry.reserve = found.reserve
      // A disk that takes nothing has been told of; serving goes on, at the risk of a serial given out twice.
      if (found.cover === 'wait') await save()
      else if (found.cover === 'raise') void save()
    },
    give: (key, serial) => {
      const entry = given.get(key)
      if (entry !== undefined && isLater(serial, entry.live)) entry.live = serial
    },
    kept: key => {
      const entry = given.get(key)
      if (entry === undefined) return null
      return isClosed ? { serial: entry.live } : { serial: entry.live, reserve: entry.reserve.wanted }
    },
    close: () => {
      isClosed = true
    },
  }
}
