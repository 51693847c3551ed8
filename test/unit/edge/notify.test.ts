/** NOTIFY over real sockets on loopback: what goes out, and which answers are believed. */
import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import { afterEach, expect, test } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import { type Name, parseName } from '../../../src/core/name/name.ts'
import type { NotifyTurn } from '../../../src/core/transfer/notifying.ts'
import { sessionOf, signNext, verifyRequest } from '../../../src/core/wire/tsig.ts'
import type { TsigKey } from '../../../src/core/wire/tsig-key.ts'
import { createNotifier, type Notifier } from '../../../src/edge/notify.ts'
import { createKeyRing } from '../../../src/shell/keys.ts'
import { versionOfText } from '../transfer/zones.ts'

const apex = parseName('a.test.', null) as Name
const zoneKey = [...createKeyRing([{ name: 'xfr.', algorithm: 'hmac-sha256', secret: new Uint8Array(32).fill(7) }])!]
const key = zoneKey[0]![1]
const other = [...createKeyRing([{ name: 'xfr.', algorithm: 'hmac-sha256', secret: new Uint8Array(32).fill(8) }])!]
const stranger = other[0]![1]
const { soa } = versionOfText(
  `soa: {mname: ns1.a.test., rname: hostmaster.a.test., serial: 1}
records: {'@': {type: NS, values: [ns1.a.test.]}, ns1: {type: A, value: 192.0.2.53}}`,
  7,
)
const atSeconds = 1_700_000_000

let opened: (() => void)[] = []
afterEach(() => {
  for (const close of opened.reverse()) close()
  opened = []
})

interface Secondary {
  readonly socket: Socket
  readonly port: number
  /** The next request. */
  next(): Promise<{ readonly message: Buffer; readonly from: RemoteInfo }>
}

async function secondary(host = '127.0.0.1'): Promise<Secondary> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  opened.push(() => socket.close())
  await new Promise<void>(resolve => socket.bind(0, host, resolve))
  const waiting: ((request: { message: Buffer; from: RemoteInfo }) => void)[] = []
  const come: { message: Buffer; from: RemoteInfo }[] = []
  socket.on('message', (message, from) => {
    const taker = waiting.shift()
    if (taker === undefined) come.push({ message, from })
    else taker({ message, from })
  })
  return {
    socket,
    port: socket.address().port,
    next: () => {
      const first = come.shift()
      return first === undefined ? new Promise(resolve => waiting.push(resolve)) : Promise.resolve(first)
    },
  }
}

function notifierTo(...places: readonly { port: number; host?: string; key?: TsigKey; source?: string }[]) {
  const turns: NotifyTurn[] = []
  const ears: (() => void)[] = []
  const onTurn = (turn: NotifyTurn): void => {
    turns.push(turn)
    for (const ear of ears.splice(0)) ear()
  }
  const clock = { now: () => millis(performance.now()), wall: () => atSeconds * 1_000 }
  const notifier: Notifier = createNotifier({ clock, onTurn })
  opened.push(notifier.close)
  notifier.setPlaces(
    apex,
    places.map(({ host = '127.0.0.1', port, key = null, source = null }) => ({ host, port, key, source })),
  )
  return {
    notifier,
    turns,
    turned: () => new Promise<void>(resolve => (turns.length > 0 ? resolve() : void ears.push(resolve))),
  }
}

/** What a secondary answers: QR set, the request's SOA left out. */
function answerTo(message: Buffer, code = 0): Uint8Array {
  const answer = new Uint8Array(message.subarray(0, 12 + apex.length + 4))
  answer.set([message[0]!, message[1]!, message[2]! | 0x80, code, 0, 1, 0, 0, 0, 0, 0, 0])
  return answer
}

function signedAnswerTo(message: Buffer, by: TsigKey): Uint8Array {
  const verdict = verifyRequest(message, new Map(zoneKey), atSeconds)
  if (verdict.kind !== 'verified') throw new Error(verdict.kind)
  const out = new Uint8Array(512)
  const answer = answerTo(message)
  out.set(answer)
  return out.slice(0, signNext(sessionOf(by, verdict.record), out, answer.length, atSeconds))
}

test.each(['127.0.0.1', '::1'])('a secondary at %s acknowledges a version', async host => {
  const server = await secondary(host)
  const { notifier, turns, turned } = notifierTo({ host, port: server.port })
  notifier.announce(apex, 7, soa)
  const { message, from } = await server.next()
  server.socket.send(answerTo(message), from.port, from.address)
  await turned()
  expect(turns).toMatchObject([{ kind: 'acknowledged', serial: 7 }])
  expect(notifier.errandsOf(apex)).toMatchObject([{ acknowledged: 7, wanted: 7, dueMs: null }])
})

test('an answer is believed only from where the request went, with its ID', async () => {
  const server = await secondary()
  const forger = await secondary()
  const { notifier, turns, turned } = notifierTo({ port: server.port })
  notifier.announce(apex, 7, soa)
  const { message, from } = await server.next()
  forger.socket.send(answerTo(message), from.port, from.address)
  const wrong = answerTo(message)
  wrong[0]! ^= 0xff
  await new Promise(resolve => server.socket.send(wrong, from.port, from.address, resolve))
  expect(turns).toEqual([])
  server.socket.send(answerTo(message), from.port, from.address)
  await turned()
  expect(turns).toHaveLength(1)
})

test('a signed request wants an answer signed with the same key', async () => {
  const server = await secondary()
  const { notifier, turns, turned } = notifierTo({ port: server.port, key })
  notifier.announce(apex, 7, soa)
  const { message, from } = await server.next()
  const send = (octets: Uint8Array) =>
    new Promise(resolve => server.socket.send(octets, from.port, from.address, resolve))
  await send(answerTo(message))
  await send(signedAnswerTo(message, stranger))
  // Both have been heard by the time that the next request is: it is sent again for want of a good answer.
  const again = await server.next()
  expect([turns, notifier.errandsOf(apex)[0]!.fault]).toEqual([[], 'bad-signature'])
  server.socket.send(signedAnswerTo(again.message, key), again.from.port, again.from.address)
  await turned()
  expect(turns).toMatchObject([{ kind: 'acknowledged', serial: 7 }])
})

test('a secondary that refuses is given up at once', async () => {
  const server = await secondary()
  const { notifier, turns, turned } = notifierTo({ port: server.port })
  notifier.announce(apex, 7, soa)
  const { message, from } = await server.next()
  server.socket.send(answerTo(message, 5), from.port, from.address)
  await turned()
  expect(turns).toMatchObject([{ kind: 'given-up', fault: 'refused' }])
})

test('a request goes out from the source of its place, whatever others have', async () => {
  const servers = [await secondary(), await secondary(), await secondary()]
  const sources = ['127.0.0.7', '127.0.0.8', undefined]
  const { notifier } = notifierTo(
    ...servers.map(({ port }, i) => ({ port, ...(sources[i] !== undefined && { source: sources[i] }) })),
  )
  notifier.announce(apex, 7, soa)
  const seen = await Promise.all(servers.map(async server => (await server.next()).from.address))
  expect(seen).toEqual(['127.0.0.7', '127.0.0.8', '127.0.0.1'])
})

test('a source that is no address of this machine is a fault in words, and stops no other', async () => {
  const [dumb, server] = [await secondary(), await secondary()]
  // Of a net for documents (RFC 5737).
  const { notifier } = notifierTo({ port: dumb.port, source: '203.0.113.7' }, { port: server.port })
  notifier.announce(apex, 7, soa)
  await server.next()
  await expect.poll(() => notifier.errandsOf(apex)[0]!.fault).toBe('no-source')
  // It is tried again, as an address may come.
  await expect.poll(() => notifier.errandsOf(apex)[0]!.sends, { timeout: 3_000 }).toBe(2)
})

test('each burst has a port of its own', async () => {
  const server = await secondary()
  const { notifier, turned, turns } = notifierTo({ port: server.port })
  const ports = new Set<number>()
  for (let serial = 7; serial < 10; serial++) {
    notifier.announce(apex, serial, soa)
    const { message, from } = await server.next()
    ports.add(from.port)
    server.socket.send(answerTo(message), from.port, from.address)
    await turned()
    while (notifier.errandsOf(apex)[0]!.acknowledged !== serial) await new Promise(resolve => setImmediate(resolve))
  }
  expect(turns).toHaveLength(1)
  expect(ports.size).toBeGreaterThan(1)
})
