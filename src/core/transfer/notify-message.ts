/**
 * The messages of NOTIFY (RFC 1996): a request that names the zone and, as a hint, its new SOA; and whether what comes
 * back is the answer to it. Whoever could guess an ID of 16 bits, a port and a name could only make us believe that a
 * secondary was told, which its refresh timer makes good; signed ones cannot be forged at all.
 */
import { readU16, writeU16, writeU32 } from '../base/bytes.ts'
import { lowerOctet, type Name } from '../name/name.ts'
import { rrType } from '../rdata/table.ts'
import { classIn, flag, headerOctets, opcodeMask, rcode } from '../wire/header.ts'
import { createRecordRef, readFlat } from './record.ts'

const opcodeNotify = 4
const opcodeShift = 11
/** To the question's name. */
const pointer = 0xc000 | headerOctets

/** Enough for two names in full, an SOA and a signature. */
export const notifyOctetsMax = 1_500

/** Writes the request; returns its length. `soa` is a flat record. */
export function writeNotify(out: Uint8Array, id: number, apex: Name, soa: Uint8Array): number {
  out.fill(0, 0, headerOctets)
  writeU16(out, 0, id)
  writeU16(out, 2, (opcodeNotify << opcodeShift) | flag.AA)
  writeU16(out, 4, 1)
  writeU16(out, 6, 1)
  out.set(apex, headerOctets)
  let at = headerOctets + apex.length
  writeU16(out, at, rrType.SOA)
  writeU16(out, at + 2, classIn)
  at += 4
  const ref = createRecordRef()
  readFlat(soa, 0, ref)
  writeU16(out, at, pointer)
  writeU16(out, at + 2, rrType.SOA)
  writeU16(out, at + 4, classIn)
  writeU32(out, at + 6, ref.ttl)
  writeU16(out, at + 10, ref.rdataOctets)
  out.set(ref.rdataBytes.subarray(ref.rdataAt, ref.rdataAt + ref.rdataOctets), at + 12)
  return at + 12 + ref.rdataOctets
}

/** `foreign`: it is not the answer to that request. */
export type NotifyAnswer = 'foreign' | 'acknowledged' | 'refused'

/** An error may come without the question, as some send it (RFC 1996 section 3.5 does not say). */
export function judgeNotifyAnswer(message: Uint8Array, id: number, apex: Name): NotifyAnswer {
  if (message.length < headerOctets || readU16(message, 0) !== id) return 'foreign'
  const flags = readU16(message, 2)
  if ((flags & flag.QR) === 0 || (flags & opcodeMask) >>> opcodeShift !== opcodeNotify) return 'foreign'
  const code = flags & 0xf
  const questions = readU16(message, 4)
  if (questions === 0 && code !== rcode.NOERROR) return 'refused'
  if (questions !== 1 || !isQuestion(message, apex)) return 'foreign'
  return code === rcode.NOERROR ? 'acknowledged' : 'refused'
}

function isQuestion(message: Uint8Array, apex: Name): boolean {
  const end = headerOctets + apex.length
  if (message.length < end + 4) return false
  for (let i = 0; i < apex.length; i++)
    if (lowerOctet(message[headerOctets + i]!) !== lowerOctet(apex[i]!)) return false
  return readU16(message, end) === rrType.SOA && readU16(message, end + 2) === classIn
}
