/**
 * SipHash-2-4: a short keyed hash that nobody without the key can predict or steer. It signs DNS Cookies (RFC 9018
 * section 4.4) and spreads clients over the rate table. Each 64-bit word is kept as two signed 32-bit halves in local
 * variables, since BigInt would allocate. Invariant: reads `from` to `to`, writes eight octets, keeps nothing.
 * Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; all integers are little-endian.
 */
import { assert } from '../base/assert.ts'

/** The 128-bit key as four 32-bit words, the first holding the first four octets, little-endian. */
export type SipKey = Int32Array

export const sipKeyOctets = 16
export const sipHashOctets = 8

const compressionRounds = 2
const finalizationRounds = 4

/** A key from sixteen octets. For load time: it allocates. */
export function readSipKey(octets: Uint8Array): SipKey {
  assert(octets.length === sipKeyOctets, 'a SipHash key has sixteen octets')
  return Int32Array.from({ length: sipKeyOctets / 4 }, (_, i) => readWord(octets, i * 4, octets.length))
}

/** Writes the hash of `input` from `from` up to but not including `to` into `out` at `at`, low octet first. */
export function sipHash(key: SipKey, input: Uint8Array, from: number, to: number, out: Uint8Array, at: number): void {
  let v0l = key[0]! ^ 0x70736575
  let v0h = key[1]! ^ 0x736f6d65
  let v1l = key[2]! ^ 0x6e646f6d
  let v1h = key[3]! ^ 0x646f7261
  let v2l = key[0]! ^ 0x6e657261
  let v2h = key[1]! ^ 0x6c796765
  let v3l = key[2]! ^ 0x79746573
  let v3h = key[3]! ^ 0x74656462
  // The last word carries the length in its top octet; the step behind it is the finalization.
  const last = (to - from) >>> 3
  for (let step = 0; step <= last + 1; step++) {
    const word = from + step * 8
    const final = step > last
    const ml = final ? 0 : readWord(input, word, to)
    const mh = final ? 0 : readWord(input, word + 4, to) | (step === last ? (to - from) << 24 : 0)
    v3l ^= ml
    v3h ^= mh
    if (final) v2l ^= 0xff
    for (let rounds = final ? finalizationRounds : compressionRounds; rounds > 0; rounds--) {
      // v0 += v1; v1 = rotate(v1, 13) ^ v0; the rotation of v0 by 32 is the exchange of its halves in the third sum.
      let low = (v0l + v1l) | 0
      v0h = (v0h + v1h + carry(low, v1l)) | 0
      v0l = low
      low = ((v1l << 13) | (v1h >>> 19)) ^ v0l
      v1h = ((v1h << 13) | (v1l >>> 19)) ^ v0h
      v1l = low
      // v2 += v3; v3 = rotate(v3, 16) ^ v2
      low = (v2l + v3l) | 0
      v2h = (v2h + v3h + carry(low, v3l)) | 0
      v2l = low
      low = ((v3l << 16) | (v3h >>> 16)) ^ v2l
      v3h = ((v3h << 16) | (v3l >>> 16)) ^ v2h
      v3l = low
      // v0 = rotate(v0, 32) + v3; v3 = rotate(v3, 21) ^ v0
      low = (v0h + v3l) | 0
      v0h = (v0l + v3h + carry(low, v3l)) | 0
      v0l = low
      low = ((v3l << 21) | (v3h >>> 11)) ^ v0l
      v3h = ((v3h << 21) | (v3l >>> 11)) ^ v0h
      v3l = low
      // v2 += v1; v1 = rotate(v1, 17) ^ v2; v2 = rotate(v2, 32)
      low = (v2l + v1l) | 0
      const high = (v2h + v1h + carry(low, v1l)) | 0
      v2h = low
      v2l = high
      low = ((v1l << 17) | (v1h >>> 15)) ^ v2h
      v1h = ((v1h << 17) | (v1l >>> 15)) ^ v2l
      v1l = low
    }
    v0l ^= ml
    v0h ^= mh
  }
  writeWord(out, at, v0l ^ v1l ^ v2l ^ v3l)
  writeWord(out, at + 4, v0h ^ v1h ^ v2h ^ v3h)
}

/** What a 32-bit sum hands to the next higher word: 1 if it is below one of its terms. */
function carry(sum: number, term: number): number {
  return sum >>> 0 < term >>> 0 ? 1 : 0
}

/** Four octets, little-endian; those from `to` on count as zero. */
function readWord(bytes: Uint8Array, at: number, to: number): number {
  if (at + 4 <= to) return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
  let word = 0
  for (let i = at; i < to; i++) word |= bytes[i]! << ((i - at) * 8)
  return word
}

function writeWord(bytes: Uint8Array, at: number, word: number): void {
  bytes[at] = word
  bytes[at + 1] = word >>> 8
  bytes[at + 2] = word >>> 16
  bytes[at + 3] = word >>> 24
}
