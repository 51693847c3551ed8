/**
 * The records of a transfer in the order in which they are sent: a whole zone between two SOAs (RFC 5936 section 2.2),
 * or differences, each as old SOA, what went, new SOA, what came, between two SOAs of the newest version (RFC 1995
 * section 4). All are yielded in one record that is reused, so a zone of any size takes no memory here.
 */
import { imageHead } from '../zone/layout.ts'
import type { ZoneDiff } from './diff.ts'
import { changesSince, type Journal } from './journal.ts'
import { createRecordRef, flatRecords, type RecordRef } from './record.ts'
import { isLater } from './serial.ts'
import { type VersionContent, versionRecords } from './version.ts'

/** How a request for changes is answered. */
export type IxfrPlan =
  /** The client has the newest version, or a later one: the SOA alone says so. */
  | { readonly kind: 'current' }
  | { readonly kind: 'changes'; readonly changes: readonly ZoneDiff[] }
  /** Too old, or the changes would be longer than the zone. */
  | { readonly kind: 'whole' }

/** For a client that has the zone with `serial`. */
export function planIxfr(version: VersionContent, journal: Journal, serial: number): IxfrPlan {
  if (serial === version.serial || isLater(serial, version.serial)) return { kind: 'current' }
  const changes = changesSince(journal, serial)
  if (changes === null || changes.at(-1)?.to !== version.serial) return { kind: 'whole' }
  const octets = changes.reduce((sum, { gone, come }) => sum + gone.length + come.length, 0)
  return octets > zoneOctets(version) ? { kind: 'whole' } : { kind: 'changes', changes }
}

/** The whole zone. */
export function* wholeZone(version: VersionContent): Generator<RecordRef> {
  const ref = createRecordRef()
  yield* flatRecords(version.soa, ref)
  yield* versionRecords(version, ref)
  yield* flatRecords(version.soa, ref)
}

export function* zoneChanges(version: VersionContent, changes: readonly ZoneDiff[]): Generator<RecordRef> {
  const ref = createRecordRef()
  yield* flatRecords(version.soa, ref)
  for (const { fromSoa, gone, toSoa, come } of changes) {
    yield* flatRecords(fromSoa, ref)
    yield* flatRecords(gone, ref)
    yield* flatRecords(toSoa, ref)
    yield* flatRecords(come, ref)
  }
  yield* flatRecords(version.soa, ref)
}

/** The SOA alone: the answer to a client that is up to date, and to IXFR over UDP that needs TCP. */
export function* soaAlone(version: VersionContent): Generator<RecordRef> {
  yield* flatRecords(version.soa, createRecordRef())
}

/** About what the zone takes to be sent. */
function zoneOctets({ snapshot, zone, records }: VersionContent): number {
  return snapshot.words[(zone >>> 2) + imageHead.octets]! + records.length
}
