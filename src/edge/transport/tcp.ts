/**
 * The TCP listener (RFC 1035 section 4.2.2, RFC 7766, RFC 9210): opening, limits, the sweep that looks at deadlines,
 * closing. What happens on a connection is in tcp-clients.ts. Invariant: one timer for all connections, cleared when
 * the last one is closed; `close` ends within its limit whatever the clients do.
 */
import { createServer, type Server } from 'node:net'
import type { Clock, Respond, SocketAddress, Transport, TransportCounters } from '../../core/ports.ts'
import { createClients, type TcpLimits } from './tcp-clients.ts'

export interface TcpDeps {
  readonly clock: Clock
  readonly respond: Respond
  readonly counters: TransportCounters
  /** Calls `run` again and again; returns what stops it. Left out: the system's timer. */
  readonly every?: Every
}

type Every = (run: () => void, intervalMs: number) => () => void

const tcpLimits: TcpLimits = {
  clientsMax: 256,
  perAddressMax: 128,
  idleMs: 10_000,
  messageMs: 10_000,
  inFlightMax: 64,
  unsentMax: 64 * 1024,
}

/** How often deadlines are looked at. */
const sweepMs = 500
/** Longest wait of `close` for answers that clients have not taken yet. */
const closeWaitMs = 2000

/** Opens the listener. Rejects with the system's error, `code` kept, if the address cannot be had. */
export async function openTcp(deps: TcpDeps, options: SocketAddress & Partial<TcpLimits>): Promise<Transport> {
  const limits: TcpLimits = { ...tcpLimits, ...options }
  const { clock, counters } = deps
  const clients = createClients(deps, limits)
  const server = createServer({ allowHalfOpen: true, noDelay: true, highWaterMark: limits.unsentMax })
  server.on('connection', clients.admit)
  await listen(server, options)
  // Accepting one connection failed (out of descriptors): the listener itself goes on.
  server.on('error', () => counters.dropped())
  const stopSweep = (deps.every ?? systemEvery)(() => clients.sweep(clock.now()), sweepMs)

  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    const closed = new Promise<void>(resolve => server.close(() => resolve()))
    clients.dismiss()
    const giveUp = setTimeout(clients.cutOff, closeWaitMs)
    await closed
    clearTimeout(giveUp)
    stopSweep()
  }
  return {
    via: 'tcp',
    bound: { host: options.host, port: portOf(server) ?? options.port },
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function listen(server: Server, { host, port }: SocketAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port, ipv6Only: host.includes(':'), exclusive: true }, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function portOf(server: Server): number | null {
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : null
}

function systemEvery(run: () => void, intervalMs: number): () => void {
  const timer = setInterval(run, intervalMs)
  return () => clearInterval(timer)
}
