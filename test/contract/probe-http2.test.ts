/** HTTP/2 instead of HTTP/1.1: the same check, the same outcomes, whatever the server does with its frames. */
import { constants, type IncomingHttpHeaders } from 'node:http2'
import { afterEach, describe, expect, it } from 'vitest'
import { millis } from '../../src/core/base/units.ts'
import type { Endpoint, HttpCheck, Outcome } from '../../src/core/health/types.ts'
import { bodyOctetsMax } from '../../src/edge/probe/http-judge.ts'
import { makeProbes } from './probe-makers.ts'
import { type HttpChanges, httpCheck, httpsCheck } from './probe-specs.ts'
import { createStillClock, createTargets, type ServeStream, verdictOf } from './probe-targets.ts'

const clock = createStillClock()
const targets = createTargets()
const { http } = makeProbes(clock)
const run = (endpoint: Endpoint, check: HttpCheck): Promise<Outcome> =>
  http(endpoint, check, new AbortController().signal)

afterEach(() => targets.close())

async function ask(serve: ServeStream, changes: HttpChanges = {}): Promise<Outcome> {
  const { endpoint } = await targets.http2(serve)
  return run(endpoint, httpCheck({ http2: true, ...changes }))
}

const says =
  (status: number, body = '', headers: Record<string, string> = {}): ServeStream =>
  stream => {
    stream.respond({ ':status': status, ...headers })
    stream.end(body)
  }

describe('the request', () => {
  it('carries method, path, host and headers of the check', async () => {
    let asked: IncomingHttpHeaders = {}
    const headers = [
      ['X-Probe', 'robin'],
      ['user-agent', 'mine'],
    ] as const
    const outcome = await ask(
      (stream, seen) => {
        asked = seen
        says(200)(stream, seen)
      },
      { method: 'POST', path: '/up?x=1', host: 'web.demo.test', headers },
    )
    expect(verdictOf(outcome)).toBe('pass ok')
    expect(asked).toMatchObject({
      ':method': 'POST',
      ':path': '/up?x=1',
      ':scheme': 'http',
      ':authority': 'web.demo.test',
      'x-probe': 'robin',
      'user-agent': 'mine',
    })
    expect(asked).not.toHaveProperty('host')
    expect(asked).not.toHaveProperty('connection')
  })

  it('goes over TLS to a server that agrees to it', async () => {
    const { endpoint } = await targets.http2(says(200, 'UP'), 'good.pem')
    const outcome = await run(endpoint, httpsCheck({ http2: true, expect: { body: 'UP' } }))
    expect(verdictOf(outcome)).toBe('pass ok')
    expect(outcome.detail).toMatch(/\b32\d{3} days/)
  })

  it('that cannot be written is inconclusive', async () => {
    expect(verdictOf(await ask(says(200), { path: '/a b' }))).toBe('inconclusive no-prober')
    expect(verdictOf(await ask(says(200), { headers: [['X', 'a\r\nb']] }))).toBe('inconclusive no-prober')
  })
})

describe('the response', () => {
  it.each([
    [says(200), {}, 'pass ok'],
    [says(503), {}, 'fail status'],
    [says(204), { body: 'UP' }, 'fail body'],
    [says(200, 'UP'), { body: 'UP' }, 'pass ok'],
    [says(200, 'DOWN'), { body: 'UP' }, 'fail body'],
    [says(200, '{"s": "UP"}'), { json: [['/s', 'UP']] }, 'pass ok'],
    [says(200, '{"s": "NO"}'), { json: [['/s', 'UP']] }, 'fail json'],
    [says(200, '', { 'x-state': 'a' }), { headers: [['x-state', { kind: 'text', text: 'a' }]] }, 'pass ok'],
    [says(200, '', { 'x-state': 'b' }), { headers: [['x-state', { kind: 'text', text: 'a' }]] }, 'fail header'],
  ] as const)('%# is judged by %o: %s', async (serve, expectation, verdict) => {
    expect(verdictOf(await ask(serve, { expect: expectation }))).toBe(verdict)
  })

  it('that comes too late is slow', async () => {
    const late: ServeStream = (stream, headers) => {
      clock.advance(900)
      says(200, 'UP')(stream, headers)
    }
    expect(verdictOf(await ask(late, { expect: { withinMs: millis(800) } }))).toBe('fail slow')
  })

  it('is read for 64 KiB, and its beginning is enough where nothing is asked of the body', async () => {
    const endless: ServeStream = stream => {
      stream.respond({ ':status': 200 })
      const push = (): void => {
        if (!stream.destroyed) stream.write(Buffer.alloc(16 * 1024, 'x'), push)
      }
      push()
    }
    expect(verdictOf(await ask(endless, { expect: { body: 'UP' } }))).toBe('fail body')
    expect(verdictOf(await ask(endless))).toBe('pass ok')
    const beyond = says(200, `${'x'.repeat(bodyOctetsMax - 1)}UP`)
    expect(verdictOf(await ask(beyond, { expect: { body: 'UP' } }))).toBe('fail body')
    expect(verdictOf(await ask(beyond, { expect: { body: 'xU' } }))).toBe('pass ok')
  })

  it('may be announced by interim ones, and pushed ones are not taken', async () => {
    let pushed: unknown = null
    const outcome = await ask((stream, headers) => {
      stream.additionalHeaders({ ':status': 103 })
      pushed = stream.pushAllowed
      says(200, 'UP')(stream, headers)
    })
    expect([verdictOf(outcome), pushed]).toEqual(['pass ok', false])
  })

  it('to HEAD has no body', async () => {
    expect(verdictOf(await ask(says(200), { method: 'HEAD' }))).toBe('pass ok')
  })
})

/** RFC 9113 section 4.1; type 0 is DATA, 1 HEADERS, 3 RST_STREAM, 4 SETTINGS; 0x88 in HPACK is `:status: 200`. */
function frame(type: number, flags: number, stream: number, payload: readonly number[]): Buffer {
  const head = Buffer.alloc(9)
  head.writeUIntBE(payload.length, 0, 3)
  head[3] = type
  head[4] = flags
  head.writeUInt32BE(stream, 5)
  return Buffer.concat([head, Buffer.from(payload)])
}

describe('a server that', () => {
  it.each([
    ['resets the stream', (stream => stream.close(constants.NGHTTP2_REFUSED_STREAM)) as ServeStream, 'fail reset'],
    ['ends it without a word', (stream => stream.close(constants.NGHTTP2_NO_ERROR)) as ServeStream, 'fail closed'],
    ['goes away', (stream => stream.session!.destroy(undefined, 11)) as ServeStream, 'fail closed'],
    ['drops the connection', (stream => stream.session!.socket.destroy()) as ServeStream, 'fail closed'],
    [
      'breaks off',
      (stream => {
        stream.respond({ ':status': 200 })
        stream.write('UP', () => stream.session!.socket.destroy())
      }) as ServeStream,
      'fail closed',
    ],
    [
      'sends too many fields',
      ((stream, headers) => {
        const many = Array.from({ length: 60 }, (_, i) => [`x-${i}`, 'a'.repeat(1000)])
        says(200, '', Object.fromEntries(many))(stream, headers)
      }) as ServeStream,
      'fail',
    ],
  ])('%s', async (_what, serve, verdict) => {
    const outcome = await ask(serve, { expect: { body: 'UP' } })
    expect(verdictOf(outcome)).toMatch(new RegExp(`^${verdict}`))
  })

  it.each([
    ['gives up', constants.NGHTTP2_INTERNAL_ERROR],
    ['cancels', constants.NGHTTP2_CANCEL],
  ])('%s in the middle of the body', async (_what, code) => {
    const begun = [
      frame(4, 0, 0, []),
      frame(1, 4, 1, [0x88]),
      frame(0, 0, 1, [...Buffer.from('UP')]),
      frame(3, 0, 1, [0, 0, 0, code]),
    ]
    const target = await targets.tcp(socket => socket.once('data', () => socket.write(Buffer.concat(begun))))
    const outcome = await run(target.endpoint, httpCheck({ http2: true, expect: { body: 'UP' } }))
    expect(verdictOf(outcome)).toBe('fail reset')
  })

  it('speaks HTTP/1.1 or something else', async () => {
    const web = await targets.raw('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
    expect(verdictOf(await run(web.endpoint, httpCheck({ http2: true })))).toBe('fail protocol')
    const secure = await targets.https('good.pem', (_request, response) => response.end('UP'))
    expect(verdictOf(await run(secure.endpoint, httpsCheck({ http2: true })))).toBe('fail protocol')
    const other = await targets.tcp(socket => socket.resume().write('SSH-2.0-OpenSSH_9.2\r\n'))
    expect(verdictOf(await run(other.endpoint, httpCheck({ http2: true })))).toBe('fail protocol')
  })

  it('resets, closes or is not there', async () => {
    const check = httpCheck({ http2: true })
    const resetting = await targets.tcp(socket => socket.once('data', () => socket.resetAndDestroy()))
    const closing = await targets.tcp(socket => socket.resume().end())
    expect(verdictOf(await run(resetting.endpoint, check))).toBe('fail reset')
    expect(verdictOf(await run(closing.endpoint, check))).toBe('fail closed')
    expect(verdictOf(await run(await targets.closed(), check))).toBe('fail refused')
  })
})
