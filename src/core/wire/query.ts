/**
 * Reads a query in place: which question, which EDNS, or what is wrong with it. Nothing is copied but the lowered name.
 * Invariant: any octets whatever end in one of five verdicts, in time proportional to the message.
 * RFC 1035 section 4.1, RFC 6891 section 6.1, RFC 8945 section 5.1, RFC 9619 (one question).
 */
import { readU16 } from '../base/bytes.ts'
import { createNameScan, type NameScan, scanName } from '../name/scan.ts'
import { rrType } from '../rdata/table.ts'
import { skipName } from './compressed.ts'
import { flag, headerOctets, opcodeMask, opcodeNotify } from './header.ts'
import { clearQueryOptions, createQueryOptions, type QueryOptions, readOptions } from './options.ts'

/** Who sent it. The first `length` octets count: 4 for IPv4, 16 for IPv6, 0 where the sender has no address. */
export interface Client {
  readonly octets: Uint8Array
  length: number
  port: number
}

/** How a query came in. */
export type Via = 'udp' | 'tcp'

/**
 * `drop`: not a query, or too short to answer. `cookie`: there is no question, and a cookie is asked for (RFC 7873
 * section 5.4, RFC 9619 section 3). The others but `ok` are answered with that rcode.
 */
export type QueryVerdict = 'ok' | 'drop' | 'cookie' | 'formerr' | 'notimp' | 'badvers'

/** One query as read. A worker owns one and reuses it for every packet. */
export interface Ask {
  query: Uint8Array
  via: Via
  client: Client
  /** Of a clock that never goes back. */
  nowMs: number
  /** Unix time. */
  nowSeconds: number
  id: number
  flags: number
  /** The question's name; its octets stand at 12 in the query. */
  readonly name: NameScan
  qtype: number
  qclass: number
  /** Offset behind the question, or 0 while no question was read. */
  questionEnd: number
  /** True if an OPT record came with the query; then the response carries one (RFC 6891 section 6.1.1). */
  edns: boolean
  /** The client's UDP payload size as sent. */
  payloadOctets: number
  dnssecOk: boolean
  /** True if a TSIG record ends the query (RFC 8945 section 5.1); nothing of it was judged yet. */
  signed: boolean
  /** What OPT asks for beside that. */
  readonly options: QueryOptions
}

export function createAsk(): Ask {
  return {
    query: new Uint8Array(0),
    via: 'udp',
    client: { octets: new Uint8Array(16), length: 0, port: 0 },
    nowMs: 0,
    nowSeconds: 0,
    id: 0,
    flags: 0,
    name: createNameScan(),
    qtype: 0,
    qclass: 0,
    questionEnd: 0,
    edns: false,
    payloadOctets: 0,
    dnssecOk: false,
    signed: false,
    options: createQueryOptions(),
  }
}

/** Reads `ask.query`; fills every field from `id` on that the verdict makes meaningful. */
export function readQuery(ask: Ask): QueryVerdict {
  const { query } = ask
  ask.questionEnd = 0
  ask.edns = false
  ask.dnssecOk = false
  ask.signed = false
  clearQueryOptions(ask.options)
  if (query.length < headerOctets) return 'drop'
  ask.id = readU16(query, 0)
  ask.flags = readU16(query, 2)
  if ((ask.flags & flag.QR) !== 0) return 'drop'
  const opcode = ask.flags & opcodeMask
  if (opcode !== 0 && opcode !== opcodeNotify) return 'notimp'
  const questions = readU16(query, 4)
  if (questions !== 1) return questions === 0 && opcode === 0 ? readUnquestioning(ask) : 'formerr'
  const nameEnd = scanName(query, headerOctets, query.length, ask.name)
  if (nameEnd < 0 || nameEnd + 4 > query.length) return 'formerr'
  ask.qtype = readU16(query, nameEnd)
  ask.qclass = readU16(query, nameEnd + 2)
  const rest = readRest(ask, nameEnd + 4)
  ask.questionEnd = nameEnd + 4
  return rest
}

/** Without a question nothing but a cookie can be asked for. */
function readUnquestioning(ask: Ask): QueryVerdict {
  const rest = readRest(ask, headerOctets)
  const asks = rest === 'ok' && ask.options.cookieAt >= 0 && !ask.signed
  // Who signed counts for a name only, and there is none.
  ask.signed = false
  return asks ? 'cookie' : 'formerr'
}

/**
 * Walks the records behind the question for those that matter: OPT, at most once, in the additional section, and TSIG,
 * which must be the last of all (RFC 8945 section 5.1).
 */
function readRest(ask: Ask, at: number): QueryVerdict {
  const { query } = ask
  const additionalFrom = readU16(query, 6) + readU16(query, 8)
  const records = additionalFrom + readU16(query, 10)
  let version = 0
  for (let i = 0; i < records; i++) {
    const fixedAt = skipName(query, at)
    if (fixedAt < 0 || fixedAt + 10 > query.length) return 'formerr'
    const end = fixedAt + 10 + readU16(query, fixedAt + 8)
    if (end > query.length) return 'formerr'
    const type = readU16(query, fixedAt)
    if (type === rrType.OPT) {
      const misplaced = i < additionalFrom || ask.edns || query[at] !== 0
      if (misplaced) return 'formerr'
      version = query[fixedAt + 5]!
      // What the options of another version mean is not ours to judge: BADVERS comes first.
      if (version === 0 && readOptions(query, fixedAt + 10, end, ask.via === 'tcp', ask.options) !== 'ok') {
        return 'formerr'
      }
      ask.edns = true
      ask.payloadOctets = readU16(query, fixedAt + 2)
      ask.dnssecOk = (query[fixedAt + 6]! & 0x80) !== 0
    } else if (type === rrType.TSIG) {
      if (i < additionalFrom || i !== records - 1) return 'formerr'
      ask.signed = true
    }
    at = end
  }
  return version === 0 ? 'ok' : 'badvers'
}
