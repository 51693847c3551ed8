/**
 * Backends to probe, good and hostile, on loopback ports that the system picks. `close` ends every connection, so that
 * what is still open afterwards was left by the probe.
 */
import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { millis } from '../../src/core/base/units.ts'
import type { Endpoint, Outcome } from '../../src/core/health/types.ts'
import type { Clock } from '../../src/core/ports.ts'
import { certificate } from './probe-specs.ts'

export interface Target {
  readonly endpoint: Endpoint
  /** The first connection; for a TCP target, before its first octet was read. */
  readonly reached: Promise<Socket>
}

export interface Targets {
  /** Calls back with each connection. */
  tcp(serve: (socket: Socket) => void, address?: string): Promise<Target>
  /** Sends `answer` once a request's header has come, and leaves the connection open. */
  raw(answer: string | Buffer): Promise<Target>
  http(serve: RequestListener, address?: string): Promise<Target>
  https(certificateFile: string, serve: RequestListener): Promise<Target & { readonly names: (string | false)[] }>
  /** A port of this address where nobody listens. */
  closed(address?: string): Promise<Endpoint>
  close(): Promise<void>
}

export function createTargets(): Targets {
  const servers: Server[] = []
  const sockets = new Set<Socket>()

  const listen = async (server: Server, address: string): Promise<Target> => {
    servers.push(server)
    const reached = new Promise<Socket>(resolve => server.once('connection', resolve))
    server.on('connection', socket => {
      sockets.add(socket)
      // What a probe does to its targets is reset them.
      socket.on('error', () => sockets.delete(socket))
      socket.on('close', () => sockets.delete(socket))
    })
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen(0, address, resolve)
    })
    return { endpoint: { address, port: (server.address() as AddressInfo).port }, reached }
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
      const server = createTlsServer({
        key: readFileSync(certificate('server.key')),
        cert: readFileSync(certificate(certificateFile)),
      })
      server.on('secureConnection', socket => {
        names.push(socket.servername ?? false)
        web.emit('connection', socket)
      })
      server.on('tlsClientError', (_error, socket) => socket.destroy())
      return { ...(await listen(server, '127.0.0.1')), names }
    },
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

/** A clock that stands until it is moved. */
export function createStillClock(): Clock & { advance(by: number): void } {
  let atMs = 1000
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
