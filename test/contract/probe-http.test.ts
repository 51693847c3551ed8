/** HTTP against backends of every manner: what is sent, what passes, and what each kind of failure is called. */
import { readdirSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { afterEach, describe, expect, it } from 'vitest'
import { millis } from '../../src/core/base/units.ts'
import type { Endpoint, HttpCheck, Outcome } from '../../src/core/health/types.ts'
import { bodyOctetsMax } from '../../src/edge/probe/http-judge.ts'
import { requestFields } from '../../src/edge/probe/http-request.ts'
import { detailCharactersMax } from '../../src/edge/probe/outcome.ts'
import { makeProbes } from './probe-makers.ts'
import { httpCheck } from './probe-specs.ts'
import { createStillClock, createTargets, verdictOf } from './probe-targets.ts'

const clock = createStillClock()
const targets = createTargets()
const { http: probe } = makeProbes(clock)
const run = (endpoint: Endpoint, check: HttpCheck): Promise<Outcome> =>
  probe(endpoint, check, new AbortController().signal)

afterEach(() => targets.close())

/** Probes a server that answers with this status and body; yields the outcome and what the server was asked. */
async function ask(
  check: HttpCheck,
  status = 200,
  body = '',
): Promise<{ outcome: Outcome; asked: IncomingMessage; endpoint: Endpoint }> {
  let asked: IncomingMessage | null = null
  const { endpoint } = await targets.http((request, response) => {
    asked = request
    response.writeHead(status).end(body)
  })
  const outcome = await run(endpoint, check)
  return { outcome, asked: asked!, endpoint }
}

describe('the request', () => {
  it('goes to the address, with its own Host and without keeping the connection', async () => {
    const { asked, endpoint } = await ask(httpCheck())
    expect(asked.method).toBe('GET')
    expect(asked.url).toBe('/healthz')
    expect(asked.headers.host).toBe(`127.0.0.1:${endpoint.port}`)
    expect(asked.headers.connection).toBe('close')
  })

  it('carries method, path, host and headers of the check', async () => {
    const headers = [
      ['X-Probe', 'robin'],
      ['Host', 'not.this.test'],
      ['user-agent', 'mine'],
    ] as const
    const { asked, outcome } = await ask(httpCheck({ method: 'POST', path: '/up?x=1', host: 'web.demo.test', headers }))
    expect(outcome.kind).toBe('pass')
    expect([asked.method, asked.url]).toEqual(['POST', '/up?x=1'])
    expect(asked.headers).toMatchObject({ 'x-probe': 'robin', host: 'web.demo.test', 'user-agent': 'mine' })
    expect(asked.headers['content-length']).toBe('0')
    expect(asked.rawHeaders.filter(name => name.toLowerCase() === 'host')).toHaveLength(1)
  })

  it.each([
    ['HTTP', '192.0.2.1', 80, '192.0.2.1'],
    ['HTTP', '192.0.2.1', 443, '192.0.2.1:443'],
    ['HTTPS', '192.0.2.1', 443, '192.0.2.1'],
    ['HTTP', '2001:db8::1', 8080, '[2001:db8::1]:8080'],
    ['HTTPS', '2001:db8::1', 443, '[2001:db8::1]'],
  ] as const)('%s to %s port %i names the host %s', (protocol, address, port, host) => {
    expect(requestFields(httpCheck({ protocol }), address, port)[0]).toEqual(['Host', host])
  })

  it('that cannot be written is inconclusive', async () => {
    const { endpoint } = await targets.http((_request, response) => response.end())
    expect(verdictOf(await run(endpoint, httpCheck({ path: '/a b' })))).toBe('inconclusive no-prober')
    expect(verdictOf(await run(endpoint, httpCheck({ headers: [['X', 'a\r\nb']] })))).toBe('inconclusive no-prober')
  })
})

describe('the response', () => {
  it.each([
    [200, 'pass ok'],
    [204, 'pass ok'],
    [299, 'pass ok'],
    [301, 'fail status'],
    [404, 'fail status'],
    [503, 'fail status'],
  ])('%i: %s', async (status, verdict) => {
    const { outcome } = await ask(httpCheck(), status)
    expect(verdictOf(outcome)).toBe(verdict)
    expect(outcome.detail).toMatch(String(status))
  })

  it('may have any status that the check lists', async () => {
    const status = [
      { low: 200, high: 200 },
      { low: 401, high: 404 },
    ]
    expect((await ask(httpCheck({ expect: { status } }), 403)).outcome.kind).toBe('pass')
    expect((await ask(httpCheck({ expect: { status } }), 201)).outcome.reason).toBe('status')
  })

  it.each([
    [{ body: '"UP"' }, 'pass ok'],
    [{ body: '"DOWN"' }, 'fail body'],
    [{ body: '정상' }, 'pass ok'],
    [{ regex: '"status"\\s*:\\s*"UP"' }, 'pass ok'],
    [{ regex: '^UP$' }, 'fail body'],
    [{ body: '"UP"', regex: 'nowhere' }, 'fail body'],
    [{ regex: '(' }, 'inconclusive no-prober'],
  ])('with body expectation %o: %s', async (expectation, verdict) => {
    const { outcome } = await ask(httpCheck({ expect: expectation }), 200, '{"status" : "UP", "text": "정상"}')
    expect(verdictOf(outcome)).toBe(verdict)
  })

  it('is judged by its status before its body', async () => {
    expect(verdictOf((await ask(httpCheck({ expect: { body: 'UP' } }), 500, 'UP')).outcome)).toBe('fail status')
  })

  it('that comes too late is slow, and timed to its end', async () => {
    const { endpoint } = await targets.http((_request, response) => {
      clock.advance(900)
      response.end('UP')
    })
    const outcome = await run(endpoint, httpCheck({ expect: { withinMs: millis(800) } }))
    expect(verdictOf(outcome)).toBe('fail slow')
    expect(outcome.latencyMs).toBe(900)
    expect((await run(endpoint, httpCheck({ expect: { withinMs: millis(900) } }))).kind).toBe('pass')
  })

  it('is enough for a pass by its status line alone if nothing else is asked', async () => {
    const { endpoint } = await targets.raw('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf')
    expect(verdictOf(await run(endpoint, httpCheck()))).toBe('pass ok')
  })
})

describe('a hostile backend', () => {
  it.each([
    ['garbage', 'SSH-2.0-OpenSSH_9.2\r\n', 'fail protocol'],
    ['a header without end', `HTTP/1.1 200 OK\r\nX: ${'a'.repeat(20_000)}`, 'fail protocol'],
    ['header fields without end', `HTTP/1.1 200 OK\r\n${'X: y\r\n'.repeat(20_000)}`, 'fail protocol'],
    ['both lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n', 'fail protocol'],
    ['101 unasked', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n', 'fail status'],
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n', 'fail status'],
  ])('that sends %s', async (_what, answer, verdict) => {
    const { endpoint } = await targets.raw(answer)
    expect(verdictOf(await run(endpoint, httpCheck({ expect: { body: 'UP' } })))).toBe(verdict)
  })

  it('that closes without a word, or in the middle of one', async () => {
    const silent = await targets.tcp(socket => socket.end())
    const cut = await targets.tcp(socket => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nConte'))
    })
    const short = await targets.tcp(socket => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nUP'))
    })
    for (const { endpoint } of [silent, cut, short]) {
      expect(verdictOf(await run(endpoint, httpCheck({ expect: { body: 'UP' } })))).toBe('fail closed')
    }
  })

  it('that resets', async () => {
    const { endpoint } = await targets.tcp(socket => {
      socket.once('data', () => socket.resetAndDestroy())
    })
    expect(verdictOf(await run(endpoint, httpCheck()))).toBe('fail reset')
  })

  it('that sends a body without end is read for 64 KiB', async () => {
    const block = Buffer.alloc(16 * 1024, 'x')
    let pushed = 0
    const { endpoint } = await targets.http((_request, response) => {
      const push = (): void => {
        pushed += block.length
        if (!response.destroyed) response.write(block, push)
      }
      push()
    })
    expect(verdictOf(await run(endpoint, httpCheck({ expect: { body: 'UP' } })))).toBe('fail body')
    expect(pushed).toBeGreaterThanOrEqual(bodyOctetsMax)
    // What lies in the two sockets' buffers was pushed as well.
    expect(pushed).toBeLessThan(64 * 1024 * 1024)
  })

  it('cannot have text found beyond 64 KiB', async () => {
    const body = `${'x'.repeat(bodyOctetsMax - 1)}UP`
    expect(verdictOf((await ask(httpCheck({ expect: { body: 'UP' } }), 200, body)).outcome)).toBe('fail body')
    expect(verdictOf((await ask(httpCheck({ expect: { body: 'xU' } }), 200, body)).outcome)).toBe('pass ok')
  })

  it('that drips ends with the deadline', async () => {
    const deadline = new AbortController()
    let dripped = 0
    const { endpoint, reached } = await targets.tcp(socket => {
      socket.write('HTTP/1.1 200 OK\r\nX: ')
      const drip = (): void => {
        if (socket.destroyed) return
        socket.write('a')
        if (++dripped === 50) deadline.abort('timeout')
        setImmediate(drip)
      }
      drip()
    })
    expect(verdictOf(await probe(endpoint, httpCheck(), deadline.signal))).toBe('fail timeout')
    const socket = await reached
    await new Promise(resolve => (socket.destroyed ? resolve(null) : socket.once('close', resolve)))
  })

  it('leaves no descriptor open, wherever in the exchange it ends it', async () => {
    const check = httpCheck({ expect: { body: 'UP' } })
    const head = 'HTTP/1.1 200 OK\r\nConnection: close\r\n'
    const endings = await Promise.all(
      [`${head}\r\nUP`, `${head}Content-Length: 2\r\n\r\nUP`, `${head}Content-Length: 9\r\n\r\nUP`, head, '', 'x'].map(
        answer =>
          targets.tcp(socket => {
            socket.once('data', () => socket.end(answer))
          }),
      ),
    )
    for (const { endpoint } of endings) await run(endpoint, check)
    const before = readdirSync('/proc/self/fd').length
    for (let round = 0; round < 20; round++) {
      await Promise.all(endings.map(({ endpoint }) => run(endpoint, check)))
    }
    await targets.close()
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before)
  })

  it('cannot put control characters or a novel into the detail', async () => {
    const bell = await targets.raw(`HTTP/1.1 503 \x80\x9b31m${'ab'.repeat(500)}\r\nContent-Length: 0\r\n\r\n`)
    const outcome = await run(bell.endpoint, httpCheck())
    expect(verdictOf(outcome)).toBe('fail status')
    expect(outcome.detail?.length).toBe(detailCharactersMax)
    expect(outcome.detail).not.toMatch(/[\p{C}]/u)
  })

  it('cannot hold the thread with text that the expression chokes on', async () => {
    const check = httpCheck({ expect: { regex: '^(a+)+$' } })
    const begunMs = performance.now()
    expect(verdictOf((await ask(check, 200, `${'a'.repeat(5000)}!`)).outcome)).toBe('fail body')
    expect(performance.now() - begunMs).toBeLessThan(5000)
  })
})
