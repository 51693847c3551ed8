/**
 * What follows from where names stand in rdata: names are compared without regard to case (RFC 4343; RFC 2181 section 5
 * makes equal records one), and additional records are looked for under them (RFC 1034 section 4.3.2 step 6).
 * Targets of SVCB and HTTPS are compared octet by octet, as rdata of any type that RFC 4034 section 6.2 does not list.
 */
import { lowerOctet } from '../name/name.ts'
import { replacementAt } from './naptr.ts'
import { namesInRdata, rrType } from './table.ts'

/** True if both are the same record of that type. Both are well-formed. */
export function equalRdata(code: number, a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  let from = -1
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue
    // A length octet is below any letter, so lowering never makes two of them the same.
    if (lowerOctet(a[i]!) !== lowerOctet(b[i]!)) return false
    if (from < 0) from = comparedFrom(code, a)
    if (i < from || (code === rrType.SOA && i >= a.length - 20)) return false
  }
  return true
}

/** The same octets for records that are equal; a copy where letters had to be lowered. Well-formed rdata only. */
export function loweredRdata(code: number, rdata: Uint8Array): Uint8Array {
  const from = comparedFrom(code, rdata)
  const to = code === rrType.SOA ? rdata.length - 20 : rdata.length
  if (from >= to) return rdata
  const lowered = new Uint8Array(rdata)
  for (let i = from; i < to; i++) lowered[i] = lowerOctet(rdata[i]!)
  return lowered
}

/**
 * Offset of the name whose addresses go along with the record, or null where none do. It may be the root, which stands
 * for no host, and in SVCB and HTTPS of priority 1 and more for the owner itself (RFC 9460 section 2.5.2).
 */
export function hostOffset(code: number, rdata: Uint8Array): number | null {
  switch (namesInRdata(code)) {
    case 'one':
      return code === rrType.NS ? 0 : null
    case 'after-2':
    case 'after-2-plain':
      return 2
    case 'after-6-plain':
      return 6
    case 'last-plain':
      return replacementAt(rdata)
    case 'one-plain':
    case 'soa':
    case 'none':
      return null
  }
}

/** Where the names begin; all types end with them, SOA but for its numbers. */
function comparedFrom(code: number, rdata: Uint8Array): number {
  switch (namesInRdata(code)) {
    case 'one':
    case 'one-plain':
    case 'soa':
      return 0
    case 'after-2':
      return 2
    case 'after-6-plain':
      return 6
    case 'last-plain':
      return replacementAt(rdata)
    case 'after-2-plain':
    case 'none':
      return rdata.length
  }
}
