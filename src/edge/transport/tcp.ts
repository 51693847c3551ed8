/**
 * The TCP listener on node:net, which is there wherever Node is (RFC 1035 section 4.2.2, RFC 7766, RFC 9210): opening,
 * the sweep that looks at deadlines, closing. What happens on a connection is in tcp-clients.ts. Invariant: one timer
 * for all connections, cleared when the last one is closed; `close` ends within its limit whatever the clients do.
 */
import { createServer, type Server } from 'node:net'
import type { Clock, Respond, SocketAddress, TakeFeed, Transport, TransportCounters } from '../../core/ports.ts'
import { createClients } from './tcp-clients.ts'
import { closeWaitMs, type Every, sweepMs, systemEvery, type TcpLimits, tcpLimitsDefault } from './tcp-limits.ts'

export interface TcpDeps {
  readonly clock: Clock
  readonly respond: Respond
  /** Left out: no answer has more than one message. */
  readonly takeFeed?: TakeFeed
  readonly counters: TransportCounters
  /** Left out: the system's timer. */
  readonly every?: Every
}

/** Opens the listener. Rejects with the system's error, `code` kept, if the address cannot be had. */
export async function openTcp(deps: TcpDeps, options: SocketAddress & Partial<TcpLimits>): Promise<Transport> {
  const limits: TcpLimits = { ...tcpLimitsDefault, ...options }
  const { clock, counters } = deps
  const clients = createClients({ takeFeed: () => null, ...deps }, limits)
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
