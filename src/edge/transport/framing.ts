/**
 * DNS messages on a byte stream: two octets of length, then the message (RFC 1035 section 4.2.2, RFC 7766 section 8).
 * A message may arrive octet by octet, and many may arrive in one segment. The reader is pulled, not pushed, so that
 * a connection which must wait for its peer leaves the rest of a chunk unread. Invariant: one chunk and at most one
 * message of `frameOctetsMax` octets are held; nothing is copied for a message that lies within one chunk.
 *
 *    chunk 1               chunk 2
 *   |LL|message|LL|mess..|..age|LL|message|L..|
 */
import { assert } from '../../core/base/assert.ts'

/** Longest message taken. Queries are far below it; a larger prefix is a mistake or an attempt on our memory. */
export const frameOctetsMax = 4096

/** A message; or why there is none: more must arrive, its length is zero, its length is beyond the limit. */
export type Frame = Uint8Array | 'incomplete' | 'empty' | 'oversize'

export interface Framing {
  /** Takes what arrived. Only after `next` has said `incomplete`. The chunk must stay unchanged until then. */
  feed(chunk: Uint8Array): void
  /** The next whole message, valid until the next `feed`. `empty` and `oversize` are final. */
  next(): Frame
  /** True between the first octet of a message, its length included, and its last. */
  partial(): boolean
}

const nothing: Uint8Array = new Uint8Array(0)
const prefixOctets = 2

export function createFraming(): Framing {
  let chunk = nothing
  let at = 0
  let prefixSeen = 0
  let length = 0
  // A message whose beginning came in an earlier chunk.
  let held: Uint8Array | null = null
  let filled = 0

  const beginNext = (): void => {
    prefixSeen = 0
    length = 0
    held = null
    filled = 0
  }

  const next = (): Frame => {
    while (prefixSeen < prefixOctets) {
      if (at === chunk.length) return incomplete()
      length = (length << 8) | chunk[at++]!
      prefixSeen++
    }
    if (length === 0) return 'empty'
    if (length > frameOctetsMax) return 'oversize'
    if (held === null && chunk.length - at >= length) {
      const message = chunk.subarray(at, at + length)
      at += length
      beginNext()
      return message
    }
    if (at === chunk.length) return incomplete()
    held ??= new Uint8Array(length)
    const octets = Math.min(length - filled, chunk.length - at)
    held.set(chunk.subarray(at, at + octets), filled)
    at += octets
    filled += octets
    if (filled < length) return incomplete()
    const message = held
    beginNext()
    return message
  }

  /** Lets go of the used chunk, which would otherwise stay in memory for as long as the connection is idle. */
  const incomplete = (): Frame => {
    chunk = nothing
    at = 0
    return 'incomplete'
  }

  return {
    feed: arrived => {
      assert(at === chunk.length, 'a chunk was fed before the last one was used up')
      chunk = arrived
      at = 0
    },
    next,
    partial: () => prefixSeen > 0,
  }
}
