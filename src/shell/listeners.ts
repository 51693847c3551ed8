/**
 * Which engines read UDP and TCP, and which thread gets which listener. `auto` takes those that talk to the kernel
 * themselves wherever both can be had, and otherwise node:dgram and node:net, with the reason kept for the status and
 * the log. The former's sockets are opened here, by control, and outlive the threads that read them. One UDP socket a
 * thread for each address, a wildcard included; node:dgram has one for each address that the machine has now.
 */
import type { SocketAddress } from '../core/ports.ts'
import { type DatagramCalls, loadDatagramCalls } from '../edge/ffi/datagrams.ts'
import { loadStreamCalls, type StreamCalls } from '../edge/ffi/streams.ts'
import type { Handed } from '../edge/transport/handed.ts'
import { expandWildcard } from '../edge/transport/listen.ts'
import { closeLeftovers } from '../edge/transport/tcp-epoll/crowd.ts'
import { openStreamListener, type StreamListener } from '../edge/transport/tcp-epoll/listener.ts'
import { createDescriptors } from '../edge/transport/tcp-epoll/open.ts'
import { type BatchSocket, openBatchSocket } from '../edge/transport/udp-batch/socket.ts'
import { ListenError } from './hand.ts'
import type { ListenOrder } from './orders.ts'

/** As asked for; `batch` insists. */
export const ioWishes = ['auto', 'batch', 'dgram'] as const
export type IoWish = (typeof ioWishes)[number]

/** What one thread answers on. */
export interface Post {
  readonly listens: readonly ListenOrder[]
  readonly sockets: readonly BatchSocket[]
  readonly streams: readonly StreamListener[]
  readonly descriptors: SharedArrayBuffer | null
}

export interface Listeners {
  readonly posts: readonly Post[]
  /** Closes the connections that a thread left open, which must have ended. */
  abandon(row: number): void
  /** Closes what was opened here for one thread, which must have ended: its clients go to the others. Idempotent. */
  close(row: number): void
}

export interface ListenersOptions {
  /** Threads for UDP. TCP has one more. */
  readonly workers: number
  readonly listen: readonly SocketAddress[]
  readonly tcpClientsMax: number
}

const nothing: Post = { listens: [], sockets: [], streams: [], descriptors: null }

export function assignDgram({ workers, listen }: ListenersOptions): Listeners {
  const udp: ListenOrder[] = listen
    .flatMap(address => expandWildcard(address))
    .map(address => ({ via: 'udp', address, reusePort: workers > 1 }))
  const tcp: ListenOrder[] = listen.map(address => ({ via: 'tcp', address, reusePort: false }))
  const posts = Array.from({ length: workers }, (): Post => ({ ...nothing, listens: udp }))
  return { posts: [...posts, { ...nothing, listens: tcp }], abandon: () => {}, close: () => {} }
}

/** Opens a socket for each thread and address. A reason where the calls cannot be had; throws `ListenError`. */
export async function assignBatch(options: ListenersOptions): Promise<Listeners | { readonly reason: string }> {
  const { workers, listen, tcpClientsMax } = options
  const calls = { udp: await loadDatagramCalls(), tcp: await loadStreamCalls() }
  if ('reason' in calls.udp) return calls.udp
  if ('reason' in calls.tcp) return calls.tcp
  const { udp, tcp } = calls
  const opened = Array.from({ length: workers }, (): BatchSocket[] => [])
  const streams: StreamListener[] = []
  const descriptors = createDescriptors({ clientsMax: tcpClientsMax })
  const close = (row: number): void => {
    for (const { fd } of opened[row]?.splice(0) ?? []) udp.close(fd)
    if (row === workers) for (const { fd } of streams.splice(0)) tcp.close(fd)
  }
  try {
    for (const address of listen) {
      for (const sockets of opened) sockets.push(openOne(udp, address, workers > 1))
      streams.push(openStream(tcp, address))
    }
  } catch (error) {
    for (let row = 0; row <= workers; row++) close(row)
    throw error
  }
  const posts = opened.map((sockets): Post => ({ ...nothing, sockets: [...sockets] }))
  return {
    posts: [...posts, { ...nothing, streams: [...streams], descriptors }],
    abandon: row => {
      if (row === workers) closeLeftovers(tcp, new Int32Array(descriptors))
    },
    close,
  }
}

/** Sockets that somebody else opened; each address's are spread over the threads, or one is read by several. */
export async function assignHanded(
  { workers, tcpClientsMax }: Omit<ListenersOptions, 'listen'>,
  { datagrams, streams }: Handed,
): Promise<Listeners | { readonly reason: string }> {
  const calls = await loadStreamCalls()
  if ('reason' in calls) return calls
  const descriptors = createDescriptors({ clientsMax: tcpClientsMax })
  const posts = Array.from({ length: workers }, (_, row): Post => ({ ...nothing, sockets: socketsFor(row) }))
  const left = new Set([...posts.keys(), workers])
  function socketsFor(row: number): readonly BatchSocket[] {
    return [...Map.groupBy(datagrams, ({ bound }) => `${bound.host} ${bound.port}`).values()].flatMap(alike => {
      const own = alike.filter((_, i) => i % workers === row)
      return own.length > 0 ? own : [{ ...alike[row % alike.length]!, isShared: true }]
    })
  }
  return {
    posts: [...posts, { ...nothing, streams, descriptors }],
    abandon: row => {
      if (row === workers) closeLeftovers(calls, new Int32Array(descriptors))
    },
    // Any thread may read any of them, so they are closed with the last.
    close: row => {
      if (!left.delete(row) || left.size > 0) return
      for (const { fd } of [...datagrams, ...streams]) calls.close(fd)
    },
  }
}

function openOne(calls: DatagramCalls, address: SocketAddress, reusePort: boolean): BatchSocket {
  return opening(address, () => openBatchSocket(calls, { ...address, reusePort }))
}

function openStream(calls: StreamCalls, address: SocketAddress): StreamListener {
  return opening(address, () => openStreamListener(calls, address))
}

function opening<T>(address: SocketAddress, open: () => T): T {
  try {
    return open()
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new ListenError(address, code ?? 'UNKNOWN', message)
  }
}
