/** HTTPS: what is verified against what, and which fault of a certificate is called what. */
import { readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { Endpoint, HttpCheck, Outcome } from '../../src/core/health/types.ts'
import { createTrustStore, trustFreshMs } from '../../src/edge/probe/trust.ts'
import { makeProbes } from './probe-makers.ts'
import { certificate, httpsCheck } from './probe-specs.ts'
import { createStillClock, createTargets, verdictOf } from './probe-targets.ts'

const clock = createStillClock()
const targets = createTargets()
const { http: probe } = makeProbes(clock)
const run = (endpoint: Endpoint, check: HttpCheck): Promise<Outcome> =>
  probe(endpoint, check, new AbortController().signal)

afterEach(() => targets.close())

it.each([
  ['good.pem', {}, 'pass ok'],
  ['good.pem', { serverName: null }, 'pass ok'],
  ['good.pem', { serverName: '127.0.0.1' }, 'pass ok'],
  ['good.pem', { serverName: '127.0.0.2' }, 'fail tls-name'],
  ['good.pem', { serverName: 'api.demo.test' }, 'fail tls-name'],
  ['good.pem', { caFile: null }, 'fail tls-untrusted'],
  ['good.pem', { caFile: certificate('self-signed.pem') }, 'fail tls-untrusted'],
  ['expired.pem', {}, 'fail tls-expired'],
  ['early.pem', {}, 'fail tls-expired'],
  ['self-signed.pem', {}, 'fail tls-untrusted'],
  ['self-signed.pem', { caFile: certificate('self-signed.pem') }, 'pass ok'],
  ['self-signed.pem', { verify: false }, 'pass ok'],
  ['critical.pem', { caFile: certificate('critical.pem') }, 'fail tls-untrusted'],
  ['expired.pem', { verify: false, serverName: 'api.demo.test' }, 'pass ok'],
])('%s with %o: %s', async (file, tls, verdict) => {
  const { endpoint } = await targets.https(file, (_request, response) => response.end('UP'))
  const outcome = await run(endpoint, httpsCheck({ tls, expect: { body: 'UP' } }))
  expect(verdictOf(outcome)).toBe(verdict)
})

it('sends the server name, but never an address, as SNI; Host is apart from it', async () => {
  let host: string | undefined
  const { endpoint, names } = await targets.https('good.pem', (request, response) => {
    host = request.headers.host
    response.end()
  })
  await run(endpoint, httpsCheck({ host: 'api.demo.test' }))
  await run(endpoint, httpsCheck({ tls: { serverName: '127.0.0.1' } }))
  await run(endpoint, httpsCheck({ tls: { serverName: null } }))
  expect(names).toEqual(['web.demo.test', false, false])
  expect(host).toBe(`127.0.0.1:${endpoint.port}`)
})

it('tells what is no TLS, and an end in the handshake, apart', async () => {
  const plain = await targets.raw('HTTP/1.1 400 Bad Request\r\n\r\n')
  const alert = await targets.raw(Buffer.from([21, 3, 3, 0, 2, 2, 40]))
  const closing = await targets.tcp(socket => {
    socket.once('data', () => socket.end())
  })
  const resetting = await targets.tcp(socket => {
    socket.once('data', () => socket.resetAndDestroy())
  })
  const check = httpsCheck()
  expect(verdictOf(await run(plain.endpoint, check))).toBe('fail tls-handshake')
  expect(verdictOf(await run(alert.endpoint, check))).toBe('fail tls-handshake')
  expect(verdictOf(await run(closing.endpoint, check))).toBe('fail closed')
  expect(verdictOf(await run(resetting.endpoint, check))).toBe('fail reset')
  expect(verdictOf(await run(await targets.closed(), check))).toBe('fail refused')
})

it('without a usable ca file is inconclusive, and mends with the file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'robin-probe-'))
  const caFile = join(folder, 'ca.pem')
  try {
    const { endpoint } = await targets.https('good.pem', (_request, response) => response.end())
    const check = httpsCheck({ tls: { caFile } })
    expect(verdictOf(await run(endpoint, check))).toBe('inconclusive no-prober')
    writeFileSync(caFile, 'no certificate')
    clock.advance(trustFreshMs)
    expect(verdictOf(await run(endpoint, check))).toBe('inconclusive no-prober')
    writeFileSync(caFile, '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n')
    clock.advance(trustFreshMs)
    expect(verdictOf(await run(endpoint, check))).toBe('inconclusive no-prober')
    writeFileSync(caFile, `# our authority\n${readFileSync(certificate('ca.pem'), 'utf8')}`)
    expect(verdictOf(await run(endpoint, check))).toBe('inconclusive no-prober')
    clock.advance(trustFreshMs)
    expect(verdictOf(await run(endpoint, check))).toBe('pass ok')
  } finally {
    await rm(folder, { recursive: true })
  }
})

it('reads a ca file once for many probes, and keeps the context while the file stays the same', async () => {
  const trust = createTrustStore({ clock })
  const files = { caFile: certificate('ca.pem'), certFile: null, keyFile: null }
  const first = trust.find(files)
  expect(trust.find(files)).toBe(first)
  const found = await first
  expect(trust.find(files)).toBe(found)
  clock.advance(trustFreshMs)
  expect((await trust.find(files)).context).toBe(found.context)
})
