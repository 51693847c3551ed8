/**
 * One resource record on its way into a transfer, as places in memory that somebody else owns: streams of a million
 * records reuse a single one. The flat form is how records are kept that have no snapshot to stand in any more.
 *
 *   flat   owner, uncompressed · u16 type · u32 TTL · u16 octets of rdata · rdata, uncompressed
 */
import { assert } from '../base/assert.ts'
import { readU16, readU32, writeU16, writeU32 } from '../base/bytes.ts'

/** Class IN is not kept: there is no other. */
export interface RecordRef {
  ownerBytes: Uint8Array
  ownerAt: number
  ownerOctets: number
  type: number
  ttl: number
  rdataBytes: Uint8Array
  rdataAt: number
  rdataOctets: number
}

export function createRecordRef(): RecordRef {
  const none = new Uint8Array(0)
  return {
    ownerBytes: none,
    ownerAt: 0,
    ownerOctets: 0,
    type: 0,
    ttl: 0,
    rdataBytes: none,
    rdataAt: 0,
    rdataOctets: 0,
  }
}

/** Flat records as they come in. It grows, up to `octetsMax`. */
export interface FlatList {
  bytes: Uint8Array
  octets: number
  records: number
}

const flatHeadOctets = 8
const octetsFirst = 256
const nothing = new Uint8Array(0)

/** Takes no room before the first record: a transfer of changes may bring any number of lists that stay empty. */
export function createFlatList(): FlatList {
  return { bytes: nothing, octets: 0, records: 0 }
}

/** Adds a copy of the record. */
export function pushRecord(list: FlatList, ref: RecordRef): void {
  const octets = ref.ownerOctets + flatHeadOctets + ref.rdataOctets
  if (list.octets + octets > list.bytes.length) {
    const wider = new Uint8Array(Math.max(octetsFirst, list.bytes.length * 2, list.octets + octets))
    wider.set(list.bytes.subarray(0, list.octets))
    list.bytes = wider
  }
  const { bytes } = list
  let at = list.octets
  bytes.set(ref.ownerBytes.subarray(ref.ownerAt, ref.ownerAt + ref.ownerOctets), at)
  at += ref.ownerOctets
  writeU16(bytes, at, ref.type)
  writeU32(bytes, at + 2, ref.ttl)
  writeU16(bytes, at + 6, ref.rdataOctets)
  bytes.set(ref.rdataBytes.subarray(ref.rdataAt, ref.rdataAt + ref.rdataOctets), at + flatHeadOctets)
  list.octets += octets
  list.records++
}

/** Only what is used, to be kept. */
export function trimmed({ bytes, octets }: FlatList): Uint8Array {
  return bytes.slice(0, octets)
}

/** The records of a flat list, one after the other in `ref`. */
export function* flatRecords(bytes: Uint8Array, ref: RecordRef): Generator<RecordRef> {
  for (let at = 0; at < bytes.length; ) {
    at = readFlat(bytes, at, ref)
    yield ref
  }
}

/** Reads the flat record at `at` into `ref`; returns where the next one begins. */
export function readFlat(bytes: Uint8Array, at: number, ref: RecordRef): number {
  let nameEnd = at
  while (bytes[nameEnd] !== 0) nameEnd += bytes[nameEnd]! + 1
  nameEnd++
  ref.ownerBytes = bytes
  ref.ownerAt = at
  ref.ownerOctets = nameEnd - at
  ref.type = readU16(bytes, nameEnd)
  ref.ttl = readU32(bytes, nameEnd + 2)
  ref.rdataBytes = bytes
  ref.rdataAt = nameEnd + flatHeadOctets
  ref.rdataOctets = readU16(bytes, nameEnd + 6)
  const end = ref.rdataAt + ref.rdataOctets
  assert(end <= bytes.length, 'a flat record cut short')
  return end
}
