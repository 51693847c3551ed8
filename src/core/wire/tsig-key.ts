/**
 * Keys that sign messages (RFC 8945). A key's secret goes into the `mac` that is made of it and can be read nowhere
 * else, so that no log line, dump or view can show it. HMAC itself comes from outside: the core has no cryptography.
 * Algorithms are those of RFC 8945 section 6 that are recommended today; MD5 and SHA-1 are not among them.
 */
import { isNameFault, lowerName, type Name, nameKey, parseName } from '../name/name.ts'
import { parseBase64 } from '../rdata/base64.ts'

export const tsigAlgorithms = ['hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const
export type TsigAlgorithm = (typeof tsigAlgorithms)[number]

/** The message authentication code of the parts, one after the other. */
export type Mac = (parts: readonly Uint8Array[]) => Uint8Array

/** Binds a secret to an algorithm (RFC 2104). */
export type Hmac = (algorithm: TsigAlgorithm, secret: Uint8Array) => Mac

export interface TsigKey {
  /** Lowered. */
  readonly name: Name
  readonly algorithm: TsigAlgorithm
  readonly mac: Mac
}

/** By `nameKey` of their names. */
export type KeyRing = ReadonlyMap<string, TsigKey>

/** A key as people write it. */
export interface KeyText {
  readonly name: string
  readonly algorithm: TsigAlgorithm
  /** Base 64. */
  readonly secret: string
}

/** Why a key cannot be used: what it is called, or what it holds. The secret is not repeated. */
export type KeyFault = 'bad-key-name' | 'bad-secret' | 'short-secret' | 'duplicate-key'

/** RFC 2104 section 3 wants as many as the hash has; 16 is what tools make and the least that is safe. */
export const secretOctetsMin = 16

const octetsOf: Readonly<Record<TsigAlgorithm, number>> = { 'hmac-sha256': 32, 'hmac-sha384': 48, 'hmac-sha512': 64 }

/** Octets of a whole MAC. */
export function macOctets(algorithm: TsigAlgorithm): number {
  return octetsOf[algorithm]
}

/** The algorithm as it stands in a message: a name (RFC 8945 section 6). */
export function algorithmName(algorithm: TsigAlgorithm): Name {
  return parseName(`${algorithm}.`, null) as Name
}

/** Null for an algorithm that is not spoken here. The name is lowered. */
export function algorithmOf(name: Name): TsigAlgorithm | null {
  const key = nameKey(name)
  return tsigAlgorithms.find(algorithm => nameKey(algorithmName(algorithm)) === key) ?? null
}

/** The lowered name of a key, which is mostly written without its closing dot; null if it is none. */
export function readKeyName(text: string): Name | null {
  const name = parseName(text.endsWith('.') ? text : `${text}.`, null)
  return isNameFault(name) || name.length === 1 ? null : lowerName(name)
}

export function readKey(hmac: Hmac, { name: text, algorithm, secret }: KeyText): TsigKey | KeyFault {
  const name = readKeyName(text)
  if (name === null) return 'bad-key-name'
  const octets = parseBase64(secret)
  if (octets === null || octets.length === 0) return 'bad-secret'
  if (octets.length < secretOctetsMin) return 'short-secret'
  return { name, algorithm, mac: hmac(algorithm, octets) }
}

function isKeyFault(value: TsigKey | KeyFault): value is KeyFault {
  return typeof value === 'string'
}

/** All keys, or the index of the first that cannot be and why. */
export function readKeys(hmac: Hmac, texts: readonly KeyText[]): KeyRing | { readonly at: number; fault: KeyFault } {
  const ring = new Map<string, TsigKey>()
  for (const [at, text] of texts.entries()) {
    const key = readKey(hmac, text)
    if (isKeyFault(key)) return { at, fault: key }
    if (ring.has(nameKey(key.name))) return { at, fault: 'duplicate-key' }
    ring.set(nameKey(key.name), key)
  }
  return ring
}
