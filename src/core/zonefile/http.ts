/**
 * The HTTP part of a check. Everything that would become bytes of a request is judged here, so that no file can smuggle
 * a second header or a second request into a probe (RFC 9110 sections 5.5 and 5.6.2, RFC 9112 section 3.2).
 */
import type { Cadence, HttpCheck, StatusRange } from '../health/types.ts'
import { parseIpv4 } from '../rdata/a.ts'
import { parseIpv6 } from '../rdata/aaaa.ts'
import type { CheckPlan } from './check-plan.ts'
import { type Path, printable, type Reader, refuse, shown, warn } from './doc.ts'
import type { HttpInput, StatusInput, TlsInput } from './schema/check.ts'
import { readMillis } from './times.ts'

const pathCharactersMax = 2048
const regexCharactersMax = 1000
const headersMax = 32
const headerCharactersMax = 4096
const okStatus: readonly StatusRange[] = [{ low: 200, high: 299 }]
/** Headers that frame the message or have a key of their own. */
const ownHeaders: ReadonlySet<string> = new Set(
  'host connection content-length transfer-encoding upgrade expect te trailer keep-alive'.split(' '),
)

export function readHttp(
  reader: Reader,
  name: string,
  input: HttpInput,
  cadence: Cadence,
  path: Path,
): CheckPlan | null {
  const problemsBefore = reader.problems.length
  const { protocol, host = null, headers = {}, method = 'GET' } = input
  const tls: TlsInput = input.protocol === 'HTTPS' ? (input.tls ?? {}) : {}
  const target = readRequestTarget(reader, input.path, path)
  if (host !== null) requireHost(reader, host, [...path, 'host'])
  const fields = readHeaders(reader, headers, [...path, 'headers'])
  const expect = readExpect(reader, input, cadence, path)
  if (tls.server_name !== undefined) requireServerName(reader, tls.server_name, [...path, 'tls', 'server_name'])
  if (reader.problems.slice(problemsBefore).some(problem => problem.severity === 'error')) return null
  const spec: HttpCheck = {
    protocol,
    name,
    ...cadence,
    port: input.port ?? (protocol === 'HTTPS' ? 443 : 80),
    method,
    path: target,
    host,
    headers: fields,
    expect,
    tls: {
      serverName: protocol === 'HTTPS' ? (tls.server_name ?? serverNameOf(host)) : null,
      verify: tls.verify ?? true,
      caFile: tls.ca === undefined ? null : besideFile(reader.doc.file, tls.ca),
    },
  }
  return { spec, hostFromOwner: protocol === 'HTTPS' && host === null }
}

function readRequestTarget(reader: Reader, given: string | undefined, path: Path): string {
  if (given === undefined || given === '/') {
    const span = given === undefined ? reader.doc.keySpan(path) : reader.doc.valueSpan([...path, 'path'])
    const text = 'the check asks for `/`, which may answer while the service behind it does not'
    warn(reader, 'path-root', span, text, 'write the path of a health page, such as `path: /healthz`')
    return '/'
  }
  if (!/^\/[\x21-\x7e]*$/.test(given) || given.length > pathCharactersMax || given.includes('#')) {
    const hint = 'begin it with `/`; write spaces and letters beyond ASCII as %20 and the like'
    refuse(reader, 'bad-value', reader.doc.valueSpan([...path, 'path']), `${shown(given)} is not a request path`, hint)
  }
  return given
}

function requireHost(reader: Reader, host: string, path: Path): void {
  if (/^[A-Za-z0-9._-]+(:[0-9]{1,5})?$/.test(host) || /^\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?$/.test(host)) return
  const hint = 'write a name or an address, without `https://` and without a path'
  refuse(reader, 'bad-value', reader.doc.valueSpan(path), `${shown(host)} cannot be a Host header`, hint)
}

function requireServerName(reader: Reader, name: string, path: Path): void {
  const isAddress = parseIpv4(name) !== null || parseIpv6(name) !== null
  if (/^[A-Za-z0-9._-]+$/.test(name) && !isAddress) return
  const hint = 'write a name as it stands in the certificate (RFC 6066 allows no address here)'
  refuse(reader, 'bad-value', reader.doc.valueSpan(path), `${shown(name)} cannot be a TLS server name`, hint)
}

/** The name of a Host header without its port; null if it is an address, which SNI cannot carry. */
function serverNameOf(host: string | null): string | null {
  if (host === null || host.startsWith('[')) return null
  const name = host.replace(/:[0-9]+$/, '')
  return parseIpv4(name) === null ? name.replace(/\.$/, '') : null
}

function readHeaders(
  reader: Reader,
  headers: Readonly<Record<string, string>>,
  path: Path,
): (readonly [string, string])[] {
  const entries = Object.entries(headers)
  if (entries.length > headersMax) {
    const text = `a request of ${entries.length} headers is more than ${headersMax}`
    refuse(reader, 'bad-value', reader.doc.valueSpan(path), text, 'remove some')
  }
  for (const [name, value] of entries) {
    const at = [...path, name]
    if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      const hint = 'use letters, digits and `-`'
      refuse(reader, 'bad-value', reader.doc.keySpan(at), `${shown(name)} is not the name of a header`, hint)
    } else if (ownHeaders.has(name.toLowerCase())) {
      const hint = name.toLowerCase() === 'host' ? 'write it as `host:` of the check' : 'remove it'
      refuse(reader, 'bad-value', reader.doc.keySpan(at), `the header ${shown(name)} is set by the probe itself`, hint)
    } else if (!/^[\x20-\x7e\t]*$/.test(value) || value.length > headerCharactersMax) {
      const text = `the header ${shown(name)} holds characters that a header cannot have, or is too long`
      refuse(reader, 'bad-value', reader.doc.valueSpan(at), text, 'write plain ASCII on one line')
    }
  }
  return entries
}

function readExpect(reader: Reader, input: HttpInput, cadence: Cadence, path: Path): HttpCheck['expect'] {
  const at = (key: string) => [...path, 'expect', key]
  const { status, body = null, regex = null, within } = input.expect ?? {}
  if (input.method === 'HEAD' && (body !== null || regex !== null)) {
    const key = body === null ? 'regex' : 'body'
    const text = `a HEAD response has no body, so \`${key}\` can never pass`
    refuse(reader, 'bad-value', reader.doc.keySpan(at(key)), text, 'write `method: GET`')
  }
  if (regex !== null) requireRegex(reader, regex, at('regex'))
  const bounds = { minMs: 1, maxMs: cadence.timeoutMs }
  return {
    status: status === undefined ? okStatus : readStatus(reader, status, at('status')),
    body,
    regex,
    withinMs: within === undefined ? null : readMillis(reader, within, at('within'), bounds),
  }
}

function requireRegex(reader: Reader, source: string, path: Path): void {
  const span = reader.doc.valueSpan(path)
  if (source.length > regexCharactersMax) {
    const text = `a regular expression of ${source.length} characters is more than ${regexCharactersMax}`
    refuse(reader, 'bad-regex', span, text, 'shorten it')
    return
  }
  try {
    new RegExp(source)
  } catch (fault) {
    const message = fault instanceof Error ? fault.message : String(fault)
    const reason = message.slice(message.lastIndexOf(': ') + 1).trim()
    const hint = 'write it as JavaScript has it, with `\\` in front of signs that stand for themselves'
    refuse(reader, 'bad-regex', span, `${shown(source)} is not a regular expression (${printable(reason)})`, hint)
  }
}

function readStatus(reader: Reader, status: StatusInput, path: Path): readonly StatusRange[] {
  const isList = Array.isArray(status)
  const entries = isList ? status : [status]
  return entries.flatMap((entry, i) => {
    const ranges = parseStatus(entry)
    if (ranges !== null) return ranges
    const span = reader.doc.valueSpan(isList ? [...path, i] : path)
    refuse(
      reader,
      'bad-value',
      span,
      `${shown(entry)} is not a status or a range of them`,
      'write 200, 200-299 or 200,204',
    )
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

/** A path in the file, relative to the folder of the file. */
function besideFile(file: string, path: string): string {
  return path.startsWith('/') ? path : `${file.slice(0, file.lastIndexOf('/') + 1)}${path}`
}
