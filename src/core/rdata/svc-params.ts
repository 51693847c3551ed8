/**
 * The registered SvcParamKeys, one entry each: how people write the value, what makes its octets right (RFC 9460
 * sections 7 and 8; dohpath RFC 9461 section 5; ohttp RFC 9540 section 4; the last two as the registry has them).
 * Every other key is `keyNNNNN` with a value of any octets (RFC 9460 section 2.1).
 */
import { readU16 } from '../base/bytes.ts'
import { formatIpv4, parseIpv4 } from './a.ts'
import { formatIpv6, parseIpv6 } from './aaaa.ts'
import { formatBase64, parseBase64 } from './base64.ts'
import { formatEach, isItems, joinItems, parseEach, parseItems } from './svc-lists.ts'
import { quote } from './txt.ts'

export interface SvcParamFormat {
  readonly key: number
  readonly word: string
  /** The value as it stands in the record, its string escapes undone; null if it is not one. */
  readonly parse: (value: Uint8Array) => Uint8Array | null
  readonly check: (wire: Uint8Array) => boolean
  /** What stands behind `=`; null where nothing does. */
  readonly format: (wire: Uint8Array) => string | null
}

const latin1 = new TextDecoder('latin1')
const textOf = (value: Uint8Array) => latin1.decode(value)
const isWhole = (size: number) => (wire: Uint8Array) => wire.length > 0 && wire.length % size === 0
const isEmpty = (value: Uint8Array) => value.length === 0

const list = { parse: parseItems, check: isItems, format: (wire: Uint8Array) => quote(joinItems(wire)) }
const flag = { parse: (value: Uint8Array) => (isEmpty(value) ? value : null), check: isEmpty, format: () => null }

const params: readonly SvcParamFormat[] = [
  {
    key: 0,
    word: 'mandatory',
    parse: value => parseKeys(textOf(value)),
    check: isKeyList,
    format: wire => formatEach(wire, 2, key => formatKey(readU16(key, 0))),
  },
  { key: 1, word: 'alpn', ...list },
  { key: 2, word: 'no-default-alpn', ...flag },
  {
    key: 3,
    word: 'port',
    parse: value => parseU16(textOf(value)),
    check: wire => wire.length === 2,
    format: wire => String(readU16(wire, 0)),
  },
  {
    key: 4,
    word: 'ipv4hint',
    parse: value => parseEach(textOf(value), parseIpv4),
    check: isWhole(4),
    format: wire => formatEach(wire, 4, formatIpv4),
  },
  {
    key: 5,
    word: 'ech',
    parse: value => (isEmpty(value) ? null : parseBase64(textOf(value))),
    check: wire => wire.length > 0,
    format: formatBase64,
  },
  {
    key: 6,
    word: 'ipv6hint',
    parse: value => parseEach(textOf(value), parseIpv6),
    check: isWhole(16),
    format: wire => formatEach(wire, 16, formatIpv6),
  },
  { key: 7, word: 'dohpath', parse: value => (isDohPath(value) ? value : null), check: isDohPath, format: quote },
  { key: 8, word: 'ohttp', ...flag },
  {
    key: 9,
    word: 'tls-supported-groups',
    parse: value => parseEach(textOf(value), parseU16),
    check: isWhole(2),
    format: wire => formatEach(wire, 2, group => String(readU16(group, 0))),
  },
  {
    key: 10,
    word: 'docpath',
    parse: value => (isEmpty(value) ? value : parseItems(value)),
    check: wire => isEmpty(wire) || isItems(wire),
    format: wire => (isEmpty(wire) ? null : list.format(wire)),
  },
]

const byKey = new Map(params.map(param => [param.key, param]))
const byWord = new Map(params.map(param => [param.word, param]))

/** Reserved as the key that is never valid. */
const keyNever = 0xffff

/** The format of a registered key, undefined for others. */
export function paramFormat(key: number): SvcParamFormat | undefined {
  return byKey.get(key)
}

export function formatKey(key: number): string {
  return byKey.get(key)?.word ?? `key${key}`
}

/** The number of a key, by word or as `keyNNNNN` without leading zeros; null if it is neither. */
export function parseKey(text: string): number | null {
  const known = byWord.get(text)
  if (known !== undefined) return known.key
  const match = /^key(0|[1-9][0-9]{0,4})$/.exec(text)
  return match !== null && Number(match[1]) < keyNever ? Number(match[1]) : null
}

/** True if `key` may stand in a record. */
export function isKey(key: number): boolean {
  return key !== keyNever
}

/** Keys of a mandatory list, sorted as the wire form wants them; null if one is unknown, twice there or itself. */
function parseKeys(text: string): Uint8Array | null {
  const keys: number[] = []
  for (const word of text.split(',')) {
    const key = parseKey(word)
    if (key === null || keys.length > keyNever) return null
    keys.push(key)
  }
  keys.sort((a, b) => a - b)
  const wire = new Uint8Array(keys.length * 2)
  keys.forEach((key, i) => {
    wire[i * 2] = key >>> 8
    wire[i * 2 + 1] = key
  })
  return isKeyList(wire) ? wire : null
}

/** RFC 9460 section 8: one or more keys in rising order, none twice, not `mandatory` itself. */
function isKeyList(wire: Uint8Array): boolean {
  if (wire.length === 0 || wire.length % 2 !== 0) return false
  let last = 0
  for (let at = 0; at < wire.length; at += 2) {
    const key = readU16(wire, at)
    if (key <= last) return false
    last = key
  }
  return true
}

function parseU16(text: string): Uint8Array | null {
  if (!/^[0-9]{1,5}$/.test(text) || Number(text) > 0xffff) return null
  return Uint8Array.of(Number(text) >>> 8, Number(text))
}

/** RFC 9461 section 5: a URI template of a path with the variable `dns`. */
function isDohPath(value: Uint8Array): boolean {
  const text = textOf(value)
  const isTemplate = /^\/(?:[^{}]|\{[^{}]+\})*$/.test(text)
  return isTemplate && /\{[+#./;?&]?(?:[^{},]+,)*dns(?:\*|:[0-9]+)?(?:,[^{},]+)*\}/.test(text)
}
