/** GRPC probes against health services of every manner: what is asked, what passes, what everything else is called. */
import { constants } from 'node:http2'
import { afterEach, describe, expect, it } from 'vitest'
import type { Endpoint, GrpcCheck, Outcome } from '../../src/core/health/types.ts'
import { detailCharactersMax } from '../../src/edge/probe/outcome.ts'
import { type Asked, frame, grpcHead, replyWith, serveHealth, statusFrame } from './probe-health-service.ts'
import { makeProbes } from './probe-makers.ts'
import { grpcCheck, tlsSpec } from './probe-specs.ts'
import { createStillClock, createTargets, type ServeStream, verdictOf } from './probe-targets.ts'

const targets = createTargets()
const { grpc } = makeProbes(createStillClock())
const run = (endpoint: Endpoint, check: GrpcCheck): Promise<Outcome> =>
  grpc(endpoint, check, new AbortController().signal)

afterEach(() => targets.close())

async function ask(serve: ServeStream, check = grpcCheck()): Promise<Outcome> {
  const { endpoint } = await targets.http2(serve)
  return run(endpoint, check)
}

describe('the call', () => {
  it('asks for one service, or for the server as a whole', async () => {
    const asked: Asked[] = []
    const { endpoint } = await targets.http2(serveHealth(() => 1, asked))
    const long = 's'.repeat(255)
    for (const service of ['', 'shop.v1.Cart', long]) {
      expect(verdictOf(await run(endpoint, grpcCheck({ service })))).toBe('pass ok')
    }
    expect(asked.map(({ service }) => service)).toEqual(['', 'shop.v1.Cart', long])
    expect(asked[0]!.headers).toMatchObject({
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      ':scheme': 'http',
      ':authority': `127.0.0.1:${endpoint.port}`,
      'content-type': 'application/grpc',
      te: 'trailers',
    })
  })

  it('names the host of the check, and over TLS the scheme', async () => {
    const asked: Asked[] = []
    const { endpoint } = await targets.http2(
      serveHealth(() => 1, asked),
      'good.pem',
    )
    const outcome = await run(endpoint, grpcCheck({ tls: tlsSpec(), host: 'cart.demo.test' }))
    expect(verdictOf(outcome)).toBe('pass ok')
    expect(outcome.detail).toMatch(/\b32\d{3} days/)
    expect(asked[0]!.headers).toMatchObject({ ':scheme': 'https', ':authority': 'cart.demo.test' })
  })
})

describe('the status', () => {
  it.each([
    [1, 'pass ok'],
    [0, 'fail not-serving'],
    [2, 'fail not-serving'],
    [3, 'fail not-serving'],
    [99, 'fail not-serving'],
  ])('%i: %s', async (status, verdict) => {
    expect(verdictOf(await ask(serveHealth(() => status)))).toBe(verdict)
  })

  it('of one service is not that of another', async () => {
    const { endpoint } = await targets.http2(serveHealth(service => (service === 'a' ? 1 : service === 'b' ? 2 : null)))
    const verdicts = []
    for (const service of ['a', 'b', 'c']) verdicts.push(verdictOf(await run(endpoint, grpcCheck({ service }))))
    expect(verdicts).toEqual(['pass ok', 'fail not-serving', 'fail grpc-status'])
  })
})

describe('a server that', () => {
  const head = (headers: Record<string, string | number>): ServeStream => {
    return stream => stream.respond(headers, { endStream: true })
  }
  const serving = statusFrame(1)
  const kinds: readonly (readonly [string, ServeStream, string])[] = [
    [
      'has no health service',
      head({ ...grpcHead, 'grpc-status': '12', 'grpc-message': 'unknown' }),
      'fail grpc-status',
    ],
    ['is out of order', head({ ...grpcHead, 'grpc-status': '14' }), 'fail grpc-status'],
    ['takes it back', stream => replyWith(stream, serving, { 'grpc-status': '13' }), 'fail grpc-status'],
    ['has no trailers', stream => replyWith(stream, serving, {}), 'fail protocol'],
    ['has no status in words', stream => replyWith(stream, serving, { 'grpc-status': 'OK' }), 'fail protocol'],
    ['ends after the head', stream => replyWith(stream, Buffer.alloc(0), { 'grpc-status': '0' }), 'fail protocol'],
    ['compresses', stream => replyWith(stream, frame([8, 1], 1), { 'grpc-status': '0' }), 'fail protocol'],
    [
      'sends two messages',
      stream => replyWith(stream, Buffer.concat([serving, serving]), { 'grpc-status': '0' }),
      'fail protocol',
    ],
    ['says too much', stream => replyWith(stream, Buffer.alloc(100_000), { 'grpc-status': '0' }), 'fail protocol'],
    ['speaks of 503', head({ ':status': 503 }), 'fail status'],
    ['resets the stream', stream => stream.close(constants.NGHTTP2_INTERNAL_ERROR), 'fail reset'],
    ['ends the stream without a word', stream => stream.close(constants.NGHTTP2_NO_ERROR), 'fail closed'],
    ['goes away', stream => stream.session!.destroy(undefined, constants.NGHTTP2_ENHANCE_YOUR_CALM), 'fail closed'],
    ['drops the connection', stream => stream.session!.socket.destroy(), 'fail closed'],
  ]

  it.each(kinds)('%s', async (_what, serve, verdict) => {
    expect(verdictOf(await ask(serve))).toBe(verdict)
  })

  it('speaks HTTP/1.1', async () => {
    const { endpoint } = await targets.raw('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
    expect(verdictOf(await run(endpoint, grpcCheck()))).toBe('fail protocol')
    const secure = await targets.https('good.pem', (_request, response) => response.end('SERVING'))
    expect(verdictOf(await run(secure.endpoint, grpcCheck({ tls: tlsSpec() })))).toBe('fail protocol')
  })

  it('resets, closes or is not there', async () => {
    const resetting = await targets.tcp(socket => socket.once('data', () => socket.resetAndDestroy()))
    const closing = await targets.tcp(socket => socket.resume().end())
    expect(verdictOf(await run(resetting.endpoint, grpcCheck()))).toBe('fail reset')
    expect(verdictOf(await run(closing.endpoint, grpcCheck()))).toBe('fail closed')
    expect(verdictOf(await run(await targets.closed(), grpcCheck()))).toBe('fail refused')
  })

  it('cannot put control characters or a novel into the detail', async () => {
    const outcome = await ask(
      head({ ...grpcHead, 'grpc-status': '2', 'grpc-message': `\x80\x9b31m${'ab'.repeat(500)}` }),
    )
    expect(verdictOf(outcome)).toBe('fail grpc-status')
    expect(outcome.detail!.length).toBeLessThanOrEqual(detailCharactersMax)
    expect(outcome.detail).not.toMatch(/[\p{C}]/u)
  })
})

it.each([
  ['expired.pem', {}, 'fail tls-expired'],
  ['good.pem', { serverName: 'api.demo.test' }, 'fail tls-name'],
  ['good.pem', { caFile: null }, 'fail tls-untrusted'],
  ['self-signed.pem', { verify: false }, 'pass ok'],
])('over TLS, %s with %o: %s', async (file, tls, verdict) => {
  const { endpoint } = await targets.http2(
    serveHealth(() => 1),
    file,
  )
  expect(verdictOf(await run(endpoint, grpcCheck({ tls: tlsSpec(tls) })))).toBe(verdict)
})
