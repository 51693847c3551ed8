/**
 * Whether a response is what the check expects: status, then body, then time; the first that fails is told. Invariant:
 * only the octets handed in are looked at, at most `bodyOctetsMax`, and an expression that takes too long on them
 * counts as not matching, since a backend must not be able to hide behind a body that cannot be judged.
 */
import type { IncomingMessage } from 'node:http'
import type { HttpCheck, Outcome } from '../../core/health/types.ts'
import type { PatternSearch } from './pattern.ts'

/** How much of a body is examined. */
export const bodyOctetsMax = 64 * 1024

type Finding = Pick<Outcome, 'kind' | 'reason' | 'detail'>
type StatusLine = Pick<IncomingMessage, 'statusCode' | 'statusMessage'>

/** Null if the status is one of those expected. */
export function judgeStatus(spec: HttpCheck, response: StatusLine): Finding | null {
  const status = response.statusCode ?? 0
  for (const range of spec.expect.status) if (status >= range.low && status <= range.high) return null
  return { kind: 'fail', reason: 'status', detail: statusText(response) }
}

export function judgeResponse(
  spec: HttpCheck,
  response: StatusLine,
  body: Buffer,
  elapsedMs: number,
  search: PatternSearch,
): Finding {
  const { body: wanted, regex, withinMs } = spec.expect
  const status = judgeStatus(spec, response)
  if (status !== null) return status
  if (wanted !== null && !body.includes(wanted, 0, 'utf8')) {
    return { kind: 'fail', reason: 'body', detail: `body lacks "${wanted}"` }
  }
  const pattern = regex === null ? null : judgePattern(regex, body, search)
  if (pattern !== null) return pattern
  if (withinMs !== null && elapsedMs > withinMs) {
    return { kind: 'fail', reason: 'slow', detail: `took ${Math.round(elapsedMs)} ms, more than ${withinMs} ms` }
  }
  return { kind: 'pass', reason: 'ok', detail: statusText(response) }
}

function judgePattern(regex: string, body: Buffer, search: PatternSearch): Finding | null {
  const found = search(regex, body.toString('utf8'))
  switch (found) {
    case 'match':
      return null
    case 'no-match':
      return { kind: 'fail', reason: 'body', detail: `body does not match /${regex}/` }
    case 'gave-up':
      return { kind: 'fail', reason: 'body', detail: `gave up matching /${regex}/` }
    case 'invalid':
      return { kind: 'inconclusive', reason: 'no-prober', detail: `not a regular expression: /${regex}/` }
  }
}

function statusText(response: StatusLine): string {
  const { statusCode, statusMessage } = response
  return statusMessage === undefined || statusMessage === '' ? `${statusCode}` : `${statusCode} ${statusMessage}`
}
