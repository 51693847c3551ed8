/**
 * Which shape and which code a record's `type` stands for, and why some types are not for zone files.
 */
import { formatType, isMetaType, parseType, rrType } from '../rdata/table.ts'
import { aliasType } from '../zone/layout.ts'
import { isMap, type Path, type Reader, refuse, shown } from './doc.ts'
import { suggest } from './issues.ts'
import { genericSchema, type RecordType, recordSchemas } from './schema/records.ts'

/** Types that have a code but no words here. */
const wordless: Readonly<Record<string, number>> = {
  CDNSKEY: 60,
  CDS: 59,
  DNSKEY: 48,
  HINFO: 13,
  LOC: 29,
  OPENPGPKEY: 61,
  SMIMEA: 53,
  SPF: 99,
  URI: 256,
}

/** Types that are more than stored octets: an answer would have to be made from them. */
const active: Readonly<Record<number, string>> = { 46: 'RRSIG', 47: 'NSEC', 50: 'NSEC3' }

/** A record's type as far as it could be read. */
export type Kind =
  | { readonly name: RecordType; readonly schema: (typeof recordSchemas)[RecordType]; readonly code: number }
  | { readonly name: 'generic'; readonly schema: typeof genericSchema; readonly code: number }

/** Null after having reported that there is no such record. */
export function kindOfRecord(reader: Reader, record: unknown, path: Path): Kind | null {
  const span = reader.doc.valueSpan(path)
  if (!isMap(record)) {
    const hint = 'write `{type: A, value: 192.0.2.1}`'
    refuse(reader, 'wrong-type', span, 'a record must be a map with a `type`', hint)
    return null
  }
  const type = record['type']
  const at = [...path, 'type']
  if (type === undefined) {
    refuse(
      reader,
      'missing-key',
      reader.doc.keySpan(path),
      'the record has no `type`',
      'add `type: A`, or another type',
    )
    return null
  }
  if (typeof type !== 'string') {
    refuse(
      reader,
      'wrong-type',
      reader.doc.valueSpan(at),
      `\`type\` must be text, not ${shown(type)}`,
      'write `type: A`',
    )
    return null
  }
  if (isWord(type)) return { name: type, schema: recordSchemas[type], code: codeOfWord(type) }
  return /^TYPE[0-9]{1,5}$/.test(type) ? kindOfNumber(reader, type, at) : refuseType(reader, type, at)
}

/** The type as people write it, ALIAS included. */
export function typeWord(code: number): string {
  return code === aliasType ? 'ALIAS' : formatType(code)
}

function codeOfWord(type: RecordType): number {
  return type === 'ALIAS' ? aliasType : parseType(type)!
}

function isWord(type: string): type is RecordType {
  return Object.hasOwn(recordSchemas, type)
}

function kindOfNumber(reader: Reader, type: string, path: Path): Kind | null {
  const code = parseType(type)
  const span = reader.doc.valueSpan(path)
  if (code === null) {
    refuse(reader, 'unknown-record-type', span, `${shown(type)} is beyond TYPE65535`, 'write a number up to 65535')
    return null
  }
  const word = formatType(code)
  if (code === rrType.SOA) return refuseType(reader, word, path)
  if (code === rrType.A || code === rrType.AAAA) {
    const text = `${shown(type)} is the type ${word}, whose addresses can be checked and rotate`
    refuse(reader, 'bad-value', span, text, `write \`type: ${word}\`, with the address in words`)
    return null
  }
  if (active[code] !== undefined) return refuseType(reader, active[code], path)
  if (isMetaType(code)) {
    const text = `${shown(type)} is a type for questions and transactions, never stored in a zone`
    refuse(reader, 'bad-value', span, text, 'remove the record')
    return null
  }
  return { name: 'generic', schema: genericSchema, code }
}

function refuseType(reader: Reader, type: string, path: Path): null {
  const span = reader.doc.valueSpan(path)
  const upper = type.toUpperCase()
  if (upper === 'SOA') {
    const text = 'the SOA is not a record but a part of the header'
    refuse(reader, 'bad-value', span, text, 'write `soa: {mname: …, rname: …}` at the top of the file')
  } else if (Object.values(active).includes(upper)) {
    refuse(reader, 'not-supported', span, `the type ${upper} is not served by this version`, 'remove the record')
  } else if (Object.hasOwn(wordless, upper)) {
    const hint = `write \`type: TYPE${wordless[upper]}\`, with the value as \`\\# LENGTH HEX\` (RFC 3597)`
    refuse(reader, 'unknown-record-type', span, `the type ${upper} cannot be written in words here`, hint)
  } else {
    const hint = suggest(type, [...Object.keys(recordSchemas), 'TYPEn'])
    refuse(reader, 'unknown-record-type', span, `there is no record type ${shown(type)}`, hint)
  }
  return null
}
