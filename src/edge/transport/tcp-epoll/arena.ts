/**
 * The memory of one TCP thread, shared by all its connections, since one is served at a time: what is read, what is
 * written and what the kernel is told lies in one native mapping. What a connection must keep until its next turn is
 * copied out and is the garbage collector's.
 *
 *   events | event | address | input, a chunk of a stream | query, one message | answer, one message | output, frames
 */
import type { SocketCalls } from '../../ffi/sockets.ts'
import { epollEventWords } from '../../ffi/streams.ts'
import { frameOctetsMax } from '../framing.ts'
import { answerOctetsMax } from '../tcp-limits.ts'

/** Connections and listeners that one look can tell of. */
export const eventsMax = 64
/** Read at once from one connection. More than a whole query: the rest of one always fits beside its beginning. */
export const inputOctetsMax = 16 * 1024
/** Room for the longest `sockaddr` that TCP has. */
export const nameOctetsMax = 28

export interface Arena {
  readonly octets: Uint8Array
  readonly words: Int32Array
  readonly events: Place
  readonly event: Place
  /** The peer's `sockaddr`, and behind it the word that tells its length. */
  readonly name: Place
  readonly nameOctets: Place
  readonly input: Place
  readonly output: Place
  /** Copies a message of the input to where queries are read. The same view for the same length. */
  query(at: number, length: number): Uint8Array
  /** Where each answer is written before it joins the output. */
  readonly answer: Uint8Array
  /** Where `answer` begins in `octets`. */
  readonly answerAt: number
  release(): void
}

/** An address for the kernel and the same place for us, in octets. */
export interface Place {
  readonly address: number
  readonly at: number
}

/** Queries are rarely longer than this; of those that are, each gets a view of its own. */
const keptLengthsMax = 256
const eventOctets = epollEventWords * 4
const lineOctets = 64

/** `outputOctetsMax` is the room for the frames of one write. The errno of the system where there is no memory. */
export function createArena(calls: Pick<SocketCalls, 'map'>, outputOctetsMax: number): Arena | number {
  const sizes = {
    events: eventsMax * eventOctets,
    event: eventOctets,
    name: nameOctetsMax,
    nameOctets: 4,
    input: inputOctetsMax,
    query: frameOctetsMax,
    answer: answerOctetsMax,
    output: outputOctetsMax,
  }
  let total = 0
  const starts = Object.fromEntries(
    Object.entries(sizes).map(([name, octets]) => {
      const at = total
      total += Math.ceil(octets / lineOctets) * lineOctets
      return [name, at]
    }),
  ) as Record<keyof typeof sizes, number>
  const mapping = calls.map(total)
  if (typeof mapping === 'number') return mapping
  const { memory, address } = mapping
  const octets = new Uint8Array(memory)
  const place = (name: keyof typeof sizes): Place => ({ address: address + starts[name], at: starts[name] })
  return {
    octets,
    words: new Int32Array(memory, 0, total >>> 2),
    events: place('events'),
    event: place('event'),
    name: place('name'),
    nameOctets: place('nameOctets'),
    input: place('input'),
    output: place('output'),
    query: createQueries(memory, octets, starts.query),
    answer: new Uint8Array(memory, starts.answer, answerOctetsMax),
    answerAt: starts.answer,
    release: () => mapping.unmap(),
  }
}

/** A copy of some dozen octets costs less than a view of them where they are, which would be garbage for each query. */
function createQueries(memory: ArrayBuffer, octets: Uint8Array, to: number): Arena['query'] {
  const kept: (Uint8Array | undefined)[] = new Array<undefined>(keptLengthsMax).fill(undefined)
  return (at, length) => {
    octets.copyWithin(to, at, at + length)
    if (length >= keptLengthsMax) return new Uint8Array(memory, to, length)
    const view = kept[length]
    if (view !== undefined) return view
    const fresh = new Uint8Array(memory, to, length)
    kept[length] = fresh
    return fresh
  }
}
