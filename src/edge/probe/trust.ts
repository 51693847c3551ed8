/**
 * Which authorities a TLS probe trusts, and what a TLS error says. Invariants: building a TLS context, the costly part
 * of a handshake's start, is done once a `ca` file and not once a probe; a file that cannot be read or holds no
 * certificate is our trouble and never an endpoint's; a file that was replaced is seen within `trustFreshMs`.
 */
import { X509Certificate } from 'node:crypto'
import { open } from 'node:fs/promises'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { ReasonCode } from '../../core/health/types.ts'
import type { Clock } from '../../core/ports.ts'
import { describeError } from './outcome.ts'

export type Trust =
  | { readonly context: SecureContext; readonly trouble: null }
  | { readonly context: null; readonly trouble: string }

export interface TrustStore {
  /** The built-in authorities for null. Answers at once if the file is at hand. */
  find(caFile: string | null): Trust | Promise<Trust>
}

/** How long a file that was read is taken to be unchanged. */
export const trustFreshMs = 10_000
/** `ca` files kept; the one read longest ago makes room. */
const trustFilesMax = 64
/** A bundle of all public authorities has some 220 KiB. */
const caFileOctetsMax = 1024 * 1024

interface KeptTrust {
  readonly readMs: number
  readonly pem: string
  readonly trust: Trust
}

export function createTrustStore(deps: { readonly clock: Clock }): TrustStore {
  const { clock } = deps
  const kept = new Map<string, KeptTrust>()
  const reading = new Map<string, Promise<Trust>>()
  let builtIn: Trust | null = null

  const read = async (caFile: string): Promise<Trust> => {
    const found = await readAuthorities(caFile)
    const last = kept.get(caFile)
    const trust = typeof found !== 'string' ? found : last?.pem === found ? last.trust : buildTrust(caFile, found)
    kept.delete(caFile)
    for (const oldest of kept.keys()) {
      if (kept.size < trustFilesMax) break
      kept.delete(oldest)
    }
    kept.set(caFile, { readMs: clock.now(), pem: typeof found === 'string' ? found : '', trust })
    return trust
  }

  return {
    find: caFile => {
      if (caFile === null) {
        builtIn ??= { context: createSecureContext(), trouble: null }
        return builtIn
      }
      const last = kept.get(caFile)
      if (last !== undefined && clock.now() - last.readMs < trustFreshMs) return last.trust
      const pending = reading.get(caFile)
      if (pending !== undefined) return pending
      const begun = read(caFile).finally(() => reading.delete(caFile))
      reading.set(caFile, begun)
      return begun
    },
  }
}

async function readAuthorities(caFile: string): Promise<string | Trust> {
  try {
    const file = await open(caFile)
    try {
      const buffer = Buffer.alloc(caFileOctetsMax + 1)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
      if (bytesRead > caFileOctetsMax) return untrusted(`${caFile}: larger than ${caFileOctetsMax} octets`)
      return buffer.toString('latin1', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    return untrusted(describeError(error))
  }
}

/** A context of its own, so that the file's authorities stand instead of the built-in ones. */
function buildTrust(caFile: string, pem: string): Trust {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g)
  if (blocks === null) return untrusted(`${caFile}: no certificate in it`)
  try {
    for (const block of blocks) new X509Certificate(block)
    return { context: createSecureContext({ ca: [...blocks] }), trouble: null }
  } catch (error) {
    return untrusted(`${caFile}: ${describeError(error)}`)
  }
}

function untrusted(trouble: string): Trust {
  return { context: null, trouble }
}

const nameCodes: ReadonlySet<string> = new Set(['ERR_TLS_CERT_ALTNAME_INVALID', 'HOSTNAME_MISMATCH'])
const timeCodes: ReadonlySet<string> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID'])
const trustCodes: ReadonlySet<string> = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_CRL',
  'UNABLE_TO_DECRYPT_CERT_SIGNATURE',
  'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
  'CERT_SIGNATURE_FAILURE',
  'CERT_CHAIN_TOO_LONG',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'CERT_REJECTED',
  'INVALID_CA',
  'INVALID_PURPOSE',
  'PATH_LENGTH_EXCEEDED',
])

/** The reason that a TLS error code stands for, or null if it is none of TLS's. */
export function judgeTlsCode(code: string): ReasonCode | null {
  if (nameCodes.has(code)) return 'tls-name'
  if (timeCodes.has(code)) return 'tls-expired'
  if (trustCodes.has(code)) return 'tls-untrusted'
  return code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') ? 'tls-handshake' : null
}
