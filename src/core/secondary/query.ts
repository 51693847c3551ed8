/**
 * The questions that a secondary asks: SOA, AXFR, and IXFR with the SOA that it has (RFC 1995 section 3). No EDNS in
 * transfers: a stream needs none, and there are primaries that choke on it.
 */
import { writeU16 } from '../base/bytes.ts'
import { type Name, root } from '../name/name.ts'
import { encodeSoa } from '../rdata/soa.ts'
import { rrType } from '../rdata/table.ts'
import { classIn, headerOctets } from '../wire/header.ts'

export const questionTypes = { soa: rrType.SOA, axfr: rrType.AXFR, ixfr: rrType.IXFR } as const

/** Octets behind the message that stay free for a signature. */
const roomForSignature = 512
const recordHeadOctets = 10

/** The message in the first `length` octets of `out`. `since` is what we have, for IXFR only. */
export function writeQuestion(
  id: number,
  apex: Name,
  type: number,
  since: number | null = null,
): { readonly out: Uint8Array; readonly length: number } {
  const soa = since === null ? null : encodeSoa({ ...emptySoa, serial: since })
  const question = headerOctets + apex.length + 4
  const length = question + (soa === null ? 0 : apex.length + recordHeadOctets + soa.length)
  const out = new Uint8Array(length + roomForSignature)
  writeU16(out, 0, id)
  writeU16(out, 4, 1)
  out.set(apex, headerOctets)
  writeU16(out, question - 4, type)
  writeU16(out, question - 2, classIn)
  if (soa === null) return { out, length }
  writeU16(out, 8, 1)
  out.set(apex, question)
  const head = question + apex.length
  writeU16(out, head, rrType.SOA)
  writeU16(out, head + 2, classIn)
  writeU16(out, head + 8, soa.length)
  out.set(soa, head + recordHeadOctets)
  return { out, length }
}

/** Only the serial of the SOA in a question counts. */
const emptySoa = { mname: root, rname: root, refresh: 0, retry: 0, expire: 0, minimum: 0 }
