/** Messages as a primary sends them, put together octet by octet, so that a test can say anything. */
import { concatBytes, writeU16, writeU32 } from '../../../src/core/base/bytes.ts'
import { isNameFault, type Name, parseName } from '../../../src/core/name/name.ts'
import { isRdataFault, parseRdata, parseType } from '../../../src/core/rdata/table.ts'
import type { WireRecord } from '../../../src/core/secondary/message.ts'
import { createLexer, readEntry } from '../../../src/core/zonefile/master/lexer.ts'

export function name(text: string): Name {
  const parsed = parseName(text.endsWith('.') ? text : `${text}.`, null)
  if (isNameFault(parsed)) throw new Error(`${text}: ${parsed}`)
  return parsed
}

/** `OWNER TTL TYPE RDATA`, names whole. */
export function record(text: string, klass = 1): WireRecord {
  const [owner = '', ttl = '', type = ''] = text.split(' ', 3)
  const code = parseType(type) ?? 0
  const words = text.slice(owner.length + ttl.length + type.length + 3)
  const rdata = parseRdata(code, readEntry(createLexer(words))?.tokens ?? [], null)
  if (isRdataFault(rdata)) throw new Error(`${text}: ${rdata.text}`)
  return { owner: name(owner), type: code, klass, ttl: Number(ttl), rdata }
}

export function soa(zone: string, serial: number, times = '60 15 86400 5'): WireRecord {
  return record(`${zone} 30 SOA ns1.${zone}. host.${zone}. ${serial} ${times}`)
}

export interface MessageParts {
  readonly id: number
  readonly flags?: number
  readonly question?: { readonly name: Name; readonly type: number; readonly klass?: number } | null
  readonly answers: readonly WireRecord[]
}

/** Uncompressed. */
export function message({ id, flags = 0x8400, question = null, answers }: MessageParts): Uint8Array {
  const head = new Uint8Array(12)
  writeU16(head, 0, id)
  writeU16(head, 2, flags)
  writeU16(head, 4, question === null ? 0 : 1)
  writeU16(head, 6, answers.length)
  const asked = new Uint8Array(4)
  if (question !== null) {
    writeU16(asked, 0, question.type)
    writeU16(asked, 2, question.klass ?? 1)
  }
  const parts = question === null ? [] : [question.name, asked]
  return concatBytes(head, ...parts, ...answers.flatMap(partsOf))
}

function partsOf({ owner, type, klass, ttl, rdata }: WireRecord): readonly Uint8Array[] {
  const fixed = new Uint8Array(10)
  writeU16(fixed, 0, type)
  writeU16(fixed, 2, klass)
  writeU32(fixed, 4, ttl)
  writeU16(fixed, 8, rdata.length)
  return [owner, fixed, rdata]
}
