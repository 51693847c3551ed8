/** TLS of any probe: the certificate that it presents, and sessions that are resumed without anything being overlooked. */
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server, type TlsOptions } from 'node:tls'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Endpoint, HttpCheck, Outcome } from '../../src/core/health/types.ts'
import { sessionFreshMs } from '../../src/edge/probe/secure.ts'
import { trustFreshMs } from '../../src/edge/probe/trust.ts'
import { makeProbes } from './probe-makers.ts'
import { certificate, httpsCheck } from './probe-specs.ts'
import { createStillClock, createTargets, verdictOf } from './probe-targets.ts'

const never = new AbortController().signal
const response = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nUP'
const targets = createTargets()

afterEach(() => targets.close())

describe('a certificate of our own', () => {
  let folder: string
  let clock: ReturnType<typeof createStillClock>
  let probe: (endpoint: Endpoint, check: HttpCheck) => Promise<Outcome>

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'robin-tls-'))
    clock = createStillClock()
    const { http } = makeProbes(clock)
    probe = (endpoint, check) => http(endpoint, check, never)
  })

  afterEach(() => rm(folder, { recursive: true }))

  const demanding: TlsOptions = { requestCert: true, rejectUnauthorized: true, ca: readFileSync(certificate('ca.pem')) }
  const serve = () => targets.secure('good.pem', socket => socket.once('data', () => socket.write(response)), demanding)
  const presenting = (certFile: string, keyFile: string): HttpCheck => httpsCheck({ tls: { certFile, keyFile } })

  it('is presented, and asked for', async () => {
    const { endpoint } = await serve()
    const own = presenting(certificate('good.pem'), certificate('server.key'))
    expect(verdictOf(await probe(endpoint, own))).toBe('pass ok')
    const none = await probe(endpoint, httpsCheck())
    expect([none.kind, ['tls-handshake', 'reset', 'closed'].includes(none.reason)]).toEqual(['fail', true])
    const strange = await probe(endpoint, presenting(certificate('self-signed.pem'), certificate('server.key')))
    expect([strange.kind, ['tls-handshake', 'reset', 'closed'].includes(strange.reason)]).toEqual(['fail', true])
  })

  it('that cannot be used is our trouble, and mends with its files', async () => {
    const { endpoint } = await serve()
    const certFile = join(folder, 'probe.pem')
    const keyFile = join(folder, 'probe.key')
    const check = presenting(certFile, keyFile)
    const steps: readonly (readonly [() => void, string])[] = [
      [() => {}, 'inconclusive no-prober'],
      [() => copyFileSync(certificate('good.pem'), certFile), 'inconclusive no-prober'],
      [() => writeFileSync(keyFile, 'no key'), 'inconclusive no-prober'],
      [() => writeFileSync(keyFile, strangeKey()), 'inconclusive no-prober'],
      [() => copyFileSync(certificate('server.key'), keyFile), 'pass ok'],
      [() => writeFileSync(certFile, 'no certificate'), 'inconclusive no-prober'],
    ]
    for (const [change, verdict] of steps) {
      change()
      clock.advance(trustFreshMs)
      expect(verdictOf(await probe(endpoint, check))).toBe(verdict)
    }
  })

  const strangeKey = (): string => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  }
})

describe('a session', () => {
  const ticketKeys = randomBytes(48)
  const identity = (file: string) => ({
    key: readFileSync(certificate('server.key')),
    cert: readFileSync(certificate(file)),
  })

  /** A server that notes which handshakes were resumed, and whose certificate can be exchanged. */
  async function serve(options: TlsOptions = {}) {
    const resumed: boolean[] = []
    const server: Server = createServer({ ...identity('good.pem'), ticketKeys, ...options }, socket => {
      resumed.push(socket.isSessionReused())
      socket.on('error', () => socket.destroy())
      socket.once('data', () => socket.write(response))
    })
    server.on('tlsClientError', (_error, socket) => socket.destroy())
    return { ...(await targets.adopt(server)), resumed, server }
  }

  const check = httpsCheck({ expect: { body: 'UP' } })

  it.each(['TLSv1.3', 'TLSv1.2'] as const)('is resumed for a while, then verified anew (%s)', async maxVersion => {
    const clock = createStillClock()
    const { http } = makeProbes(clock)
    const { endpoint, resumed } = await serve({ maxVersion })
    for (const ms of [0, 5_000, 5_000, sessionFreshMs - 10_000, 5_000]) {
      clock.advance(ms)
      expect(verdictOf(await http(endpoint, check, never))).toBe('pass ok')
    }
    expect(resumed).toEqual([false, true, true, false, true])
  })

  it('belongs to one name and one trust', async () => {
    const clock = createStillClock()
    const { http } = makeProbes(clock)
    const { endpoint, resumed } = await serve()
    await http(endpoint, check, never)
    const others = [
      httpsCheck({ tls: { serverName: 'api.demo.test' } }),
      httpsCheck({ tls: { caFile: null } }),
      httpsCheck({ tls: { caFile: certificate('self-signed.pem') } }),
      httpsCheck({ tls: { verify: false, serverName: 'api.demo.test' } }),
    ]
    const verdicts = []
    for (const other of others) verdicts.push(verdictOf(await http(endpoint, other, never)))
    expect(verdicts).toEqual(['fail tls-name', 'fail tls-untrusted', 'fail tls-untrusted', 'pass ok'])
    expect(resumed).not.toContain(true)
    expect(verdictOf(await http(endpoint, check, never))).toBe('pass ok')
    expect(resumed.at(-1)).toBe(true)
  })

  it('does not hide an exchanged certificate: at once if it ended with it, else when it is verified anew', async () => {
    const clock = createStillClock()
    const { http } = makeProbes(clock)
    for (const [secure, verdicts] of [
      [{ ...identity('expired.pem'), ticketKeys: randomBytes(48) }, ['fail tls-expired', 'fail tls-expired']],
      [{ ...identity('self-signed.pem'), ticketKeys }, ['pass ok', 'fail tls-untrusted']],
    ] as const) {
      const { endpoint, server } = await serve()
      expect(verdictOf(await http(endpoint, check, never))).toBe('pass ok')
      server.setSecureContext(secure)
      expect(verdictOf(await http(endpoint, check, never))).toBe(verdicts[0])
      clock.advance(sessionFreshMs)
      expect(verdictOf(await http(endpoint, check, never))).toBe(verdicts[1])
      // Trouble ends a session, so nothing of the good one is left.
      expect(verdictOf(await http(endpoint, check, never))).toBe(verdicts[1])
    }
  })

  it('does not outlive the certificate', async () => {
    const clock = createStillClock(Date.parse('2118-12-31T23:59:50Z'))
    const { http } = makeProbes(clock)
    const { endpoint, resumed } = await serve()
    expect(verdictOf(await http(endpoint, check, never))).toBe('pass ok')
    clock.advance(9_000)
    expect(verdictOf(await http(endpoint, check, never))).toBe('pass ok')
    clock.advance(2_000)
    expect(verdictOf(await http(endpoint, check, never))).toBe('fail tls-expired')
    const ignoring = httpsCheck({ tls: { verify: false } })
    expect(verdictOf(await http(endpoint, ignoring, never))).toBe('pass ok')
    expect(verdictOf(await http(endpoint, ignoring, never))).toBe('pass ok')
    // The server may not have heard of the one that was given up.
    expect([resumed.slice(0, 2), resumed.slice(-2)]).toEqual([
      [false, true],
      [false, true],
    ])
  })
})
