/**
 * Probes over direct lines: every contract that holds over Node's sockets holds over these, so the same files run once
 * more; and what only lines can get wrong.
 */
import { readdirSync } from 'node:fs'
import type { Socket } from 'node:net'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { createDirect } from '../../src/edge/probe/direct/open.ts'
import { goDirect, makeProbes } from './probe-makers.ts'
import { httpCheck, tcpCheck } from './probe-specs.ts'
import { createStillClock, createTargets, verdictOf } from './probe-targets.ts'

const direct = await goDirect()
const lines = direct.lines()
if (lines === null) throw new Error('this system has no direct lines, which Linux on x64 or arm64 should have')

await import('./probe-tcp.test.ts')
await import('./probe-tcp-words.test.ts')
await import('./probe-http.test.ts')
await import('./probe-http-expect.test.ts')
await import('./probe-reuse.test.ts')
await import('./probe-dns.test.ts')

const never = new AbortController().signal
const targets = createTargets()
const probes = makeProbes(createStillClock())

afterEach(() => targets.close())
afterAll(() => direct.close())

const countOpen = (): number => readdirSync('/proc/self/fd').length

describe('direct lines', () => {
  it('are what clear text goes over, and nothing is left of them', async () => {
    const { endpoint } = await targets.http((_, response) => response.end('UP'))
    const asked = probes.http(endpoint, httpCheck(), never)
    expect(lines.count()).toBe(1)
    expect(verdictOf(await asked)).toBe('pass ok')
    expect(lines.count()).toBe(0)
  })

  it('tell hundreds apart that are open at once', async () => {
    const { endpoint: good } = await targets.http((_, response) => response.end('UP'))
    const { endpoint: ill } = await targets.http((_, response) => response.writeHead(503).end())
    const dead = await targets.closed('127.0.0.13')
    const wanted = [good, ill, dead]
    const verdicts = await Promise.all(
      Array.from({ length: 300 }, (_, i) => probes.http(wanted[i % 3]!, httpCheck(), never)),
    )
    const expected = ['pass ok', 'fail status', 'fail refused']
    expect(verdicts.map(verdictOf)).toEqual(Array.from({ length: 300 }, (_, i) => expected[i % 3]))
    expect(lines.count()).toBe(0)
  })

  it('give back every descriptor, of those that are ended from outside too', async () => {
    const { endpoint } = await targets.tcp(socket => socket.resume())
    const before = countOpen()
    const abort = new AbortController()
    const check = { ...tcpCheck, expect: { kind: 'text', text: 'never said' } as const }
    const asked = Array.from({ length: 50 }, () => probes.tcp(endpoint, check, abort.signal))
    expect(lines.count()).toBe(50)
    abort.abort('timeout')
    expect((await Promise.all(asked)).map(verdictOf)).toEqual(new Array(50).fill('fail timeout'))
    await targets.close()
    expect(countOpen()).toBeLessThanOrEqual(before)
  })

  it('send a request that the kernel takes in many parts', async () => {
    const octets = 4 * 1024 * 1024
    let received = 0
    const { endpoint } = await targets.tcp(socket => {
      socket.on('data', (piece: Buffer) => {
        received += piece.length
        if (received === octets) socket.write('thanks')
      })
    })
    const check = { ...tcpCheck, send: 'x'.repeat(octets), expect: { kind: 'text', text: 'thanks' } as const }
    expect(verdictOf(await probes.tcp(endpoint, check, never))).toBe('pass ok')
    expect(received).toBe(octets)
  })

  it('hear what came before the deadline even if nobody had looked', async () => {
    const { endpoint, reached } = await targets.tcp(socket => socket.resume())
    const abort = new AbortController()
    const check = { ...tcpCheck, expect: { kind: 'text', text: 'late' } as const }
    const asked = probes.tcp(endpoint, check, abort.signal)
    const socket: Socket = await reached
    await new Promise<void>(resolve => {
      // In the same turn as the write: the event loop has not looked yet.
      socket.write('late', () => {
        abort.abort('timeout')
        resolve()
      })
    })
    expect(verdictOf(await asked)).toBe('pass ok')
  })

  it('leave addresses of a link to Node', () => {
    const listener = { onOpen: () => {}, onOctets: () => {}, onEnd: () => {}, onError: () => {} }
    expect(lines.open('fe80::1%lo', 80, null, listener)).toBeNull()
    expect(lines.open('name.test', 80, null, listener)).toBeNull()
    expect(lines.count()).toBe(0)
  })

  it('open no more after close, and end when the last of them does', async () => {
    const before = countOpen()
    const own = createDirect()
    expect(own.lines()).toBeNull()
    await own.prepare()
    const listener = { onOpen: () => {}, onOctets: () => {}, onEnd: () => {}, onError: () => {} }
    const { endpoint } = await targets.tcp(socket => socket.resume())
    const opened = own.lines()!
    const line = opened.open(endpoint.address, endpoint.port!, null, listener)!
    own.close()
    expect(own.lines()).toBeNull()
    expect(opened.open(endpoint.address, endpoint.port!, null, listener)).toBeNull()
    opened.close(line)
    await targets.close()
    expect(countOpen()).toBeLessThanOrEqual(before)
  })
})
