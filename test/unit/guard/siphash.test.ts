import { describe, expect, it } from 'vitest'
import { readSipKey, sipHash } from '../../../src/core/guard/siphash.ts'
import { referenceHashes, referenceKey } from './siphash-vectors.ts'

const key = readSipKey(referenceKey)
const message = Uint8Array.from({ length: 64 }, (_, i) => i)

/** The hash as the number that its octets stand for. */
function hashOf(bytes: Uint8Array, from: number, to: number): bigint {
  const out = new Uint8Array(8)
  sipHash(key, bytes, from, to, out, 0)
  return new DataView(out.buffer).getBigUint64(0, true)
}

describe('SipHash-2-4', () => {
  it('gives the 64 reference results', () => {
    expect(referenceHashes).toHaveLength(64)
    expect(referenceHashes.map((_, length) => hashOf(message, 0, length))).toEqual(referenceHashes)
  })

  it('reads its range and not an octet beside it', () => {
    for (let length = 0; length < 20; length++) {
      const framed = new Uint8Array(40).fill(0xaa)
      framed.set(message.subarray(0, length), 7)
      expect(hashOf(framed, 7, 7 + length)).toBe(referenceHashes[length])
    }
  })

  it('writes eight octets at the place it is given', () => {
    const out = new Uint8Array(16).fill(0xee)
    sipHash(key, message, 0, 3, out, 4)
    expect(new DataView(out.buffer).getBigUint64(4, true)).toBe(referenceHashes[3])
    expect([...out.subarray(0, 4), ...out.subarray(12)]).toEqual(new Array(8).fill(0xee))
  })

  it('takes sixteen octets for a key and nothing else', () => {
    expect(() => readSipKey(new Uint8Array(15))).toThrow()
    expect(() => readSipKey(new Uint8Array(17))).toThrow()
  })
})
