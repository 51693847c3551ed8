/**
 * What a probe sends: the octets of a request (RFC 9112 section 3). Invariants: exactly one Host, the one that the
 * check names, else the address connected to; a field that the check sets itself is never added a second time; what
 * would not be one request, of this target and these fields, is not written at all.
 */
import type { HttpCheck } from '../../core/health/types.ts'
import type { HttpField } from './http-reader.ts'

type Asked = Pick<HttpCheck, 'protocol' | 'method' | 'path' | 'host' | 'headers'>

const userAgent = 'robin-health'

/** Methods whose requests carry content, so that its absence must be said (RFC 9110 section 8.6). */
const contentMethods: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/** Names and values of the header fields, Host first unless the check writes its own. */
export function requestFields(asked: Asked, address: string, port: number): readonly HttpField[] {
  const named = new Set<string>()
  const own: HttpField[] = []
  for (const field of asked.headers) {
    const lowered = field[0].toLowerCase()
    if (lowered === 'host' && asked.host !== null) continue
    named.add(lowered)
    own.push(field)
  }
  const fields: HttpField[] = []
  if (!named.has('host')) fields.push(['Host', asked.host ?? authorityOf(address, port, asked.protocol === 'HTTPS')])
  if (!named.has('user-agent')) fields.push(['User-Agent', userAgent])
  if (!named.has('accept')) fields.push(['Accept', '*/*'])
  if (contentMethods.has(asked.method) && !named.has('content-length') && !named.has('transfer-encoding')) {
    fields.push(['Content-Length', '0'])
  }
  return [...fields, ...own]
}

/** The request in Latin-1, or null if it cannot be written. */
export function requestText(asked: Asked, address: string, port: number, keepAlive: boolean): string | null {
  const fields = requestFields(asked, address, port)
  if (!isWritable(asked.method, asked.path, fields)) return null
  let text = `${asked.method} ${asked.path} HTTP/1.1\r\n`
  for (const [name, value] of fields) text += `${name}: ${value}\r\n`
  return `${text}Connection: ${keepAlive ? 'keep-alive' : 'close'}\r\n\r\n`
}

/** Requests of checks, written once for each check: only the address in Host differs from endpoint to endpoint. */
export function createRequests(): (spec: HttpCheck, address: string, port: number) => string | null {
  const forms = new WeakMap<HttpCheck, Form | null>()
  return (spec, address, port) => {
    let form = forms.get(spec)
    if (form === undefined) {
      form = formOf(spec)
      forms.set(spec, form)
    }
    if (form === null) return requestText(spec, address, port, spec.reuse)
    return form.before + authorityOf(address, port, spec.protocol === 'HTTPS') + form.after
  }
}

/** A request around the authority of its endpoint. */
interface Form {
  readonly before: string
  readonly after: string
}

/** Null where the authority is nowhere in it, or not alone. */
function formOf(spec: HttpCheck): Form | null {
  const text = requestText(spec, 'address.invalid', standIn, spec.reuse)
  const parts = text?.split(`Host: address.invalid:${standIn}\r\n`) ?? []
  return parts.length === 2 ? { before: `${parts[0]}Host: `, after: `\r\n${parts[1]}` } : null
}

const standIn = 65_536

/** True if every part of the request is what it may be, in HTTP/1 and HTTP/2 alike. */
export function isWritable(method: string, target: string, fields: readonly HttpField[]): boolean {
  if (!isToken.test(method) || !isTarget.test(target)) return false
  return fields.every(([name, value]) => isToken.test(name) && isValue.test(value))
}

const isToken = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
const isTarget = /^[\x21-\x7e]+$/
const isValue = /^[\t\x20-\x7e]*$/

/** `address`, `address:port`, `[address]:port` (RFC 3986 section 3.2): the port only if it is not the scheme's own. */
export function authorityOf(address: string, port: number, isSecure: boolean): string {
  const host = address.includes(':') ? `[${address}]` : address
  return port === (isSecure ? 443 : 80) ? host : `${host}:${port}`
}
