/**
 * MX: preference and mail exchange (RFC 1035 section 3.3.9); `0 .` says there is no mail (RFC 7505).
 */
import { concatBytes, readU16, writeU16 } from '../base/bytes.ts'
import { formatName, type Name } from '../name/name.ts'
import { takeName, takeU16 } from './fields.ts'
import type { RdataFormat } from './format.ts'
import { nameEnd } from './walk.ts'

export const mx: RdataFormat = {
  code: 15,
  mnemonic: 'MX',
  names: 'after-2',
  format: rdata => `${readU16(rdata, 0)} ${formatName(rdata, 2)}`,
  parse: fields => encodeMx(takeU16(fields, 'a preference'), takeName(fields, 'the name of a mail host')),
  check: rdata => nameEnd(rdata, 2) === rdata.length,
}

export function encodeMx(preference: number, exchange: Name): Uint8Array {
  const number = new Uint8Array(2)
  writeU16(number, 0, preference)
  return concatBytes(number, exchange)
}
