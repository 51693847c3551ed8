/**
 * Types that Robin has no words for, and the form in which any type may be written: `TYPE65280` and `\# length hex`
 * (RFC 3597 sections 4 and 5).
 */
import { type Fields, isAtEnd, refuseField, shown, takeHex, takeNumber } from './fields.ts'
import { formatHex } from './hex.ts'

const rdataOctetsMax = 0xffff

/** The type number of `TYPEn`, or null. */
export function parseTypeNumber(text: string): number | null {
  const match = /^TYPE([0-9]{1,5})$/i.exec(text)
  if (match === null) return null
  const code = Number(match[1])
  return code <= 0xffff ? code : null
}

/** Octets of `\# length hex…` (white space inside the hex is allowed), or null. */
export function parseGeneric(text: string): Uint8Array | null {
  const match = /^\\#\s+([0-9]{1,5})((?:\s+[0-9a-fA-F]+)*)\s*$/.exec(text.trim())
  if (match === null) return null
  const hex = match[2]!.replace(/\s+/g, '')
  const length = Number(match[1])
  if (length > rdataOctetsMax || hex.length !== length * 2) return null
  const octets = new Uint8Array(length)
  for (let i = 0; i < length; i++) octets[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16)
  return octets
}

/** True if the next token says that generic form follows. In quotes it is a text like any other. */
export function isGenericNext(fields: Fields): boolean {
  const token = fields.tokens[fields.at]
  return token !== undefined && token.text === '\\#' && !token.quoted
}

/** Takes `\#`, the length and the octets. */
export function takeGeneric(fields: Fields): Uint8Array {
  const lengthAt = ++fields.at
  const length = takeNumber(fields, 'a length', rdataOctetsMax)
  if (fields.fault !== null || (length === 0 && isAtEnd(fields))) return new Uint8Array(0)
  const octets = takeHex(fields, 'rdata')
  if (fields.fault === null && octets.length !== length) {
    const text = `the length is ${shown(String(length))}, but ${octets.length} octets follow`
    refuseField(fields, 'bad-rdata', lengthAt, text, `write \`\\# ${octets.length}\``)
  }
  return octets
}

export function formatGeneric(rdata: Uint8Array): string {
  return rdata.length === 0 ? '\\# 0' : `\\# ${rdata.length} ${formatHex(rdata)}`
}
