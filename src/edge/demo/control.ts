/**
 * Where `robin demo fail 2` and `robin demo heal 2` knock: POST /backends/N/fail?how=…, POST /backends/N/heal, and
 * GET /backends to look. For loopback peers only, asked by address, and never by a web page: a request with an Origin
 * is refused.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { SocketAddress } from '../../core/ports.ts'
import { isHostAllowed } from '../../core/view/host-header.ts'
import { type Ailment, ailments, type Backend, type BackendState } from './backend.ts'
import { type Listener, openListener } from './listener.ts'

/** Rejects with the system's error if the address cannot be had. */
export function createControl(backends: readonly Backend[], address: SocketAddress): Promise<Listener> {
  return openListener(address, (request, response) => {
    answer(backends, address.host, request).then(
      reply => sendJson(response, reply),
      (error: unknown) => sendJson(response, refuse(500, error instanceof Error ? error.message : 'unknown fault')),
    )
  })
}

interface Reply {
  readonly status: number
  readonly value: { readonly backends: readonly BackendState[] } | { readonly error: string }
}

async function answer(backends: readonly Backend[], listenHost: string, request: IncomingMessage): Promise<Reply> {
  if (!isLoopback(request.socket.remoteAddress ?? '')) return refuse(403, 'loopback only')
  if (!isHostAllowed(request.headers.host ?? '', listenHost)) return refuse(403, 'ask by address')
  if (request.headers.origin !== undefined) return refuse(403, 'not for web pages')
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  if (path === '/backends') {
    return request.method === 'GET' ? show(backends) : refuse(405, 'GET /backends')
  }
  const match = /^\/backends\/([0-9]{1,3})\/(fail|heal)$/.exec(path)
  if (match === null) return refuse(404, 'no such path')
  if (request.method !== 'POST') return refuse(405, 'POST, please')
  const backend = backends[Number(match[1]) - 1]
  if (backend === undefined) return refuse(404, `there is no backend ${match[1]}, only 1 to ${backends.length}`)
  if (match[2] === 'heal') {
    await backend.heal()
    return show([backend])
  }
  const how = readAilment(new URLSearchParams(query).get('how') ?? 'refuse')
  if (how === null) return refuse(400, `how must be one of ${ailments.join(', ')}`)
  await backend.fail(how)
  return show([backend])
}

function show(backends: readonly Backend[]): Reply {
  return { status: 200, value: { backends: backends.map(backend => backend.state()) } }
}

function refuse(status: number, error: string): Reply {
  return { status, value: { error } }
}

function readAilment(text: string): Ailment | null {
  return ailments.find(ailment => ailment === text) ?? null
}

function isLoopback(address: string): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address)
}

function sendJson(response: ServerResponse, { status, value }: Reply): void {
  const body = `${JSON.stringify(value)}\n`
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  })
  response.end(body)
}
