/**
 * The RRsets of a zone in a snapshot, told apart: still ones are what they are until the next edit, moving ones are
 * what health and rotation make of them (pools of every type, ALIAS, SVCB and HTTPS with hints). Still ones are read
 * from where they stand, however many; moving ones are found once for each generation.
 */
import { readU16 } from '../base/bytes.ts'
import { rrType } from '../rdata/table.ts'
import {
  aliasType,
  imageHead,
  nodeHeadOctets,
  nodeNameLength,
  nodeRRsets,
  rrsetHinting,
  rrsetOctets,
  rrsetRecords,
  rrsetsAt,
  type Snapshot,
} from '../zone/layout.ts'
import type { RecordRef } from './record.ts'

/** Absolute offsets of a moving set: its node and itself. */
export interface MovingSet {
  readonly node: number
  readonly rrset: number
}

/** True for a set that may be another at the next look. */
export function isMoving(snapshot: Snapshot, rrset: number): boolean {
  const word = snapshot.words[rrset >>> 2]!
  return snapshot.words[(rrset >>> 2) + 3] !== 0 || typeOf(snapshot, rrset) === aliasType || (word & rrsetHinting) !== 0
}

export function typeOf(snapshot: Snapshot, rrset: number): number {
  return snapshot.words[rrset >>> 2]! & 0xffff
}

/** `zone` is the absolute offset of the zone's image. */
export function findMovingSets(snapshot: Snapshot, zone: number): readonly MovingSet[] {
  const moving: MovingSet[] = []
  for (const node of zoneNodes(snapshot, zone)) {
    let rrset = rrsetsAt(snapshot.bytes, node)
    for (let left = nodeRRsets(snapshot.bytes, node); left > 0; left--, rrset += rrsetOctets) {
      if (isMoving(snapshot, rrset)) moving.push({ node, rrset })
    }
  }
  return moving
}

/** True if what some set holds hangs on rotations that may be other zones': ALIAS, and hints of SVCB and HTTPS. */
export function reachesElsewhere(snapshot: Snapshot, moving: readonly MovingSet[]): boolean {
  return moving.some(({ rrset }) => {
    return typeOf(snapshot, rrset) === aliasType || (snapshot.words[rrset >>> 2]! & rrsetHinting) !== 0
  })
}

/** Absolute offsets of all names of the zone, in the order of its table. */
function* zoneNodes(snapshot: Snapshot, zone: number): Generator<number> {
  const { words } = snapshot
  const head = zone >>> 2
  const table = (zone + words[head + imageHead.tableAt]!) >>> 2
  const slots = words[head + imageHead.tableMask]! + 1
  for (let slot = 0; slot < slots; slot++) {
    const node = words[table + slot * 2 + 1]!
    if (node !== 0) yield zone + node
  }
}

/** All records of still sets but the SOA, one after the other in `ref`. */
export function* stillRecords(snapshot: Snapshot, zone: number, ref: RecordRef): Generator<RecordRef> {
  for (const node of zoneNodes(snapshot, zone)) {
    let rrset = rrsetsAt(snapshot.bytes, node)
    for (let left = nodeRRsets(snapshot.bytes, node); left > 0; left--, rrset += rrsetOctets) {
      if (typeOf(snapshot, rrset) === rrType.SOA || isMoving(snapshot, rrset)) continue
      aimAtSet(snapshot, node, rrset, ref)
      const records = rrsetRecords(snapshot.words[rrset >>> 2]!)
      let at = firstRecordAt(snapshot, zone, rrset)
      for (let i = 0; i < records; i++) {
        at = aimAtRecord(snapshot, rrset, at, ref)
        yield ref
      }
    }
  }
}

/** Owner, type and TTL of a set. */
export function aimAtSet(snapshot: Snapshot, node: number, rrset: number, ref: RecordRef): void {
  ref.ownerBytes = snapshot.bytes
  ref.ownerAt = node + nodeHeadOctets
  ref.ownerOctets = nodeNameLength(snapshot.bytes, node)
  ref.type = typeOf(snapshot, rrset)
  ref.ttl = snapshot.words[(rrset >>> 2) + 1]!
}

/** Where the first record of a set stands, with its length in front where its type needs one. */
export function firstRecordAt(snapshot: Snapshot, zone: number, rrset: number): number {
  const at = zone + snapshot.words[(rrset >>> 2) + 2]!
  return addressOctets(typeOf(snapshot, rrset)) > 0 ? at : at + 4 + snapshot.words[at >>> 2]! * 4
}

/** Aims at the rdata of the record at `at`; returns where the next one stands. */
export function aimAtRecord(snapshot: Snapshot, rrset: number, at: number, ref: RecordRef): number {
  const size = addressOctets(typeOf(snapshot, rrset))
  ref.rdataBytes = snapshot.bytes
  ref.rdataAt = size > 0 ? at : at + 2
  ref.rdataOctets = size > 0 ? size : readU16(snapshot.bytes, at)
  return ref.rdataAt + ref.rdataOctets
}

/** Octets of the addresses of a type, which stand side by side; 0 for other types. */
export function addressOctets(type: number): number {
  if (type === rrType.A) return 4
  return type === rrType.AAAA ? 16 : 0
}
