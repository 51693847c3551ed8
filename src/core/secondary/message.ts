/**
 * One message of a primary, read with suspicion: header, question, and the records of its answer section with every
 * name uncompressed. Invariants: any octets whatever end in a message or in `malformed`; pointers lead backwards only,
 * so none makes a loop; the work is proportional to the message, a name costing at most 255 octets and 127 pointers.
 * RFC 1035 sections 4.1 and 4.1.4, RFC 3597 section 4.
 */
import { readU16, readU32 } from '../base/bytes.ts'
import { type Name, nameOctetsMax } from '../name/name.ts'
import { headerOctets } from '../wire/header.ts'
import { layoutOf, type RdataLayout } from './names-within.ts'

export interface PrimaryMessage {
  readonly id: number
  readonly flags: number
  /** The extended one where there is an OPT. */
  readonly rcode: number
  /** Null where none is repeated, as later messages of a transfer may have it (RFC 5936 section 2.2.1). */
  readonly question: { readonly name: Name; readonly type: number; readonly klass: number } | null
  readonly answers: readonly WireRecord[]
}

export interface WireRecord {
  readonly owner: Name
  readonly type: number
  readonly klass: number
  readonly ttl: number
  readonly rdata: Uint8Array
}

const typeOpt = 41
/** Type, class, TTL and RDLENGTH. */
const recordHeadOctets = 10
/** No name has more labels, so none needs more pointers. */
const pointersMax = 127

export function readPrimaryMessage(message: Uint8Array): PrimaryMessage | 'malformed' {
  if (message.length < headerOctets) return 'malformed'
  const flags = readU16(message, 2)
  const questions = readU16(message, 4)
  if (questions > 1) return 'malformed'
  const cursor: Cursor = { message, at: headerOctets, name: new Uint8Array(nameOctetsMax) }
  const question = questions === 0 ? null : readQuestion(cursor)
  if (question === 'malformed') return 'malformed'
  const answers: WireRecord[] = []
  for (let left = readU16(message, 6); left > 0; left--) {
    const record = readRecord(cursor)
    if (record === null) return 'malformed'
    answers.push(record)
  }
  const extended = readExtended(cursor, readU16(message, 8) + readU16(message, 10))
  if (extended === null) return 'malformed'
  return { id: readU16(message, 0), flags, rcode: (extended << 4) | (flags & 0xf), question, answers }
}

interface Cursor {
  readonly message: Uint8Array
  at: number
  /** Where a name is put together. */
  readonly name: Uint8Array
}

function readQuestion(cursor: Cursor): PrimaryMessage['question'] | 'malformed' {
  const { message } = cursor
  const name = takeName(cursor)
  if (name === null || cursor.at + 4 > message.length) return 'malformed'
  const question = { name, type: readU16(message, cursor.at), klass: readU16(message, cursor.at + 2) }
  cursor.at += 4
  return question
}

function readRecord(cursor: Cursor): WireRecord | null {
  const { message } = cursor
  const owner = takeName(cursor)
  const head = cursor.at
  if (owner === null || head + recordHeadOctets > message.length) return null
  const type = readU16(message, head)
  const end = head + recordHeadOctets + readU16(message, head + 8)
  if (end > message.length) return null
  cursor.at = head + recordHeadOctets
  const layout = layoutOf(type)
  const rdata = layout === null ? copyOf(message, cursor.at, end) : takeRdata(cursor, layout, end)
  if (rdata === null) return null
  cursor.at = end
  return { owner, type, klass: readU16(message, head + 2), ttl: readU32(message, head + 4), rdata }
}

/** The high bits of the rcode (RFC 6891 section 6.1.3), 0 without OPT; null if the records do not end. */
function readExtended(cursor: Cursor, records: number): number | null {
  const { message } = cursor
  let extended = 0
  for (let left = records; left > 0; left--) {
    if (takeName(cursor) === null || cursor.at + recordHeadOctets > message.length) return null
    if (readU16(message, cursor.at) === typeOpt) extended = message[cursor.at + 4]!
    cursor.at += recordHeadOctets + readU16(message, cursor.at + 8)
    if (cursor.at > message.length) return null
  }
  return extended
}

/** The rdata with its names uncompressed, or null if it is not as its type wants it. */
function takeRdata(cursor: Cursor, layout: RdataLayout, end: number): Uint8Array | null {
  const { message } = cursor
  const parts: Uint8Array[] = []
  const from = cursor.at
  let at = from + layout.octetsBefore
  for (let left = layout.strings; left > 0; left--) at += (message[at] ?? 0) + 1
  if (at > end) return null
  parts.push(message.subarray(from, at))
  cursor.at = at
  for (let left = layout.names; left > 0; left--) {
    const name = takeName(cursor)
    if (name === null || cursor.at > end) return null
    parts.push(name)
  }
  if (layout.octetsBehind !== 'rest' && cursor.at + layout.octetsBehind !== end) return null
  parts.push(message.subarray(cursor.at, end))
  const octets = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let to = 0
  for (const part of parts) {
    octets.set(part, to)
    to += part.length
  }
  return octets
}

/** The name at the cursor, uncompressed, with the cursor behind it; null if there is none. */
function takeName(cursor: Cursor): Name | null {
  const { message, name } = cursor
  let at = cursor.at
  let behind = -1
  let before = at
  let length = 0
  let pointers = 0
  for (;;) {
    const size = message[at]
    if (size === undefined) return null
    if (size >= 0xc0) {
      const target = ((size & 0x3f) << 8) | (message[at + 1] ?? 0)
      if (at + 1 >= message.length || target >= before || target < headerOctets) return null
      if (++pointers > pointersMax) return null
      if (behind < 0) behind = at + 2
      before = target
      at = target
      continue
    }
    if (size > 63 || at + size >= message.length || length + size + 1 > nameOctetsMax) return null
    for (let i = 0; i <= size; i++) name[length + i] = message[at + i]!
    length += size + 1
    at += size + 1
    if (size === 0) break
  }
  cursor.at = behind < 0 ? at : behind
  return new Uint8Array(name.subarray(0, length)) as Name
}

/** A copy, whatever kind of array the message is: `slice` of a Buffer is none. */
function copyOf(message: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(message.subarray(from, to))
}
