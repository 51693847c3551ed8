/**
 * The work of the versions thread, without the thread: generations and changes come in, versions go out. A zone is
 * looked at once it may have changed, at most once a second, the first time after a quiet second at once; a look that
 * finds nothing new makes no version.
 * Invariant: memory is bounded. Of each zone there are the newest version and a bounded journal; an older snapshot is
 * held only until the zones of it that were edited have been compared, which is a second at most.
 */
import { createRotationSource, openBoard } from '../board/board.ts'
import { nameKey } from '../core/name/name.ts'
import type { RotationSource } from '../core/ports.ts'
import type { JournalLimits } from '../core/transfer/journal.ts'
import { beginLineage, continueLineage, type Lineage, type WantedSerial } from '../core/transfer/lineage.ts'
import { packOffer } from '../core/transfer/offer.ts'
import { createPace, forget, nextDueMs, noteChange, takeDue } from '../core/transfer/pace.ts'
import { laterSerial } from '../core/transfer/serial.ts'
import { findMovingSets, type MovingSet, reachesElsewhere } from '../core/transfer/sets.ts'
import { captureVersion, contentParts, moveVersion, type ZoneVersion } from '../core/transfer/version.ts'
import { imageHead, openSnapshot, type Snapshot } from '../core/zone/layout.ts'
import type { VersionsOrder, VersionsReport, ZoneOrder } from './version-orders.ts'

/** Between two versions of a zone at least. */
const versionGapMs = 1_000
/** Versions that a journal holds: five minutes of a change a second. */
export const journalVersionsMax = 300
/** Octets that the journal of one zone takes, and those of all zones together. */
const journalOctetsMax = 4 * 1024 * 1024
const journalsOctetsMax = 256 * 1024 * 1024

export interface VersionDesk {
  take(order: VersionsOrder, nowMs: number): void
  /** Does what is due; returns when it has to be called again, null if only after the next order. */
  work(nowMs: number): number | null
}

interface Watched {
  readonly order: ZoneOrder
  readonly moving: readonly MovingSet[]
  /** What it answers hangs on other zones too. */
  readonly reaches: boolean
  /** What the file asks for if it was edited since the newest version, else null. */
  wanted: WantedSerial | null
  lineage: Lineage | null
  /** Of the newest version. */
  mark: string
}

interface Ground {
  readonly snapshot: Snapshot
  readonly rotation: RotationSource
  /** By rising `base`. */
  readonly places: readonly Place[]
}

/** Where the words of a zone stand on the board. */
interface Place {
  readonly key: string
  readonly base: number
  readonly end: number
}

/** Of octets, one after the other; as good as unique. */
export type Digest = (parts: readonly Uint8Array[]) => string

export function createVersionDesk(report: (report: VersionsReport) => void, digest: Digest): VersionDesk {
  const pace = createPace(versionGapMs)
  let zones: ReadonlyMap<string, Watched> = new Map()
  let ground: Ground | null = null

  const tell = ({ order: { apex, access }, lineage, mark }: Watched): void => {
    if (lineage !== null) report({ kind: 'version', offer: packOffer({ apex, access, ...lineage }), mark })
  }
  const takeGeneration = (order: Extract<VersionsOrder, { kind: 'generation' }>, nowMs: number): void => {
    const snapshot = openSnapshot(order.snapshot)
    const next = new Map<string, Watched>()
    for (const zone of order.zones) {
      const key = nameKey(zone.apex)
      const watched = watch(snapshot, zone, zones.get(key) ?? null)
      next.set(key, watched)
      noteChange(pace, key, nowMs)
      // What stays as it was is offered where it stands now, so that the snapshot before can go.
      if (watched.wanted === null) tell(watched)
    }
    for (const key of zones.keys()) if (!next.has(key)) forget(pace, key)
    zones = next
    const rotation = createRotationSource(openBoard(order.board))
    ground = { snapshot, rotation, places: placesOf(snapshot, next) }
  }
  const noteSlots = (slots: Int32Array, nowMs: number): void => {
    if (ground === null) return
    for (const key of new Set(Array.from(slots, slot => zoneAt(ground!, slot)))) {
      if (key !== null) noteChange(pace, key, nowMs)
    }
    for (const [key, { reaches }] of zones) if (reaches) noteChange(pace, key, nowMs)
  }
  return {
    take: (order, nowMs) => {
      if (order.kind === 'generation') takeGeneration(order, nowMs)
      else noteSlots(order.slots, nowMs)
    },
    work: nowMs => {
      for (const key of takeDue(pace, nowMs)) {
        const watched = zones.get(key)
        if (watched === undefined || ground === null) continue
        if (look(watched, ground, limitsFor(zones.size), digest)) tell(watched)
      }
      return nextDueMs(pace)
    },
  }
}

function watch(snapshot: Snapshot, order: ZoneOrder, before: Watched | null): Watched {
  const { zone, wanted } = order
  const common = { order, mark: before?.mark ?? '' }
  if (before === null || before.lineage === null || before.wanted !== null || !order.isSame) {
    const moving = findMovingSets(snapshot, zone)
    const lineage = before?.lineage ?? null
    return { ...common, moving, reaches: reachesElsewhere(snapshot, moving), wanted, lineage }
  }
  const version = moveVersion(before.lineage.version, snapshot, zone)
  const lineage = { ...before.lineage, version }
  return { ...common, moving: version.moving, reaches: before.reaches, wanted: null, lineage }
}

/** True if there is something to tell. */
function look(watched: Watched, { snapshot, rotation }: Ground, limits: JournalLimits, digest: Digest): boolean {
  const { order, moving, lineage, wanted } = watched
  const { zone, first } = order
  if (lineage === null) {
    const capture = captureVersion(snapshot, zone, moving, rotation, first)
    watched.mark = markOf(order, capture, digest)
    const isOther = order.resumes !== null && order.resumes !== watched.mark
    watched.lineage = beginLineage(capture, isOther ? laterSerial(first, order.wanted.serial) : first)
  } else {
    const capture = captureVersion(snapshot, zone, moving, rotation, lineage.version.serial)
    watched.lineage = continueLineage(lineage, capture, wanted, limits)
  }
  watched.wanted = null
  const isNew = lineage?.version.serial !== watched.lineage.version.serial
  if (isNew && lineage !== null) watched.mark = markOf(order, watched.lineage.version, digest)
  return isNew || wanted !== null
}

function markOf({ source }: ZoneOrder, version: ZoneVersion, digest: Digest): string {
  return digest([new TextEncoder().encode(source), ...contentParts(version)])
}

function limitsFor(zones: number): JournalLimits {
  const octetsMax = Math.min(journalOctetsMax, Math.floor(journalsOctetsMax / Math.max(1, zones)))
  return { versionsMax: journalVersionsMax, octetsMax }
}

function placesOf({ words }: Snapshot, zones: ReadonlyMap<string, Watched>): readonly Place[] {
  const places = [...zones].map(
    ([
      key,
      {
        order: { zone },
      },
    ]) => {
      const base = words[(zone >>> 2) + imageHead.boardBase]!
      return { key, base, end: base + words[(zone >>> 2) + imageHead.boardWords]! }
    },
  )
  return places.sort((a, b) => a.base - b.base)
}

/** The zone that the slot is one of; null: it is of one that is not transferred. */
function zoneAt({ places }: Ground, slot: number): string | null {
  let low = 0
  let high = places.length
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (places[middle]!.base <= slot) low = middle
    else high = middle
  }
  const place = places[low]
  return place !== undefined && slot >= place.base && slot < place.end ? place.key : null
}
