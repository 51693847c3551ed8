/**
 * Keys for signed messages (RFC 8945) as settings have them, on their way to the threads that verify and sign.
 * Secrets are octets here and nowhere text; no event, view or problem is ever given one.
 */
import { nameKey } from '../core/name/name.ts'
import { type KeyRing, readKeyName, type TsigAlgorithm, type TsigKey } from '../core/wire/tsig-key.ts'
import { hmac } from '../edge/hmac.ts'

export interface KeySettings {
  /** Absolute and lower-case, as `xfr.`. */
  readonly name: string
  readonly algorithm: TsigAlgorithm
  readonly secret: Uint8Array
}

/** Settings of signed messages, judged before: names that are none are passed over. */
export function createKeyRing(keys: readonly KeySettings[]): KeyRing | null {
  const ring = new Map<string, TsigKey>()
  for (const { name: text, algorithm, secret } of keys) {
    const name = readKeyName(text)
    if (name !== null) ring.set(nameKey(name), { name, algorithm, mac: hmac(algorithm, secret) })
  }
  return ring.size === 0 ? null : ring
}
