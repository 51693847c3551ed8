/**
 * SVCB and HTTPS: where a service is reached and how (RFC 9460 section 2). Priority 0 is an alias, any other a service
 * with parameters, in the wire in rising order of their keys. The target is never compressed (section 2.2).
 */
import { readU16, writeU16 } from '../base/bytes.ts'
import { formatName, type Name } from '../name/name.ts'
import { type Fields, isAtEnd, refuseEscape, refuseField, shown, takeName, takeToken, takeU16 } from './fields.ts'
import type { RdataFormat } from './format.ts'
import { parseString } from './strings.ts'
import { formatKey, isKey, paramFormat, parseKey } from './svc-params.ts'
import { quote } from './txt.ts'
import { nameEnd } from './walk.ts'

export const svcb = binding(64, 'SVCB')
export const https = binding(65, 'HTTPS')

export interface SvcParam {
  readonly key: number
  /** In wire form. */
  readonly value: Uint8Array
}

export interface SvcbFields {
  readonly priority: number
  readonly target: Name
  /** In any order, no key twice. */
  readonly params: readonly SvcParam[]
}

export function encodeSvcb({ priority, target, params }: SvcbFields): Uint8Array {
  const sorted = [...params].sort((a, b) => a.key - b.key)
  let at = 2 + target.length
  const rdata = new Uint8Array(sorted.reduce((sum, { value }) => sum + 4 + value.length, at))
  writeU16(rdata, 0, priority)
  rdata.set(target, 2)
  for (const { key, value } of sorted) {
    writeU16(rdata, at, key)
    writeU16(rdata, at + 2, value.length)
    rdata.set(value, at + 4)
    at += 4 + value.length
  }
  return rdata
}

const mandatory = 0
const alpn = 1
const noDefaultAlpn = 2
const valueOctetsMax = 0xffff

function binding(code: number, mnemonic: string): RdataFormat {
  return {
    code,
    mnemonic,
    names: 'after-2-plain',
    format: rdata => {
      const params = readParams(rdata) ?? []
      return [`${readU16(rdata, 0)} ${formatName(rdata, 2)}`, ...params.map(formatParam)].join(' ')
    },
    parse: takeSvcb,
    check: rdata => {
      const params = readParams(rdata)
      return params?.every(isRight) === true && faultOfSet(params) === null
    },
  }
}

/** The parameters in wire order; null unless they fill the rdata behind a whole name. */
export function readParams(rdata: Uint8Array): readonly SvcParam[] | null {
  let at = nameEnd(rdata, 2)
  if (at < 0) return null
  const params: SvcParam[] = []
  while (at < rdata.length) {
    if (at + 4 > rdata.length) return null
    const end = at + 4 + readU16(rdata, at + 2)
    if (end > rdata.length) return null
    params.push({ key: readU16(rdata, at), value: rdata.subarray(at + 4, end) })
    at = end
  }
  return params
}

/** One parameter by itself and after the one before it: keys rise (RFC 9460 section 2.2). */
function isRight({ key, value }: SvcParam, i: number, params: readonly SvcParam[]): boolean {
  return isKey(key) && (i === 0 || params[i - 1]!.key < key) && paramFormat(key)?.check(value) !== false
}

/** What parameters ask of each other: sections 7.1.1 and 8. Each is right by itself, none is there twice. */
function faultOfSet(params: readonly SvcParam[]): string | null {
  const keys = new Set(params.map(param => param.key))
  if (keys.has(noDefaultAlpn) && !keys.has(alpn)) return 'no-default-alpn needs alpn beside it'
  const wanted = params.find(param => param.key === mandatory)?.value ?? new Uint8Array(0)
  for (let at = 0; at < wanted.length; at += 2) {
    const key = readU16(wanted, at)
    if (!keys.has(key)) return `${formatKey(key)} is mandatory, but it is not there`
  }
  return null
}

export function formatParam({ key, value }: SvcParam): string {
  const known = paramFormat(key)
  const text = known === undefined ? (value.length === 0 ? null : quote(value)) : known.format(value)
  return text === null ? formatKey(key) : `${formatKey(key)}=${text}`
}

function takeSvcb(fields: Fields): Uint8Array {
  const priority = takeU16(fields, 'a priority')
  const target = takeName(fields, 'the name of a target')
  const paramsAt = fields.at
  const params: SvcParam[] = []
  const seen = new Set<number>()
  while (!isAtEnd(fields)) {
    const at = fields.at
    const param = takeParam(fields)
    if (param === null) break
    if (seen.has(param.key))
      refuseField(fields, 'bad-rdata', at, `${formatKey(param.key)} is there twice`, 'remove one')
    seen.add(param.key)
    params.push(param)
  }
  const fault = faultOfSet(params)
  if (fault !== null) refuseField(fields, 'bad-rdata', paramsAt, fault)
  return fields.fault === null ? encodeSvcb({ priority, target, params }) : new Uint8Array(0)
}

/** `key`, `key=value`, or `key=` with a text in quotes right behind it (RFC 9460 section 2.1). */
function takeParam(fields: Fields): SvcParam | null {
  const at = fields.at
  const token = takeToken(fields, 'a parameter')
  if (token === null) return null
  const equals = token.text.indexOf('=')
  const word = equals < 0 ? token.text : token.text.slice(0, equals)
  const key = token.quoted || token.glued ? null : parseKey(word)
  if (key === null) {
    const hint = 'write KEY or KEY=VALUE, and KEY as registered or as keyNNNNN'
    refuseField(fields, 'bad-rdata', at, `${shown(token.text)} is not a parameter`, hint)
    return null
  }
  let text = equals < 0 ? '' : token.text.slice(equals + 1)
  const next = fields.tokens[fields.at]
  if (equals >= 0 && text === '' && next?.quoted === true && next.glued) {
    text = next.text
    fields.at++
  }
  const value = parseString(text)
  if (value === null) {
    refuseEscape(fields, fields.at - 1, text)
    return null
  }
  return judgeParam(fields, at, key, word, value)
}

/** A registered key written as `keyNNNNN` has its value in wire form. */
function judgeParam(fields: Fields, at: number, key: number, word: string, value: Uint8Array): SvcParam | null {
  const known = paramFormat(key)
  const byNumber = word !== known?.word
  const wire = known === undefined ? value : byNumber ? (known.check(value) ? value : null) : known.parse(value)
  if (wire !== null && wire.length <= valueOctetsMax) return { key, value: wire }
  const text = wire === null ? `that is not a value of ${word}` : `the value of ${word} is longer than 65535 octets`
  refuseField(fields, 'bad-rdata', at, text)
  return null
}
