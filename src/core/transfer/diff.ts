/**
 * What changed from one version of a zone to the next, as IXFR tells it (RFC 1995 section 4): records that went and
 * records that came. Between versions of one snapshot only moving sets are looked at; after an edit both zones are
 * walked name by name, each name found in the other by the hash that its table has.
 * Invariant: applying the difference to the older version gives the newer one; a set whose TTL differs goes and comes
 * as a whole, since all its records have that TTL (RFC 2181 section 5.2).
 */
import { equalBytes } from '../base/bytes.ts'
import { rrType } from '../rdata/table.ts'
import {
  imageHead,
  nodeHeadOctets,
  nodeNameLength,
  nodeRRsets,
  rrsetOctets,
  rrsetRecords,
  rrsetsAt,
} from '../zone/layout.ts'
import {
  createFlatList,
  createRecordRef,
  type FlatList,
  flatRecords,
  pushRecord,
  type RecordRef,
  readFlat,
  trimmed,
} from './record.ts'
import { aimAtRecord, aimAtSet, firstRecordAt, isMoving, typeOf } from './sets.ts'
import { movingRecords, type ZoneVersion } from './version.ts'

export interface ZoneDiff {
  readonly from: number
  readonly to: number
  /** The SOAs of both, as flat records. */
  readonly fromSoa: Uint8Array
  readonly toSoa: Uint8Array
  /** Flat records. */
  readonly gone: Uint8Array
  readonly come: Uint8Array
}

/** Null if it comes to more than `octetsMax`: then a whole transfer is the better way to tell. */
export function diffVersions(before: ZoneVersion, after: ZoneVersion, octetsMax: number): ZoneDiff | null {
  const change: Change = { gone: createFlatList(), come: createFlatList(), octetsMax, ref: createRecordRef() }
  const whole =
    before.snapshot === after.snapshot && before.zone === after.zone
      ? compareMoving(before, after, change)
      : compareZones(before, after, change)
  if (!whole) return null
  const { serial: from, soa: fromSoa } = before
  const { serial: to, soa: toSoa } = after
  return { from, to, fromSoa, toSoa, gone: trimmed(change.gone), come: trimmed(change.come) }
}

/** What a kept difference takes of memory. */
export function diffOctets({ fromSoa, toSoa, gone, come }: ZoneDiff): number {
  return fromSoa.length + toSoa.length + gone.length + come.length
}

interface Change {
  readonly gone: FlatList
  readonly come: FlatList
  readonly octetsMax: number
  readonly ref: RecordRef
}

function isTooMuch({ gone, come, octetsMax }: Change): boolean {
  return gone.octets + come.octets > octetsMax
}

function compareMoving(before: ZoneVersion, after: ZoneVersion, change: Change): boolean {
  for (let i = 0; i < before.moving.length; i++) {
    noteChange(movingRecords(before, i), movingRecords(after, i), change)
    if (isTooMuch(change)) return false
  }
  return true
}

function compareZones(before: ZoneVersion, after: ZoneVersion, change: Change): boolean {
  const olds = indexMoving(before)
  const news = indexMoving(after)
  for (const { node, hash } of hashedNodes(before)) {
    const twin = findTwin(before, node, hash, after)
    if (twin !== 0 && isSameNode(before, node, after, twin)) continue
    noteChange(nodeRecords(before, node, olds), twin === 0 ? nothing : nodeRecords(after, twin, news), change)
    if (isTooMuch(change)) return false
  }
  for (const { node, hash } of hashedNodes(after)) {
    if (findTwin(after, node, hash, before) !== 0) continue
    noteChange(nothing, nodeRecords(after, node, news), change)
    if (isTooMuch(change)) return false
  }
  return true
}

const nothing = new Uint8Array(0)

/** Notes which of the flat records went and which came. */
function noteChange(before: Uint8Array, after: Uint8Array, change: Change): void {
  if (equalBytes(before, after)) return
  const { ref } = change
  const olds = keysOf(before, ref)
  const news = keysOf(after, ref)
  for (const old of flatRecords(before, ref)) if (!news.has(keyOf(old))) pushRecord(change.gone, old)
  for (const fresh of flatRecords(after, ref)) if (!olds.has(keyOf(fresh))) pushRecord(change.come, fresh)
}

/** Of records of one name: all that can tell them apart. */
function keysOf(records: Uint8Array, ref: RecordRef): ReadonlySet<string> {
  const keys = new Set<string>()
  for (let at = 0; at < records.length; ) {
    at = readFlat(records, at, ref)
    keys.add(keyOf(ref))
  }
  return keys
}

function keyOf({ type, ttl, rdataBytes, rdataAt, rdataOctets }: RecordRef): string {
  let key = `${type} ${ttl} `
  for (let i = 0; i < rdataOctets; i++) key += String.fromCharCode(rdataBytes[rdataAt + i]!)
  return key
}

function indexMoving({ moving }: ZoneVersion): ReadonlyMap<number, number> {
  return new Map(moving.map(({ rrset }, i) => [rrset, i]))
}

/** Flat records of all that a name has, but for an SOA. */
function nodeRecords(version: ZoneVersion, node: number, moving: ReadonlyMap<number, number>): Uint8Array {
  const { snapshot, zone } = version
  const list = createFlatList()
  const ref = createRecordRef()
  let rrset = rrsetsAt(snapshot.bytes, node)
  for (let left = nodeRRsets(snapshot.bytes, node); left > 0; left--, rrset += rrsetOctets) {
    if (isMoving(snapshot, rrset)) {
      for (const record of flatRecords(movingRecords(version, moving.get(rrset)!), ref)) pushRecord(list, record)
      continue
    }
    if (typeOf(snapshot, rrset) === rrType.SOA) continue
    aimAtSet(snapshot, node, rrset, ref)
    let at = firstRecordAt(snapshot, zone, rrset)
    for (let i = rrsetRecords(snapshot.words[rrset >>> 2]!); i > 0; i--) {
      at = aimAtRecord(snapshot, rrset, at, ref)
      pushRecord(list, ref)
    }
  }
  return trimmed(list)
}

/** Names with the hash that their table found them by. */
function* hashedNodes({ snapshot, zone }: ZoneVersion): Generator<{ readonly node: number; readonly hash: number }> {
  const { words } = snapshot
  const table = (zone + words[(zone >>> 2) + imageHead.tableAt]!) >>> 2
  const slots = words[(zone >>> 2) + imageHead.tableMask]! + 1
  for (let slot = 0; slot < slots; slot++) {
    const node = words[table + slot * 2 + 1]!
    if (node !== 0) yield { node: zone + node, hash: words[table + slot * 2]! }
  }
}

/** The node of the same name in the other version, or 0. */
function findTwin(from: ZoneVersion, node: number, hash: number, { snapshot, zone }: ZoneVersion): number {
  const { words, bytes } = snapshot
  const table = (zone + words[(zone >>> 2) + imageHead.tableAt]!) >>> 2
  const mask = words[(zone >>> 2) + imageHead.tableMask]!
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const found = words[table + slot * 2 + 1]!
    if (found === 0) return 0
    if (words[table + slot * 2] !== hash) continue
    if (isSameName(from.snapshot.bytes, node, bytes, zone + found)) return zone + found
  }
}

function isSameName(a: Uint8Array, nodeA: number, b: Uint8Array, nodeB: number): boolean {
  const length = nodeNameLength(a, nodeA)
  if (nodeNameLength(b, nodeB) !== length) return false
  for (let i = nodeHeadOctets; i < nodeHeadOctets + length; i++) if (a[nodeA + i] !== b[nodeB + i]) return false
  return true
}

/** True for the many names that an edit did not touch: only still sets, in the same order, octet by octet the same. */
function isSameNode(a: ZoneVersion, nodeA: number, b: ZoneVersion, nodeB: number): boolean {
  const count = nodeRRsets(a.snapshot.bytes, nodeA)
  if (nodeRRsets(b.snapshot.bytes, nodeB) !== count) return false
  let setA = rrsetsAt(a.snapshot.bytes, nodeA)
  let setB = rrsetsAt(b.snapshot.bytes, nodeB)
  for (let left = count; left > 0; left--, setA += rrsetOctets, setB += rrsetOctets) {
    if (!isSameSet(a, setA, b, setB)) return false
  }
  return true
}

function isSameSet(a: ZoneVersion, setA: number, b: ZoneVersion, setB: number): boolean {
  if (isMoving(a.snapshot, setA) || isMoving(b.snapshot, setB)) return false
  const wordsA = a.snapshot.words
  const wordsB = b.snapshot.words
  if (typeOf(a.snapshot, setA) === rrType.SOA) return typeOf(b.snapshot, setB) === rrType.SOA
  if (wordsA[setA >>> 2] !== wordsB[setB >>> 2] || wordsA[(setA >>> 2) + 1] !== wordsB[(setB >>> 2) + 1]) return false
  const refA = createRecordRef()
  const refB = createRecordRef()
  let atA = firstRecordAt(a.snapshot, a.zone, setA)
  let atB = firstRecordAt(b.snapshot, b.zone, setB)
  for (let i = rrsetRecords(wordsA[setA >>> 2]!); i > 0; i--) {
    atA = aimAtRecord(a.snapshot, setA, atA, refA)
    atB = aimAtRecord(b.snapshot, setB, atB, refB)
    if (!isSameRdata(refA, refB)) return false
  }
  return true
}

function isSameRdata(a: RecordRef, b: RecordRef): boolean {
  if (a.rdataOctets !== b.rdataOctets) return false
  for (let i = 0; i < a.rdataOctets; i++) if (a.rdataBytes[a.rdataAt + i] !== b.rdataBytes[b.rdataAt + i]) return false
  return true
}
