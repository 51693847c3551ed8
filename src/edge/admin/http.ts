/**
 * The HTTP listener for operators and probes: it renders core/view, hands on orders, and decides nothing. A body is
 * read only of a POST that shows the token; every answer says no-store and nosniff, and none carries a CORS header.
 * Invariant: what one client does costs a bounded amount: connections, header octets, requests and seconds have limits.
 * RFC 9110 (methods, Host), RFC 9112 (connections).
 */
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { SocketAddress } from '../../core/ports.ts'
import { isHostAllowed } from '../../core/view/host-header.ts'
import { createServer } from '../node-http.ts'
import { createTurns } from '../turns.ts'
import { type Page, type PageSteps, refusal } from './page.ts'
import { type PageFiles, readPageFiles } from './page-files.ts'
import { type AdminSources, pageFor, streamPath, streamType } from './pages.ts'
import { createStreams, type Streams } from './stream.ts'
import { writePage, writePaths } from './writes.ts'

export interface Admin extends SocketAddress {
  /** Refuses new connections and ends idle ones at once; answers under way get `closeGraceMs`. Idempotent. */
  close(): Promise<void>
}

export const adminLimits = {
  connectionsMax: 64,
  headerOctetsMax: 8192,
  headerFieldsMax: 64,
  requestsPerConnectionMax: 1000,
  /** From the first octet of a request to its last. */
  requestMs: 5000,
  /** Between two requests, and before the first one. */
  idleMs: 5000,
  /** From a request to the last octet of its answer: a reader that is slower is let go. */
  answerMs: 15_000,
  closeGraceMs: 1000,
} as const

/** Rejects with the system's error (`code` EADDRINUSE, EACCES, …) if the address cannot be had. */
export async function createAdmin(
  sources: AdminSources,
  options: SocketAddress,
  limits: Readonly<Record<keyof typeof adminLimits, number>> = adminLimits,
): Promise<Admin> {
  const server = createServer({
    maxHeaderSize: limits.headerOctetsMax,
    requestTimeout: limits.requestMs,
    headersTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    // Node adds this to the keep-alive time it announces; the announced time is the one that must hold.
    keepAliveTimeoutBuffer: 0,
    connectionsCheckingInterval: Math.min(1000, limits.requestMs),
  })
  server.maxConnections = limits.connectionsMax
  server.maxHeadersCount = limits.headerFieldsMax
  server.maxRequestsPerSocket = limits.requestsPerConnectionMax
  server.timeout = limits.answerMs
  const files = await readPageFiles(sources.pageFolder)
  const turns = createTurns()
  const streams = createStreams(sources, turns)
  const busy = new Map<Socket, boolean>()
  server.on('connection', (socket: Socket) => {
    busy.set(socket, false)
    socket.once('close', () => busy.delete(socket))
  })
  const serve = (request: IncomingMessage, response: ServerResponse): void => {
    const { socket } = request
    busy.set(socket, true)
    const deadline = setTimeout(() => socket.destroy(), limits.answerMs)
    response.once('close', () => {
      clearTimeout(deadline)
      if (!busy.has(socket)) return
      busy.set(socket, false)
      if (!server.listening) socket.end()
    })
    const page = answer(request, { sources, files, listenHost: options.host })
    if (page === 'stream') {
      void openStream(streams, response).then(refused => {
        if (refused === null) clearTimeout(deadline)
        else send(request, response, refused)
      })
    } else if ('body' in page) send(request, response, page)
    else {
      const later = page instanceof Promise ? page : turns.take(page, () => response.destroyed)
      void later.catch(fault).then(made => send(request, response, made))
    }
  }
  server.on('request', serve)
  // Without this Node would say 100 Continue and invite the body that we refuse.
  server.on('checkContinue', serve)
  const bound = await listen(server, options)
  return { host: bound.address, port: bound.port, close: closer(server, busy, streams, limits.closeGraceMs) }
}

interface Shelf {
  readonly sources: AdminSources
  readonly files: PageFiles
  readonly listenHost: string
}

/** What the request gets. A fault of ours in rendering is caught here and in `openStream`. */
function answer(
  request: IncomingMessage,
  { sources, files, listenHost }: Shelf,
): Page | Promise<Page> | PageSteps | 'stream' {
  const hosts = request.headersDistinct['host'] ?? []
  // No Host at all is HTTP/1.0, which no browser speaks; load balancers' checks do.
  if (hosts.length > 1) return refusal(400, 'bad-request', 'more than one Host header')
  if (hosts[0] !== undefined && !isHostAllowed(hosts[0], listenHost)) {
    return refusal(403, 'host-not-allowed', 'ask by address, as localhost or under the name of the listener')
  }
  const target = request.url ?? ''
  const path = target.split('?', 1)[0]!
  const takesOrders = writePaths.has(path)
  if (request.method === 'POST' && takesOrders) return writePage(path, request, sources.desk)
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    const allow = takesOrders ? 'POST' : 'GET, HEAD'
    return { ...refusal(405, 'method-not-allowed', `only ${allow} here`), allow }
  }
  if (takesOrders) return { ...refusal(405, 'method-not-allowed', 'only POST here'), allow: 'POST' }
  if (hasBody(request)) return refusal(400, 'bad-request', 'a request here has no body')
  if (path === streamPath && request.method === 'GET') return 'stream'
  try {
    return pageFor(target, sources, files)
  } catch (error) {
    return fault(error)
  }
}

/** Null if it was opened; a client that is turned away tries again by itself. */
async function openStream(streams: Streams, response: ServerResponse): Promise<Page | null> {
  try {
    const opened = await streams.open(response, { 'content-type': streamType, ...headersOf(null) })
    return opened ? null : refusal(503, 'too-many', 'as many watch already as may; come back later')
  } catch (error) {
    return fault(error)
  }
}

/** Headers of every answer. */
function headersOf(policy: string | null): Readonly<Record<string, string>> {
  return {
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': policy ?? "default-src 'none'; frame-ancestors 'none'",
  }
}

function fault(error: unknown): Page {
  return refusal(500, 'fault', error instanceof Error ? error.message : 'unknown')
}

function hasBody(request: IncomingMessage): boolean {
  const length = request.headers['content-length']
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}

function send(request: IncomingMessage, response: ServerResponse, page: Page): void {
  // An unread body would be taken for the next request; the end of the connection is the only safe place to stop.
  if (hasBody(request) && !request.readableEnded) response.shouldKeepAlive = false
  // Who asked may be gone by the time that a long page is made.
  if (response.destroyed) return
  const pieces = typeof page.body === 'string' || page.body instanceof Uint8Array ? [Buffer.from(page.body)] : page.body
  response.writeHead(page.status, {
    'content-type': page.type,
    'content-length': pieces.reduce((sum, { length }) => sum + length, 0),
    ...headersOf(page.policy ?? null),
    ...(page.allow === undefined ? {} : { allow: page.allow }),
    ...(page.authenticate === undefined ? {} : { 'www-authenticate': page.authenticate }),
  })
  if (request.method !== 'HEAD') for (const piece of pieces) response.write(piece)
  response.end()
}

function listen(server: Server, { host, port }: SocketAddress): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host, port }, () => {
      server.off('error', reject)
      // An accept that failed, for want of descriptors, costs that client its connection and nobody else anything.
      server.on('error', () => undefined)
      resolve(server.address() as AddressInfo)
    })
  })
}

function closer(server: Server, busy: ReadonlyMap<Socket, boolean>, streams: Streams, graceMs: number) {
  let closing: Promise<void> | null = null
  return (): Promise<void> => {
    closing ??= new Promise(resolve => {
      streams.close()
      const grace = setTimeout(() => {
        for (const socket of busy.keys()) socket.destroy()
      }, graceMs)
      server.close(() => {
        clearTimeout(grace)
        resolve()
      })
      // Node counts a connection that has not asked anything yet as active, so its own list is not enough.
      for (const [socket, answering] of busy) if (!answering) socket.destroy()
    })
    return closing
  }
}
