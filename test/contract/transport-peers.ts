/**
 * What the transport suites need around a listener: a small synchronous `respond`, counters that can be waited for,
 * and one kind of client for UDP and TCP that is written apart from the code under test.
 */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import type { UdpCounters } from '../../src/board/counters.ts'
import type { Respond, SocketAddress } from '../../src/core/ports.ts'

/** Loopback addresses of this machine: IPv4 always, IPv6 where it is there. */
export const loopbackHosts: readonly string[] = Object.values(networkInterfaces()).some(entries =>
  entries?.some(entry => entry.address === '::1'),
)
  ? ['127.0.0.1', '::1']
  : ['127.0.0.1']

const queryOctetsMin = 12
const silentMark = 0x5a

/** A query with an id and a body of `octets`; `silent` asks for no answer. */
export function makeQuery(id: number, octets = 29, silent = false): Uint8Array {
  const query = new Uint8Array(octets)
  query[0] = id >>> 8
  query[1] = id
  if (silent) query[4] = silentMark
  for (let i = queryOctetsMin; i < octets; i++) query[i] = id + i
  return query
}

/** The query with the response bit set; silence on what is too short or asks for it. */
export const echo: Respond = (query, _via, out) => {
  if (query.length < queryOctetsMin || query.length > out.length || query[4] === silentMark) return 0
  out.set(query)
  out[2] = 0x80
  return query.length
}

export function echoOf(query: Uint8Array): Uint8Array {
  const answer = Uint8Array.from(query)
  answer[2] = 0x80
  return answer
}

export interface Tally extends UdpCounters {
  readonly counts: {
    dropped: number
    sendFailed: number
    opened: number
    closed: number
    evicted: number
    receiveFailed: number
    overflows: number
  }
  /** Resolves as soon as the condition holds; looked at after every count. */
  until(holds: (counts: Tally['counts']) => boolean): Promise<void>
}

export function createTally(): Tally {
  const counts = { dropped: 0, sendFailed: 0, opened: 0, closed: 0, evicted: 0, receiveFailed: 0, overflows: 0 }
  const waiting = new Set<() => void>()
  const add = (key: keyof typeof counts, times: number): void => {
    counts[key] += times
    for (const look of waiting) look()
  }
  const count = (key: keyof typeof counts) => () => add(key, 1)
  return {
    counts,
    dropped: count('dropped'),
    sendFailed: count('sendFailed'),
    tcpOpened: count('opened'),
    tcpClosed: count('closed'),
    tcpEvicted: count('evicted'),
    receiveFailed: count('receiveFailed'),
    overflows: total => add('overflows', total - counts.overflows),
    until: holds =>
      new Promise(resolve => {
        const look = (): void => {
          if (!holds(counts)) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

export interface Peer {
  send(query: Uint8Array): void
  /** The next answer; rejects when the connection ended without one. */
  next(): Promise<Uint8Array>
  close(): Promise<void>
}

export async function dialUdp(to: SocketAddress): Promise<Peer> {
  const socket = createSocket(to.host.includes(':') ? 'udp6' : 'udp4')
  const inbox = createInbox()
  socket.on('message', message => inbox.put(Uint8Array.from(message)))
  socket.connect(to.port, to.host)
  await once(socket, 'connect')
  return {
    send: query => socket.send(query),
    next: inbox.take,
    close: () => new Promise(resolve => socket.close(resolve)),
  }
}

export interface TcpPeer extends Peer {
  readonly socket: Socket
  /** Octets as they are, without a length. */
  write(octets: Uint8Array): void
  /** Resolves with the number of answers not taken by `next` when nothing more will come. */
  ended(): Promise<number>
}

export async function dialTcp(to: SocketAddress, localAddress?: string): Promise<TcpPeer> {
  const from = localAddress === undefined ? {} : { localAddress }
  const socket = connect({ host: to.host, port: to.port, noDelay: true, allowHalfOpen: true, ...from })
  const inbox = createInbox()
  let waiting = Buffer.alloc(0)
  let torn = 0
  socket.on('data', chunk => {
    waiting = Buffer.concat([waiting, chunk])
    while (waiting.length >= 2 && waiting.length >= 2 + waiting.readUInt16BE(0)) {
      const end = 2 + waiting.readUInt16BE(0)
      inbox.put(Uint8Array.from(waiting.subarray(2, end)))
      waiting = waiting.subarray(end)
    }
    torn = waiting.length
  })
  const over = new Promise<number>((resolve, reject) => {
    const end = (): void => {
      inbox.end()
      if (torn === 0) resolve(inbox.size())
      else reject(new Error(`the stream ended ${torn} octets into an answer`))
    }
    socket.on('end', end)
    socket.on('close', end)
  })
  over.catch(() => inbox.end())
  // A reset is how some connections here are meant to end; `close` follows and tells.
  socket.on('error', () => inbox.end())
  await once(socket, 'connect')
  return {
    socket,
    write: octets => {
      socket.write(octets)
    },
    send: query => {
      socket.write(toFrame(query))
    },
    next: inbox.take,
    ended: () => over,
    close: async () => {
      if (socket.destroyed) return
      const closed = once(socket, 'close')
      socket.destroy()
      await closed
    },
  }
}

export function toFrame(...messages: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(messages.flatMap(message => [Buffer.from([message.length >>> 8, message.length]), message]))
}

function createInbox() {
  const arrived: Uint8Array[] = []
  const takers: { resolve: (message: Uint8Array) => void; reject: (error: Error) => void }[] = []
  let ended = false
  return {
    put: (message: Uint8Array): void => {
      const taker = takers.shift()
      if (taker === undefined) arrived.push(message)
      else taker.resolve(message)
    },
    end: (): void => {
      ended = true
      for (const taker of takers.splice(0)) taker.reject(new Error('ended without an answer'))
    },
    size: () => arrived.length,
    take: (): Promise<Uint8Array> => {
      const message = arrived.shift()
      if (message !== undefined) return Promise.resolve(message)
      if (ended) return Promise.reject(new Error('ended without an answer'))
      return new Promise((resolve, reject) => takers.push({ resolve, reject }))
    },
  }
}
