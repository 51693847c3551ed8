/**
 * EDNS options, both ways: what a query's OPT asks for, read in place, and what a response's OPT carries. Of each kind
 * the first in the query counts (RFC 7873 section 5.2 says so of cookies), unknown ones are passed over (RFC 6891
 * section 6.1.2). Invariants: any octets end in a verdict; nothing is allocated; nothing behind `limit` is written.
 * NSID RFC 5001 · Client Subnet RFC 7871 · COOKIE RFC 7873 · edns-tcp-keepalive RFC 7828 · Padding RFC 7830 ·
 * Extended DNS Errors RFC 8914.
 */
import { readU16, writeU16 } from '../base/bytes.ts'

const optionCode = { NSID: 3, SUBNET: 8, COOKIE: 10, KEEPALIVE: 11, PADDING: 12, ERROR: 15 } as const

/** The info codes of Extended DNS Errors that we have a use for (RFC 8914 section 4). */
export const extendedError = {
  other: 0,
  staleAnswer: 3,
  notReady: 14,
  prohibited: 18,
  notAuthoritative: 20,
  notSupported: 21,
  /** What we have of a zone is too old, or nothing. */
  invalidZone: 24,
} as const

/** What the OPT of one query asks for. Offsets are into the query, -1 where the option is not there. */
export interface QueryOptions {
  /** Content of COOKIE, of any length: the guard's room judges it. */
  cookieAt: number
  cookieOctets: number
  nsid: boolean
  /** Content of Client Subnet; sound if it is there: family, source and scope length, address. */
  subnetAt: number
  subnetOctets: number
  /** Asked over TCP; over UDP it is not there, whatever was sent (RFC 7828 section 3.2.1). */
  keepalive: boolean
  padding: boolean
}

/** What the OPT of one response carries beside its fixed part. */
export interface ResponseOptions {
  /** A whole cookie: the client's and ours. The first `cookieOctets` count; 0: none. */
  readonly cookie: Uint8Array
  cookieOctets: number
  /** The server's identity; null: not asked, or none configured. */
  nsid: Uint8Array | null
  /** Where the query's Client Subnet stands, to be given back with `subnetScope`; -1: not at all. */
  subnetAt: number
  subnetOctets: number
  /** How many address bits the response holds for (RFC 7871 section 7.2.1). */
  subnetScope: number
  /** Idle timeout in units of 100 ms; -1: none. Only over TCP. */
  keepaliveUnits: number
  /** Info code; -1: none. */
  errorCode: number
  /** UTF-8, not ended by a zero. The first `errorTextOctets` count. */
  errorText: Uint8Array
  errorTextOctets: number
}

const optionHeadOctets = 4
const cookieOctetsMax = 40
const subnetHeadOctets = 4
const keepaliveOctets = 2
const keepaliveUnitsMax = 0xffff
const errorHeadOctets = 2
const noText = new Uint8Array(0)

export function createQueryOptions(): QueryOptions {
  return {
    cookieAt: -1,
    cookieOctets: 0,
    nsid: false,
    subnetAt: -1,
    subnetOctets: 0,
    keepalive: false,
    padding: false,
  }
}

export function createResponseOptions(): ResponseOptions {
  return {
    cookie: new Uint8Array(cookieOctetsMax),
    cookieOctets: 0,
    nsid: null,
    subnetAt: -1,
    subnetOctets: 0,
    subnetScope: 0,
    keepaliveUnits: -1,
    errorCode: -1,
    errorText: noText,
    errorTextOctets: 0,
  }
}

/** As if there were no OPT. */
export function clearQueryOptions(options: QueryOptions): void {
  options.cookieAt = -1
  options.cookieOctets = 0
  options.nsid = false
  options.subnetAt = -1
  options.subnetOctets = 0
  options.keepalive = false
  options.padding = false
}

export function clearResponseOptions(options: ResponseOptions): void {
  options.cookieOctets = 0
  options.nsid = null
  options.subnetAt = -1
  options.subnetOctets = 0
  options.subnetScope = 0
  options.keepaliveUnits = -1
  options.errorCode = -1
  options.errorText = noText
  options.errorTextOctets = 0
}

/**
 * Reads OPT's rdata, which stands in `query` from `at` up to but not including `end`. `stream`: the query came over a
 * connection.
 */
export function readOptions(
  query: Uint8Array,
  at: number,
  end: number,
  stream: boolean,
  options: QueryOptions,
): 'ok' | 'formerr' {
  clearQueryOptions(options)
  while (at < end) {
    if (at + optionHeadOctets > end) return 'formerr'
    const octets = readU16(query, at + 2)
    const content = at + optionHeadOctets
    if (content + octets > end) return 'formerr'
    switch (readU16(query, at)) {
      case optionCode.COOKIE:
        if (options.cookieAt >= 0) break
        options.cookieAt = content
        options.cookieOctets = octets
        break
      case optionCode.NSID:
        options.nsid = true
        break
      case optionCode.SUBNET:
        if (options.subnetAt >= 0) break
        if (!isSubnetSound(query, content, octets)) return 'formerr'
        options.subnetAt = content
        options.subnetOctets = octets
        break
      case optionCode.KEEPALIVE:
        if (!stream || options.keepalive) break
        if (octets !== 0) return 'formerr'
        options.keepalive = true
        break
      case optionCode.PADDING:
        options.padding = true
    }
    at = content + octets
  }
  return 'ok'
}

/**
 * RFC 7871 section 6: a family we know, lengths within it, scope 0 in a query, exactly as many address octets as the
 * source length needs, and no bit set behind it. Family 0 goes with source length 0: a client that asks not to be told
 * apart (section 7.1.2; BIND and dig send it).
 */
function isSubnetSound(query: Uint8Array, at: number, octets: number): boolean {
  if (octets < subnetHeadOctets) return false
  const source = query[at + 2]!
  const bitsMax = addressBits(readU16(query, at))
  if (bitsMax < 0 || source > bitsMax || query[at + 3] !== 0) return false
  if (octets - subnetHeadOctets !== (source + 7) >>> 3) return false
  const spare = source & 7
  return spare === 0 || (query[at + octets - 1]! & (0xff >>> spare)) === 0
}

/** Address families of IANA's registry: 1 is IPv4, 2 is IPv6; -1 for one that we cannot read. */
function addressBits(family: number): number {
  return family === 1 ? 32 : family === 2 ? 128 : family === 0 ? 0 : -1
}

/** Octets that `writeOptions` needs for all of `options`: what to keep free before records are written. */
export function optionsOctets(options: ResponseOptions): number {
  let octets = 0
  if (options.cookieOctets > 0) octets += optionHeadOctets + options.cookieOctets
  if (options.keepaliveUnits >= 0) octets += optionHeadOctets + keepaliveOctets
  if (options.subnetAt >= 0) octets += optionHeadOctets + options.subnetOctets
  if (options.nsid !== null) octets += optionHeadOctets + options.nsid.length
  if (options.errorCode >= 0) octets += optionHeadOctets + errorHeadOctets + options.errorTextOctets
  return octets
}

/**
 * Writes the options into `out` at `at` and returns the offset behind them; the difference is OPT's RDLENGTH. What does
 * not fit before `limit` is left out; they are asked in the order of need, and an error, which has to fit before
 * `errorLimit` as well, gives up its text before itself. `query` is where `subnetAt` points.
 */
export function writeOptions(
  options: ResponseOptions,
  query: Uint8Array,
  out: Uint8Array,
  at: number,
  limit: number,
  errorLimit: number = limit,
): number {
  if (options.cookieOctets > 0 && fits(at, options.cookieOctets, limit)) {
    at = putHead(out, at, optionCode.COOKIE, options.cookieOctets)
    at = putOctets(out, at, options.cookie, 0, options.cookieOctets)
  }
  if (options.keepaliveUnits >= 0 && fits(at, keepaliveOctets, limit)) {
    at = putHead(out, at, optionCode.KEEPALIVE, keepaliveOctets)
    writeU16(out, at, Math.min(options.keepaliveUnits, keepaliveUnitsMax))
    at += keepaliveOctets
  }
  if (options.subnetAt >= 0 && fits(at, options.subnetOctets, limit)) {
    at = putHead(out, at, optionCode.SUBNET, options.subnetOctets)
    const scopeAt = at + 3
    at = putOctets(out, at, query, options.subnetAt, options.subnetOctets)
    out[scopeAt] = scopeOf(query, options)
  }
  if (options.nsid !== null && fits(at, options.nsid.length, limit)) {
    at = putHead(out, at, optionCode.NSID, options.nsid.length)
    at = putOctets(out, at, options.nsid, 0, options.nsid.length)
  }
  if (options.errorCode >= 0 && fits(at, errorHeadOctets, Math.min(limit, errorLimit))) {
    const fitsWhole = fits(at, errorHeadOctets + options.errorTextOctets, Math.min(limit, errorLimit))
    const textOctets = fitsWhole ? options.errorTextOctets : 0
    at = putHead(out, at, optionCode.ERROR, errorHeadOctets + textOctets)
    writeU16(out, at, options.errorCode)
    at = putOctets(out, at + errorHeadOctets, options.errorText, 0, textOctets)
  }
  return at
}

/** A client that gave no address gets no scope, and no scope is longer than an address of that family. */
function scopeOf(query: Uint8Array, { subnetAt, subnetScope }: ResponseOptions): number {
  if (query[subnetAt + 2] === 0) return 0
  return Math.min(subnetScope, addressBits(readU16(query, subnetAt)))
}

function fits(at: number, contentOctets: number, limit: number): boolean {
  return at + optionHeadOctets + contentOctets <= limit
}

function putHead(out: Uint8Array, at: number, code: number, octets: number): number {
  writeU16(out, at, code)
  writeU16(out, at + 2, octets)
  return at + optionHeadOctets
}

function putOctets(out: Uint8Array, at: number, from: Uint8Array, fromAt: number, count: number): number {
  for (let i = 0; i < count; i++) out[at + i] = from[fromAt + i]!
  return at + count
}
