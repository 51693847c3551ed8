/**
 * The frame of a response: how much may be written, the header, the question as it was asked (case and all), and OPT.
 * RFC 1035 section 4.1.1, RFC 6891 section 6.1.1 (OPT exactly when the query had one), RFC 4343 section 4.1.
 */
import { writeU16 } from '../base/bytes.ts'
import { uncutOctets } from '../guard/admit.ts'
import { rrType } from '../rdata/table.ts'
import { flag, headerOctets, opcodeMask, rcode } from '../wire/header.ts'
import { optionsOctets, writeOptions } from '../wire/options.ts'
import type { Ask } from '../wire/query.ts'
import { beginMessage, noteName, putOctets } from '../wire/writer.ts'
import type { Live } from './live.ts'
import { count, tallyAt } from './tally.ts'

/** Largest UDP response, whatever the client offers (RFC 9715; the figure of DNS flag day 2020). */
export const udpOctetsMax = 1232

/** What a client without EDNS takes, and what smaller offers count as (RFC 6891 section 6.2.3). */
const udpOctetsWithoutEdns = 512
/** OPT without options. */
export const optOctets = 11
const messageOctetsMax = 0xffff

/** Header and question are in place afterwards; room for OPT, the options set so far and a signature is kept free. */
export function beginResponse(live: Live, ask: Ask, out: Uint8Array): void {
  const { desk } = live
  desk.answers = 0
  desk.authorities = 0
  desk.additionals = 0
  desk.authoritative = false
  desk.truncated = false
  desk.rcode = rcode.NOERROR
  const reserved = ask.edns ? optOctets + optionsOctets(desk.options) : 0
  beginMessage(desk.writer, out, octetsMax(ask, out) - reserved - desk.sealOctets)
  putOctets(desk.writer, ask.query, headerOctets, ask.questionEnd - headerOctets)
}

/** Forgets all records: an outcome that allows none was found after some were written. */
export function emptyResponse(live: Live, ask: Ask): void {
  const { desk } = live
  desk.answers = 0
  desk.authorities = 0
  desk.additionals = 0
  desk.writer.at = ask.questionEnd
  desk.writer.suffixes = 0
}

/** Makes the question's name a target of compression; for answers that write names of their own. */
export function noteQuestion(live: Live, ask: Ask): void {
  if (live.desk.writer.suffixes === 0) noteName(live.desk.writer, ask.name, headerOctets)
}

/** Nothing more fits: what stands stays, and TC says that there was more (RFC 2181 section 9). */
export function truncate(live: Live): void {
  live.desk.truncated = true
  count(live.tally, tallyAt.truncated)
}

/** Adds OPT, fills the header, returns the length of the response. */
export function finishResponse(live: Live, ask: Ask): number {
  const { desk } = live
  const { writer } = desk
  if (ask.edns) putOpt(live, ask)
  const flags =
    flag.QR |
    (desk.authoritative ? flag.AA : 0) |
    (desk.truncated ? flag.TC : 0) |
    (ask.flags & (opcodeMask | flag.RD)) |
    (desk.rcode & 0xf)
  const { view } = writer
  view.setInt32(0, (ask.id << 16) | flags)
  view.setInt32(4, (1 << 16) | desk.answers)
  view.setInt32(8, (desk.authorities << 16) | desk.additionals)
  return writer.at
}

/** A response without a question: our header, its ID, opcode and RD, nothing else of what was sent. */
export function writeBareHeader(ask: Ask, out: Uint8Array, code: number): number {
  out.fill(0, 0, headerOctets)
  writeU16(out, 0, ask.id)
  writeU16(out, 2, flag.QR | (ask.flags & (opcodeMask | flag.RD)) | code)
  return headerOctets
}

/** Octets of a whole response to the query, signature and all. */
export function octetsMax(ask: Ask, out: Uint8Array): number {
  if (ask.via === 'tcp') return out.length
  if (!ask.edns) return Math.min(out.length, udpOctetsWithoutEdns)
  return Math.min(out.length, udpOctetsMax, Math.max(ask.payloadOctets, udpOctetsWithoutEdns))
}

/** An explanation must not be what makes the guard cut an answer. */
function uncutMax({ desk, terms }: Live, ask: Ask): number {
  if (terms.guard === null) return messageOctetsMax
  desk.reply.via = ask.via
  desk.reply.queryOctets = ask.query.length
  return uncutOctets(terms.guard, desk.reply)
}

/** OPT: root, type, our payload size, extended rcode, version 0, DO as sent and no other flag, then the options. */
export function putOpt(live: Live, ask: Ask): void {
  const { desk } = live
  const { out, at, view } = desk.writer
  view.setInt32(at, (rrType.OPT << 8) | (udpOctetsMax >>> 8))
  view.setInt32(at + 4, (udpOctetsMax << 24) | ((desk.rcode >>> 4) << 16) | (ask.dnssecOk ? 0x80 : 0))
  out[at + 8] = 0
  const from = at + optOctets
  const limit = octetsMax(ask, out) - desk.sealOctets
  const errorLimit = desk.options.errorCode < 0 ? limit : uncutMax(live, ask)
  const end = writeOptions(desk.options, ask.query, out, from, limit, errorLimit)
  writeU16(out, at + 9, end - from)
  desk.writer.at = end
  desk.additionals++
}
