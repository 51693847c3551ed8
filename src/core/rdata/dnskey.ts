/**
 * DNSKEY: a key that signs a zone (RFC 4034 section 2), and CDNSKEY, by which the child shows it to its parent
 * (RFC 7344 section 3.2; `0 3 0 AA==` asks for removal, RFC 8078 section 4).
 */
import { concatBytes, readU16, writeU16 } from '../base/bytes.ts'
import { takeAlgorithm } from './algorithms.ts'
import { formatBase64 } from './base64.ts'
import { type Fields, takeBase64, takeU8, takeU16 } from './fields.ts'
import type { RdataFormat } from './format.ts'

export const dnskey = key(48, 'DNSKEY')
export const cdnskey = key(60, 'CDNSKEY')

export interface DnskeyFields {
  readonly flags: number
  readonly protocol: number
  readonly algorithm: number
  readonly publicKey: Uint8Array
}

export function encodeDnskey({ flags, protocol, algorithm, publicKey }: DnskeyFields): Uint8Array {
  const head = Uint8Array.of(0, 0, protocol, algorithm)
  writeU16(head, 0, flags)
  return concatBytes(head, publicKey)
}

function key(code: number, mnemonic: string): RdataFormat {
  return {
    code,
    mnemonic,
    names: 'none',
    format: rdata => `${readU16(rdata, 0)} ${rdata[2]} ${rdata[3]} ${formatBase64(rdata.subarray(4))}`,
    parse: fields => encodeDnskey(takeDnskey(fields)),
    check: rdata => rdata.length > 4,
  }
}

function takeDnskey(fields: Fields): DnskeyFields {
  return {
    flags: takeU16(fields, 'a set of flags'),
    protocol: takeU8(fields, 'a protocol'),
    algorithm: takeAlgorithm(fields),
    publicKey: takeBase64(fields, 'a public key'),
  }
}
