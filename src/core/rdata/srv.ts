/**
 * SRV: where a service lives (RFC 2782). The target is never compressed; `.` says that there is no such service.
 */
import { concatBytes, readU16, writeU16 } from '../base/bytes.ts'
import { formatName, type Name } from '../name/name.ts'
import { takeName, takeU16 } from './fields.ts'
import type { RdataFormat } from './format.ts'
import { nameEnd } from './walk.ts'

export const srv: RdataFormat = {
  code: 33,
  mnemonic: 'SRV',
  names: 'after-6-plain',
  format: rdata => `${readU16(rdata, 0)} ${readU16(rdata, 2)} ${readU16(rdata, 4)} ${formatName(rdata, 6)}`,
  parse: fields =>
    encodeSrv({
      priority: takeU16(fields, 'a priority'),
      weight: takeU16(fields, 'a weight'),
      port: takeU16(fields, 'a port'),
      target: takeName(fields, 'the name of a host'),
    }),
  check: rdata => nameEnd(rdata, 6) === rdata.length,
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
