/** Asking a primary for its serial: over UDP, again, over TCP, and whose answers count. */
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { readU16, writeU16 } from '../../../src/core/base/bytes.ts'
import type { AskResult } from '../../../src/core/secondary/index.ts'
import { sessionOf, signNext, verifyRequest } from '../../../src/core/wire/tsig.ts'
import { readKey, type TsigKey } from '../../../src/core/wire/tsig-key.ts'
import { hmac } from '../../../src/edge/hmac.ts'
import { askSerial } from '../../../src/edge/secondary/ask.ts'
import { message, name, soa } from '../secondary/wire.ts'

const apex = name('a.test')
const question = { name: apex, type: 6 }
const secret = Buffer.alloc(32, 1).toString('base64')
const key = readKey(hmac, { name: 'xfr', algorithm: 'hmac-sha256', secret }) as TsigKey

/** Messages that answer a query; none for silence. */
type Script = (id: number, query: Uint8Array) => readonly Uint8Array[]

const closing: (() => unknown)[] = []
afterEach(async () => {
  for (const close of closing.splice(0)) await close()
})

interface Peer {
  readonly port: number
  readonly asked: { udp: number; tcp: number }
  /** Addresses that asked. */
  readonly from: string[]
}

/** UDP and TCP on one port. */
async function primary(udp: Script, tcp: Script = () => []): Promise<Peer> {
  const asked = { udp: 0, tcp: 0 }
  const seen: string[] = []
  for (;;) {
    const server = createServer(socket => {
      socket.on('error', () => socket.destroy())
      socket.once('data', chunk => {
        asked.tcp++
        seen.push(`tcp ${socket.remoteAddress}`)
        const query = new Uint8Array(chunk.subarray(2))
        for (const octets of tcp(readU16(query, 0), query)) {
          const frame = new Uint8Array(octets.length + 2)
          writeU16(frame, 0, octets.length)
          frame.set(octets, 2)
          socket.write(frame)
        }
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const socket = await bound(port)
    if (socket === null) {
      server.close()
      continue
    }
    socket.on('message', (query, from) => {
      asked.udp++
      seen.push(`udp ${from.address}`)
      for (const octets of udp(readU16(query, 0), new Uint8Array(query))) socket.send(octets, from.port, from.address)
    })
    closing.push(
      () => stop(server),
      () => socket.close(),
    )
    return { port, asked, from: seen }
  }
}

async function bound(port: number): Promise<Socket | null> {
  const socket = createSocket('udp4')
  try {
    socket.bind(port, '127.0.0.1')
    await once(socket, 'listening')
    return socket
  } catch {
    // Somebody else has it: another pair.
    socket.close()
    return null
  }
}

function stop(server: Server): void {
  server.close()
}

async function ask(
  { port }: Pick<Peer, 'port'>,
  by: TsigKey | null = null,
  source: string | null = null,
): Promise<AskResult> {
  return await askSerial({ apex, primary: { host: '127.0.0.1', port, source }, key: by }, new AbortController().signal)
}

const answer = (id: number, serial = 7, flags = 0x8400) =>
  message({ id, flags, question, answers: [soa('a.test', serial)] })

describe('the serial', () => {
  test('comes over UDP', async () => {
    const peer = await primary(id => [answer(id)])
    expect(await ask(peer)).toEqual({ kind: 'soa', serial: 7 })
    expect(peer.asked).toEqual({ udp: 1, tcp: 0 })
  })

  test('is believed only from who was asked that', async () => {
    const other = { name: name('b.test'), type: 6 }
    const peer = await primary(id => [
      answer(id ^ 0x5555, 1),
      message({ id, question: other, answers: [soa('b.test', 2)] }),
      message({ id, flags: 0x0400, question, answers: [soa('a.test', 3)] }),
      new Uint8Array([1, 2, 3]),
      answer(id, 7),
    ])
    expect(await ask(peer)).toEqual({ kind: 'soa', serial: 7 })
  })

  test('is asked for again where a datagram is lost', async () => {
    let queries = 0
    const peer = await primary(id => (++queries === 1 ? [] : [answer(id)]))
    expect(await ask(peer)).toEqual({ kind: 'soa', serial: 7 })
    expect(peer.asked).toEqual({ udp: 2, tcp: 0 })
  })

  test('comes over TCP where UDP is cut short', async () => {
    const cut = (id: number) => [message({ id, flags: 0x8600, question, answers: [] })]
    const peer = await primary(cut, id => [answer(id, 9)])
    expect(await ask(peer)).toEqual({ kind: 'soa', serial: 9 })
    expect(peer.asked).toEqual({ udp: 1, tcp: 1 })
  })

  test('comes over TCP where UDP does not come through', async () => {
    const peer = await primary(
      () => [],
      id => [answer(id, 9)],
    )
    expect(await ask(peer)).toEqual({ kind: 'soa', serial: 9 })
    expect(peer.asked).toEqual({ udp: 2, tcp: 1 })
  })
})

describe('an answer is of no use', () => {
  test.each<[string, Script, string]>([
    ['without authority', id => [answer(id, 7, 0x8000)], 'not-authoritative'],
    ['without the SOA', id => [message({ id, question, answers: [] })], 'not-authoritative'],
    [
      'with the SOA of another zone',
      id => [message({ id, question, answers: [soa('b.test', 7)] })],
      'not-authoritative',
    ],
    ['REFUSED', id => [message({ id, flags: 0x8405, question, answers: [] })], 'refused'],
    ['SERVFAIL', id => [message({ id, flags: 0x8402, question, answers: [] })], 'refused'],
    ['NXDOMAIN', id => [message({ id, flags: 0x8403, question, answers: [] })], 'not-authoritative'],
  ])('%s', async (_, script, reason) => {
    expect(await ask(await primary(script))).toMatchObject({ kind: 'failed', failure: { reason } })
  })

  test('after too many that are not ours', async () => {
    const noise = Array.from({ length: 120 }, () => new Uint8Array([0, 0, 0]))
    expect(await ask(await primary(() => noise))).toMatchObject({ failure: { reason: 'malformed' } })
  })

  test('from a port where nobody listens', async () => {
    const { port } = await primary(() => [])
    for (const close of closing.splice(0)) close()
    expect(await ask({ port })).toMatchObject({ failure: { reason: 'unreachable' } })
  })
})

test('a primary that the system finds no way to is unreachable', async () => {
  // Nobody may send to a broadcast address without saying so: connecting fails at once.
  const primary = { host: '255.255.255.255', port: 53, source: null }
  const result = await askSerial({ apex, primary, key: null }, new AbortController().signal)
  expect(result).toMatchObject({ kind: 'failed', failure: { reason: 'unreachable' } })
})

describe('with a source', () => {
  test('the primary sees it, over UDP and over TCP', async () => {
    const peer = await primary(
      id => [answer(id, 7, 0x8600)],
      id => [answer(id)],
    )
    expect(await ask(peer, null, '127.0.0.7')).toEqual({ kind: 'soa', serial: 7 })
    expect(peer.from).toEqual(['udp 127.0.0.7', 'tcp 127.0.0.7'])
  })

  test('that is no address of this machine nothing is asked, and words say why', async () => {
    const peer = await primary(id => [answer(id)])
    // Of a net for documents (RFC 5737).
    const result = await ask(peer, null, '203.0.113.7')
    expect(result).toMatchObject({ failure: { reason: 'no-source', detail: expect.stringContaining('203.0.113.7') } })
    expect(peer.asked).toEqual({ udp: 0, tcp: 0 })
  })
})

describe('with a key', () => {
  const signed: Script = (id, query) => {
    const now = Math.floor(Date.now() / 1000)
    const verdict = verifyRequest(query, new Map([['\u0003xfr\u0000', key]]), now)
    if (verdict.kind !== 'verified') return [message({ id, flags: 0x8409, question, answers: [] })]
    const plain = answer(id)
    const out = new Uint8Array(plain.length + 300)
    out.set(plain)
    return [out.slice(0, signNext(sessionOf(key, verdict.record), out, plain.length, now))]
  }

  test('the answer must be signed', async () => {
    expect(await ask(await primary(signed), key)).toEqual({ kind: 'soa', serial: 7 })
    expect(await ask(await primary(id => [answer(id)]), key)).toMatchObject({ failure: { reason: 'bad-signature' } })
  })

  test('a primary that does not believe ours says so', async () => {
    const other = readKey(hmac, {
      name: 'xfr',
      algorithm: 'hmac-sha256',
      secret: Buffer.alloc(32, 2).toString('base64'),
    })
    const result = await ask(await primary(signed), other as TsigKey)
    expect(result).toMatchObject({ failure: { reason: 'bad-signature' } })
  })
})
