/** Connections kept between probes, by HTTP/1.1 and HTTP/2: when they serve again, and that a dead one blames nobody. */
import type { RequestListener } from 'node:http'
import type { Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { millis } from '../../src/core/base/units.ts'
import type { Endpoint, HttpCheck, Outcome } from '../../src/core/health/types.ts'
import { idleMsMax, lifeMsMax } from '../../src/edge/probe/kept.ts'
import { makeProbes } from './probe-makers.ts'
import { httpCheck, httpsCheck } from './probe-specs.ts'
import {
  createStillClock,
  createTargets,
  type ServeStream,
  type Target,
  type Targets,
  verdictOf,
} from './probe-targets.ts'

let clock: ReturnType<typeof createStillClock>
let targets: Targets
let probes: ReturnType<typeof makeProbes>

beforeEach(() => {
  clock = createStillClock()
  targets = createTargets()
  probes = makeProbes(clock)
})

afterEach(async () => {
  probes.close()
  await targets.close()
})

const run = (endpoint: Endpoint, check: HttpCheck, signal = new AbortController().signal): Promise<Outcome> =>
  probes.http(endpoint, check, signal)

const up: RequestListener = (_request, response) => response.end('UP')
const up2: ServeStream = stream => {
  stream.respond({ ':status': 200 })
  stream.end('UP')
}

const kinds: readonly { name: string; check: HttpCheck; serve(): Promise<Target> }[] = [
  { name: 'HTTP', check: httpCheck({ reuse: true }), serve: () => targets.http(up) },
  { name: 'HTTPS', check: httpsCheck({ reuse: true }), serve: () => targets.https('good.pem', up) },
  { name: 'HTTP/2', check: httpCheck({ reuse: true, http2: true }), serve: () => targets.http2(up2) },
  {
    name: 'HTTP/2 over TLS',
    check: httpsCheck({ reuse: true, http2: true }),
    serve: () => targets.http2(up2, 'good.pem'),
  },
]

describe.each(kinds)('$name', ({ check, serve }) => {
  it('serves the next probe of the same endpoint and check, and of no other', async () => {
    const { endpoint, connections } = await serve()
    for (let i = 0; i < 5; i++) expect(verdictOf(await run(endpoint, check))).toBe('pass ok')
    expect(connections).toHaveLength(1)
    expect(verdictOf(await run(endpoint, { ...check, path: '/other' }))).toBe('pass ok')
    expect(connections).toHaveLength(2)
    expect(verdictOf(await run(endpoint, { ...check, reuse: false }))).toBe('pass ok')
    expect(connections).toHaveLength(3)
  })

  it('is not kept too long, idle or busy', async () => {
    const { endpoint, connections } = await serve()
    await run(endpoint, check)
    clock.advance(idleMsMax)
    await run(endpoint, check)
    expect(connections).toHaveLength(2)
    for (let ms = 0; ms < lifeMsMax; ms += idleMsMax / 2) {
      await run(endpoint, check)
      clock.advance(idleMsMax / 2)
    }
    await run(endpoint, check)
    expect(connections).toHaveLength(3)
  })

  it('is not kept after a deadline or a stop', async () => {
    const { endpoint, connections } = await serve()
    for (const reason of ['timeout', 'stopping']) {
      const abort = new AbortController()
      const outcome = run(endpoint, check, abort.signal)
      abort.abort(reason)
      expect((await outcome).kind).not.toBe('pass')
    }
    await run(endpoint, check)
    await run(endpoint, check)
    // A line may have stood by the time of the stop, but it was ended with it.
    await vi.waitFor(() => expect(connections.filter(({ closed }) => !closed)).toHaveLength(1))
    expect(connections.at(-1)!.closed).toBe(false)
  })

  it('that the server ended while it was idle is not asked again', async () => {
    const { endpoint, connections } = await serve()
    await run(endpoint, check)
    const ended = new Promise(resolve => connections[0]!.once('close', resolve))
    connections[0]!.destroy()
    await ended
    for (let i = 0; i < 3; i++) expect(verdictOf(await run(endpoint, check))).toBe('pass ok')
    expect(connections).toHaveLength(2)
  })

  it('at the same time is opened for each', async () => {
    const { endpoint, connections } = await serve()
    const outcomes = await Promise.all([1, 2, 3].map(() => run(endpoint, check)))
    expect(outcomes.map(verdictOf)).toEqual(['pass ok', 'pass ok', 'pass ok'])
    expect(connections).toHaveLength(3)
  })

  it('is ended when the probes are closed', async () => {
    const { endpoint, connections } = await serve()
    await run(endpoint, check)
    const ended = new Promise(resolve => connections[0]!.once('close', resolve))
    probes.close()
    await ended
  })
})

describe('a kept connection that is dead', () => {
  /** Serves the first request on each connection, then does this to the connection when a second one comes. */
  const serveOnce = (then: (socket: Socket) => void): Promise<Target> =>
    targets.tcp(socket => {
      let asked = 0
      socket.on('data', () => {
        if (++asked === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nUP')
        else then(socket)
      })
    })
  const check = httpCheck({ reuse: true, expect: { body: 'UP' } })

  it.each([
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
    ['closes', (socket: Socket) => socket.end()],
    ['speaks in tongues', (socket: Socket) => socket.write('SSH-2.0-x\r\n')],
    [
      'tells that it was idle for too long',
      (socket: Socket) => socket.end('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n'),
    ],
    ['breaks off', (socket: Socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nU')],
  ])('since it %s is replaced by a fresh one', async (_what, then) => {
    const { endpoint, connections } = await serveOnce(then)
    for (let i = 0; i < 6; i++) expect(verdictOf(await run(endpoint, check))).toBe('pass ok')
    expect(connections).toHaveLength(6)
  })

  it('in silence is overtaken by a fresh one', async () => {
    const { endpoint, connections } = await serveOnce(() => {})
    const patient = { ...check, timeoutMs: millis(100) }
    for (let i = 0; i < 4; i++) expect(verdictOf(await run(endpoint, patient))).toBe('pass ok')
    expect(connections).toHaveLength(4)
  })

  it('in silence is no reason to call the endpoint slow, but its own slowness is', async () => {
    let slowMs = 0
    const { endpoint, connections } = await targets.tcp(socket => {
      let asked = 0
      socket.on('data', () => {
        clock.advance(++asked === 1 ? slowMs : 1_000)
        if (asked === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nUP')
      })
    })
    const swift = { ...check, timeoutMs: millis(100), expect: { ...check.expect, withinMs: millis(500) } }
    for (let i = 0; i < 3; i++) expect(verdictOf(await run(endpoint, swift))).toBe('pass ok')
    slowMs = 501
    expect(verdictOf(await run(endpoint, swift))).toBe('fail slow')
    expect(connections).toHaveLength(4)
  })

  it('is not what a fresh one says is the matter', async () => {
    const { endpoint } = await targets.raw('HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n')
    for (let i = 0; i < 2; i++) expect(verdictOf(await run(endpoint, check))).toBe('fail status')
  })

  it('does not hide that the endpoint is', async () => {
    const { endpoint, connections } = await targets.tcp(socket => {
      socket.on('data', () => {
        if (connections.length === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nUP')
        else socket.resetAndDestroy()
      })
    })
    expect(verdictOf(await run(endpoint, check))).toBe('pass ok')
    const ended = new Promise(resolve => connections[0]!.once('close', resolve))
    connections[0]!.resetAndDestroy()
    await ended
    expect(verdictOf(await run(endpoint, check))).toBe('fail reset')
  })

  it('may still answer, if it is before the fresh one', async () => {
    const { endpoint, connections } = await targets.tcp(socket => {
      let asked = 0
      socket.on('data', () => {
        const answer = (): boolean => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nUP')
        if (connections.length === 1 && ++asked === 1) answer()
        // The second connection is never answered; that it has come makes the first one speak.
        else if (connections.length === 2) connections[0]!.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nUP')
      })
    })
    const patient = { ...check, timeoutMs: millis(100) }
    expect(verdictOf(await run(endpoint, patient))).toBe('pass ok')
    expect(verdictOf(await run(endpoint, patient))).toBe('pass ok')
    expect(connections).toHaveLength(2)
  })
})

describe('a response that ends the connection', () => {
  it.each([
    ['says so', 'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nUP'],
    ['is HTTP/1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nUP'],
    ['brings more than it says', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nUP!'],
    ['is longer than what is read', `HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n${'x'.repeat(99_999)}`],
  ])('since it %s is not kept', async (_what, answer) => {
    const { endpoint, connections } = await targets.tcp(socket => {
      socket.on('data', () => socket.write(answer))
    })
    for (let i = 0; i < 2; i++) {
      expect(verdictOf(await run(endpoint, httpCheck({ reuse: true })))).toBe('pass ok')
    }
    expect(connections).toHaveLength(2)
  })

  it('unasked makes it worthless', async () => {
    const { endpoint, connections } = await targets.tcp(socket => {
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nUP'))
    })
    const check = httpCheck({ reuse: true, expect: { body: 'UP' } })
    await run(endpoint, check)
    const ended = new Promise(resolve => connections[0]!.once('close', resolve))
    connections[0]!.write('HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nDOWN')
    await ended
    expect(verdictOf(await run(endpoint, check))).toBe('pass ok')
    expect(connections).toHaveLength(2)
  })
})
