/**
 * TXT: one or more character-strings of at most 255 octets (RFC 1035 section 3.3.14). A longer text is cut into
 * several strings, which readers join again (RFC 7208 section 3.3 for SPF, RFC 6376 section 3.6.2.2 for DKIM).
 */
import { concatBytes } from '../base/bytes.ts'
import type { RdataFormat } from './format.ts'

export const txt: RdataFormat = {
  code: 16,
  mnemonic: 'TXT',
  names: 'none',
  format: rdata => {
    const strings: string[] = []
    for (let at = 0; at < rdata.length; at += rdata[at]! + 1) {
      strings.push(quote(rdata.subarray(at + 1, at + 1 + rdata[at]!)))
    }
    return strings.join(' ')
  },
}

const stringOctetsMax = 255

/** Each text becomes one string, or several where it is longer than 255 octets; no text at all is one empty string. */
export function encodeTxt(texts: readonly Uint8Array[]): Uint8Array {
  const parts: Uint8Array[] = []
  for (const text of texts.length === 0 ? [new Uint8Array(0)] : texts) {
    for (let at = 0; at === 0 || at < text.length; at += stringOctetsMax) {
      const piece = text.subarray(at, at + stringOctetsMax)
      parts.push(Uint8Array.of(piece.length), piece)
    }
  }
  return concatBytes(...parts)
}

/** A character-string in quotes with RFC 1035 section 5.1 escapes. */
export function quote(octets: Uint8Array): string {
  let text = '"'
  for (const octet of octets) {
    if (octet === 0x22 || octet === 0x5c) text += `\\${String.fromCharCode(octet)}`
    else if (octet < 0x20 || octet > 0x7e) text += `\\${String(octet).padStart(3, '0')}`
    else text += String.fromCharCode(octet)
  }
  return `${text}"`
}
