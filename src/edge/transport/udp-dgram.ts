/**
 * UDP on node:dgram: one system call per datagram each way, but present wherever Node is (RFC 1035 section 4.2.1).
 * Invariants: nothing that arrives and nothing that a send does can throw out of here; the memory is fixed when the
 * socket opens. dgram may keep a datagram after `send` returns, so each answer is written into a buffer of a bounded
 * pool and the buffer comes back in the send's callback; while none is free, queries are dropped and counted.
 * The source address of an answer is the one the socket is bound to, so a wildcard is expanded before it gets here.
 */
import { createSocket, type Socket, type SocketOptions } from 'node:dgram'
import { udpOctetsMax } from '../../core/answer/message.ts'
import { createClient, readClient } from '../../core/guard/address.ts'
import type { Respond, SocketAddress, Transport, TransportCounters } from '../../core/ports.ts'

export interface UdpDgramDeps {
  readonly respond: Respond
  readonly counters: TransportCounters
}

export interface UdpDgramOptions extends SocketAddress {
  /** Lets other sockets that also ask for it share the port; the kernel spreads clients over them. */
  readonly reusePort: boolean
}

/** Answers that may wait in one socket's send queue. */
export const unsentAnswersMax = 256
/** Asked of the kernel, which grants up to net.core.rmem_max: what arrives during a pause of ours waits there. */
const receiveBufferOctets = 4 * 1024 * 1024
/** Longest wait of `close` for answers in the send queue. */
const closeWaitMs = 1000

/** Opens the socket. Rejects with the system's error, `code` kept, if the address cannot be had. */
export async function openUdpDgram(deps: UdpDgramDeps, options: UdpDgramOptions): Promise<Transport> {
  const socket = createSocket(socketOptions(options))
  await bind(socket, options)
  const { counters } = deps
  const answerer = createDatagramAnswerer(deps, (out, length, to, sent) => {
    socket.send(out, 0, length, to.port, to.address, sent)
  })
  // Receiving failed for one datagram (an ICMP error of an earlier answer, a lack of kernel memory): others go on.
  socket.on('error', () => counters.dropped())
  socket.on('message', answerer.receive)
  widenReceiveBuffer(socket)

  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    socket.off('message', answerer.receive)
    await answerer.idle(closeWaitMs)
    await new Promise<void>(resolve => socket.close(resolve))
  }
  return {
    via: 'udp',
    bound: { host: options.host, port: socket.address().port },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

/** Who sent a datagram, as dgram tells it. */
export interface Sender {
  readonly address: string
  readonly port: number
}

/** Sends `length` octets of `out`; `out` belongs to the send until `sent` is called, which is exactly once. */
export type SendDatagram = (out: Uint8Array, length: number, to: Sender, sent: (error: Error | null) => void) => void

export interface DatagramAnswerer {
  readonly receive: (query: Uint8Array, from: Sender) => void
  /** Resolves when no send is under way, or after `waitMs`. */
  idle(waitMs: number): Promise<void>
}

interface Slot {
  readonly out: Uint8Array
  readonly sent: (error: Error | null) => void
}

/** The socket-free half: a pool of out-buffers between `respond` and `send`. Allocates nothing per datagram. */
export function createDatagramAnswerer(deps: UdpDgramDeps, send: SendDatagram): DatagramAnswerer {
  const { respond, counters } = deps
  const free: Slot[] = []
  const client = createClient()
  let idleResolve: (() => void) | null = null
  const arena = Buffer.allocUnsafeSlow(unsentAnswersMax * udpOctetsMax)
  for (let i = 0; i < unsentAnswersMax; i++) {
    const slot: Slot = {
      out: arena.subarray(i * udpOctetsMax, (i + 1) * udpOctetsMax),
      sent: error => {
        if (error !== null) counters.sendFailed()
        free.push(slot)
        if (idleResolve !== null && free.length === unsentAnswersMax) idleResolve()
      },
    }
    free.push(slot)
  }

  const receive = (query: Uint8Array, from: Sender): void => {
    // Nothing can be sent to port 0: such a source is forged, and dgram throws at it.
    const slot = from.port === 0 ? undefined : free.pop()
    if (slot === undefined) {
      counters.dropped()
      return
    }
    readClient(client, from.address, from.port)
    const length = respond(query, 'udp', slot.out, client)
    if (length === 0) {
      free.push(slot)
      return
    }
    try {
      send(slot.out, length, from, slot.sent)
    } catch {
      // dgram throws only before it takes the datagram, so the buffer is still ours.
      counters.sendFailed()
      free.push(slot)
    }
  }

  const idle = async (waitMs: number): Promise<void> => {
    if (free.length === unsentAnswersMax) return
    let timer: NodeJS.Timeout | undefined
    await new Promise<void>(resolve => {
      idleResolve = resolve
      timer = setTimeout(resolve, waitMs)
    })
    clearTimeout(timer)
  }
  return { receive, idle }
}

function socketOptions(options: UdpDgramOptions): SocketOptions {
  const family = options.host.includes(':') ? 6 : 4
  return {
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    reusePort: options.reusePort,
    // Peers are addresses already; the usual lookup would cost a tick and an allocation for each answer.
    lookup: (address, _options, callback) => callback(null, address, family),
  }
}

function bind(socket: Socket, { host, port }: SocketAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.close()
      reject(error)
    }
    socket.once('error', fail)
    socket.once('listening', () => {
      socket.off('error', fail)
      resolve()
    })
    socket.bind({ address: host, port, exclusive: true })
  })
}

function widenReceiveBuffer(socket: Socket): void {
  try {
    socket.setRecvBufferSize(receiveBufferOctets)
  } catch {
    // Some systems refuse more than their maximum instead of granting that: the default serves too.
    return
  }
}
