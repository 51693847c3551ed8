/**
 * Records into messages, as many into each as fit (RFC 5936 section 2.2): a stream of any length with the memory of one
 * message. Each message repeats the question, so that names of the zone can point at it; beside that only the owner of
 * the record before is pointed at, which is all that compression has to gain in a zone in order.
 * Invariant: a message is whole records; nothing is written beyond its limit; names are compressed only where RFC 3597
 * section 4 lets them be.
 */
import { writeU16, writeU32 } from '../base/bytes.ts'
import { lowerOctet } from '../name/name.ts'
import { namesInRdata } from '../rdata/table.ts'
import { classIn, headerOctets } from '../wire/header.ts'
import type { RecordRef } from './record.ts'

export interface Opening {
  readonly id: number
  /** The second word of the header, as it stands in every message. */
  readonly flags: number
  /** Name, type and class as they were asked, the name uncompressed. */
  readonly question: Uint8Array
}

export interface PackOptions {
  /** Where messages are written; looked at as each begins. Its length is not looked at. */
  out: Uint8Array
  /** Octets of a message at most, what `seal` adds included. At most 65535. */
  readonly limit: number
  /** The same for a record that fits no message with others; `limit` unless given. */
  readonly limitAlone?: number
  /** Set before `seal` is called: no message follows. */
  isLast?: boolean
  /** Octets that `seal` may add. */
  readonly sealOctets: number
  /** Finishes a message of so many octets, as by signing it; returns its length. */
  readonly seal: (out: Uint8Array, length: number) => number
}

/** How packing ended: `too-large` where a record fits no message, which then was the last thing that was not sent. */
export type Packed = 'done' | 'too-large'

interface Draft {
  out: Uint8Array
  limit: number
  at: number
  records: number
  /** Where the zone's name stands. */
  readonly apexAt: number
  readonly apexOctets: number
  /** Where the owner of the record before stands in the message, its place in memory, or -1. */
  ownerAt: number
  ownerBytes: Uint8Array
  ownerFrom: number
}

/** Yields the length of each message, which is in `out` until the next is asked for; one even without records. */
export function* packMessages(
  opening: Opening,
  records: Iterable<RecordRef>,
  options: PackOptions,
): Generator<number, Packed> {
  const draft = createDraft(opening, options)
  begin(draft, opening, options)
  for (const record of records) {
    if (putRecord(draft, record)) continue
    if (draft.records > 0) {
      yield finish(draft, options, false)
      begin(draft, opening, options)
    }
    if (!putRecord(draft, record) && !putAlone(draft, record, options)) return 'too-large'
  }
  yield finish(draft, options, true)
  return 'done'
}

const pointerMax = 0x3fff
/** Type, class, TTL and RDLENGTH. */
const headOctets = 10

const messageOctetsMax = 0xffff

function createDraft({ question }: Opening, { out, limit, sealOctets }: PackOptions): Draft {
  return {
    out,
    limit: Math.min(limit, messageOctetsMax) - sealOctets,
    at: 0,
    records: 0,
    apexAt: headerOctets,
    apexOctets: question.length - questionTailOctets,
    ownerAt: -1,
    ownerBytes: out,
    ownerFrom: 0,
  }
}

/** Type and class. */
const questionTailOctets = 4

function begin(draft: Draft, { id, flags, question }: Opening, { out }: PackOptions): void {
  draft.out = out
  writeU16(out, 0, id)
  writeU16(out, 2, flags)
  writeU16(out, 4, 1)
  writeU16(out, 6, 0)
  writeU16(out, 8, 0)
  writeU16(out, 10, 0)
  out.set(question, headerOctets)
  draft.at = headerOctets + question.length
  draft.records = 0
  draft.ownerAt = -1
}

function finish({ out, at, records }: Draft, options: PackOptions, isLast: boolean): number {
  writeU16(out, 6, records)
  options.isLast = isLast
  return options.seal(out, at)
}

/** Into the empty message, which so may become longer than others. */
function putAlone(draft: Draft, record: RecordRef, { limit, limitAlone = limit, sealOctets }: PackOptions): boolean {
  const before = draft.limit
  draft.limit = Math.min(limitAlone, messageOctetsMax) - sealOctets
  const fits = putRecord(draft, record)
  draft.limit = before
  return fits
}

/** False if it does not fit; then the message is as it was. */
function putRecord(draft: Draft, record: RecordRef): boolean {
  const start = draft.at
  if (putOwner(draft, record) && putRest(draft, record)) {
    draft.records++
    return true
  }
  draft.at = start
  // The owner may have been noted at a place that is given up.
  if (draft.ownerAt >= start) draft.ownerAt = -1
  return false
}

function putOwner(draft: Draft, { ownerBytes, ownerAt, ownerOctets }: RecordRef): boolean {
  if (draft.ownerAt >= 0 && isSameOwner(draft, ownerBytes, ownerAt, ownerOctets)) {
    return putPointer(draft, draft.ownerAt)
  }
  const start = draft.at
  if (!putName(draft, ownerBytes, ownerAt, ownerOctets)) return false
  draft.ownerAt = start <= pointerMax ? start : -1
  draft.ownerBytes = ownerBytes
  draft.ownerFrom = ownerAt
  return true
}

/** Mostly it is the very same place in memory. */
function isSameOwner(draft: Draft, bytes: Uint8Array, at: number, octets: number): boolean {
  const { ownerBytes, ownerFrom } = draft
  if (ownerBytes === bytes && ownerFrom === at) return true
  for (let i = 0; i < octets; i++) if (ownerBytes[ownerFrom + i] !== bytes[at + i]) return false
  return true
}

function putRest(draft: Draft, record: RecordRef): boolean {
  const { out } = draft
  if (draft.at + headOctets > draft.limit) return false
  writeU16(out, draft.at, record.type)
  writeU16(out, draft.at + 2, classIn)
  writeU32(out, draft.at + 4, record.ttl)
  draft.at += headOctets
  const start = draft.at
  if (!putRdata(draft, record)) return false
  writeU16(out, start - 2, draft.at - start)
  return true
}

function putRdata(draft: Draft, { type, rdataBytes, rdataAt, rdataOctets }: RecordRef): boolean {
  const end = rdataAt + rdataOctets
  switch (namesInRdata(type)) {
    case 'one':
      return putName(draft, rdataBytes, rdataAt, rdataOctets)
    case 'after-2':
      return putOctets(draft, rdataBytes, rdataAt, 2) && putName(draft, rdataBytes, rdataAt + 2, rdataOctets - 2)
    case 'soa': {
      const rnameAt = nameEnd(rdataBytes, rdataAt)
      const numbersAt = nameEnd(rdataBytes, rnameAt)
      return (
        putName(draft, rdataBytes, rdataAt, rnameAt - rdataAt) &&
        putName(draft, rdataBytes, rnameAt, numbersAt - rnameAt) &&
        putOctets(draft, rdataBytes, numbersAt, end - numbersAt)
      )
    }
    case 'one-plain':
    case 'after-2-plain':
    case 'after-6-plain':
    case 'last-plain':
    case 'none':
      return putOctets(draft, rdataBytes, rdataAt, rdataOctets)
  }
}

/** The labels in front of the zone's name and a pointer to that; the whole name where it is not in the zone. */
function putName(draft: Draft, bytes: Uint8Array, at: number, octets: number): boolean {
  const own = octets - draft.apexOctets
  if (!endsWithApex(draft, bytes, at, own)) return putOctets(draft, bytes, at, octets)
  return putOctets(draft, bytes, at, own) && putPointer(draft, draft.apexAt)
}

/** True if the zone's name begins at `own` octets of the name, at the beginning of a label. */
function endsWithApex({ out, apexAt, apexOctets }: Draft, bytes: Uint8Array, at: number, own: number): boolean {
  if (own < 0) return false
  let label = 0
  while (label < own) label += bytes[at + label]! + 1
  if (label !== own) return false
  for (let i = apexOctets - 1; i >= 0; i--) {
    if (lowerOctet(out[apexAt + i]!) !== lowerOctet(bytes[at + own + i]!)) return false
  }
  return true
}

function putPointer(draft: Draft, target: number): boolean {
  if (draft.at + 2 > draft.limit) return false
  writeU16(draft.out, draft.at, 0xc000 | target)
  draft.at += 2
  return true
}

function putOctets(draft: Draft, bytes: Uint8Array, from: number, count: number): boolean {
  if (draft.at + count > draft.limit) return false
  const { out, at } = draft
  for (let i = 0; i < count; i++) out[at + i] = bytes[from + i]!
  draft.at += count
  return true
}

function nameEnd(bytes: Uint8Array, at: number): number {
  while (bytes[at] !== 0) at += bytes[at]! + 1
  return at + 1
}
