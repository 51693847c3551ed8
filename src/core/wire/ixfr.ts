/**
 * The version of a zone that a client has, out of its request for what changed since: the SOA in the authority section
 * (RFC 1995 section 3). Of it only owner and serial count. Invariant: any octets whatever end in a serial or in null.
 */
import { readU16, readU32 } from '../base/bytes.ts'
import { lowerOctet } from '../name/name.ts'
import { rrType } from '../rdata/table.ts'
import { expandName, skipName } from './compressed.ts'
import { classIn } from './header.ts'
import type { Ask } from './query.ts'

/** Type, class, TTL and RDLENGTH. */
const recordHeadOctets = 10
/** Serial, refresh, retry, expire and minimum end the rdata (RFC 1035 section 3.3.13). */
const numbersOctets = 20

/** Null if the request does not say it as it must: no SOA, more than one record, or another zone's. */
export function readIxfrSerial({ query, questionEnd, name }: Ask): number | null {
  // A record in the answer section of a request means nothing that is known.
  if (readU16(query, 6) !== 0 || readU16(query, 8) !== 1) return null
  const owner = expandName(query, questionEnd)
  if (owner === null || owner.length !== name.length) return null
  for (let i = 0; i < owner.length; i++) if (lowerOctet(owner[i]!) !== name.lowered[i]) return null
  const headAt = skipName(query, questionEnd)
  if (readU16(query, headAt) !== rrType.SOA || readU16(query, headAt + 2) !== classIn) return null
  const from = headAt + recordHeadOctets
  const end = from + readU16(query, headAt + 8)
  const mnameEnd = skipName(query, from)
  const rnameEnd = mnameEnd < 0 ? -1 : skipName(query, mnameEnd)
  return rnameEnd < 0 || rnameEnd + numbersOctets !== end ? null : readU32(query, rnameEnd)
}
