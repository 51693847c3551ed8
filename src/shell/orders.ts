/**
 * What control and its answering threads say to each other. Shared memory is handed over by reference; no message is
 * sent for a query or a verdict.
 */
import type { SocketAddress, Via } from '../core/ports.ts'
import type { StreamListener } from '../edge/transport/tcp-epoll/listener.ts'
import type { BatchSocket } from '../edge/transport/udp-batch/socket.ts'
import type { TermsOrder } from './terms.ts'

/** A listener that a worker is to open. */
export interface ListenOrder {
  readonly via: Via
  readonly address: SocketAddress
  /** True where several workers share the address. */
  readonly reusePort: boolean
}

/** One generation in shared memory: the snapshot, and the board and the bulletin that belong to it. */
export interface GenerationMemory {
  readonly snapshot: SharedArrayBuffer
  readonly board: SharedArrayBuffer
  /** Null or absent: nothing is told of members. */
  readonly bulletin?: SharedArrayBuffer | null
}

/** What a worker begins with. */
export interface WorkerStart {
  readonly generation: GenerationMemory
  readonly counters: SharedArrayBuffer
  readonly signals: SharedArrayBuffer
  readonly row: number
  readonly listens: readonly ListenOrder[]
  /** Open already and control's own: for the engines that talk to the kernel themselves. */
  readonly sockets: readonly BatchSocket[]
  readonly streams: readonly StreamListener[]
  /** Where a thread with streams notes which descriptors it has open. */
  readonly descriptors: SharedArrayBuffer | null
  readonly terms: TermsOrder
  readonly tcpClientsMax: number
  readonly tcpIdleMs: number
}

/** Control rings the worker's bell after each, see board/signal.ts. */
export type Order =
  | { readonly kind: 'install'; readonly generation: GenerationMemory }
  | { readonly kind: 'terms'; readonly terms: TermsOrder }
  /** Finish what is under way, close the sockets, end. */
  | { readonly kind: 'stop' }

export type Report =
  | { readonly kind: 'open'; readonly bound: readonly (SocketAddress & { readonly via: Via })[] }
  | { readonly kind: 'not-open'; readonly address: SocketAddress; readonly code: string; readonly text: string }
  /** The batched engine cannot run in this thread. */
  | { readonly kind: 'no-engine'; readonly reason: string }
  | { readonly kind: 'installed'; readonly generation: number }
