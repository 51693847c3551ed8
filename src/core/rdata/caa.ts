/** CAA: who may issue certificates (RFC 8659 section 4.1). */
import { concatBytes } from '../base/bytes.ts'
import type { RdataFormat } from './format.ts'
import { quote } from './txt.ts'

export const caa: RdataFormat = {
  code: 257,
  mnemonic: 'CAA',
  names: 'none',
  format: rdata => {
    const tagEnd = 2 + rdata[1]!
    const tag = new TextDecoder('latin1').decode(rdata.subarray(2, tagEnd))
    return `${rdata[0]} ${tag} ${quote(rdata.subarray(tagEnd))}`
  },
}

/** `tag` is 1..255 letters and digits; the caller has checked. */
export function encodeCaa(flags: number, tag: string, value: Uint8Array): Uint8Array {
  const tagOctets = new TextEncoder().encode(tag)
  return concatBytes(Uint8Array.of(flags, tagOctets.length), tagOctets, value)
}
