/**
 * HINFO: what machine and system a host is (RFC 1035 section 3.3.2); today the answer to ANY (RFC 8482 section 4.2).
 */
import { takeString } from './fields.ts'
import type { RdataFormat } from './format.ts'
import { encodeTxt, quote } from './txt.ts'
import { stringEnd } from './walk.ts'

export const hinfo: RdataFormat = {
  code: 13,
  mnemonic: 'HINFO',
  names: 'none',
  format: rdata => {
    const osAt = stringEnd(rdata, 0)
    return `${quote(rdata.subarray(1, osAt))} ${quote(rdata.subarray(osAt + 1))}`
  },
  parse: fields => encodeHinfo(takeString(fields, 'the kind of machine'), takeString(fields, 'the operating system')),
  check: rdata => stringEnd(rdata, stringEnd(rdata, 0)) === rdata.length,
}

/** Both are at most 255 octets; the caller has checked. */
export function encodeHinfo(cpu: Uint8Array, os: Uint8Array): Uint8Array {
  return encodeTxt([cpu, os])
}
