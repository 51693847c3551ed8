/**
 * Writes a response into the caller's buffer, with name compression against what was already written
 * (RFC 1035 section 4.1.4). Invariant: nothing beyond `limit` is touched; a record set that does not fit leaves the
 * message as it was before. One Writer is reused for every response.
 * Octets are stored through `view` wherever several are known at once: four separate stores cost four times as much.
 */
import { assert } from '../base/assert.ts'
import { lowerOctet } from '../name/name.ts'
import { createNameScan, type NameScan, scanName } from '../name/scan.ts'
import { classIn, headerOctets } from './header.ts'

export interface Writer {
  out: Uint8Array
  /** The same octets as `out`. */
  view: DataView
  /** Where the next octet goes. */
  at: number
  /** The first offset that may not be written. */
  limit: number
  /** Suffixes already in the message: hash and offset. */
  suffixes: number
  readonly suffixHash: Int32Array
  readonly suffixAt: Uint16Array
  readonly scan: NameScan
  /** Views of the places that messages went to lately: making one costs more than writing a message. */
  readonly outs: Uint8Array[]
  readonly views: DataView[]
}

/** A place to go back to. */
export interface Mark {
  at: number
  suffixes: number
}

const suffixesMax = 64
/** Views kept, a power of two: more than a batch has answers. */
const viewsMax = 256
/** A message's place is at least so many octets from the next, as a power of two; it only spreads the views. */
const placeOctetsLog2 = 10
const pointerMax = 0x3fff

/** Owner as a pointer, type, class, TTL and RDLENGTH. */
export const pointedHeadOctets = 12

export function createWriter(): Writer {
  const out = new Uint8Array(0)
  return {
    out,
    view: new DataView(out.buffer),
    outs: new Array<Uint8Array>(viewsMax).fill(out),
    views: new Array<DataView>(viewsMax).fill(new DataView(out.buffer)),
    at: 0,
    limit: 0,
    suffixes: 0,
    suffixHash: new Int32Array(suffixesMax),
    suffixAt: new Uint16Array(suffixesMax),
    scan: createNameScan(),
  }
}

/** Begins a message behind its header. */
export function beginMessage(writer: Writer, out: Uint8Array, limit: number): void {
  if (writer.out !== out) {
    writer.out = out
    writer.view = viewOf(writer, out)
  }
  writer.at = headerOctets
  writer.limit = limit
  writer.suffixes = 0
}

function viewOf({ outs, views }: Writer, out: Uint8Array): DataView {
  const place = (out.byteOffset >>> placeOctetsLog2) & (viewsMax - 1)
  if (outs[place] !== out) {
    outs[place] = out
    views[place] = new DataView(out.buffer, out.byteOffset, out.length)
  }
  return views[place]!
}

export function setMark(writer: Writer, mark: Mark): void {
  mark.at = writer.at
  mark.suffixes = writer.suffixes
}

export function returnTo(writer: Writer, mark: Mark): void {
  writer.at = mark.at
  writer.suffixes = mark.suffixes
}

/** Makes the suffixes of a name that stands uncompressed at `at` in the message available as pointer targets. */
export function noteName(writer: Writer, name: NameScan, at: number): void {
  noteSuffixes(writer, name, name.labels, at)
}

/** Writes the uncompressed name at `nameAt` of `bytes`, as labels and a pointer where it can; false: no room. */
export function putName(writer: Writer, bytes: Uint8Array, nameAt: number): boolean {
  const { scan } = writer
  const end = scanName(bytes, nameAt, bytes.length, scan)
  assert(end >= 0, 'a malformed name in a snapshot')
  let label = 0
  let target = -1
  for (; label < scan.labels; label++) {
    target = findSuffix(writer, bytes, nameAt + scan.labelAt[label]!, scan.hashes[label]!)
    if (target >= 0) break
  }
  const literal = label < scan.labels ? scan.labelAt[label]! : scan.length
  const octets = target >= 0 ? literal + 2 : literal
  if (writer.at + octets > writer.limit) return false
  const start = writer.at
  putOctets(writer, bytes, nameAt, literal)
  if (target >= 0) putU16(writer, 0xc000 | target)
  noteSuffixes(writer, scan, label, start)
  return true
}

/** Where the name written last can be pointed at: its own start, or what it is itself a pointer to. */
export function pointerTo(writer: Writer, at: number): number {
  const first = writer.out[at]!
  return first >= 0xc0 ? ((first & 0x3f) << 8) | writer.out[at + 1]! : at
}

/** True if `at` is near enough to the start of the message to be pointed at. */
export function isPointable(at: number): boolean {
  return at <= pointerMax
}

/** The caller has checked the room. */
function putU16(writer: Writer, value: number): void {
  writer.view.setInt16(writer.at, value)
  writer.at += 2
}

/** The caller has checked the room. */
export function putOctets(writer: Writer, bytes: Uint8Array, from: number, count: number): void {
  const { out } = writer
  let { at } = writer
  for (const end = from + count; from < end; from++) out[at++] = bytes[from]!
  writer.at = at
}

/** A record up to its rdata, its owner a pointer to `ownerAt`. The caller has checked the room. */
export function putPointedHead(writer: Writer, ownerAt: number, type: number, ttl: number, rdataOctets: number): void {
  const { view, at } = writer
  view.setInt32(at, ((0xc000 | ownerAt) << 16) | type)
  view.setInt32(at + 4, (classIn << 16) | (ttl >>> 16))
  view.setInt32(at + 8, (ttl << 16) | rdataOctets)
  writer.at += pointedHeadOctets
}

/** What follows the owner of a record: type, class, TTL and RDLENGTH. The caller has checked the room. */
export function putHeadBehindName(writer: Writer, type: number, ttl: number, rdataOctets: number): void {
  const { view, at } = writer
  view.setInt32(at, (type << 16) | classIn)
  view.setInt32(at + 4, ttl)
  view.setInt16(at + 8, rdataOctets)
  writer.at += 10
}

/** `count` octets, a multiple of four, from `from` of another view. The caller has checked the room. */
export function putWords(writer: Writer, words: DataView, from: number, count: number): void {
  const { view, at } = writer
  for (let i = 0; i < count; i += 4) view.setInt32(at + i, words.getInt32(from + i))
  writer.at += count
}

function noteSuffixes(writer: Writer, name: NameScan, labels: number, start: number): void {
  for (let label = 0; label < labels && writer.suffixes < suffixesMax; label++) {
    const at = start + name.labelAt[label]!
    if (at > pointerMax) return
    writer.suffixHash[writer.suffixes] = name.hashes[label]!
    writer.suffixAt[writer.suffixes++] = at
  }
}

function findSuffix(writer: Writer, bytes: Uint8Array, nameAt: number, hash: number): number {
  for (let i = 0; i < writer.suffixes; i++) {
    if (writer.suffixHash[i] !== hash) continue
    const at = writer.suffixAt[i]!
    if (isNameAt(writer, at, bytes, nameAt)) return at
  }
  return -1
}

/** True if the message's name at `at`, whose pointers are our own, is the uncompressed one at `nameAt`. */
export function isNameAt({ out }: Writer, at: number, bytes: Uint8Array, nameAt: number): boolean {
  for (;;) {
    while (out[at]! >= 0xc0) at = ((out[at]! & 0x3f) << 8) | out[at + 1]!
    const size = bytes[nameAt]!
    if (out[at] !== size) return false
    if (size === 0) return true
    for (let i = 1; i <= size; i++) if (lowerOctet(out[at + i]!) !== lowerOctet(bytes[nameAt + i]!)) return false
    at += size + 1
    nameAt += size + 1
  }
}
