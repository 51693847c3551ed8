/**
 * Numbers of DNSSEC that people may write as words: signing algorithms (RFC 4034 appendix A.1 and the registry that
 * grew from it) and digests of DS. Numbers are printed, never words.
 */
import { type Fields, refuseField, shown, takeWord } from './fields.ts'

const algorithms: Readonly<Record<string, number>> = {
  RSAMD5: 1,
  DH: 2,
  DSA: 3,
  RSASHA1: 5,
  NSEC3DSA: 6,
  'DSA-NSEC3-SHA1': 6,
  NSEC3RSASHA1: 7,
  'RSASHA1-NSEC3-SHA1': 7,
  RSASHA256: 8,
  RSASHA512: 10,
  ECCGOST: 12,
  'ECC-GOST': 12,
  ECDSAP256SHA256: 13,
  ECDSAP384SHA384: 14,
  ED25519: 15,
  ED448: 16,
  INDIRECT: 252,
  PRIVATEDNS: 253,
  PRIVATEOID: 254,
}

const digests: Readonly<Record<string, number>> = {
  'SHA-1': 1,
  SHA1: 1,
  'SHA-256': 2,
  SHA256: 2,
  GOST: 3,
  'SHA-384': 4,
  SHA384: 4,
}

export function takeAlgorithm(fields: Fields): number {
  return takeNumberOrWord(fields, 'an algorithm, by number or name such as ECDSAP256SHA256', algorithms)
}

export function takeDigestType(fields: Fields): number {
  return takeNumberOrWord(fields, 'a digest type, by number or name such as SHA-256', digests)
}

function takeNumberOrWord(fields: Fields, what: string, words: Readonly<Record<string, number>>): number {
  const text = takeWord(fields, what)
  if (/^[0-9]{1,3}$/.test(text) && Number(text) <= 0xff) return Number(text)
  const upper = text.toUpperCase()
  if (Object.hasOwn(words, upper)) return words[upper]!
  refuseField(fields, 'bad-rdata', fields.at - 1, `${shown(text)} is not ${what}`)
  return 0
}
