/**
 * The fields of one record in presentation form, taken one after the other (RFC 1035 section 5.1). Each `take…` reads
 * the next token as one kind of field. The first fault is kept and the rest of the record is then read as nothing, so
 * that a type's `parse` is a straight list of its fields.
 */
import type { ErrorCode } from '../base/problem.ts'
import { isNameFault, type Name, type NameFault, root } from '../name/name.ts'
import { parseBase64 } from './base64.ts'
import { parseHex } from './hex.ts'
import { readName } from './plain-name.ts'
import { parseSeconds } from './seconds.ts'
import { parseString } from './strings.ts'

/** A word of a master file, its escapes still in it. */
export interface RdataToken {
  readonly text: string
  /** True if it stood between double quotes, which are not part of `text`. */
  readonly quoted: boolean
  /** True if no white space parts it from the token before (`alpn="h2,h3"` is two tokens). */
  readonly glued: boolean
}

export type RdataFaultCode = Extract<
  ErrorCode,
  'bad-rdata' | 'bad-address' | 'wrong-family' | 'bad-name' | 'label-too-long' | 'name-too-long' | 'bad-duration'
>

export interface RdataFault {
  readonly code: RdataFaultCode
  /** Index of the token it is about; the number of tokens where one is missing. */
  readonly token: number
  readonly text: string
  readonly hint: string | null
}

export interface Fields {
  readonly tokens: readonly RdataToken[]
  /** Completes relative names; null where names must be whole. */
  readonly origin: Name | null
  /** Index of the next token. */
  at: number
  fault: RdataFault | null
}

export function createFields(tokens: readonly RdataToken[], origin: Name | null): Fields {
  return { tokens, origin, at: 0, fault: null }
}

/** Keeps the first fault. */
export function refuseField(
  fields: Fields,
  code: RdataFaultCode,
  token: number,
  text: string,
  hint: string | null = null,
): void {
  fields.fault ??= { code, token, text, hint }
}

/** The next token, or null after having said what is missing. */
export function takeToken(fields: Fields, what: string): RdataToken | null {
  if (fields.fault !== null) return null
  const token = fields.tokens[fields.at]
  if (token === undefined) {
    refuseField(fields, 'bad-rdata', fields.at, `the record ends where ${what} should follow`)
    return null
  }
  fields.at++
  return token
}

/** A token without quotes; `''` after a fault. */
export function takeWord(fields: Fields, what: string): string {
  const token = takeToken(fields, what)
  if (token === null) return ''
  if (!token.quoted) return token.text
  refuseField(
    fields,
    'bad-rdata',
    fields.at - 1,
    `${shown(`"${token.text}"`)} is not ${what}`,
    'write it without quotes',
  )
  return ''
}

/** A decimal number from 0 to `max`. */
export function takeNumber(fields: Fields, what: string, max: number): number {
  const text = takeWord(fields, what)
  if (fields.fault !== null) return 0
  if (/^[0-9]{1,10}$/.test(text) && Number(text) <= max) return Number(text)
  refuseField(fields, 'bad-rdata', fields.at - 1, `${shown(text)} is not ${what}, a number from 0 to ${max}`)
  return 0
}

export function takeU8(fields: Fields, what: string): number {
  return takeNumber(fields, what, 0xff)
}

export function takeU16(fields: Fields, what: string): number {
  return takeNumber(fields, what, 0xffff)
}

/** A time in seconds or with units. */
export function takeSeconds(fields: Fields, what: string): number {
  const text = takeWord(fields, what)
  if (fields.fault !== null) return 0
  const time = parseSeconds(text)
  if (time !== null) return time
  const hint = 'write a number of seconds, or 30s, 5m, 1h30m'
  refuseField(fields, 'bad-duration', fields.at - 1, `${shown(text)} is not ${what}`, hint)
  return 0
}

export function takeName(fields: Fields, what: string): Name {
  const text = takeWord(fields, what)
  if (fields.fault !== null) return root
  const name = readName(text, fields.origin)
  if (!isNameFault(name)) return name
  refuseName(fields, name, text)
  return root
}

/** A character-string of at most 255 octets, with or without quotes. */
export function takeString(fields: Fields, what: string): Uint8Array {
  const octets = takeText(fields, what)
  if (octets.length <= 255) return octets
  const hint = 'cut it into several, each in quotes'
  refuseField(fields, 'bad-rdata', fields.at - 1, `${octets.length} octets are more than the 255 of a string`, hint)
  return new Uint8Array(0)
}

/** The octets of a token of any length, with or without quotes. */
export function takeText(fields: Fields, what: string): Uint8Array {
  const token = takeToken(fields, what)
  if (token === null) return new Uint8Array(0)
  const octets = parseString(token.text)
  if (octets !== null) return octets
  refuseEscape(fields, fields.at - 1, token.text)
  return new Uint8Array(0)
}

/** All tokens that are left, as one hexadecimal number of octets. At least one octet. */
export function takeHex(fields: Fields, what: string): Uint8Array {
  return takeJoined(fields, what, 'hexadecimal digits, two for each octet', parseHex)
}

/** All tokens that are left, as base 64. At least one octet. */
export function takeBase64(fields: Fields, what: string): Uint8Array {
  return takeJoined(fields, what, 'base 64', parseBase64)
}

export function isAtEnd(fields: Fields): boolean {
  return fields.fault !== null || fields.at >= fields.tokens.length
}

export function refuseEscape(fields: Fields, token: number, text: string): void {
  const hint = 'write `\\\\` for a backslash, `\\ddd` for an octet'
  refuseField(fields, 'bad-rdata', token, `${shown(text)} has a \`\\\` that escapes nothing`, hint)
}

const shownCharactersMax = 60

/** A token as it may stand in a sentence: short, nothing in it that a terminal would obey. */
export function shown(text: string): string {
  const short = text.length > shownCharactersMax ? `${text.slice(0, shownCharactersMax)}…` : text
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return `\`${short.replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g, '·')}\``
}

function takeJoined(
  fields: Fields,
  what: string,
  form: string,
  parse: (text: string) => Uint8Array | null,
): Uint8Array {
  const first = fields.at
  let text = takeWord(fields, what)
  while (!isAtEnd(fields)) text += takeWord(fields, what)
  if (fields.fault !== null) return new Uint8Array(0)
  const octets = parse(text)
  if (octets !== null) return octets
  refuseField(fields, 'bad-rdata', first, `${shown(text)} is not ${what} in ${form}`)
  return new Uint8Array(0)
}

function refuseName(fields: Fields, fault: NameFault, text: string): void {
  const token = fields.at - 1
  switch (fault) {
    case 'label-too-long':
      refuseField(fields, fault, token, `${shown(text)} has a label of more than 63 octets`, 'shorten it')
      return
    case 'name-too-long':
      refuseField(fields, fault, token, `${shown(text)} comes to more than 255 octets`, 'shorten it')
      return
    case 'empty-label':
      refuseField(fields, 'bad-name', token, `${shown(text)} has nothing between two dots`, 'remove one of the dots')
      return
    case 'bad-escape':
      refuseField(
        fields,
        'bad-name',
        token,
        `${shown(text)} has a \`\\\` that escapes nothing`,
        'write `\\.` or `\\032`',
      )
      return
    case 'relative':
      refuseField(fields, 'bad-name', token, `${shown(text)} has no closing dot`, 'write the whole name')
      return
  }
}
