/**
 * Backends to probe, good and hostile, on loopback ports that the system picks. `close` ends every connection, so that
 * what is still open afterwards was left by the probe.
 */
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import {
  createServer as createHttp2Server,
  createSecureServer,
  type Http2Server,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from 'node:http2'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { millis } from '../../src/core/base/units.ts'
import type { Endpoint, Outcome } from '../../src/core/health/types.ts'
import type { Clock } from '../../src/core/ports.ts'
import { certificate } from './probe-specs.ts'

export interface Target {
  readonly endpoint: Endpoint
  /** The first connection; for a TCP target, before its first octet was read. */
  readonly reached: Promise<Socket>
  /** Server ends of all connections so far. */
  readonly connections: readonly Socket[]
}

export interface Targets {
  /** Calls back with each connection. */
  tcp(serve: (socket: Socket) => void, address?: string): Promise<Target>
  /** Sends `answer` once a request's header has come, and leaves the connection open. */
  raw(answer: string | Buffer): Promise<Target>
  http(serve: RequestListener, address?: string): Promise<Target>
  https(certificateFile: string, serve: RequestListener): Promise<Target & { readonly names: (string | false)[] }>
  /** Calls back with each connection whose handshake is done. */
  secure(certificateFile: string, serve: (socket: TLSSocket) => void, options?: TlsOptions): Promise<Target>
  /** In clear text; over TLS if a certificate is named. */
  http2(serve: ServeStream, certificateFile?: string): Promise<Target>
  /** Has a server of the caller's listen, and closes it with the others. */
  adopt(server: Server): Promise<Target>
  /** A port of this address where nobody listens. */
  closed(address?: string): Promise<Endpoint>
  close(): Promise<void>
}

export type ServeStream = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => void

export function createTargets(): Targets {
  const servers: Server[] = []
  const sockets = new Set<Socket>()

  const listen = async (server: Server, address: string): Promise<Target> => {
    servers.push(server)
    const connections: Socket[] = []
    const reached = new Promise<Socket>(resolve => server.once('connection', resolve))
    server.on('connection', socket => {
      connections.push(socket)
      sockets.add(socket)
      // What a probe does to its targets is reset them.
      socket.on('error', () => sockets.delete(socket))
      socket.on('close', () => sockets.delete(socket))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, address, resolve)
    })
    return { endpoint: { address, port: (server.address() as AddressInfo).port }, reached, connections }
  }

  const targets: Targets = {
    tcp: (serve, address = '127.0.0.1') => listen(createServer(serve), address),
    raw: answer =>
      targets.tcp(socket => {
        socket.once('data', () => socket.write(answer))
      }),
    http: (serve, address = '127.0.0.1') => {
      const server = createHttpServer(serve)
      server.on('clientError', (_error, socket) => socket.destroy())
      return listen(server, address)
    },
    https: async (certificateFile, serve) => {
      const names: (string | false)[] = []
      const web = createHttpServer(serve)
      web.on('clientError', (_error, socket) => socket.destroy())
      const target = await targets.secure(certificateFile, socket => {
        names.push(socket.servername ?? false)
        web.emit('connection', socket)
      })
      return { ...target, names }
    },
    secure: (certificateFile, serve, options = {}) => {
      const server = createTlsServer({ ...identityOf(certificateFile), ...options }, socket => {
        socket.on('error', () => socket.destroy())
        serve(socket)
      })
      server.on('tlsClientError', (_error, socket) => socket.destroy())
      return listen(server, '127.0.0.1')
    },
    http2: (serve, certificateFile) => {
      const server: Http2Server =
        certificateFile === undefined ? createHttp2Server() : createSecureServer(identityOf(certificateFile))
      server.on('sessionError', (_error, session) => session.destroy())
      server.on('tlsClientError', (_error, socket) => socket.destroy())
      server.on('stream', (stream, headers) => {
        stream.on('error', () => stream.destroy())
        serve(stream, headers)
      })
      return listen(server, '127.0.0.1')
    },
    adopt: server => listen(server, '127.0.0.1'),
    closed: async (address = '127.0.0.1') => {
      const server = createServer()
      const { endpoint } = await listen(server, address)
      await new Promise(resolve => server.close(resolve))
      return endpoint
    },
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await Promise.all(servers.splice(0).map(server => new Promise(resolve => server.close(resolve))))
    },
  }
  return targets
}

function identityOf(certificateFile: string): { readonly key: Buffer; readonly cert: Buffer } {
  return { key: readFileSync(certificate('server.key')), cert: readFileSync(certificate(certificateFile)) }
}

/** A clock that stands until it is moved. */
export function createStillClock(beginMs = Date.parse('2030-01-01T00:00:00Z')): Clock & { advance(by: number): void } {
  let atMs = beginMs
  return {
    now: () => millis(atMs),
    wall: () => atMs,
    advance: by => {
      atMs += by
    },
  }
}

/** What an outcome says, without how long it took and how it words it. */
export function verdictOf(outcome: Outcome): string {
  return `${outcome.kind} ${outcome.reason}`
}
