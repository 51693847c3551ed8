/** SOA: the zone's start of authority (RFC 1035 section 3.3.13); MINIMUM is the negative TTL (RFC 2308 section 4). */
import { concatBytes, readU32, writeU32 } from '../base/bytes.ts'
import { formatName, type Name } from '../name/name.ts'
import type { RdataFormat } from './format.ts'

export const soa: RdataFormat = {
  code: 6,
  mnemonic: 'SOA',
  names: 'soa',
  format: rdata => {
    const rnameAt = nameEnd(rdata, 0)
    const numbersAt = nameEnd(rdata, rnameAt)
    const numbers = [0, 4, 8, 12, 16].map(offset => readU32(rdata, numbersAt + offset))
    return `${formatName(rdata)} ${formatName(rdata, rnameAt)} ${numbers.join(' ')}`
  },
}

export interface SoaFields {
  readonly mname: Name
  readonly rname: Name
  readonly serial: number
  readonly refresh: number
  readonly retry: number
  readonly expire: number
  readonly minimum: number
}

export function encodeSoa(fields: SoaFields): Uint8Array {
  const numbers = new Uint8Array(20)
  writeU32(numbers, 0, fields.serial)
  writeU32(numbers, 4, fields.refresh)
  writeU32(numbers, 8, fields.retry)
  writeU32(numbers, 12, fields.expire)
  writeU32(numbers, 16, fields.minimum)
  return concatBytes(fields.mname, fields.rname, numbers)
}

function nameEnd(rdata: Uint8Array, at: number): number {
  while (rdata[at] !== 0) at += rdata[at]! + 1
  return at + 1
}
