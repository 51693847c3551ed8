/**
 * What a probe sends: the request's header fields (RFC 9112 section 3.2). Invariant: exactly one Host, the one that the
 * check names, else the address connected to; a field that the check sets itself is never added a second time.
 */
import type { HttpCheck } from '../../core/health/types.ts'

const userAgent = 'robin-health'

/** Methods whose requests carry content, so that its absence must be said (RFC 9110 section 8.6). */
const contentMethods: ReadonlySet<string> = new Set(['POST', 'PUT', 'PATCH'])

/** Names and values in turn, as node:http takes them without sorting. */
export function requestHeaders(spec: HttpCheck, address: string, port: number): readonly string[] {
  const fields: string[] = []
  const named = new Set<string>()
  for (const [name, value] of spec.headers) {
    const lowered = name.toLowerCase()
    if (lowered === 'host' && spec.host !== null) continue
    named.add(lowered)
    fields.push(name, value)
  }
  const missing: string[] = []
  if (!named.has('host')) missing.push('Host', spec.host ?? authorityOf(spec.protocol, address, port))
  if (!named.has('user-agent')) missing.push('User-Agent', userAgent)
  if (!named.has('accept')) missing.push('Accept', '*/*')
  if (contentMethods.has(spec.method) && !named.has('content-length') && !named.has('transfer-encoding')) {
    missing.push('Content-Length', '0')
  }
  return [...missing, ...fields]
}

/** `address`, `address:port`, `[address]:port` (RFC 3986 section 3.2): the port only if it is not the scheme's own. */
function authorityOf(protocol: HttpCheck['protocol'], address: string, port: number): string {
  const host = address.includes(':') ? `[${address}]` : address
  return port === (protocol === 'HTTPS' ? 443 : 80) ? host : `${host}:${port}`
}
