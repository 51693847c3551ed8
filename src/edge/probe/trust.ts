/**
 * Which authorities a TLS probe trusts, which certificate it presents, and what a TLS error says. Invariants: building
 * a TLS context, the costly part of a handshake's start, is done once a set of files and not once a probe; files that
 * cannot be read, or do not hold what they should, are our trouble and never an endpoint's; a file that was replaced is
 * seen within `trustFreshMs`.
 */
import { X509Certificate } from 'node:crypto'
import { open } from 'node:fs/promises'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { ReasonCode, TlsSpec } from '../../core/health/types.ts'
import type { Clock } from '../../core/ports.ts'
import { describeError } from './outcome.ts'

export type Trust =
  | { readonly context: SecureContext; readonly trouble: null }
  | { readonly context: null; readonly trouble: string }

export type TrustFiles = Pick<TlsSpec, 'caFile' | 'certFile' | 'keyFile'>

export interface TrustStore {
  /** The built-in authorities if no file is named. Answers at once if the files are at hand. */
  find(files: TrustFiles): Trust | Promise<Trust>
}

/** How long a file that was read is taken to be unchanged. */
export const trustFreshMs = 10_000
/** Sets of files kept; the one read longest ago makes room. */
const trustSetsMax = 64
/** A bundle of all public authorities has some 220 KiB. */
const fileOctetsMax = 1024 * 1024

interface KeptTrust {
  readonly readMs: number
  /** What the files held, or '' if they could not be read. */
  readonly pem: string
  readonly trust: Trust
}

export function createTrustStore(deps: { readonly clock: Clock }): TrustStore {
  const { clock } = deps
  const kept = new Map<string, KeptTrust>()
  const reading = new Map<string, Promise<Trust>>()
  let builtIn: Trust | null = null

  const read = async (key: string, files: TrustFiles): Promise<Trust> => {
    const { pems, trouble } = await readAll(files)
    const pem = trouble === null ? pems.join('\0') : ''
    const last = kept.get(key)
    const trust = trouble !== null ? untrusted(trouble) : last?.pem === pem ? last.trust : buildTrust(files, pems)
    kept.delete(key)
    for (const oldest of kept.keys()) {
      if (kept.size < trustSetsMax) break
      kept.delete(oldest)
    }
    kept.set(key, { readMs: clock.now(), pem, trust })
    return trust
  }

  return {
    find: files => {
      const { caFile, certFile, keyFile } = files
      if (caFile === null && certFile === null) {
        builtIn ??= { context: createSecureContext(), trouble: null }
        return builtIn
      }
      const key = `${caFile ?? ''}\0${certFile ?? ''}\0${keyFile ?? ''}`
      const last = kept.get(key)
      if (last !== undefined && clock.now() - last.readMs < trustFreshMs) return last.trust
      const pending = reading.get(key)
      if (pending !== undefined) return pending
      const begun = read(key, files).finally(() => reading.delete(key))
      reading.set(key, begun)
      return begun
    },
  }
}

/** The texts of authorities, certificate and key, '' for one that is not named; or the first trouble. */
async function readAll({ caFile, certFile, keyFile }: TrustFiles) {
  const read = await Promise.all([caFile, certFile, keyFile].map(file => (file === null ? { pem: '' } : readPem(file))))
  const trouble = read.find(each => 'trouble' in each)?.trouble ?? null
  return { pems: read.map(each => ('pem' in each ? each.pem : '')), trouble }
}

async function readPem(path: string): Promise<{ readonly pem: string } | { readonly trouble: string }> {
  try {
    const file = await open(path)
    try {
      const buffer = Buffer.alloc(fileOctetsMax + 1)
      const { bytesRead } = await file.read(buffer, 0, buffer.length, 0)
      if (bytesRead > fileOctetsMax) return { trouble: `${path}: larger than ${fileOctetsMax} octets` }
      return { pem: buffer.toString('latin1', 0, bytesRead) }
    } finally {
      await file.close()
    }
  } catch (error) {
    return { trouble: describeError(error) }
  }
}

/** A context of its own, so that the file's authorities stand instead of the built-in ones. */
function buildTrust({ caFile, certFile, keyFile }: TrustFiles, pems: readonly string[]): Trust {
  const [caPem = '', certPem = '', keyPem = ''] = pems
  const authorities = caFile === null ? null : certificatesIn(caPem)
  if (authorities?.length === 0) return untrusted(`${caFile}: no certificate in it`)
  const chain = certFile === null ? null : certificatesIn(certPem)
  if (chain?.length === 0) return untrusted(`${certFile}: no certificate in it`)
  let at = caFile
  try {
    for (const block of authorities ?? []) new X509Certificate(block)
    at = certFile
    for (const block of chain ?? []) new X509Certificate(block)
    at = keyFile
    const own = chain === null ? {} : { cert: chain.join('\n'), key: keyPem }
    const context = createSecureContext({ ...(authorities !== null && { ca: authorities }), ...own })
    return { context, trouble: null }
  } catch (error) {
    return untrusted(`${at}: ${describeError(error)}`)
  }
}

function certificatesIn(pem: string): string[] {
  return [...(pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [])]
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
  'ERROR_IN_CERT_NOT_BEFORE_FIELD',
  'ERROR_IN_CERT_NOT_AFTER_FIELD',
  // Every verdict on a certificate that Node has no word for: a weak digest or key, a name that its authority may not
  // vouch for, a critical extension that nobody knows.
  'UNSPECIFIED',
])

/** The reason that a TLS error code stands for, or null if it is none of TLS's. */
export function judgeTlsCode(code: string): ReasonCode | null {
  if (nameCodes.has(code)) return 'tls-name'
  if (timeCodes.has(code)) return 'tls-expired'
  if (trustCodes.has(code)) return 'tls-untrusted'
  return code === 'EPROTO' || code.startsWith('ERR_SSL_') || code.startsWith('ERR_TLS_') ? 'tls-handshake' : null
}

/** What an error of TLS says; Node adds advice about its own flags after a semicolon. */
export function tlsText(error: Error): string {
  return error.message.split('; ')[0] ?? error.message
}
