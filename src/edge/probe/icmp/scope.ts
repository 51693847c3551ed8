/**
 * Link-local addresses say where they are only together with an interface: `fe80::1%eth0` (RFC 4007 section 11). The
 * kernel wants its number beside the address. Such addresses are gateways as routing tables name them; no zone has
 * them.
 */
import { networkInterfaces } from 'node:os'

export interface Scoped {
  /** The address alone. */
  readonly address: string
  /** The number of the interface; 0 where none is named, null where there is none of that name now. */
  readonly scope: number | null
}

export function splitScope(text: string): Scoped {
  const at = text.indexOf('%')
  if (at < 0) return { address: text, scope: 0 }
  return { address: text.slice(0, at), scope: scopeOf(text.slice(at + 1)) }
}

function scopeOf(name: string): number | null {
  const own = networkInterfaces()[name]?.find(entry => entry.family === 'IPv6' && (entry.scopeid ?? 0) > 0)
  return own?.family === 'IPv6' ? (own.scopeid ?? null) : null
}
