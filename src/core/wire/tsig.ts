/**
 * Signed messages (RFC 8945): whether a request is what the holder of a key sent, and the signature of what goes back,
 * be it one response or the many messages of a transfer. Errors of key and MAC are answered without a signature, since
 * there is no key to sign with; BADTIME, which tells our clock, and BADTRUNC are signed (sections 5.2 and 5.3.2).
 * Invariant: nothing of a request is believed before its MAC was compared, in time that does not depend on where it
 * differs; a secret is never seen here.
 */
import { readU16, writeU16 } from '../base/bytes.ts'
import { equalNames, nameKey } from '../name/name.ts'
import { headerOctets } from './header.ts'
import { algorithmName, algorithmOf, type KeyRing, macOctets, type TsigKey } from './tsig-key.ts'
import {
  copyOctets,
  findTsig,
  macWithLength,
  type TsigRecord,
  timeOctets,
  tsigOctets,
  tsigTimers,
  tsigVariables,
  writeTsig,
} from './tsig-record.ts'

export const tsigError = { BADSIG: 16, BADKEY: 17, BADTIME: 18, BADTRUNC: 22 } as const
export type TsigError = (typeof tsigError)[keyof typeof tsigError]

export type TsigVerdict =
  /** There is no TSIG. */
  | { readonly kind: 'unsigned' }
  /** To be answered with FORMERR. */
  | { readonly kind: 'malformed' }
  /** To be answered with NOTAUTH and a TSIG that tells the error. */
  | { readonly kind: 'refused'; readonly error: TsigError; readonly record: TsigRecord; readonly key: TsigKey | null }
  | { readonly kind: 'verified'; readonly key: TsigKey; readonly record: TsigRecord }

/** A signed exchange: what the next MAC depends on. */
export interface TsigSession {
  readonly key: TsigKey
  /** The MAC before, of the request or of the last signed message. */
  mac: Uint8Array
  /** True until the first message of the response was signed or verified. */
  isFirst: boolean
}

/** Seconds that clocks may differ (RFC 8945 section 10). */
const fudgeDefault = 300

/** Judges a request. Time of the comparison aside, it costs one MAC, and none without a key that we have. */
export function verifyRequest(message: Uint8Array, keys: KeyRing, nowSeconds: number): TsigVerdict {
  const record = findTsig(message)
  if (record === null) return { kind: 'unsigned' }
  if (record === 'malformed') return { kind: 'malformed' }
  const key = keys.get(nameKey(record.keyName)) ?? null
  if (key === null || algorithmOf(record.algorithmName) !== key.algorithm) {
    return { kind: 'refused', error: tsigError.BADKEY, record, key: null }
  }
  const mac = judgeMac(key, record, () => key.mac([...signedPart(message, record), tsigVariables(record)]))
  if (mac === 'malformed') return { kind: 'malformed' }
  if (mac === tsigError.BADSIG) return { kind: 'refused', error: mac, record, key: null }
  if (Math.abs(nowSeconds - record.timeSigned) > record.fudge) {
    return { kind: 'refused', error: tsigError.BADTIME, record, key }
  }
  if (mac !== 'ok') return { kind: 'refused', error: mac, record, key }
  return { kind: 'verified', key, record }
}

/** What answers to a verified request, or to one refused for its time, go on from. */
export function sessionOf(key: TsigKey, request: TsigRecord): TsigSession {
  return { key, mac: request.mac, isFirst: true }
}

/** Octets that a response must leave free for `signNext`. */
export function signatureOctets(key: TsigKey): number {
  return tsigOctets(key.name, algorithmName(key.algorithm), macOctets(key.algorithm), 0)
}

/**
 * Signs the message in the first `length` octets of `out`: the next of the response. Returns its length with the TSIG,
 * for which `signatureOctets` must be free.
 */
export function signNext(session: TsigSession, out: Uint8Array, length: number, nowSeconds: number): number {
  return sign(session, out, length, { timeSigned: nowSeconds, fudge: fudgeDefault, error: 0, other: noOctets })
}

/** Signs a request. What it returns is also what the response will be verified with. */
export function signRequest(
  key: TsigKey,
  out: Uint8Array,
  length: number,
  nowSeconds: number,
): { readonly length: number; readonly session: TsigSession } {
  const session: TsigSession = { key, mac: noOctets, isFirst: true }
  const signed = signNext(session, out, length, nowSeconds)
  return { length: signed, session: { ...session, isFirst: true } }
}

/** Octets that a response must leave free for `signRefusal`. */
export function refusalOctets({ record, key }: Extract<TsigVerdict, { kind: 'refused' }>): number {
  const mac = key === null ? 0 : macOctets(key.algorithm)
  return tsigOctets(record.keyName, record.algorithmName, mac, timeOctetsMax)
}

/** Adds the TSIG of a refusal; returns the new length. The caller has set rcode NOTAUTH. */
export function signRefusal(
  { error, record, key }: Extract<TsigVerdict, { kind: 'refused' }>,
  out: Uint8Array,
  length: number,
  nowSeconds: number,
): number {
  const { timeSigned, fudge, keyName } = record
  if (key !== null) {
    const isLate = error === tsigError.BADTIME
    const times = isLate ? { timeSigned, fudge } : { timeSigned: nowSeconds, fudge: fudgeDefault }
    const other = isLate ? timeOctets(nowSeconds) : noOctets
    return sign(sessionOf(key, record), out, length, { ...times, error, other })
  }
  countAdditional(out, 1)
  const unsigned = { keyName, algorithmName: record.algorithmName, timeSigned, fudge, error, other: noOctets }
  return writeTsig(out, length, { ...unsigned, mac: noOctets, originalId: readU16(out, 0) })
}

export type ResponseVerdict = 'verified' | 'unsigned' | 'malformed' | TsigError | { readonly error: number }

/**
 * Judges the next message of a response to a request that we signed. A message without TSIG is `unsigned`: the caller
 * decides how many a stream may have between two signed ones, and hands their octets in as `between`.
 */
export function verifyResponse(
  session: TsigSession,
  message: Uint8Array,
  between: readonly Uint8Array[],
  nowSeconds: number,
): ResponseVerdict {
  const record = findTsig(message)
  if (record === null) return 'unsigned'
  if (record === 'malformed') return 'malformed'
  const { key } = session
  if (!equalNames(record.keyName, key.name) || algorithmOf(record.algorithmName) !== key.algorithm) {
    return tsigError.BADKEY
  }
  if (record.mac.length === 0 && record.error !== 0) return { error: record.error }
  const rest = session.isFirst ? tsigVariables(record) : tsigTimers(record.timeSigned, record.fudge)
  const parts = () => [macWithLength(session.mac), ...between, ...signedPart(message, record), rest]
  const mac = judgeMac(key, record, () => key.mac(parts()))
  if (mac !== 'ok') return mac
  session.mac = record.mac
  session.isFirst = false
  if (record.error !== 0) return { error: record.error }
  return Math.abs(nowSeconds - record.timeSigned) > record.fudge ? tsigError.BADTIME : 'verified'
}

const noOctets = new Uint8Array(0)
const timeOctetsMax = 6
/** A MAC may be cut short, but not below this and not below its half (RFC 8945 section 5.2.2.1). */
const macOctetsMin = 10

type Signing = Pick<TsigRecord, 'timeSigned' | 'fudge' | 'error' | 'other'>

function sign(session: TsigSession, out: Uint8Array, length: number, signing: Signing): number {
  const { key } = session
  const names = { keyName: key.name, algorithmName: algorithmName(key.algorithm) }
  const rest = session.isFirst ? tsigVariables({ ...names, ...signing }) : tsigTimers(signing.timeSigned, signing.fudge)
  const before = session.mac.length > 0 ? [macWithLength(session.mac)] : []
  const mac = key.mac([...before, out.subarray(0, length), rest])
  countAdditional(out, 1)
  session.mac = mac
  session.isFirst = false
  return writeTsig(out, length, { ...names, ...signing, mac, originalId: readU16(out, 0) })
}

/** The message as it was signed: without its TSIG, with the ID that it had then (RFC 8945 section 4.3.2). */
function signedPart(message: Uint8Array, { at, originalId }: TsigRecord): readonly Uint8Array[] {
  const header = copyOctets(message, 0, headerOctets)
  writeU16(header, 0, originalId)
  countAdditional(header, -1)
  return [header, message.subarray(headerOctets, at)]
}

/** RFC 8945 sections 5.2.2 and 5.2.2.1. We send whole MACs and take nothing less, but say so only of a right one. */
function judgeMac(key: TsigKey, { mac }: TsigRecord, make: () => Uint8Array): 'ok' | 'malformed' | TsigError {
  const whole = macOctets(key.algorithm)
  if (mac.length > whole || mac.length < Math.max(macOctetsMin, whole / 2)) return 'malformed'
  if (!equalSlowly(make(), mac)) return tsigError.BADSIG
  return mac.length === whole ? 'ok' : tsigError.BADTRUNC
}

/** True if `whole` begins with `mac`; all of it is looked at. */
function equalSlowly(whole: Uint8Array, mac: Uint8Array): boolean {
  let difference = 0
  for (let i = 0; i < mac.length; i++) difference |= whole[i]! ^ mac[i]!
  return difference === 0
}

function countAdditional(message: Uint8Array, step: 1 | -1): void {
  writeU16(message, 10, readU16(message, 10) + step)
}
