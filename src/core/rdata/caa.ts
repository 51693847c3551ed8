/**
 * CAA: who may issue certificates (RFC 8659 section 4.1). The value is one text of any length, no character-string.
 */
import { concatBytes } from '../base/bytes.ts'
import { type Fields, refuseField, shown, takeText, takeU8, takeWord } from './fields.ts'
import type { RdataFormat } from './format.ts'
import { quote } from './txt.ts'
import { stringEnd } from './walk.ts'

export const caa: RdataFormat = {
  code: 257,
  mnemonic: 'CAA',
  names: 'none',
  format: rdata => {
    const tagEnd = stringEnd(rdata, 1)
    return `${rdata[0]} ${tagOf(rdata, tagEnd)} ${quote(rdata.subarray(tagEnd))}`
  },
  parse: fields => encodeCaa(takeU8(fields, 'a set of flags'), takeTag(fields), takeText(fields, 'a value')),
  check: rdata => {
    const tagEnd = stringEnd(rdata, 1)
    return tagEnd >= 0 && tagPattern.test(tagOf(rdata, tagEnd))
  },
}

/** `tag` is 1..255 letters and digits; the caller has checked. */
export function encodeCaa(flags: number, tag: string, value: Uint8Array): Uint8Array {
  const tagOctets = new TextEncoder().encode(tag)
  return concatBytes(Uint8Array.of(flags, tagOctets.length), tagOctets, value)
}

const tagPattern = /^[A-Za-z0-9]{1,255}$/
const latin1 = new TextDecoder('latin1')

function tagOf(rdata: Uint8Array, tagEnd: number): string {
  return latin1.decode(rdata.subarray(2, tagEnd))
}

function takeTag(fields: Fields): string {
  const text = takeWord(fields, 'a tag')
  if (tagPattern.test(text)) return text
  refuseField(fields, 'bad-rdata', fields.at - 1, `${shown(text)} is not a CAA tag`, 'write issue, issuewild or iodef')
  return ''
}
