/**
 * SOA: the zone's start of authority (RFC 1035 section 3.3.13); MINIMUM is the negative TTL (RFC 2308 section 4).
 */
import { concatBytes, readU32, writeU32 } from '../base/bytes.ts'
import { formatName, type Name } from '../name/name.ts'
import { type Fields, takeName, takeNumber, takeSeconds } from './fields.ts'
import type { RdataFormat } from './format.ts'
import { nameEnd } from './walk.ts'

export const soa: RdataFormat = {
  code: 6,
  mnemonic: 'SOA',
  names: 'soa',
  format: rdata => {
    const { mname, rname, serial, refresh, retry, expire, minimum } = decodeSoa(rdata)
    return `${formatName(mname)} ${formatName(rname)} ${serial} ${refresh} ${retry} ${expire} ${minimum}`
  },
  parse: fields => encodeSoa(takeSoa(fields)),
  check: rdata => {
    const rnameAt = nameEnd(rdata, 0)
    const numbersAt = rnameAt < 0 ? -1 : nameEnd(rdata, rnameAt)
    return numbersAt >= 0 && numbersAt + 20 === rdata.length
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

/** The fields of well-formed rdata. */
export function decodeSoa(rdata: Uint8Array): SoaFields {
  const rnameAt = nameEnd(rdata, 0)
  const numbersAt = nameEnd(rdata, rnameAt)
  return {
    mname: rdata.slice(0, rnameAt) as Name,
    rname: rdata.slice(rnameAt, numbersAt) as Name,
    serial: readU32(rdata, numbersAt),
    refresh: readU32(rdata, numbersAt + 4),
    retry: readU32(rdata, numbersAt + 8),
    expire: readU32(rdata, numbersAt + 12),
    minimum: readU32(rdata, numbersAt + 16),
  }
}

function takeSoa(fields: Fields): SoaFields {
  return {
    mname: takeName(fields, 'the name of the primary nameserver'),
    rname: takeName(fields, 'the mailbox of the hostmaster, as a name'),
    serial: takeNumber(fields, 'a serial', 0xffffffff),
    refresh: takeSeconds(fields, 'a refresh time'),
    retry: takeSeconds(fields, 'a retry time'),
    expire: takeSeconds(fields, 'an expiry time'),
    minimum: takeSeconds(fields, 'a negative TTL'),
  }
}
