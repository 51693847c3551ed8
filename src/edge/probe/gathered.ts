/**
 * Octets as they come in, copied into one buffer that grows up to a limit. Invariant: however many pieces a backend
 * sends, what is held is at most twice what it sent, and never more than `octetsMax`.
 */

export interface Gathered {
  octets: Buffer
  length: number
  readonly octetsMax: number
}

const firstOctets = 512
const none = Buffer.alloc(0)

export function createGathered(octetsMax: number): Gathered {
  return { octets: none, length: 0, octetsMax }
}

/** Takes what there is room for, and returns how many octets that were. */
export function gather(into: Gathered, chunk: Uint8Array, from: number, to: number): number {
  const taken = Math.min(to - from, into.octetsMax - into.length)
  const length = into.length + taken
  if (length > into.octets.length) {
    const room = Buffer.allocUnsafe(Math.min(into.octetsMax, Math.max(firstOctets, length, into.octets.length * 2)))
    room.set(into.octets.subarray(0, into.length))
    into.octets = room
  }
  into.octets.set(chunk.subarray(from, from + taken), into.length)
  into.length = length
  return taken
}

/** What was taken so far; valid until more is. */
export function gatheredOctets({ octets, length }: Gathered): Buffer {
  return length === 0 ? none : octets.subarray(0, length)
}
