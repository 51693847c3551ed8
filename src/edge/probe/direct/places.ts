/**
 * The memory that all direct connections of a thread share with the kernel, one native mapping: what epoll tells and is
 * told, the address to connect to, options, what is received and what is sent. Only one connection is served at a time,
 * and what it must keep is copied out.
 *
 *   events | event | address | name | words | input | output
 */
import type { SocketCalls } from '../../ffi/sockets.ts'
import { epollEventWords } from '../../ffi/streams.ts'

/** Connections that one look can tell of. */
export const eventsMax = 256
export const inputOctetsMax = 64 * 1024
/** Sent by one call; what is longer goes in several. */
export const outputOctetsMax = 64 * 1024
/** Room for the longest `sockaddr` that TCP has. */
export const nameOctetsMax = 28

/** An address for the kernel and the same place for us, in octets. */
export interface Place {
  readonly address: number
  readonly at: number
}

export interface Places {
  readonly octets: Uint8Array
  readonly words: Int32Array
  readonly events: Place
  readonly event: Place
  /** The `sockaddr` that is connected to. */
  readonly target: Place
  /** A `sockaddr` that the kernel writes. */
  readonly name: Place
  /** Two words for the value of an option, and one that tells a length. */
  readonly option: Place
  readonly length: Place
  readonly input: Buffer
  readonly inputAddress: number
  readonly output: Buffer
  readonly outputAddress: number
  release(): void
}

const lineOctets = 64
const eventOctets = epollEventWords * 4

/** The negative errno of the system where there is no memory. */
export function createPlaces(calls: Pick<SocketCalls, 'map'>): Places | number {
  let total = 0
  const take = (octets: number): number => {
    const at = total
    total += Math.ceil(octets / lineOctets) * lineOctets
    return at
  }
  const eventsAt = take(eventsMax * eventOctets)
  const eventAt = take(eventOctets)
  const targetAt = take(nameOctetsMax)
  const nameAt = take(nameOctetsMax)
  const optionAt = take(8)
  const lengthAt = take(4)
  const inputAt = take(inputOctetsMax)
  const outputAt = take(outputOctetsMax)
  const mapping = calls.map(total)
  if (typeof mapping === 'number') return mapping
  const { memory, address } = mapping
  const place = (at: number): Place => ({ address: address + at, at })
  return {
    octets: new Uint8Array(memory),
    words: new Int32Array(memory, 0, total >>> 2),
    events: place(eventsAt),
    event: place(eventAt),
    target: place(targetAt),
    name: place(nameAt),
    option: place(optionAt),
    length: place(lengthAt),
    input: Buffer.from(memory, inputAt, inputOctetsMax),
    inputAddress: address + inputAt,
    output: Buffer.from(memory, outputAt, outputOctetsMax),
    outputAddress: address + outputAt,
    release: () => mapping.unmap(),
  }
}
