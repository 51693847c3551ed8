/**
 * The serials of zones that are transferred, as they are given out: each is later than the one before, over edits,
 * changes by health, threads that were lost, and restarts, crashes included (core/transfer/reserve). Without a state
 * folder nothing is known of the run before, and a zone begins at the time of the start, which is later than any
 * serial that grew from an earlier one by one a second.
 */
import { formatName, lowerName, type Name } from '../core/name/name.ts'
import type { SavedSerial } from '../core/state/index.ts'
import type { WantedSerial } from '../core/transfer/lineage.ts'
import { cover, noteSaved, type Reserve } from '../core/transfer/reserve.ts'
import { isLater, laterSerial } from '../core/transfer/serial.ts'

/** Saves what `kept` says; false if the disk would not take it. */
export type Flush = () => Promise<boolean>

export interface Serials {
  /** What the run before left, by the names of zones in views, and where reserves are saved; null: nowhere. */
  recall(earlier: ReadonlyMap<string, Omit<SavedSerial, 'zone'>>, flush: Flush | null): void
  /** The serial that a zone begins with that was not transferred so far. `served` is what it was served with. */
  firstOf(name: Name, wanted: WantedSerial, served: number | null): number
  /** The mark of what the run before gave out with that serial; null: it may have been anything. */
  resumed(name: Name, first: number): string | null
  /** What the zone's SOA says now; null: the zone is not transferred. */
  live(key: string): number | null
  /** What is to be kept of zones that were transferred in this run and are no more. */
  gone(): readonly SavedSerial[]
  /** From now on these zones are transferred, and no others. */
  watch(zones: readonly { readonly key: string; readonly name: Name; readonly first: number }[]): void
  /** Resolves once the serial may be given out. */
  secure(key: string, serial: number): Promise<void>
  /** `mark` tells the content from any other. */
  give(key: string, serial: number, mark: string): void
  /** What is to be kept of a zone; null: nothing of ours. */
  kept(key: string): Omit<SavedSerial, 'zone'> | null
  /** Nothing is given out any more: what is kept from now on is exact. */
  close(): void
}

/** Zones that are gone whose serials are remembered, should they come back. */
const goneMax = 10_000

interface Given {
  readonly name: Name
  live: number
  /** Of what `live` was given out with; null: nobody was told yet. */
  mark: string | null
  reserve: Reserve
}

export function createSerials(wallMs: () => number): Serials {
  const given = new Map<string, Given>()
  let earlier: ReadonlyMap<string, Omit<SavedSerial, 'zone'>> = new Map()
  const gone = new Map<string, SavedSerial>()
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
      earlier = new Map([...serials].map(([zone, saved]) => [zone.toLowerCase(), saved]))
      flush = flushTo
    },
    firstOf: (name, wanted, served) => {
      const saved = gone.get(textOf(name)) ?? earlier.get(textOf(name))
      const before = laterOf(served ?? undefined, saved?.reserve ?? saved?.serial)
      const isRaised = wanted.isFixed && before !== undefined && isLater(wanted.serial, before)
      if (served === null && saved?.content !== undefined && !isRaised) return saved.serial
      if (before !== undefined) return laterSerial(before, wanted.serial)
      return wanted.isFixed ? wanted.serial : Math.max(wanted.serial, Math.floor(wallMs() / 1000)) >>> 0
    },
    resumed: (name, first) => {
      const saved = earlier.get(textOf(name))
      return saved?.serial === first ? (saved.content ?? null) : null
    },
    gone: () => [...gone.values()],
    live: key => given.get(key)?.live ?? null,
    watch: zones => {
      const keys = new Set(zones.map(({ key }) => key))
      for (const [key, { name, live: serial, reserve }] of given) {
        if (keys.has(key)) continue
        given.delete(key)
        const above = isLater(serial, reserve.wanted) ? serial : reserve.wanted
        if (gone.size < goneMax) gone.set(textOf(name), { zone: textOf(name), serial, reserve: above })
      }
      for (const { key, name, first } of zones) {
        if (given.has(key)) continue
        given.set(key, { name, live: first, mark: null, reserve: { wanted: first, saved: null } })
        gone.delete(textOf(name))
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
    give: (key, serial, mark) => {
      const entry = given.get(key)
      if (entry === undefined || isLater(entry.live, serial)) return
      entry.live = serial
      entry.mark = mark
    },
    kept: key => {
      const entry = given.get(key)
      if (entry === undefined) return null
      const { live: serial, mark, reserve } = entry
      if (!isClosed) return { serial, reserve: reserve.wanted }
      return mark === null ? { serial } : { serial, content: mark }
    },
    close: () => {
      isClosed = true
    },
  }
}

function textOf(name: Name): string {
  return formatName(lowerName(name))
}

function laterOf(a: number | undefined, b: number | undefined): number | undefined {
  if (a === undefined || b === undefined) return a ?? b
  return isLater(a, b) ? a : b
}
