/**
 * When are two checks the same? Equal duties are probed once, however many records share them, and an edit must not
 * reset health: so the answer is a key, in three strengths from `same probe, same rhythm` to `the check people mean`.
 * The name of a check is no part of what is probed; it only tells an edited check from a new one.
 */
import { never } from '../base/assert.ts'
import type { CheckSpec, Endpoint, HttpCheck, MetricsCheck, Reading, TextMatch, TlsSpec } from './types.ts'

/** Same endpoint, same question, same cadence: one probe. */
export function dutyKey(endpoint: Endpoint, check: CheckSpec): string {
  const { intervalMs, timeoutMs, fastIntervalMs, fall, rise, leak } = check
  const cadence = [intervalMs, timeoutMs, fastIntervalMs, fall, rise, leak?.failures, leak?.window]
  return JSON.stringify([...questionOf(endpoint, check), ...cadence])
}

/** Same endpoint, same question, whatever the cadence: what one found is true for the other. */
export function targetKey(endpoint: Endpoint, check: CheckSpec): string {
  return JSON.stringify(questionOf(endpoint, check))
}

/** Same address, and a check of the same name and protocol: the old and the new form of one that was edited. */
export function editKey(endpoint: Endpoint, check: CheckSpec): string {
  return `${endpoint.address} ${check.protocol} ${check.name}`
}

/** Everything that is asked, and of whom; not when, nor under which name. */
function questionOf({ address, port }: Endpoint, check: CheckSpec): readonly unknown[] {
  const asked = [address, port, check.protocol, check.source ?? null]
  switch (check.protocol) {
    case 'ICMP':
      return asked
    case 'TCP':
      return [...asked, check.port, check.send, matchOf(check.expect), tlsOf(check.tls)]
    case 'HTTP':
    case 'HTTPS':
      return [...asked, ...requestOf(check)]
    case 'DNS':
      return [...asked, check.port, check.qname, check.qtype, check.expect.rcodes, check.expect.rdatas]
    case 'GRPC':
      return [...asked, check.port, check.service, check.host, tlsOf(check.tls)]
    case 'EXEC':
      return [...asked, check.port, check.command]
    case 'METRICS':
      return [...asked, ...pageOf(check)]
    default:
      return never(check)
  }
}

function requestOf({ protocol, port, method, path, host, headers, expect, tls, http2, reuse }: HttpCheck) {
  const { status, body, regex, json, headers: fields, withinMs, certDays } = expect
  const ranges = status.map(range => [range.low, range.high])
  const wanted = [ranges, body, regex, json, fields.map(([name, match]) => [name, matchOf(match)]), withinMs]
  const request = [port, method, path, host, headers, wanted, http2, reuse]
  return protocol === 'HTTP' ? request : [...request, tlsOf(tls), certDays?.warn ?? null, certDays?.fail ?? null]
}

function pageOf({ port, page, format, limits, send, tls }: MetricsCheck): readonly unknown[] {
  const marks = limits.map(({ name, reading, low, high }) => [name, readingOf(reading), low, high])
  return [port, page.scheme, page.address, page.target, format, marks, send, tlsOf(tls)]
}

function readingOf(reading: Reading): readonly unknown[] {
  switch (reading.kind) {
    case 'named':
      return [reading.kind, reading.metric]
    case 'series':
      return [
        reading.kind,
        reading.metric,
        reading.labels.map(({ name, value, equal }) => [name, value, equal]),
        reading.rate,
      ]
    case 'pointer':
      return [reading.kind, reading.pointer]
    default:
      return never(reading)
  }
}

function matchOf(match: TextMatch | null): readonly string[] | null {
  if (match === null) return null
  return match.kind === 'text' ? [match.kind, match.text] : [match.kind, match.source]
}

function tlsOf(tls: TlsSpec | null): readonly unknown[] | null {
  return tls === null ? null : [tls.serverName, tls.verify, tls.caFile, tls.certFile, tls.keyFile]
}
