/**
 * RRsets from the snapshot into the message, whole or not at all (RFC 2181 section 9): an RRset that does not fit is
 * taken back and the caller is told. The one exception is a pooled RRset, which may shed members: any subset of a
 * rotation is a valid answer.
 */
import { readU16, writeU16, writeU32 } from '../base/bytes.ts'
import type { NamesInRdata } from '../rdata/format.ts'
import { namesInRdata, rrType } from '../rdata/table.ts'
import { pick } from '../rotation/pick.ts'
import {
  isPointable,
  pointedHeadOctets,
  pointerTo,
  putHeadBehindName,
  putName,
  putOctets,
  putPointedHead,
  putWords,
  returnTo,
  setMark,
  type Writer,
} from '../wire/writer.ts'
import {
  hasRules,
  imageHead,
  isAnsweredWhole,
  nodeHeadOctets,
  rrsetHinting,
  rrsetRecords,
  type Snapshot,
} from '../zone/layout.ts'
import { ruleSlotAt } from '../zone/rules.ts'
import { filterHints } from './hints.ts'
import { type Live, ownerUnwritten, type RRsetRef } from './live.ts'
import { count, tallyAt } from './tally.ts'

/**
 * Writes one RRset and returns its records, 0 if it did not fit. `ttl` -1 keeps the RRset's own. A pooled RRset is
 * written from `live.desk.turn`, which the caller has loaded, beginning at `cursor`.
 */
export function putRRset(live: Live, ref: RRsetRef, ttl: number, cursor: number): number {
  const { words } = live.snapshot
  const word = ref.rrset >>> 2
  const type = words[word]! & 0xffff
  const records = rrsetRecords(words[word]!)
  const recordsAt = ref.zone + words[word + 2]!
  const pooled = words[word + 3]! !== 0
  const ttlOwn = ttl >= 0 ? ttl : pooled ? live.desk.turn.ttl : words[word + 1]!
  setMark(live.desk.writer, live.desk.mark)
  if (type !== rrType.A && type !== rrType.AAAA) {
    const wanted = pooled ? markChosen(live, records, cursor) : records
    return putRecords(live, ref, type, ttlOwn, recordsAt, records, pooled) ? wanted : 0
  }
  const size = type === rrType.A ? 4 : 16
  if (!pooled) return putAddresses(live, ref, type, ttlOwn, recordsAt, size, records)
  return putMembers(live, ref, type, ttlOwn, recordsAt, size, cursor)
}

/** Sets the desk's one RRsetRef. */
export function aim(live: Live, zone: number, node: number, rrset: number, ownerAt: number): RRsetRef {
  const { ref } = live.desk
  ref.zone = zone
  ref.node = node
  ref.rrset = rrset
  ref.ownerAt = ownerAt
  return ref
}

/** The absolute board slot of a pooled RRset, or -1 for one that health does not touch. Rules do not tell here. */
export function slotOf(snapshot: Snapshot, zone: number, rrset: number): number {
  const place = snapshot.words[(rrset >>> 2) + 3]!
  if (place === 0) return -1
  if (hasRules(place)) return ruleSlotAt(snapshot, zone, place, 0)
  return snapshot.words[(zone >>> 2) + imageHead.boardBase]! + place - 1
}

/** Reads the rotation of a pooled RRset into the desk's turn; returns its cursor, which moves by `step`. */
export function takeTurn(live: Live, rrset: number, slot: number, step: 0 | 1): number {
  return live.rotation.take(slot, rrsetRecords(live.snapshot.words[rrset >>> 2]!), live.desk.turn, step)
}

/** Where the extras of a record set begin, as a word index; the word there is their number. */
export function extrasAt(snapshot: Snapshot, zone: number, rrset: number): number {
  return (zone + snapshot.words[(rrset >>> 2) + 2]!) >>> 2
}

/** The hot path. Members that find no room are shed, unless the set is to be whole; none at all is a failure. */
function putMembers(
  live: Live,
  ref: RRsetRef,
  type: number,
  ttl: number,
  recordsAt: number,
  size: number,
  cursor: number,
): number {
  const { writer, turn, chosen } = live.desk
  const wanted = pick(turn, cursor, turn.count, chosen)
  if (ref.ownerAt >= 0 && writer.at + wanted * (pointedHeadOctets + size) <= writer.limit) {
    for (let i = 0; i < wanted; i++) {
      putPointedHead(writer, ref.ownerAt, type, ttl, size)
      putWords(writer, live.snapshot.view, recordsAt + chosen[i]! * size, size)
    }
    return wanted
  }
  let ownerAt = ref.ownerAt
  for (let i = 0; i < wanted; i++) {
    const nextOwnerAt = putHead(writer, live.snapshot, ref.node, ownerAt, type, ttl, size)
    if (nextOwnerAt === noRoom) {
      if (i === 0 || isAnsweredWhole(live.snapshot.words[ref.rrset >>> 2]!)) {
        returnTo(writer, live.desk.mark)
        return 0
      }
      count(live.tally, tallyAt.shed)
      return i
    }
    ownerAt = nextOwnerAt
    putWords(writer, live.snapshot.view, recordsAt + chosen[i]! * size, size)
  }
  return wanted
}

function putAddresses(
  live: Live,
  ref: RRsetRef,
  type: number,
  ttl: number,
  recordsAt: number,
  size: number,
  records: number,
): number {
  const { writer, mark } = live.desk
  let ownerAt = ref.ownerAt
  for (let i = 0; i < records; i++) {
    ownerAt = putHead(writer, live.snapshot, ref.node, ownerAt, type, ttl, size)
    if (ownerAt === noRoom) {
      returnTo(writer, mark)
      return 0
    }
    putWords(writer, live.snapshot.view, recordsAt + i * size, size)
  }
  return records
}

/** Marks the records of a pooled set that the turn chooses, and returns how many they are. */
function markChosen(live: Live, records: number, cursor: number): number {
  const { turn, chosen, scratch } = live.desk
  const wanted = pick(turn, cursor, turn.count, chosen)
  scratch.used.fill(0, 0, records)
  for (let i = 0; i < wanted; i++) scratch.used[chosen[i]!] = 1
  return wanted
}

/** In the order of the set; of a pooled one those that are marked. False if they do not fit. */
function putRecords(
  live: Live,
  ref: RRsetRef,
  type: number,
  ttl: number,
  recordsAt: number,
  records: number,
  pooled: boolean,
): boolean {
  const { writer, mark, scratch } = live.desk
  const { bytes, words } = live.snapshot
  const names = namesInRdata(type)
  const hinting = (words[ref.rrset >>> 2]! & rrsetHinting) !== 0
  const start = writer.at
  let least = ttl
  let ownerAt = ref.ownerAt
  let from = recordsAt + 4 + words[recordsAt >>> 2]! * 4
  for (let i = 0; i < records; i++) {
    const octets = readU16(bytes, from)
    if (!pooled || scratch.used[i] === 1) {
      ownerAt = putHead(writer, live.snapshot, ref.node, ownerAt, type, ttl, 0)
      if (ownerAt === noRoom || !putRdata(writer, bytes, from + 2, octets, names)) {
        returnTo(writer, mark)
        return false
      }
      if (hinting) least = filterHints(live, ref, octets, least)
    }
    from += octets + 2
  }
  if (least < ttl) lowerTtl(writer, start, least)
  if (type === rrType.SOA) putSerial(live, ref.zone)
  return true
}

/** The records from `at` to the end of the message are one set, and so have one TTL (RFC 2181 section 5.2). */
function lowerTtl({ out, at: end }: Writer, at: number, ttl: number): void {
  while (at < end) {
    while (out[at]! !== 0 && out[at]! < pointerMark) at += out[at]! + 1
    at += out[at]! === 0 ? 1 : 2
    writeU32(out, at + 4, ttl)
    at += 10 + readU16(out, at + 8)
  }
}

/** The first octet of a compression pointer has at least this (RFC 1035 section 4.1.4). */
const pointerMark = 0xc0

/** Serial, refresh, retry, expire and minimum end the SOA (RFC 1035 section 3.3.13). */
const soaNumbersOctets = 20

/** The SOA that was just written tells the serial of now, which health moves on without a new generation. */
function putSerial({ rotation, snapshot, desk: { writer } }: Live, zone: number): void {
  const serial = rotation.serial(snapshot.words[(zone >>> 2) + imageHead.boardBase]!)
  if (serial !== 0) writeU32(writer.out, writer.at - soaNumbersOctets, serial)
}

/** A CNAME that stands in no zone: to the uncompressed name in `target`. False if it does not fit. */
export function putMadeCname(live: Live, ownerAt: number, ttl: number, target: Uint8Array): boolean {
  const { writer, mark } = live.desk
  setMark(writer, mark)
  if (putHead(writer, live.snapshot, 0, ownerAt, rrType.CNAME, ttl, 0) === noRoom) return false
  if (putRdata(writer, target, 0, 0, 'one')) return true
  returnTo(writer, mark)
  return false
}

/** What `putHead` returns when the record's head and `rdataOctets` behind it do not fit. */
const noRoom = -2

/**
 * Owner, type, class, TTL and RDLENGTH. Returns where later records can point for the same owner, or `ownerUnwritten`
 * where the message has grown beyond what a pointer reaches.
 */
function putHead(
  writer: Writer,
  snapshot: Snapshot,
  node: number,
  ownerAt: number,
  type: number,
  ttl: number,
  rdataOctets: number,
): number {
  if (ownerAt >= 0) {
    if (writer.at + pointedHeadOctets + rdataOctets > writer.limit) return noRoom
    putPointedHead(writer, ownerAt, type, ttl, rdataOctets)
    return ownerAt
  }
  const start = writer.at
  if (!putName(writer, snapshot.bytes, node + nodeHeadOctets)) return noRoom
  if (writer.at + 10 + rdataOctets > writer.limit) {
    // Members before this one stay, so no half of it may.
    writer.at = start
    return noRoom
  }
  const target = pointerTo(writer, start)
  putHeadBehindName(writer, type, ttl, rdataOctets)
  return isPointable(target) ? target : ownerUnwritten
}

/** Rdata and its length, which compression decides. */
function putRdata(writer: Writer, bytes: Uint8Array, from: number, octets: number, names: NamesInRdata): boolean {
  const start = writer.at
  if (!putRdataParts(writer, bytes, from, octets, names)) return false
  writeU16(writer.out, start - 2, writer.at - start)
  return true
}

function putRdataParts(writer: Writer, bytes: Uint8Array, from: number, octets: number, names: NamesInRdata): boolean {
  switch (names) {
    case 'one':
      return putName(writer, bytes, from)
    case 'after-2':
      return putPlain(writer, bytes, from, 2) && putName(writer, bytes, from + 2)
    case 'soa': {
      const rnameAt = nameEnd(bytes, from)
      const numbersAt = nameEnd(bytes, rnameAt)
      return (
        putName(writer, bytes, from) &&
        putName(writer, bytes, rnameAt) &&
        putPlain(writer, bytes, numbersAt, soaNumbersOctets)
      )
    }
    case 'one-plain':
    case 'after-2-plain':
    case 'after-6-plain':
    case 'last-plain':
    case 'none':
      return putPlain(writer, bytes, from, octets)
  }
}

function putPlain(writer: Writer, bytes: Uint8Array, from: number, octets: number): boolean {
  if (writer.at + octets > writer.limit) return false
  putOctets(writer, bytes, from, octets)
  return true
}

function nameEnd(bytes: Uint8Array, at: number): number {
  while (bytes[at] !== 0) at += bytes[at]! + 1
  return at + 1
}
