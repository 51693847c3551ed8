/**
 * Values of SVCB and HTTPS records → rdata (RFC 9460). Parameters come as a map of lists, numbers, texts and nothing;
 * in presentation form they are words, in which the items of a list and the text as a whole are escaped in turn
 * (appendix A.1). What a parameter may be, and what it asks of the others, is known to core/rdata.
 */
import { parseIpv4 } from '../rdata/a.ts'
import { parseIpv6 } from '../rdata/aaaa.ts'
import { paramFormat, parseKey } from '../rdata/svc-params.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import { judge, suggest } from './issues.ts'
import { type SvcbInput, svcKeyValue, svcParamShapes } from './schema/svcb.ts'
import { escaped, readWords, type Word, word } from './words.ts'

/** `target` is the name that the value gives. Null after having reported what is wrong. */
export function readSvcb(reader: Reader, code: number, input: SvcbInput, target: Word, path: Path): Uint8Array | null {
  const params = input.svcparams ?? {}
  const at = [...path, 'svcparams']
  if (input.svcpriority === 0 && Object.keys(params).length > 0) {
    const text = '`svcpriority: 0` makes an alias, of which clients ignore the parameters (RFC 9460 section 2.4.2)'
    refuse(reader, 'bad-value', reader.doc.keySpan(at), text, 'remove `svcparams`, or write another priority')
    return null
  }
  const priority = word(input.svcpriority, reader.doc.valueSpan([...path, 'svcpriority']))
  const problemsBefore = reader.problems.length
  const words = askingFirst(params).map(key => readParam(reader, key, params[key], [...at, key]))
  if (reader.problems.length > problemsBefore) return null
  const given = words.filter(each => each !== null)
  return readWords(reader, code, [priority, target, ...given], path)
}

/** What parameters ask of each other is reported at the first of them, so the one that asks goes first. */
function askingFirst(params: Readonly<Record<string, unknown>>): readonly string[] {
  const asking = 'no-default-alpn' in params && !('alpn' in params) ? 'no-default-alpn' : 'mandatory'
  return Object.keys(params).sort((a, b) => Number(b === asking) - Number(a === asking))
}

/** Null after having reported what is wrong. */
function readParam(reader: Reader, key: string, value: unknown, path: Path): Word | null {
  const number = parseKey(key)
  const span = reader.doc.valueSpan(path)
  if (number === null) {
    const hint = suggest(key, [...Object.keys(svcParamShapes), 'keyNNNNN'])
    refuse(reader, 'unknown-key', reader.doc.keySpan(path), `there is no parameter ${shown(key)}`, hint)
    return null
  }
  if (!isWord(key)) {
    const text = judge(reader, svcKeyValue, value, path)
    return word(text === null ? key : `${key}=${text}`, span)
  }
  if (value === null) return word(key, span)
  if (!Array.isArray(value)) return word(`${key}=${escaped(String(value))}`, span)
  const items: readonly string[] = value.map(String)
  items.forEach((item, i) => {
    requireItem(reader, key, number, item, [...path, i])
  })
  return word(`${key}=${escaped(items.map(escapedItem).join(','))}`, span)
}

function isWord(key: string): key is keyof typeof svcParamShapes {
  return Object.hasOwn(svcParamShapes, key)
}

/** Looks at one item of a list by itself, so that the fault is shown where it is. */
function requireItem(reader: Reader, key: string, number: number, item: string, path: Path): void {
  if (paramFormat(number)!.parse(encoder.encode(escapedItem(item))) !== null) return
  const span = reader.doc.valueSpan(path)
  const isV4 = key === 'ipv4hint'
  if (!isV4 && key !== 'ipv6hint') {
    const hint = key === 'mandatory' ? suggest(item, Object.keys(svcParamShapes)) : null
    refuse(reader, 'bad-rdata', span, `${shown(item)} is not a value of \`${key}\``, hint)
    return
  }
  const isOther = (isV4 ? parseIpv6(item) : parseIpv4(item)) !== null
  const text = `${shown(item)} is not an ${isV4 ? 'IPv4' : 'IPv6'} address`
  const hint = isOther ? `move it to \`${isV4 ? 'ipv6hint' : 'ipv4hint'}\`` : null
  refuse(reader, isOther ? 'wrong-family' : 'bad-address', span, text, hint)
}

function escapedItem(item: string): string {
  return item.replace(/[\\,]/g, '\\$&')
}

const encoder = new TextEncoder()
