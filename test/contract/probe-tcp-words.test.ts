/** TCP with something to say and to hear, in clear text and over TLS. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Endpoint, Outcome, TcpCheck } from '../../src/core/health/types.ts'
import { detailCharactersMax } from '../../src/edge/probe/outcome.ts'
import { expectOctetsMax } from '../../src/edge/probe/tcp.ts'
import { makeProbes } from './probe-makers.ts'
import { tcpCheck, tlsSpec } from './probe-specs.ts'
import { createStillClock, createTargets, verdictOf } from './probe-targets.ts'

const clock = createStillClock(Date.parse('2030-01-01T00:00:00Z'))
const targets = createTargets()
const probes = makeProbes(clock)
const run = (endpoint: Endpoint, changes: Partial<TcpCheck>, signal = new AbortController().signal): Promise<Outcome> =>
  probes.tcp(endpoint, { ...tcpCheck, ...changes }, signal)

const text = (wanted: string): Partial<TcpCheck> => ({ expect: { kind: 'text', text: wanted } })
const regex = (source: string): Partial<TcpCheck> => ({ expect: { kind: 'regex', source } })

afterEach(() => targets.close())

/** Says this as soon as somebody connects, and goes on listening. */
const greeting = (words: string | Buffer) => targets.tcp(socket => socket.resume().write(words))

describe('what comes back', () => {
  it.each([
    ['220 mail ESMTP\r\n', text('220 '), 'pass ok'],
    ['220 mail ESMTP\r\n', regex('^220 .*ESMTP'), 'pass ok'],
    ['정상\n', text('정상'), 'pass ok'],
    ['', text('220'), 'fail closed'],
    ['554 no\r\n', text('220'), 'fail expect'],
    ['554 no\r\n', regex('^220'), 'fail expect'],
    ['x', regex('('), 'inconclusive no-prober'],
  ])('%o with %o and then the end: %s', async (words, changes, verdict) => {
    const { endpoint } = await targets.tcp(socket => socket.resume().end(words))
    expect(verdictOf(await run(endpoint, changes))).toBe(verdict)
  })

  it('may come in any pieces', async () => {
    const { endpoint } = await targets.tcp(socket => {
      const pieces = [...'noise +PO', 'NG', ' more']
      const next = (): void => {
        const piece = pieces.shift()
        if (piece !== undefined && !socket.destroyed) socket.write(piece, () => setImmediate(next))
      }
      next()
    })
    expect(verdictOf(await run(endpoint, text('+PONG')))).toBe('pass ok')
    expect(verdictOf(await run(endpoint, regex('\\+PONG')))).toBe('pass ok')
  })

  it('is told if it is not the right thing when the deadline comes; silence is a timeout', async () => {
    const wrong = await greeting('SSH-2.0-OpenSSH_9.2\r\n\u001b[31m')
    const silent = await targets.tcp(socket => socket.resume())
    for (const [target, verdict] of [
      [wrong, 'fail expect'],
      [silent, 'fail timeout'],
    ] as const) {
      const deadline = new AbortController()
      const outcome = run(target.endpoint, { ...text('220'), send: 'EHLO x\r\n' }, deadline.signal)
      const socket = await target.reached
      // What the target said is on its way before what it hears is; after two turns the probe has it.
      await new Promise(resolve => socket.once('data', resolve))
      await new Promise(resolve => setImmediate(() => setImmediate(resolve)))
      deadline.abort('timeout')
      const said = await outcome
      expect(verdictOf(said)).toBe(verdict)
      if (verdict === 'fail expect') expect(said.detail).toMatch(/SSH-2\.0-OpenSSH_9\.2\\r\\n\\x1b/)
    }
  })

  it('is looked at for 64 KiB', async () => {
    const filler = Buffer.alloc(expectOctetsMax - 4, 'x')
    const within = await greeting(Buffer.concat([filler, Buffer.from('PONG!')]))
    expect(verdictOf(await run(within.endpoint, text('PONG')))).toBe('pass ok')
    const beyond = await greeting(Buffer.concat([filler, Buffer.from('.PONG')]))
    const outcome = await run(beyond.endpoint, text('PONG'))
    expect(verdictOf(outcome)).toBe('fail expect')
    expect(outcome.detail!.length).toBeLessThanOrEqual(detailCharactersMax)
  })

  it('cannot hold the thread, neither by one text nor by many pieces', async () => {
    const hard = await greeting(`${'a'.repeat(5000)}!`)
    const begunMs = performance.now()
    expect(verdictOf(await run(hard.endpoint, regex('^(a+)+$')))).toBe('fail expect')
    const drip = await targets.tcp(socket => {
      let left = 4000
      const next = (): void => {
        if (socket.destroyed) return
        if (left-- > 0) socket.write('a', () => setImmediate(next))
        else socket.end()
      }
      next()
    })
    expect(verdictOf(await run(drip.endpoint, regex('b$')))).toBe('fail expect')
    expect(performance.now() - begunMs).toBeLessThan(10_000)
  })
})

it('what is sent arrives as it is', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const { endpoint } = await targets.tcp(socket => {
    socket.once('data', (octets: Buffer) => {
      resolve(octets.toString('hex'))
      socket.write('ok')
    })
  })
  expect(verdictOf(await run(endpoint, { send: 'PING\r\n\0é', ...text('ok') }))).toBe('pass ok')
  expect(await promise).toBe(Buffer.from('PING\r\n\0é').toString('hex'))
})

it('what is sent and not waited for is not lost with the connection', async () => {
  const { promise, resolve } = Promise.withResolvers<string>()
  const { endpoint } = await targets.tcp(socket => {
    let heard = ''
    socket.on('data', octets => {
      heard += octets
    })
    socket.on('close', () => resolve(heard))
  })
  expect(verdictOf(await run(endpoint, { send: 'QUIT\r\n' }))).toBe('pass ok')
  expect(await promise).toBe('QUIT\r\n')
})

describe('over TLS', () => {
  it.each([
    ['good.pem', {}, 'pass ok'],
    ['good.pem', { serverName: null }, 'pass ok'],
    ['good.pem', { serverName: 'api.demo.test' }, 'fail tls-name'],
    ['good.pem', { caFile: null }, 'fail tls-untrusted'],
    ['expired.pem', {}, 'fail tls-expired'],
    ['self-signed.pem', {}, 'fail tls-untrusted'],
    ['self-signed.pem', { verify: false }, 'pass ok'],
  ])('%s with %o: %s', async (file, tls, verdict) => {
    const { endpoint } = await targets.secure(file, () => {})
    expect(verdictOf(await run(endpoint, { tls: tlsSpec(tls) }))).toBe(verdict)
  })

  it('says and hears as without', async () => {
    const { endpoint } = await targets.secure('good.pem', socket => {
      socket.on('data', (octets: Buffer) => socket.write(octets.toString() === 'PING\r\n' ? '+PONG\r\n' : '-ERR\r\n'))
    })
    const outcome = await run(endpoint, { tls: tlsSpec(), send: 'PING\r\n', ...text('+PONG') })
    expect(verdictOf(outcome)).toBe('pass ok')
    expect(outcome.detail).toMatch(/\b32\d{3} days/)
    expect(verdictOf(await run(endpoint, { tls: tlsSpec(), send: 'PONG\r\n', ...text('-ERR') }))).toBe('pass ok')
  })

  it('tells what is no TLS, and an end in the handshake, apart', async () => {
    const plain = await targets.raw('-ERR unknown command\r\n')
    const closing = await targets.tcp(socket => {
      socket.once('data', () => socket.end())
    })
    const resetting = await targets.tcp(socket => {
      socket.once('data', () => socket.resetAndDestroy())
    })
    const tls = tlsSpec()
    expect(verdictOf(await run(plain.endpoint, { tls }))).toBe('fail tls-handshake')
    expect(verdictOf(await run(closing.endpoint, { tls }))).toBe('fail closed')
    expect(verdictOf(await run(resetting.endpoint, { tls }))).toBe('fail reset')
    expect(verdictOf(await run(await targets.closed(), { tls }))).toBe('fail refused')
  })
})
