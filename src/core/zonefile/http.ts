/**
 * The HTTP part of a check. Everything that would become bytes of a request is judged here, so that no file can smuggle
 * a second header or a second request into a probe (RFC 9110 sections 5.5 and 5.6.2, RFC 9112 section 3.2).
 */
import type { Cadence, HttpCheck } from '../health/types.ts'
import { parseIpv4 } from '../rdata/a.ts'
import type { CheckDraft } from './check-plan.ts'
import { hasErrors, type Path, type Reader, refuse, shown, warn } from './doc.ts'
import { readExpect } from './http-expect.ts'
import type { HttpInput } from './schema/check-http.ts'
import type { TlsInput } from './schema/tls.ts'
import { readTls } from './tls.ts'

const pathCharactersMax = 2048
const headersMax = 32
const headerCharactersMax = 4096
/** Headers that frame the message or have a key of their own. */
const ownHeaders: ReadonlySet<string> = new Set(
  'host connection content-length transfer-encoding upgrade expect te trailer keep-alive proxy-connection'.split(' '),
)

export function readHttp(
  reader: Reader,
  name: string,
  input: HttpInput,
  cadence: Cadence,
  path: Path,
): CheckDraft | null {
  const problemsBefore = reader.problems.length
  const { protocol, host = null, headers = {}, method = 'GET', http2 = false, reuse = false } = input
  const tls: TlsInput = input.protocol === 'HTTPS' ? (input.tls ?? {}) : {}
  const target = readRequestTarget(reader, input.path, path)
  if (host !== null) requireHost(reader, host, [...path, 'host'])
  const fields = readHeaders(reader, headers, [...path, 'headers'])
  const expect = readExpect(reader, input, cadence, path)
  const given = readTls(reader, tls, [...path, 'tls'])
  if (hasErrors(reader.problems.slice(problemsBefore))) return null
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
    tls: protocol === 'HTTPS' ? { ...given, serverName: given.serverName ?? serverNameOf(host) } : given,
    http2,
    reuse,
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

export function requireHost(reader: Reader, host: string, path: Path): void {
  if (/^[A-Za-z0-9._-]+(:[0-9]{1,5})?$/.test(host) || /^\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?$/.test(host)) return
  const hint = 'write a name or an address, without `https://` and without a path'
  refuse(reader, 'bad-value', reader.doc.valueSpan(path), `${shown(host)} cannot be a Host header`, hint)
}

/** The name of a Host header without its port; null if it is an address, which SNI cannot carry. */
export function serverNameOf(host: string | null): string | null {
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
  const seen = new Set<string>()
  for (const [name, value] of entries) {
    const at = [...path, name]
    if (seen.has(name.toLowerCase())) {
      const text = `the header ${shown(name)} is there twice, since upper and lower case are the same in it`
      refuse(reader, 'duplicate-key', reader.doc.keySpan(at), text, 'remove one')
    }
    seen.add(name.toLowerCase())
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
