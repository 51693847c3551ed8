/**
 * TXT: one or more character-strings of at most 255 octets (RFC 1035 section 3.3.14), and SPF, its retired twin
 * (RFC 7208 section 3.1). Where a whole text is given, a longer one is cut into several strings, which readers join
 * again (RFC 7208 section 3.3 for SPF, RFC 6376 section 3.6.2.2 for DKIM); in presentation form people cut it.
 */
import { type Fields, isAtEnd, takeString } from './fields.ts'
import type { RdataFormat } from './format.ts'
import { stringEnd } from './walk.ts'

export const txt = strings(16, 'TXT')
export const spf = strings(99, 'SPF')

const stringOctetsMax = 255

/** Each text becomes one string, or several where it is longer than 255 octets; no text at all is one empty string. */
export function encodeTxt(texts: readonly Uint8Array[]): Uint8Array {
  const whole = texts.length === 0 ? [new Uint8Array(0)] : texts
  let length = 0
  for (const text of whole) length += text.length + Math.max(1, Math.ceil(text.length / stringOctetsMax))
  const rdata = new Uint8Array(length)
  let end = 0
  for (const text of whole) {
    for (let at = 0; at === 0 || at < text.length; at += stringOctetsMax) {
      const piece = text.subarray(at, at + stringOctetsMax)
      rdata[end] = piece.length
      rdata.set(piece, end + 1)
      end += piece.length + 1
    }
  }
  return rdata
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

function strings(code: number, mnemonic: string): RdataFormat {
  return { code, mnemonic, names: 'none', format: formatStrings, parse: takeStrings, check: isStrings }
}

function formatStrings(rdata: Uint8Array): string {
  const texts: string[] = []
  for (let at = 0; at < rdata.length; at += rdata[at]! + 1) {
    texts.push(quote(rdata.subarray(at + 1, at + 1 + rdata[at]!)))
  }
  return texts.join(' ')
}

function takeStrings(fields: Fields): Uint8Array {
  const texts = [takeString(fields, 'a text')]
  while (!isAtEnd(fields)) texts.push(takeString(fields, 'a text'))
  return encodeTxt(texts)
}

function isStrings(rdata: Uint8Array): boolean {
  let at = 0
  while (at >= 0 && at < rdata.length) at = stringEnd(rdata, at)
  return rdata.length > 0 && at === rdata.length
}
