/**
 * Names as they stand in messages of others, compressed or not (RFC 1035 section 4.1.4). The hot path passes over them;
 * only what concerns signatures and transfers needs to know what they say.
 * Invariant: any octets whatever end in an answer; pointers are followed backwards only, so none can make a loop.
 */
import { type Name, nameOctetsMax } from '../name/name.ts'

/** Behind the possibly compressed name at `at`, or -1. Pointers are not followed. */
export function skipName(message: Uint8Array, at: number): number {
  for (;;) {
    const size = message[at]
    if (size === undefined) return -1
    if (size === 0) return at + 1
    if (size >= 0xc0) return at + 2 <= message.length ? at + 2 : -1
    if (size > 63) return -1
    at += size + 1
  }
}

/** The name at `at` without compression, or null. Each pointer must lead before the last. */
export function expandName(message: Uint8Array, at: number): Name | null {
  const octets = new Uint8Array(nameOctetsMax)
  let length = 0
  let before = at
  for (;;) {
    const size = message[at]
    if (size === undefined) return null
    if (size >= 0xc0) {
      const target = ((size & 0x3f) << 8) | (message[at + 1] ?? 0)
      if (at + 1 >= message.length || target >= before) return null
      before = target
      at = target
      continue
    }
    if (size > 63 || at + size >= message.length || length + size + 1 > nameOctetsMax) return null
    octets.set(message.subarray(at, at + size + 1), length)
    length += size + 1
    if (size === 0) return octets.slice(0, length) as Name
    at += size + 1
  }
}
