/**
 * The memory of one thread's batches: everything that recvmmsg and sendmmsg read or write lies in one native mapping,
 * so no address in a kernel structure can ever be that of a collected buffer. Pointers are written once, here; later
 * only lengths and contents change. Two halves of `slotsMax` slots, one for what comes in, one for what goes out:
 *
 *   headers   mmsghdr, 64 octets each, in a row as the calls want them
 *             0 name*  8 nameOctets  16 vector*  24 vectors  32 control*  40 controlOctets  48 flags  56 messageOctets
 *   sides     one cache line for each slot: 0 sockaddr (28)  32 iovec: 32 base*  40 octets
 *   controls  ancillary messages, see ancillary.ts
 *   messages  the datagrams
 *
 * All offsets are in octets unless they say words. RFC 1035 section 4.2.1.
 */
import { assert } from '../../../core/base/assert.ts'
import type { DatagramCalls } from '../../ffi/datagrams.ts'
import { controlOctetsMax } from './ancillary.ts'

/** Datagrams for one call. Beyond some dozens a call gains nothing and the first in the batch waits longer. */
export const slotsMax = 64

/** Longest query taken; as for TCP. What is longer is no question. */
export const queryOctetsMax = 4096

/** Sockets that one thread can wait for. */
export const socketsMax = 64

/** Places of a header's fields, in words of 32 bits. */
export const headerWords = 16
export const headerNameOctets = 2
export const headerControlOctets = 10
export const headerFlags = 12
export const headerMessageOctets = 14

/** Room for the longest `sockaddr` that UDP has. */
export const nameOctetsMax = 28
/** Words from one side to the next, and of the length in its iovec. */
export const sideWords = 16
export const sideVectorOctets = 10

export interface Arena {
  readonly octets: Uint8Array
  readonly words: Int32Array
  readonly incoming: Half
  readonly outgoing: Half
  /** pollfd for up to `socketsMax` sockets: descriptor (4), asked (2), found (2). */
  readonly polls: Place
  /** The query of `length` octets in a slot. The same view for the same slot and length. */
  query(slot: number, length: number): Uint8Array
  /** Where the answer of a slot is written. */
  readonly answers: readonly Uint8Array[]
  release(): void
}

/** An address for the kernel and the same place for us. */
export interface Place {
  readonly address: number
  readonly word: number
}

export interface Half {
  readonly headers: Place
  /** Words. */
  readonly sides: number
  readonly controls: number
  /** Octets. */
  readonly messages: number
}

/** Queries are rarely longer than this; of those that are, each gets a view of its own. */
const keptLengthsMax = 256

const headerOctets = headerWords * 4
const sideOctets = sideWords * 4
const sideVector = 32
const pollOctets = 8
/** A cache line beyond a power of two: slots a power of two apart would all fall into the same few cache sets. */
const lineOctets = 64

/** `answerOctetsMax` is the room that each answer gets. The errno of the system where there is no memory. */
export function createArena(calls: Pick<DatagramCalls, 'map'>, answerOctetsMax: number): Arena | number {
  assert(answerOctetsMax % 4 === 0, 'answers that do not end on a word')
  const strides = { query: queryOctetsMax + lineOctets, answer: roundUp(answerOctetsMax, 128) + lineOctets }
  const halfOctets = slotsMax * (headerOctets + sideOctets + controlOctetsMax)
  const pollsOctets = roundUp(socketsMax * pollOctets, lineOctets)
  const octetsTotal = pollsOctets + 2 * halfOctets + slotsMax * (strides.query + strides.answer)
  const mapping = calls.map(octetsTotal)
  if (typeof mapping === 'number') return mapping
  const { memory, address } = mapping
  const octets = new Uint8Array(memory)
  const incomingMessages = pollsOctets + 2 * halfOctets
  const incoming = layHalf(memory, address, pollsOctets, {
    messages: incomingMessages,
    stride: strides.query,
    room: queryOctetsMax,
  })
  const outgoingMessages = incomingMessages + slotsMax * strides.query
  const outgoing = layHalf(memory, address, pollsOctets + halfOctets, {
    messages: outgoingMessages,
    stride: strides.answer,
    room: 0,
  })
  return {
    octets,
    words: new Int32Array(memory),
    incoming,
    outgoing,
    polls: { address, word: 0 },
    query: keepViews(memory, incomingMessages, strides.query),
    answers: Array.from({ length: slotsMax }, (_, slot) => {
      return new Uint8Array(memory, outgoingMessages + slot * strides.answer, answerOctetsMax)
    }),
    release: () => mapping.unmap(),
  }
}

/** Writes the pointers and what else stays as it is. */
function layHalf(
  memory: ArrayBuffer,
  base: number,
  at: number,
  { messages, stride, room }: { readonly messages: number; readonly stride: number; readonly room: number },
): Half {
  const view = new DataView(memory)
  const pointTo = (from: number, to: number): void => view.setBigUint64(from, BigInt(base + to), true)
  const sides = at + slotsMax * headerOctets
  const controls = sides + slotsMax * sideOctets
  for (let slot = 0; slot < slotsMax; slot++) {
    const header = at + slot * headerOctets
    const side = sides + slot * sideOctets
    pointTo(header, side)
    view.setUint32(header + headerNameOctets * 4, nameOctetsMax, true)
    pointTo(header + 16, side + sideVector)
    view.setUint32(header + 24, 1, true)
    pointTo(header + 32, controls + slot * controlOctetsMax)
    view.setUint32(header + headerControlOctets * 4, controlOctetsMax, true)
    pointTo(side + sideVector, messages + slot * stride)
    view.setUint32(side + sideVectorOctets * 4, room, true)
  }
  return { headers: { address: base + at, word: at >>> 2 }, sides: sides >>> 2, controls: controls >>> 2, messages }
}

/** Views are made once for each slot and length, since one for every packet would be garbage for every packet. */
function keepViews(memory: ArrayBuffer, messages: number, stride: number): Arena['query'] {
  const kept: (Uint8Array | undefined)[] = new Array<undefined>(slotsMax * keptLengthsMax).fill(undefined)
  return (slot, length) => {
    if (length >= keptLengthsMax) return new Uint8Array(memory, messages + slot * stride, length)
    const at = slot * keptLengthsMax + length
    const view = kept[at]
    if (view !== undefined) return view
    const fresh = new Uint8Array(memory, messages + slot * stride, length)
    kept[at] = fresh
    return fresh
  }
}

function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit
}
