/**
 * A zone as one serial names it: the still sets where they stand in the snapshot, what each moving set held at that
 * moment, and the SOA with the serial. It never changes, so a transfer that takes a while gives one zone, and two
 * versions can be compared.
 */
import { equalBytes, writeU32 } from '../base/bytes.ts'
import type { RotationSource } from '../ports.ts'
import { imageHead, type Snapshot } from '../zone/layout.ts'
import { putCurrent } from './current.ts'
import { createFlatList, createRecordRef, flatRecords, pushRecord, type RecordRef, trimmed } from './record.ts'
import { createScene } from './scene.ts'
import { aimAtRecord, aimAtSet, firstRecordAt, type MovingSet, stillRecords } from './sets.ts'

export interface ZoneVersion {
  readonly snapshot: Snapshot
  /** Absolute offset of the zone's image. */
  readonly zone: number
  readonly serial: number
  /** The SOA as a flat record. */
  readonly soa: Uint8Array
  readonly moving: readonly MovingSet[]
  /** Flat records of all moving sets, and where those of each begin; one more entry tells where the last ends. */
  readonly records: Uint8Array
  readonly recordsAt: Uint32Array
}

/** What is sent of a version; the rest serves to compare it with another. */
export type VersionContent = Pick<ZoneVersion, 'snapshot' | 'zone' | 'serial' | 'soa' | 'records'>

/** Takes the zone down as it is now. Work and memory go with the moving sets, not with the zone. */
export function captureVersion(
  snapshot: Snapshot,
  zone: number,
  moving: readonly MovingSet[],
  rotation: RotationSource,
  serial: number,
): ZoneVersion {
  const scene = createScene(snapshot, rotation)
  const list = createFlatList()
  const recordsAt = new Uint32Array(moving.length + 1)
  moving.forEach((set, i) => {
    recordsAt[i] = list.octets
    putCurrent(scene, zone, set, list)
  })
  recordsAt[moving.length] = list.octets
  const soa = soaRecord(snapshot, zone, serial)
  return { snapshot, zone, serial, soa, moving, records: trimmed(list), recordsAt }
}

/** The same with another serial. */
export function withSerial(version: ZoneVersion, serial: number): ZoneVersion {
  if (version.serial === serial) return version
  const soa = version.soa.slice()
  writeU32(soa, soa.length - soaNumbersOctets, serial)
  return { ...version, serial, soa }
}

/**
 * The same version where it stands in a later snapshot: `zone` is the place of the very image, which did not change.
 * The SOA is as it was too.
 */
export function moveVersion(version: ZoneVersion, snapshot: Snapshot, zone: number): ZoneVersion {
  if (version.snapshot === snapshot && version.zone === zone) return version
  const step = zone - version.zone
  const moving = version.moving.map(({ node, rrset }) => ({ node: node + step, rrset: rrset + step }))
  return { ...version, snapshot, zone, moving }
}

/**
 * All that tells the content of versions apart that come from the same file, whatever their serials: for a digest that
 * is kept while nobody is there to compare.
 */
export function contentParts({ soa, records }: VersionContent): readonly Uint8Array[] {
  const serialAt = soa.length - soaNumbersOctets
  return [soa.subarray(0, serialAt), soa.subarray(serialAt + 4), records]
}

/** True if both hold the same records but for the serial: then nobody needs to be told. Of one snapshot only. */
export function isSameZone(a: ZoneVersion, b: ZoneVersion): boolean {
  return a.snapshot === b.snapshot && a.zone === b.zone && equalBytes(a.records, b.records)
}

/** Every record of the version but the SOA, one after the other in `ref`. */
export function* versionRecords({ snapshot, zone, records }: VersionContent, ref: RecordRef): Generator<RecordRef> {
  yield* stillRecords(snapshot, zone, ref)
  yield* flatRecords(records, ref)
}

/** The flat records of one moving set. */
export function movingRecords({ records, recordsAt }: ZoneVersion, index: number): Uint8Array {
  return records.subarray(recordsAt[index]!, recordsAt[index + 1]!)
}

/** Serial, refresh, retry, expire and minimum end the rdata (RFC 1035 section 3.3.13). */
const soaNumbersOctets = 20

function soaRecord(snapshot: Snapshot, zone: number, serial: number): Uint8Array {
  const head = zone >>> 2
  const apex = zone + snapshot.words[head + imageHead.apexAt]!
  const rrset = zone + snapshot.words[head + imageHead.soaAt]!
  const ref = createRecordRef()
  aimAtSet(snapshot, apex, rrset, ref)
  aimAtRecord(snapshot, rrset, firstRecordAt(snapshot, zone, rrset), ref)
  const list = createFlatList()
  pushRecord(list, ref)
  const soa = trimmed(list)
  writeU32(soa, soa.length - soaNumbersOctets, serial)
  return soa
}
