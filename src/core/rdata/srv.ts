/** SRV: where a service lives (RFC 2782). The target is never compressed. */
import { concatBytes, readU16, writeU16 } from '../base/bytes.ts'
import { formatName, type Name } from '../name/name.ts'
import type { RdataFormat } from './format.ts'

export const srv: RdataFormat = {
  code: 33,
  mnemonic: 'SRV',
  names: 'after-6-plain',
  format: rdata => `${readU16(rdata, 0)} ${readU16(rdata, 2)} ${readU16(rdata, 4)} ${formatName(rdata, 6)}`,
}

export interface SrvFields {
  readonly priority: number
  readonly weight: number
  readonly port: number
  readonly target: Name
}

export function encodeSrv(fields: SrvFields): Uint8Array {
  const numbers = new Uint8Array(6)
  writeU16(numbers, 0, fields.priority)
  writeU16(numbers, 2, fields.weight)
  writeU16(numbers, 4, fields.port)
  return concatBytes(numbers, fields.target)
}
