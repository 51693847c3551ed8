/**
 * Record data as text that is equal whenever the data means the same, however it was written or which decoder read it:
 * what a DNS check expects is compared with what another codec made of an answer. Names are lowered (RFC 4343), and the
 * strings of a TXT record are one text, since it is their sum that programs look at (RFC 7208 section 3.3).
 */
import type { RdataFault, RdataToken } from './fields.ts'
import { formatRdata, isRdataFault, parseRdata, rrType } from './table.ts'

const comparable: ReadonlySet<number> = new Set([
  rrType.A,
  rrType.AAAA,
  rrType.CNAME,
  rrType.NS,
  rrType.PTR,
  rrType.MX,
  rrType.SRV,
  rrType.TXT,
])

/** False for a type whose data cannot be compared this way. */
export function isComparable(code: number): boolean {
  return comparable.has(code)
}

/** `text` is the data as a zone file would have it; of a TXT record the text itself. */
export function comparableRdata(code: number, text: string): string | RdataFault {
  if (code === rrType.TXT) return text
  const rdata = parseRdata(code, tokensOf(text), null)
  return isRdataFault(rdata) ? rdata : formatRdata(code, rdata).toLowerCase()
}

/** The same of rdata in wire form, names uncompressed; of types that are not compared this way, as it stands. */
export function comparableText(code: number, rdata: Uint8Array): string {
  if (code === rrType.TXT) return joinedStrings(rdata)
  const text = formatRdata(code, rdata)
  return isComparable(code) || code === rrType.DNAME ? text.toLowerCase() : text
}

function joinedStrings(rdata: Uint8Array): string {
  const octets: number[] = []
  for (let at = 0; at < rdata.length; at += rdata[at]! + 1) octets.push(...rdata.subarray(at + 1, at + 1 + rdata[at]!))
  return new TextDecoder().decode(Uint8Array.from(octets))
}

function tokensOf(text: string): readonly RdataToken[] {
  return text
    .split(/[ \t]+/)
    .filter(word => word !== '')
    .map(word => ({ text: word, quoted: false, glued: false }))
}
