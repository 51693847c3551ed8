/**
 * Messages of ours that came back as errors (ip(7), ipv6(7): MSG_ERRQUEUE). recvfrom gives the message and whom it was
 * sent to; what the error is stands in a control message, which only recvmsg(2) gives: a redirect is queued like an
 * unreachable host, and takes nothing back.
 *
 *   msghdr | iovec | name | control | message     one native mapping, kept by its thread for good
 *
 * Invariant: what is handed out was copied; the kernel writes into the mapping alone, and only during the call.
 */
import { type Loaded, loadKoffi } from './koffi.ts'
import { type Libc, linux } from './libc.ts'
import { socketAddressOctetsMax } from './sockaddr.ts'
import { bindSocketCalls, judgeProcessor, resultOf } from './sockets.ts'

/**
 * Takes one message of ours that came back as an error, and the `sockaddr` that it was sent to: octets written, or the
 * negative errno. `told` gets origin, type and code of the error; zeros where the system does not say.
 */
export type ErrorReader = (fd: number, message: Uint8Array, address: Uint8Array, told: Uint8Array) => number

const flagsAt = 48
const vectorAt = 64
const nameAt = 128
const controlAt = 256
const controlOctets = 512
const messageAt = 1024
const messageOctets = 2048
const mappingOctets = 4096
/** Level and kind of the control message, by family: IPPROTO_IP with IP_RECVERR, IPPROTO_IPV6 with IPV6_RECVERR. */
const kinds: readonly (readonly [level: number, kind: number])[] = [
  [0, 11],
  [41, 25],
]
const controlHeadOctets = 16
/** In `sock_extended_err`, behind the errno: origin, type, code. */
const originAt = 4

let loading: Promise<ErrorReader> | null = null

/** Made once for this thread. */
export function loadErrorReader(libc: Libc): Promise<ErrorReader> {
  loading ??= makeErrorReader(libc)
  return loading
}

async function makeErrorReader(libc: Libc): Promise<ErrorReader> {
  const loaded = await loadKoffi()
  const read = 'reason' in loaded ? null : createErrorReader(loaded)
  if (read !== null) return read
  return (fd, message, address, told) => {
    // Taken out all the same, or the socket would have us look for ever.
    told.fill(0)
    return libc.receiveFrom(fd, message, address, linux.flagErrorQueue)
  }
}

/** Null where the layouts were not tried, or there is no memory. */
function createErrorReader(loaded: Loaded): ErrorReader | null {
  if (judgeProcessor() !== null) return null
  const mapping = bindSocketCalls(loaded).map(mappingOctets)
  if (typeof mapping === 'number') return null
  const { memory, address: at } = mapping
  const octets = Buffer.from(memory)
  const recvmsg = loaded.self.func('int64_t recvmsg(int fd, size_t message, int flags)')
  const result = resultOf(loaded)
  return (fd, message, address, told) => {
    writeHeader(octets, at)
    const taken = result(recvmsg(fd, at, linux.flagErrorQueue | linux.flagDontWait))
    if (taken < 0) return taken
    const count = Math.min(taken, message.length)
    message.set(octets.subarray(messageAt, messageAt + count))
    address.set(octets.subarray(nameAt, nameAt + Math.min(address.length, socketAddressOctetsMax)))
    told.fill(0)
    copyError(octets, told)
    return count
  }
}

/** struct msghdr: name, its length, vectors, their count, control, its length, flags. */
function writeHeader(octets: Buffer, address: number): void {
  octets.fill(0, 0, messageAt)
  octets.writeBigUInt64LE(BigInt(address + nameAt), 0)
  octets.writeUInt32LE(socketAddressOctetsMax, 8)
  octets.writeBigUInt64LE(BigInt(address + vectorAt), 16)
  octets.writeBigUInt64LE(1n, 24)
  octets.writeBigUInt64LE(BigInt(address + controlAt), 32)
  octets.writeBigUInt64LE(BigInt(controlOctets), 40)
  octets.writeUInt32LE(0, flagsAt)
  octets.writeBigUInt64LE(BigInt(address + messageAt), vectorAt)
  octets.writeBigUInt64LE(BigInt(messageOctets), vectorAt + 8)
}

/** Looks for the control message that tells of the error (cmsg(3)). */
function copyError(octets: Buffer, told: Uint8Array): void {
  const end = controlAt + Math.min(controlOctets, Number(octets.readBigUInt64LE(40)))
  let at = controlAt
  while (at + controlHeadOctets <= end) {
    const length = Number(octets.readBigUInt64LE(at))
    if (length < controlHeadOctets) return
    const level = octets.readInt32LE(at + 8)
    const kind = octets.readInt32LE(at + 12)
    if (kinds.some(known => known[0] === level && known[1] === kind)) {
      const from = at + controlHeadOctets + originAt
      told.set(octets.subarray(from, from + Math.min(told.length, 3)))
      return
    }
    at += (length + 7) & ~7
  }
}
