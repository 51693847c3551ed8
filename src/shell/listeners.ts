/**
 * Which engine reads UDP, and which thread gets which listener. `auto` takes the batched engine wherever it can be had
 * and otherwise node:dgram, with the reason kept for the status and the log.
 * The batched engine's sockets are opened here, by control, and outlive the threads that read them. One socket a
 * thread for each address, a wildcard included; node:dgram has one for each address that the machine has now.
 */
import type { SocketAddress } from '../core/ports.ts'
import { type DatagramCalls, loadDatagramCalls } from '../edge/ffi/datagrams.ts'
import { expandWildcard } from '../edge/transport/listen.ts'
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
}

export interface Listeners {
  readonly posts: readonly Post[]
  /** Closes what was opened here for one thread, which must have ended: its clients go to the others. Idempotent. */
  close(row: number): void
}

export interface ListenersOptions {
  /** Threads for UDP. TCP has one more. */
  readonly workers: number
  readonly listen: readonly SocketAddress[]
}

export function assignDgram({ workers, listen }: ListenersOptions): Listeners {
  const udp: ListenOrder[] = listen
    .flatMap(address => expandWildcard(address))
    .map(address => ({ via: 'udp', address, reusePort: workers > 1 }))
  const posts = Array.from({ length: workers }, (): Post => ({ listens: udp, sockets: [] }))
  return { posts: [...posts, tcpPost(listen)], close: () => {} }
}

/** Opens a socket for each thread and address. A reason where the calls cannot be had; throws `ListenError`. */
export async function assignBatch(options: ListenersOptions): Promise<Listeners | { readonly reason: string }> {
  const calls = await loadDatagramCalls()
  if ('reason' in calls) return calls
  const opened = Array.from({ length: options.workers }, (): BatchSocket[] => [])
  const close = (row: number): void => {
    for (const { fd } of opened[row]?.splice(0) ?? []) calls.close(fd)
  }
  try {
    for (const sockets of opened) {
      for (const address of options.listen) sockets.push(openOne(calls, address, options.workers > 1))
    }
  } catch (error) {
    opened.forEach((_, row) => {
      close(row)
    })
    throw error
  }
  const posts = opened.map((sockets): Post => ({ listens: [], sockets: [...sockets] }))
  return { posts: [...posts, tcpPost(options.listen)], close }
}

function openOne(calls: DatagramCalls, address: SocketAddress, reusePort: boolean): BatchSocket {
  try {
    return openBatchSocket(calls, { ...address, reusePort })
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new ListenError(address, code ?? 'UNKNOWN', message)
  }
}

function tcpPost(listen: readonly SocketAddress[]): Post {
  return { listens: listen.map(address => ({ via: 'tcp', address, reusePort: false })), sockets: [] }
}
