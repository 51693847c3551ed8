/**
 * Values of records that health does not touch → rdata in wire form. Addresses have a file of their own.
 */
import type { Span } from '../base/problem.ts'
import { lowerName, type Name } from '../name/name.ts'
import { encodeCaa } from '../rdata/caa.ts'
import { encodeMx } from '../rdata/mx.ts'
import { encodeSingleName } from '../rdata/single-name.ts'
import { encodeSrv } from '../rdata/srv.ts'
import { encodeTxt } from '../rdata/txt.ts'
import { parseGeneric } from '../rdata/unknown.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import { readTarget } from './names.ts'
import type { CaaInput, MxInput, RecordType, SrvInput } from './schema/records.ts'

export type PlainType = Exclude<RecordType, 'A' | 'AAAA'> | 'generic'

/** One value read. `key` is equal for values that DNS takes for the same. */
export interface Rdata {
  readonly octets: Uint8Array
  readonly key: string
  readonly span: Span
  /** The name it points at. */
  readonly target: { readonly name: Name; readonly span: Span } | null
}

/** The schema of `type` has passed the value. Null after having reported what is wrong with it. */
export function readRdata(reader: Reader, type: PlainType, value: unknown, zone: Name, path: Path): Rdata | null {
  const span = reader.doc.valueSpan(path)
  switch (type) {
    case 'NS':
    case 'CNAME':
    case 'PTR': {
      const target = readTarget(reader, value as string, zone, span)
      return target === null ? null : pointer({ name: target, span }, encodeSingleName, span)
    }
    case 'MX':
      return readMx(reader, value as MxInput, zone, path)
    case 'SRV': {
      const srv = value as SrvInput
      const target = readPointed(reader, srv.target, zone, [...path, 'target'])
      return target === null ? null : pointer(target, name => encodeSrv({ ...srv, target: name }), span)
    }
    case 'TXT':
      return opaque(encodeTxt([encoder.encode(unescapeTxt(value as string))]), span)
    case 'CAA':
      return readCaa(reader, value as CaaInput, path)
    case 'generic': {
      const octets = parseGeneric(value as string)
      if (octets !== null) return opaque(octets, span)
      const hint = 'write `\\# LENGTH HEX`, such as `\\# 4 0A000001` (RFC 3597)'
      refuse(reader, 'bad-rdata', span, `${shown(value)} is not rdata in generic form, or its length is another`, hint)
      return null
    }
  }
}

const encoder = new TextEncoder()

function readMx(reader: Reader, mx: MxInput, zone: Name, path: Path): Rdata | null {
  const span = reader.doc.valueSpan(path)
  const preference = mx.preference ?? mx.priority
  const exchange = mx.exchange ?? mx.value
  if (preference === undefined || exchange === undefined) {
    const key = preference === undefined ? 'preference' : 'exchange'
    refuse(
      reader,
      'missing-key',
      span,
      `this MX has no \`${key}\``,
      'write `{preference: 10, exchange: mail.example.com.}`',
    )
    return null
  }
  const spelling = mx.exchange === undefined ? 'value' : 'exchange'
  const target = readPointed(reader, exchange, zone, [...path, spelling])
  return target === null ? null : pointer(target, name => encodeMx(preference, name), span)
}

const caaValueOctetsMax = 4096

function readCaa(reader: Reader, caa: CaaInput, path: Path): Rdata | null {
  const span = reader.doc.valueSpan(path)
  if (!/^[A-Za-z0-9]{1,255}$/.test(caa.tag)) {
    const hint = 'write `issue`, `issuewild` or `iodef`'
    refuse(reader, 'bad-rdata', reader.doc.valueSpan([...path, 'tag']), `${shown(caa.tag)} is not a CAA tag`, hint)
    return null
  }
  if (!/^[\x20-\x7e]*$/.test(caa.value) || caa.value.length > caaValueOctetsMax) {
    const at = reader.doc.valueSpan([...path, 'value'])
    refuse(
      reader,
      'bad-rdata',
      at,
      `${shown(caa.value)} is not a CAA value`,
      'write plain ASCII, such as `ca.example.net`',
    )
    return null
  }
  return opaque(encodeCaa(caa.flags ?? 0, caa.tag, encoder.encode(caa.value.replaceAll('\\;', ';'))), span)
}

/** octoDNS writes `;` as `\;`, and takes a text in double quotes for its chunks joined. */
function unescapeTxt(text: string): string {
  const isQuoted = text.length > 1 && text.startsWith('"') && text.endsWith('"')
  const joined = isQuoted ? text.slice(1, -1).replaceAll('" "', '') : text
  return joined.replaceAll('\\;', ';')
}

function readPointed(reader: Reader, text: string, zone: Name, path: Path): Rdata['target'] {
  const span = reader.doc.valueSpan(path)
  const name = readTarget(reader, text, zone, span)
  return name === null ? null : { name, span }
}

function pointer(target: NonNullable<Rdata['target']>, encode: (name: Name) => Uint8Array, span: Span): Rdata {
  return { octets: encode(target.name), key: keyOf(encode(lowerName(target.name))), span, target }
}

function opaque(octets: Uint8Array, span: Span): Rdata {
  return { octets, key: keyOf(octets), span, target: null }
}

function keyOf(octets: Uint8Array): string {
  return latin1.decode(octets)
}

const latin1 = new TextDecoder('latin1')
