/**
 * A small bounded HTTP listener for the demo's loopback servers. Bodies are never read, connections are not kept.
 * Invariant: after `close` resolves nobody is connected and the port refuses.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SocketAddress } from '../../core/ports.ts'
import { createServer } from '../node-http.ts'

export interface Listener extends SocketAddress {
  /** Ends every connection and goes on listening. */
  hangUp(): void
  close(): Promise<void>
}

const connectionsMax = 64
const headerOctetsMax = 8192
const requestMs = 5000
/** A connection on which nothing happens is let go after this; also the longest that a hanging backend hangs. */
const silenceMs = 60_000

/** Rejects with the system's error if the address cannot be had. */
export async function openListener(
  address: SocketAddress,
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<Listener> {
  const server = createServer({
    maxHeaderSize: headerOctetsMax,
    requestTimeout: requestMs,
    headersTimeout: requestMs,
    connectionsCheckingInterval: 1000,
  })
  server.maxConnections = connectionsMax
  server.timeout = silenceMs
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    response.shouldKeepAlive = false
    answer(request, response)
  })
  const bound = await new Promise<AddressInfo>((resolve, reject) => {
    server.once('error', reject)
    server.listen(address, () => {
      server.off('error', reject)
      // An accept that failed, for want of descriptors, costs that client its connection and nobody else anything.
      server.on('error', () => undefined)
      resolve(server.address() as AddressInfo)
    })
  })
  return {
    host: bound.address,
    port: bound.port,
    hangUp: () => server.closeAllConnections(),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Answers with a line of text, to be read by people and by checks. */
export function sendText(response: ServerResponse, status: number, text: string): void {
  const body = `${text}\n`
  response.writeHead(status, {
    'content-type': 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  })
  response.end(body)
}
