/**
 * Whether a response is what the check expects: status, header fields, body, JSON, time, certificate, in this order;
 * the first that is not is told. Invariant: only the octets handed in are looked at, at most `bodyOctetsMax`, and an
 * expression that takes too long on them counts as not matching, since a backend must not be able to hide behind a
 * response that cannot be judged.
 */
import { never } from '../../core/base/assert.ts'
import { parsePointer, resolvePointer } from '../../core/health/pointer.ts'
import type { CertDays, HttpCheck, JsonScalar, Outcome, TextMatch } from '../../core/health/types.ts'
import type { HttpHead, HttpResponse } from './http-reader.ts'
import type { PatternSearch } from './pattern.ts'

/** How much of a body is examined. */
export const bodyOctetsMax = 64 * 1024

export type Finding = Pick<Outcome, 'kind' | 'reason' | 'detail'>

/** What a response is judged with besides itself. */
export interface Circumstances {
  readonly elapsedMs: number
  /** Whole days for which the certificate is still valid; null in clear text. */
  readonly daysLeft: number | null
  readonly search: PatternSearch
}

/** True if the response has to be read to its end before it can be judged. */
export function needsBody({ expect }: HttpCheck): boolean {
  return expect.body !== null || expect.regex !== null || expect.json.length > 0 || expect.withinMs !== null
}

/** Null if status and header fields are those expected: what of a response needs no body. */
export function judgeHead(spec: HttpCheck, head: HttpHead, search: PatternSearch): Finding | null {
  return judgeStatus(spec, head) ?? judgeFields(spec.expect.headers, head, search)
}

export function judgeResponse(spec: HttpCheck, response: HttpResponse, circumstances: Circumstances): Finding {
  return (
    judgeHead(spec, response, circumstances.search) ??
    judgeBody(spec, response, circumstances.search) ??
    judgeJson(spec.expect.json, response) ??
    judgeTime(spec, circumstances.elapsedMs) ??
    judgeCertificate(spec.expect.certDays, circumstances.daysLeft) ?? {
      kind: 'pass',
      reason: 'ok',
      detail: `${statusText(response)}${termText(circumstances.daysLeft)}`,
    }
  )
}

function judgeStatus({ expect }: HttpCheck, response: HttpHead): Finding | null {
  const { status } = response
  for (const { low, high } of expect.status) if (status >= low && status <= high) return null
  return { kind: 'fail', reason: 'status', detail: statusText(response) }
}

function judgeFields(
  wanted: readonly (readonly [name: string, match: TextMatch])[],
  { fields }: HttpHead,
  search: PatternSearch,
): Finding | null {
  for (const [name, match] of wanted) {
    const values = fields.flatMap(field => (field[0] === name ? [field[1]] : []))
    if (values.length === 0) return { kind: 'fail', reason: 'header', detail: `no header ${name}` }
    // A field that comes in several lines means the same in one (RFC 9110 section 5.3).
    const value = values.join(', ')
    const verdict = match.kind === 'regex' ? search(match.source, value) : value === match.text ? 'match' : 'no-match'
    if (verdict === 'match') continue
    if (verdict === 'invalid') return unusable(match)
    return { kind: 'fail', reason: 'header', detail: `${name}: ${value}` }
  }
  return null
}

function judgeBody({ expect }: HttpCheck, { body }: HttpResponse, search: PatternSearch): Finding | null {
  if (expect.body !== null && !body.includes(expect.body, 0, 'utf8')) {
    return { kind: 'fail', reason: 'body', detail: `body lacks "${expect.body}"` }
  }
  return expect.regex === null ? null : judgePattern(expect.regex, body, search)
}

function judgePattern(source: string, body: Buffer, search: PatternSearch): Finding | null {
  const verdict = search(source, body.toString('utf8'))
  switch (verdict) {
    case 'match':
      return null
    case 'no-match':
      return { kind: 'fail', reason: 'body', detail: `body does not match /${source}/` }
    case 'gave-up':
      return { kind: 'fail', reason: 'body', detail: `gave up matching /${source}/` }
    case 'invalid':
      return unusable({ kind: 'regex', source })
    default:
      return never(verdict)
  }
}

/** The front end compiles every expression, so this one was not read by it. */
function unusable(match: TextMatch): Finding {
  const detail = match.kind === 'regex' ? `not a regular expression: /${match.source}/` : null
  return { kind: 'inconclusive', reason: 'no-prober', detail }
}

function judgeJson(
  wanted: readonly (readonly [pointer: string, value: JsonScalar])[],
  { body, whole }: HttpResponse,
): Finding | null {
  if (wanted.length === 0) return null
  const document = whole ? parseJson(body) : undefined
  if (document === undefined) {
    const detail = whole ? 'the body is not JSON' : `the body is longer than ${bodyOctetsMax} octets`
    return { kind: 'fail', reason: 'json', detail }
  }
  for (const [pointer, value] of wanted) {
    const found = resolvePointer(document, parsePointer(pointer) ?? [])
    if (found === value) continue
    return { kind: 'fail', reason: 'json', detail: `${pointer} is ${describe(found)}, not ${JSON.stringify(value)}` }
  }
  return null
}

/** Undefined for what is no JSON text in UTF-8 (RFC 8259 section 8.1). */
function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(decoder.decode(body))
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined
    throw error
  }
}

/** A document may be nested as deep as it is long, so only what is flat is written out. */
function describe(found: unknown): string {
  if (found === undefined) return 'nothing'
  if (typeof found !== 'object' || found === null) return JSON.stringify(found)
  return Array.isArray(found) ? 'a list' : 'an object'
}

const decoder = new TextDecoder('utf-8', { fatal: true })

function judgeTime({ expect: { withinMs } }: HttpCheck, elapsedMs: number): Finding | null {
  if (withinMs === null || elapsedMs <= withinMs) return null
  return { kind: 'fail', reason: 'slow', detail: `took ${Math.round(elapsedMs)} ms, more than ${withinMs} ms` }
}

/** A certificate that ends soon is told in a pass: it is no reason to take a member out before it is one. */
function judgeCertificate(wanted: CertDays | null, daysLeft: number | null): Finding | null {
  if (wanted === null || daysLeft === null) return null
  const { warn, fail } = wanted
  if (fail !== null && daysLeft < fail) {
    return { kind: 'fail', reason: 'cert-days', detail: `the certificate ends ${inDays(daysLeft)}, wanted ${fail}` }
  }
  if (warn === null || daysLeft >= warn) return null
  return { kind: 'pass', reason: 'cert-days', detail: `the certificate ends ${inDays(daysLeft)}, fewer than ${warn}` }
}

/** What of it people should see in every outcome. */
export function termText(daysLeft: number | null): string {
  return daysLeft === null ? '' : `, certificate ends ${inDays(daysLeft)}`
}

function inDays(daysLeft: number): string {
  return daysLeft < 0 ? `${-daysLeft} days ago` : `in ${daysLeft} days`
}

function statusText({ status, phrase }: HttpHead): string {
  return phrase === '' ? `${status}` : `${status} ${phrase}`
}
