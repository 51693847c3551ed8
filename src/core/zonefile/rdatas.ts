/**
 * Values of records that health does not touch → rdata in wire form. Addresses have a file of their own.
 */
import type { Span } from '../base/problem.ts'
import type { Name } from '../name/name.ts'
import { encodeCaa } from '../rdata/caa.ts'
import { encodeMx } from '../rdata/mx.ts'
import { encodeSingleName } from '../rdata/single-name.ts'
import { encodeSrv } from '../rdata/srv.ts'
import { formatType, isRdata } from '../rdata/table.ts'
import { encodeTxt } from '../rdata/txt.ts'
import { parseGeneric } from '../rdata/unknown.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import { readTarget } from './names.ts'
import { type RecordType, recordSchemas } from './schema/records.ts'
import type { SvcbInput } from './schema/svcb.ts'
import type { CaaInput, DsInput, MxInput, NaptrInput, SrvInput, SshfpInput, TlsaInput } from './schema/values.ts'
import { readSvcb } from './svcb.ts'
import { nameWord, readWords, splitWords, textWord, type Word, word } from './words.ts'

export type PlainType = Exclude<RecordType, 'A' | 'AAAA'> | 'generic'

/** One value read. */
export interface Rdata {
  readonly octets: Uint8Array
  readonly span: Span
  /** Where the name stands that it points at, if there is one. */
  readonly targetSpan: Span
}

/** A value on its way to rdata. */
interface Place {
  readonly reader: Reader
  readonly code: number
  readonly zone: Name
  readonly path: Path
}

/** The schema of `type` has passed the value. Null after having reported what is wrong with it. */
export function readRdata(place: Place, type: PlainType, value: unknown): Rdata | null {
  const targetKey = targetKeyOf(type, value)
  const octets = readOctets(place, type, value, targetKey)
  return octets === null ? null : { octets, span: spanOf(place), targetSpan: spanOf(place, targetKey) }
}

function readOctets(place: Place, type: PlainType, value: unknown, targetKey: string | null): Uint8Array | null {
  switch (type) {
    case 'NS':
    case 'CNAME':
    case 'ALIAS':
    case 'DNAME':
    case 'PTR': {
      const target = readName(place, value as string, targetKey)
      return target === null ? null : encodeSingleName(target)
    }
    case 'MX':
      return readMx(place, value as MxInput, targetKey)
    case 'SRV': {
      const srv = value as SrvInput
      const target = readName(place, srv.target, targetKey)
      return target === null ? null : encodeSrv({ ...srv, target })
    }
    case 'TXT':
      return encodeTxt([encoder.encode(unescapeTxt(value as string))])
    case 'CAA':
      return readCaa(place, value as CaaInput)
    case 'NAPTR':
      return readNaptr(place, value as NaptrInput, targetKey)
    case 'SVCB':
    case 'HTTPS': {
      const svcb = value as SvcbInput
      const target = readName(place, svcb.targetname, targetKey)
      const { reader, code, path } = place
      return target === null ? null : readSvcb(reader, code, svcb, nameWord(target, spanOf(place, targetKey)), path)
    }
    case 'DS':
      return readDigits(place, value as DsInput, ['key_tag', 'algorithm', 'digest_type'], 'digest')
    case 'TLSA': {
      const numbers = ['certificate_usage', 'selector', 'matching_type'] as const
      return readDigits(place, value as TlsaInput, numbers, 'certificate_association_data')
    }
    case 'SSHFP':
      return readDigits(place, value as SshfpInput, ['algorithm', 'fingerprint_type'], 'fingerprint')
    case 'generic':
      return readGeneric(place, value as string)
  }
}

/** The key of a value's map that holds the name it points at; null where the value itself is the name, or has none. */
function targetKeyOf(type: PlainType, value: unknown): string | null {
  switch (type) {
    case 'MX':
      return (value as MxInput).exchange === undefined ? 'value' : 'exchange'
    case 'SRV':
      return 'target'
    case 'NAPTR':
      return 'replacement'
    case 'SVCB':
    case 'HTTPS':
      return 'targetname'
    default:
      return null
  }
}

const encoder = new TextEncoder()

function readMx(place: Place, mx: MxInput, targetKey: string | null): Uint8Array | null {
  const preference = mx.preference ?? mx.priority
  const exchange = mx.exchange ?? mx.value
  if (preference === undefined || exchange === undefined) {
    const key = preference === undefined ? 'preference' : 'exchange'
    const hint = 'write `{preference: 10, exchange: mail.example.com.}`'
    refuse(place.reader, 'missing-key', spanOf(place), `this MX has no \`${key}\``, hint)
    return null
  }
  const target = readName(place, exchange, targetKey)
  return target === null ? null : encodeMx(preference, target)
}

const caaValueOctetsMax = 4096

function readCaa(place: Place, caa: CaaInput): Uint8Array | null {
  const { reader } = place
  if (!/^[A-Za-z0-9]{1,255}$/.test(caa.tag)) {
    const hint = 'write `issue`, `issuewild` or `iodef`'
    refuse(reader, 'bad-rdata', spanOf(place, 'tag'), `${shown(caa.tag)} is not a CAA tag`, hint)
    return null
  }
  if (!/^[\x20-\x7e]*$/.test(caa.value) || caa.value.length > caaValueOctetsMax) {
    const hint = 'write plain ASCII, such as `ca.example.net`'
    refuse(reader, 'bad-rdata', spanOf(place, 'value'), `${shown(caa.value)} is not a CAA value`, hint)
    return null
  }
  return encodeCaa(caa.flags ?? 0, caa.tag, encoder.encode(caa.value.replaceAll('\\;', ';')))
}

/** octoDNS writes `;` as `\;`, and takes a text in double quotes for its chunks joined. */
function unescapeTxt(text: string): string {
  const isQuoted = text.length > 1 && text.startsWith('"') && text.endsWith('"')
  const joined = isQuoted ? text.slice(1, -1).replaceAll('" "', '') : text
  return joined.replaceAll('\\;', ';')
}

/** RFC 3403 section 4.1: flags are letters and digits; a rule has a regular expression or a replacement, not both. */
function readNaptr(place: Place, naptr: NaptrInput, targetKey: string | null): Uint8Array | null {
  const { reader, code, path } = place
  if (!/^[A-Za-z0-9]*$/.test(naptr.flags)) {
    const text = `${shown(naptr.flags)} are not flags of a NAPTR`
    refuse(reader, 'bad-rdata', spanOf(place, 'flags'), text, "write S, A, U or P, or '' for none")
    return null
  }
  const replacement = readName(place, naptr.replacement, targetKey)
  if (replacement === null) return null
  if (naptr.regexp !== '' && replacement.length > 1) {
    const text = 'a NAPTR with a `regexp` cannot have a `replacement` too (RFC 3403 section 4.1)'
    refuse(reader, 'bad-rdata', spanOf(place, targetKey), text, 'write `replacement: .`, or an empty `regexp`')
    return null
  }
  const numbers = (['order', 'preference'] as const).map(key => word(naptr[key], spanOf(place, key)))
  const texts = (['flags', 'service', 'regexp'] as const).map(key => textWord(naptr[key], spanOf(place, key)))
  return readWords(reader, code, [...numbers, ...texts, nameWord(replacement, spanOf(place, targetKey))], path)
}

/** Some numbers, then octets in hexadecimal. */
function readDigits<N extends string, H extends string>(
  place: Place,
  value: Readonly<Record<N, number> & Record<H, string>>,
  numbers: readonly N[],
  hex: H,
): Uint8Array | null {
  const words: readonly Word[] = numbers.map(key => word(value[key], spanOf(place, key)))
  return readWords(place.reader, place.code, [...words, ...splitWords(value[hex], spanOf(place, hex))], place.path)
}

/** Of a type that has words, the octets must be what the words could say (RFC 3597 section 5). */
function readGeneric(place: Place, text: string): Uint8Array | null {
  const octets = parseGeneric(text)
  if (octets === null) {
    const hint = 'write `\\# LENGTH HEX`, such as `\\# 4 0A000001` (RFC 3597)'
    const what = `${shown(text)} is not rdata in generic form, or its length is another`
    refuse(place.reader, 'bad-rdata', spanOf(place), what, hint)
    return null
  }
  if (isRdata(place.code, octets)) return octets
  const type = formatType(place.code)
  const hint = Object.hasOwn(recordSchemas, type) ? `write \`type: ${type}\`, with the value in words` : null
  refuse(place.reader, 'bad-rdata', spanOf(place), `these octets are not rdata of type ${type}`, hint)
  return null
}

function readName(place: Place, text: string, key: string | null): Name | null {
  return readTarget(place.reader, text, place.zone, spanOf(place, key))
}

/** Of the whole value, or of what one of its keys holds. */
function spanOf({ reader, path }: Place, key: string | null = null): Span {
  return reader.doc.valueSpan(key === null ? path : [...path, key])
}
