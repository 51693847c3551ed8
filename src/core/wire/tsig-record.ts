/**
 * The TSIG record (RFC 8945 section 4.2): found in a message and read in place, and written behind one.
 * Invariant: any octets whatever end in a record, in "there is none" or in "malformed", in time proportional to the
 * message; compressed key names are followed backwards only, so no pointer can make a loop.
 *
 *   owner key name · TYPE 250 · CLASS ANY · TTL 0 · RDLENGTH
 *   rdata algorithm name · time signed (48 bits) · fudge · MAC size · MAC · original ID · error · other size · other
 */
import { readU16, readU32, writeU16, writeU32 } from '../base/bytes.ts'
import { lowerName, type Name, nameOctetsMax } from '../name/name.ts'
import { expandName, skipName } from './compressed.ts'
import { headerOctets } from './header.ts'

export interface TsigRecord {
  /** Where the record begins: the message that was signed ends there. */
  readonly at: number
  /** Lowered, uncompressed. */
  readonly keyName: Name
  /** Lowered. */
  readonly algorithmName: Name
  /** Unix seconds. */
  readonly timeSigned: number
  readonly fudge: number
  readonly mac: Uint8Array
  readonly originalId: number
  readonly error: number
  readonly other: Uint8Array
}

const typeTsig = 250
const classAny = 255

/** Octets of a record with this key and algorithm: what a message must leave free. */
export function tsigOctets(keyName: Name, algorithmName: Name, mac: number, other: number): number {
  return keyName.length + recordHeadOctets + algorithmName.length + fixedOctets + mac + other
}

/**
 * The TSIG of a whole message, null if it has none. It must be the last record of the additional section and the only
 * one (RFC 8945 section 5.1); else the message is malformed.
 */
export function findTsig(message: Uint8Array): TsigRecord | null | 'malformed' {
  if (message.length < headerOctets) return 'malformed'
  let at = skipQuestions(message)
  const additional = readU16(message, 10)
  const records = readU16(message, 6) + readU16(message, 8) + additional
  for (let i = 0; i < records; i++) {
    const headAt = at < 0 ? -1 : skipName(message, at)
    if (headAt < 0 || headAt + recordHeadOctets > message.length) return 'malformed'
    const end = headAt + recordHeadOctets + readU16(message, headAt + 8)
    if (end > message.length) return 'malformed'
    if (readU16(message, headAt) === typeTsig) {
      const isLast = i === records - 1 && additional > 0 && end === message.length
      return isLast ? (readTsig(message, at, headAt, end) ?? 'malformed') : 'malformed'
    }
    at = end
  }
  return null
}

/** Writes the record at `at` of a message whose room the caller has checked; returns the offset behind it. */
export function writeTsig(out: Uint8Array, at: number, record: Omit<TsigRecord, 'at'>): number {
  const { keyName, algorithmName, timeSigned, fudge, mac, originalId, error, other } = record
  out.set(keyName, at)
  at += keyName.length
  writeU16(out, at, typeTsig)
  writeU16(out, at + 2, classAny)
  writeU32(out, at + 4, 0)
  writeU16(out, at + 8, algorithmName.length + fixedOctets + mac.length + other.length)
  at += recordHeadOctets
  out.set(algorithmName, at)
  at += algorithmName.length
  writeTimers(out, at, timeSigned, fudge)
  writeU16(out, at + 8, mac.length)
  out.set(mac, at + 10)
  at += 10 + mac.length
  writeU16(out, at, originalId)
  writeU16(out, at + 2, error)
  writeU16(out, at + 4, other.length)
  out.set(other, at + 6)
  return at + 6 + other.length
}

/** What a digest takes of the record beside the message (RFC 8945 section 4.3.3). */
export function tsigVariables(record: Omit<TsigRecord, 'at' | 'mac' | 'originalId'>): Uint8Array {
  const { keyName, algorithmName, timeSigned, fudge, error, other } = record
  const octets = new Uint8Array(keyName.length + 6 + algorithmName.length + 12 + other.length)
  octets.set(keyName)
  let at = keyName.length
  writeU16(octets, at, classAny)
  writeU32(octets, at + 2, 0)
  octets.set(algorithmName, at + 6)
  at += 6 + algorithmName.length
  writeTimers(octets, at, timeSigned, fudge)
  writeU16(octets, at + 8, error)
  writeU16(octets, at + 10, other.length)
  octets.set(other, at + 12)
  return octets
}

/** What the digest of a later message of a stream takes instead (RFC 8945 section 5.3.1). */
export function tsigTimers(timeSigned: number, fudge: number): Uint8Array {
  const octets = new Uint8Array(8)
  writeTimers(octets, 0, timeSigned, fudge)
  return octets
}

/** A MAC as a digest takes it: its length, then it (RFC 8945 section 4.3.1). */
export function macWithLength(mac: Uint8Array): Uint8Array {
  const octets = new Uint8Array(mac.length + 2)
  writeU16(octets, 0, mac.length)
  octets.set(mac, 2)
  return octets
}

/** A copy, whatever kind of array the message is: `slice` of a Buffer is none. */
export function copyOctets(message: Uint8Array, from: number, to: number): Uint8Array {
  return new Uint8Array(message.subarray(from, to))
}

/** Seconds as 48 bits: what a BADTIME response tells of the server's clock. */
export function timeOctets(time: number): Uint8Array {
  const octets = new Uint8Array(6)
  writeTime(octets, 0, time)
  return octets
}

/** Type, class, TTL and RDLENGTH. */
const recordHeadOctets = 10
/** Of the rdata: time, fudge, MAC size, original ID, error, other size. */
const fixedOctets = 16

function readTsig(message: Uint8Array, at: number, headAt: number, end: number): TsigRecord | null {
  const keyName = expandName(message, at)
  const rdataAt = headAt + recordHeadOctets
  const timeAt = plainNameEnd(message, rdataAt, end)
  if (keyName === null || timeAt < 0 || timeAt + fixedOctets > end) return null
  if (readU16(message, headAt + 2) !== classAny || readU32(message, headAt + 4) !== 0) return null
  const macAt = timeAt + 10
  const idAt = macAt + readU16(message, timeAt + 8)
  if (idAt + 6 > end || idAt + 6 + readU16(message, idAt + 4) !== end) return null
  return {
    at,
    keyName: lowerName(keyName),
    algorithmName: lowerName(message.subarray(rdataAt, timeAt) as Name),
    timeSigned: readU16(message, timeAt) * 0x1_0000_0000 + readU32(message, timeAt + 2),
    fudge: readU16(message, timeAt + 6),
    mac: copyOctets(message, macAt, idAt),
    originalId: readU16(message, idAt),
    error: readU16(message, idAt + 2),
    other: copyOctets(message, idAt + 6, end),
  }
}

function writeTimers(out: Uint8Array, at: number, timeSigned: number, fudge: number): void {
  writeTime(out, at, timeSigned)
  writeU16(out, at + 6, fudge)
}

function writeTime(out: Uint8Array, at: number, time: number): void {
  writeU16(out, at, Math.floor(time / 0x1_0000_0000))
  writeU32(out, at + 2, time)
}

/** Behind the question section, or -1. */
function skipQuestions(message: Uint8Array): number {
  let at = headerOctets
  for (let left = readU16(message, 4); left > 0; left--) {
    const end = skipName(message, at)
    if (end < 0 || end + 4 > message.length) return -1
    at = end + 4
  }
  return at
}

/** Behind the uncompressed name at `at`, or -1. */
function plainNameEnd(message: Uint8Array, at: number, end: number): number {
  for (let next = at; next < end && next - at < nameOctetsMax; next += message[next]! + 1) {
    const size = message[next]!
    if (size > 63) return -1
    if (size === 0) return next + 1
  }
  return -1
}
