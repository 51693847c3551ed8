/**
 * HMAC for the core (RFC 2104), by the cryptography that Node ships with. The secret is kept in a key object, which
 * neither prints nor serializes.
 */
import { createHmac, createSecretKey } from 'node:crypto'
import type { Hmac, TsigAlgorithm } from '../core/wire/tsig-key.ts'

const digestOf: Readonly<Record<TsigAlgorithm, string>> = {
  'hmac-sha256': 'sha256',
  'hmac-sha384': 'sha384',
  'hmac-sha512': 'sha512',
}

export const hmac: Hmac = (algorithm, secret) => {
  const key = createSecretKey(secret)
  return parts => {
    const mac = createHmac(digestOf[algorithm], key)
    for (const part of parts) mac.update(part)
    return mac.digest()
  }
}
