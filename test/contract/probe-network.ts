/**
 * A network of pretended hosts behind the interface of libc: what a raw ICMP socket would be told. Lets tests say which
 * host answers, how, and with what forged, without privilege and without waiting.
 */

import { formatIpv4, parseIpv4 } from '../../src/core/rdata/a.ts'
import { formatIpv6, parseIpv6 } from '../../src/core/rdata/aaaa.ts'
import type { Libc } from '../../src/edge/ffi/libc.ts'
import { checksum, type Family } from '../../src/edge/probe/icmp/packet.ts'

export interface FakeNetwork {
  readonly libc: Libc
  /** Echo requests that were sent, oldest first. */
  readonly sent: readonly SentEcho[]
  /** What a host does with an echo; by default it replies. */
  serve(host: (echo: SentEcho) => void): void
  /** Resolves when an echo for that address is sent. */
  heard(address: string): Promise<void>
  /** A reply to the echo, with changes. */
  reply(echo: SentEcho, changes?: { source?: string; flipOctet?: number; length?: number }): void
  /** An ICMP error about the echo, quoting `quoted` octets of it. */
  error(echo: SentEcho, type: number, code: number, quoted?: number): void
  /** Puts any message into the socket's queue, if there is room. */
  deliver(message: Uint8Array, source: string): void
  /** Makes calls fail with this errno; 0 mends them. */
  fail(call: 'open' | 'bind' | 'send' | 'receive', errno: number): void
  /** Descriptors that are open. */
  open(): number
}

export interface SentEcho {
  readonly address: string
  readonly message: Uint8Array
}

const again = 11
/** Messages that wait in the socket at most, as few as a kernel with its smallest buffer keeps; further ones are lost. */
const queueMax = 200

export function createFakeNetwork(family: Family = 'v4'): FakeNetwork {
  const sent: SentEcho[] = []
  /** By descriptor: every raw socket is handed every message. */
  const queues = new Map<number, { message: Uint8Array; source: string }[]>()
  const faults = { open: 0, bind: 0, send: 0, receive: 0 }
  const fds = new Set<number>()
  const listeners: { address: string; heard: () => void }[] = []
  let nextFd = 1000
  const parse = family === 'v4' ? parseIpv4 : parseIpv6
  const at = family === 'v4' ? 4 : 8
  let host = (echo: SentEcho): void => network.reply(echo)

  const network: FakeNetwork = {
    sent,
    serve: next => {
      host = next
    },
    heard: address => new Promise(resolve => listeners.push({ address, heard: resolve })),
    reply: (echo, changes = {}) => {
      const message = Uint8Array.from(echo.message)
      message[0] = family === 'v4' ? 0 : 129
      if (changes.flipOctet !== undefined) message[changes.flipOctet]! ^= 0xff
      network.deliver(message.subarray(0, changes.length ?? message.length), changes.source ?? echo.address)
    },
    error: (echo, type, code, quoted = echo.message.length) => {
      const quote = withIpHeader(echo.message.subarray(0, quoted), family, '192.0.2.1', echo.address)
      network.deliver(Uint8Array.from([type, code, 0, 0, 0, 0, 0, 0, ...quote]), family === 'v4' ? '192.0.2.9' : '::9')
    },
    deliver: (message, source) => {
      for (const queue of queues.values()) if (queue.length < queueMax) queue.push({ message, source })
    },
    fail: (call, errno) => {
      faults[call] = errno
    },
    open: () => fds.size,
    libc: {
      openSocket: () => {
        if (faults.open !== 0) return -faults.open
        fds.add(nextFd)
        return nextFd++
      },
      setOption: () => 0,
      bind: () => -faults.bind,
      sendTo: (fd, message, address) => {
        if (faults.send !== 0) return -faults.send
        if (!queues.has(fd)) queues.set(fd, [])
        const octets = address.subarray(at, at + (family === 'v4' ? 4 : 16))
        const echo = {
          address: family === 'v4' ? formatIpv4(octets) : formatIpv6(octets),
          message: Uint8Array.from(message),
        }
        sent.push(echo)
        host(echo)
        for (const listener of listeners) if (listener.address === echo.address) listener.heard()
        return message.length
      },
      receiveFrom: (fd, out, address) => {
        if (faults.receive !== 0) return -faults.receive
        const next = queues.get(fd)?.shift()
        if (next === undefined) return -again
        address.set(parse(next.source)!, at)
        const packet = family === 'v4' ? withIpHeader(next.message, 'v4', next.source, '192.0.2.1') : next.message
        const taken = packet.subarray(0, out.length)
        out.set(taken)
        return taken.length
      },
      close: fd => {
        queues.delete(fd)
        return fds.delete(fd) ? 0 : -9
      },
    },
  }
  return network
}

/** True if the message's checksum is right (IPv4 only). */
export function checksumHolds(message: Uint8Array): boolean {
  return checksum(message) === 0
}

function withIpHeader(message: Uint8Array, family: Family, source: string, target: string): Uint8Array {
  const header = new Uint8Array(family === 'v4' ? 20 : 40)
  if (family === 'v4') {
    header[0] = 0x45
    header[9] = 1
    header.set(parseIpv4(source)!, 12)
    header.set(parseIpv4(target)!, 16)
  } else {
    header[0] = 0x60
    header[6] = 58
    header.set(parseIpv6(target)!, 24)
  }
  return Uint8Array.from([...header, ...message])
}
