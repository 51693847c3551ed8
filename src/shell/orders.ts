/**
 * What control and its answering threads say to each other. Shared memory is handed over by reference; no message is
 * sent for a query or a verdict.
 */
import type { Name } from '../core/name/name.ts'
import type { SocketAddress, Via } from '../core/ports.ts'
import type { OfferMemory } from '../core/transfer/offer.ts'
import type { StreamListener } from '../edge/transport/tcp-epoll/listener.ts'
import type { BatchSocket } from '../edge/transport/udp-batch/socket.ts'
import type { TransferReport } from './feeds.ts'
import type { TermsOrder } from './terms.ts'
import type { TransferLimits } from './transfer-limits.ts'

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
  /** Zones that others may have; for a thread that serves TCP. */
  readonly offers: readonly OfferMemory[]
  readonly tcpClientsMax: number
  readonly tcpIdleMs: number
  readonly transfers: TransferLimits
}

/** Control rings the worker's bell after each, see board/signal.ts. */
export type Order =
  | { readonly kind: 'install'; readonly generation: GenerationMemory }
  | { readonly kind: 'terms'; readonly terms: TermsOrder }
  /** A newer version of a zone, or the first; only to threads that serve TCP. */
  | { readonly kind: 'offer'; readonly offer: OfferMemory }
  | { readonly kind: 'withdraw'; readonly apex: Name }
  /** Finish what is under way, close the sockets, end. */
  | { readonly kind: 'stop' }

export type Report =
  | { readonly kind: 'open'; readonly bound: readonly (SocketAddress & { readonly via: Via })[] }
  | { readonly kind: 'not-open'; readonly address: SocketAddress; readonly code: string; readonly text: string }
  /** The batched engine cannot run in this thread. */
  | { readonly kind: 'no-engine'; readonly reason: string }
  | { readonly kind: 'installed'; readonly generation: number }
  /** Whoever asks for the zone from now on gets that version. */
  | { readonly kind: 'offered'; readonly apex: Name; readonly serial: number }
  | { readonly kind: 'transfer'; readonly transfer: TransferReport }
  /** A zone that we pull may have changed, says somebody who may say so. */
  | { readonly kind: 'notified'; readonly apex: Name; readonly from: Uint8Array }
