/**
 * NAPTR: rewriting rules that lead to services (RFC 3403 section 4.1). The replacement is never compressed. The regular
 * expression is carried, not judged: it is for the client that asked.
 */
import { concatBytes, readU16, writeU16 } from '../base/bytes.ts'
import { formatName, type Name } from '../name/name.ts'
import { type Fields, takeName, takeString, takeU16 } from './fields.ts'
import type { RdataFormat } from './format.ts'
import { encodeTxt, quote } from './txt.ts'
import { nameEnd, stringEnd } from './walk.ts'

export const naptr: RdataFormat = {
  code: 35,
  mnemonic: 'NAPTR',
  names: 'last-plain',
  format: rdata => {
    const texts: string[] = []
    let at = 4
    for (; texts.length < 3; at = stringEnd(rdata, at)) texts.push(quote(rdata.subarray(at + 1, stringEnd(rdata, at))))
    return `${readU16(rdata, 0)} ${readU16(rdata, 2)} ${texts.join(' ')} ${formatName(rdata, at)}`
  },
  parse: fields => encodeNaptr(takeNaptr(fields)),
  check: rdata => {
    const at = replacementAt(rdata)
    return at >= 0 && nameEnd(rdata, at) === rdata.length
  },
}

export interface NaptrFields {
  readonly order: number
  readonly preference: number
  /** These three are at most 255 octets each. */
  readonly flags: Uint8Array
  readonly services: Uint8Array
  readonly regexp: Uint8Array
  readonly replacement: Name
}

export function encodeNaptr(fields: NaptrFields): Uint8Array {
  const numbers = new Uint8Array(4)
  writeU16(numbers, 0, fields.order)
  writeU16(numbers, 2, fields.preference)
  return concatBytes(numbers, encodeTxt([fields.flags, fields.services, fields.regexp]), fields.replacement)
}

/** Where the replacement begins, or -1 if the strings before it do not end. */
export function replacementAt(rdata: Uint8Array): number {
  return stringEnd(rdata, stringEnd(rdata, stringEnd(rdata, 4)))
}

function takeNaptr(fields: Fields): NaptrFields {
  return {
    order: takeU16(fields, 'an order'),
    preference: takeU16(fields, 'a preference'),
    flags: takeString(fields, 'a set of flags'),
    services: takeString(fields, 'a service'),
    regexp: takeString(fields, 'a regular expression'),
    replacement: takeName(fields, 'the name that follows'),
  }
}
