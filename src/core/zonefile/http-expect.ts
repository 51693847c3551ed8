/**
 * `expect:` of an HTTP check: what of a response is looked at, and what it must be.
 */
import { type Millis, millis } from '../base/units.ts'
import { parsePointer } from '../health/pointer.ts'
import type { Cadence, CertDays, HttpCheck, JsonScalar, StatusRange, TextMatch } from '../health/types.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import { requireRegex } from './match.ts'
import type { CertDaysInput, HeaderValueInput, HttpInput, StatusInput } from './schema/check-http.ts'
import { readMillis } from './times.ts'

type Expectation = HttpCheck['expect']

const okStatus: readonly StatusRange[] = [{ low: 200, high: 299 }]
const placesMax = 32

/** Reports what is wrong; what it returns then is of no use. */
export function readExpect(reader: Reader, input: HttpInput, cadence: Cadence, path: Path): Expectation {
  const at = (key: string) => [...path, 'expect', key]
  const { status, body = null, regex = null, json, headers, within } = input.expect ?? {}
  const certDays = input.protocol === 'HTTPS' ? input.expect?.cert_days : undefined
  for (const [key, value] of Object.entries({ body, regex, json })) {
    if (input.method !== 'HEAD' || value === null || value === undefined) continue
    const text = `a HEAD response has no body, so \`${key}\` can never pass`
    refuse(reader, 'bad-value', reader.doc.keySpan(at(key)), text, 'write `method: GET`')
  }
  if (regex !== null) requireRegex(reader, regex, at('regex'))
  return {
    status: status === undefined ? okStatus : readStatus(reader, status, at('status')),
    body,
    regex,
    json: json === undefined ? [] : readJson(reader, json, at('json')),
    headers: headers === undefined ? [] : readHeaders(reader, headers, at('headers')),
    withinMs: within === undefined ? null : readWithin(reader, within, cadence.timeoutMs, at('within')),
    certDays: certDays === undefined ? null : readCertDays(reader, certDays, at('cert_days')),
  }
}

function readWithin(reader: Reader, given: number | string, timeoutMs: Millis, path: Path): Millis | null {
  return readMillis(reader, given, path, { minMs: millis(1), maxMs: timeoutMs })
}

function readJson(
  reader: Reader,
  json: Readonly<Record<string, JsonScalar>>,
  path: Path,
): readonly (readonly [string, JsonScalar])[] {
  const entries = Object.entries(json)
  requireCount(reader, entries.length, path)
  for (const [pointer] of entries) {
    if (parsePointer(pointer) !== null) continue
    const hint = "write the keys on the way, each after a slash: '/status' or '/checks/0/state'; `~1` is a slash"
    refuse(reader, 'bad-value', reader.doc.keySpan([...path, pointer]), `${shown(pointer)} is not a JSON pointer`, hint)
  }
  return entries
}

function readHeaders(
  reader: Reader,
  headers: Readonly<Record<string, HeaderValueInput>>,
  path: Path,
): readonly (readonly [string, TextMatch])[] {
  const entries = Object.entries(headers)
  requireCount(reader, entries.length, path)
  return entries.map(([name, value]) => {
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      const text = `${shown(name)} is not the name of a header`
      refuse(reader, 'bad-value', reader.doc.keySpan([...path, name]), text, 'use letters, digits and `-`')
    }
    if (typeof value !== 'string') {
      requireRegex(reader, value.regex, [...path, name, 'regex'])
      return [name.toLowerCase(), { kind: 'regex', source: value.regex }]
    }
    if (!/^(?:[\x21-\x7e](?:[\x20-\x7e\t]*[\x21-\x7e])?)?$/.test(value)) {
      const text = `no header can have the value ${shown(value)}`
      const hint = 'write plain ASCII on one line, without blanks around it'
      refuse(reader, 'bad-value', reader.doc.valueSpan([...path, name]), text, hint)
    }
    return [name.toLowerCase(), { kind: 'text', text: value }]
  })
}

function requireCount(reader: Reader, count: number, path: Path): void {
  if (count >= 1 && count <= placesMax) return
  const text = count === 0 ? 'nothing is looked at here' : `${count} places are more than ${placesMax}`
  refuse(reader, 'bad-value', reader.doc.valueSpan(path), text, count === 0 ? 'remove it' : 'remove some')
}

function readCertDays(reader: Reader, given: CertDaysInput, path: Path): CertDays {
  if (typeof given === 'number') return { warn: null, fail: given }
  const { warn = null, fail = null } = given
  if (warn === null && fail === null) {
    refuse(reader, 'bad-value', reader.doc.valueSpan(path), '`cert_days` names no days', 'write {warn: 21, fail: 7}')
  } else if (warn !== null && fail !== null && warn <= fail) {
    const text = `whatever has fewer than ${warn} days fails already, so nobody is warned`
    refuse(reader, 'bad-value', reader.doc.valueSpan([...path, 'warn']), text, `write more than ${fail}`)
  }
  return { warn, fail }
}

function readStatus(reader: Reader, status: StatusInput, path: Path): readonly StatusRange[] {
  const isList = Array.isArray(status)
  const entries = isList ? status : [status]
  return entries.flatMap((entry, i) => {
    const ranges = parseStatus(entry)
    if (ranges !== null) return ranges
    const span = reader.doc.valueSpan(isList ? [...path, i] : path)
    const hint = 'write 200, 200-299 or 200,204'
    refuse(reader, 'bad-value', span, `${shown(entry)} is not a status or a range of them`, hint)
    return []
  })
}

function parseStatus(entry: number | string): StatusRange[] | null {
  const ranges: StatusRange[] = []
  for (const part of String(entry).split(',')) {
    const match = /^\s*([1-5][0-9]{2})\s*(?:-\s*([1-5][0-9]{2})\s*)?$/.exec(part)
    if (match === null) return null
    const low = Number(match[1])
    const high = Number(match[2] ?? match[1])
    if (high < low) return null
    ranges.push({ low, high })
  }
  return ranges
}
