/** TCP against listeners of every manner, and what the errors of the system mean. */
import { afterEach, expect, it } from 'vitest'
import { createClock } from '../../src/edge/clock.ts'
import { judgeErrno } from '../../src/edge/probe/outcome.ts'
import { makeProbes } from './probe-makers.ts'
import { tcpCheck } from './probe-specs.ts'
import { createTargets, verdictOf } from './probe-targets.ts'

const targets = createTargets()
const { tcp: probe } = makeProbes(createClock())
const never = new AbortController().signal

afterEach(() => targets.close())

it.each(['127.0.0.1', '127.0.0.12', '::1'])('passes on a listener at %s that never accepts a word', async address => {
  const { endpoint } = await targets.tcp(() => {}, address)
  expect(verdictOf(await probe(endpoint, tcpCheck, never))).toBe('pass ok')
})

it('passes on one that closes after the handshake', async () => {
  const { endpoint } = await targets.tcp(socket => socket.end())
  expect(verdictOf(await probe(endpoint, tcpCheck, never))).toBe('pass ok')
})

it('never calls one refused that resets after the handshake', async () => {
  const { endpoint } = await targets.tcp(socket => socket.resetAndDestroy())
  // Which of the two depends on whether the reset overtakes the wake-up.
  expect(['pass ok', 'fail reset']).toContain(verdictOf(await probe(endpoint, tcpCheck, never)))
})

it('fails on a closed port', async () => {
  const endpoint = await targets.closed('127.0.0.13')
  expect(verdictOf(await probe(endpoint, tcpCheck, never))).toBe('fail refused')
})

it('takes the port of the check where the endpoint has none', async () => {
  const { endpoint } = await targets.tcp(() => {})
  const check = { ...tcpCheck, port: endpoint.port! }
  expect(verdictOf(await probe({ address: endpoint.address, port: null }, check, never))).toBe('pass ok')
})

it('leaves by a reset, so that no connection lingers', async () => {
  const { endpoint, reached } = await targets.tcp(socket => socket.resume())
  await probe(endpoint, tcpCheck, never)
  const socket = await reached
  const error = await new Promise<NodeJS.ErrnoException>(resolve => socket.on('error', resolve))
  expect(error.code).toBe('ECONNRESET')
})

it.each([
  ['EMFILE', 'inconclusive no-socket'],
  ['ENFILE', 'inconclusive no-socket'],
  ['EADDRNOTAVAIL', 'inconclusive no-socket'],
  ['ENOBUFS', 'inconclusive no-socket'],
  ['ENOMEM', 'inconclusive no-socket'],
  ['EACCES', 'inconclusive no-permission'],
  ['EPERM', 'inconclusive no-permission'],
  ['EAFNOSUPPORT', 'inconclusive no-prober'],
  ['ENOTHINGKNOWN', 'inconclusive no-prober'],
  ['ECONNREFUSED', 'fail refused'],
  ['ECONNRESET', 'fail reset'],
  ['EHOSTUNREACH', 'fail unreachable'],
  ['ENETUNREACH', 'fail unreachable'],
  ['ETIMEDOUT', 'fail timeout'],
])('%s is %s', (code, verdict) => {
  const { kind, reason } = judgeErrno(code)
  expect(`${kind} ${reason}`).toBe(verdict)
})
