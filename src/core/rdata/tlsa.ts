/**
 * TLSA: which certificate a TLS server shows (RFC 6698 section 2.1), and SMIMEA, the same for mail (RFC 8162).
 */
import { concatBytes } from '../base/bytes.ts'
import { type Fields, takeHex, takeU8 } from './fields.ts'
import type { RdataFormat } from './format.ts'
import { formatHex } from './hex.ts'

export const tlsa = association(52, 'TLSA')
export const smimea = association(53, 'SMIMEA')

export interface TlsaFields {
  readonly usage: number
  readonly selector: number
  readonly matching: number
  readonly association: Uint8Array
}

export function encodeTlsa({ usage, selector, matching, association }: TlsaFields): Uint8Array {
  return concatBytes(Uint8Array.of(usage, selector, matching), association)
}

function association(code: number, mnemonic: string): RdataFormat {
  return {
    code,
    mnemonic,
    names: 'none',
    format: rdata => `${rdata[0]} ${rdata[1]} ${rdata[2]} ${formatHex(rdata.subarray(3))}`,
    parse: fields => encodeTlsa(takeTlsa(fields)),
    check: rdata => rdata.length > 3,
  }
}

function takeTlsa(fields: Fields): TlsaFields {
  return {
    usage: takeU8(fields, 'a certificate usage'),
    selector: takeU8(fields, 'a selector'),
    matching: takeU8(fields, 'a matching type'),
    association: takeHex(fields, 'certificate association data'),
  }
}
