/** What the batched engine promises beyond what every transport does: sources, several sockets, losses, orders. */
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { udpOctetsMax } from '../../src/core/answer/message.ts'
import type { Respond } from '../../src/core/ports.ts'
import { type DatagramCalls, loadDatagramCalls } from '../../src/edge/ffi/datagrams.ts'
import { queryOctetsMax } from '../../src/edge/transport/udp-batch/arena.ts'
import { startUdpBatch } from '../../src/edge/transport/udp-batch/open.ts'
import { type BatchSocket, createLossReader, openBatchSocket } from '../../src/edge/transport/udp-batch/socket.ts'
import { mayIsolate, runIsolated } from './probe-namespace.ts'
import {
  createTally,
  dialUdp,
  echo,
  echoOf,
  loopbackHosts,
  makeQuery,
  type Peer,
  type Tally,
} from './transport-peers.ts'

let calls: DatagramCalls
let opened: (() => Promise<void> | void)[] = []

beforeAll(async () => {
  const loaded = await loadDatagramCalls()
  if ('reason' in loaded) throw new Error(loaded.reason)
  calls = loaded
})

afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

function listen(host: string, port = 0): BatchSocket {
  // The engine waits in the kernel, and here its clients live in the same thread: it must not wait for long.
  const socket = openBatchSocket(calls, { host, port, reusePort: false, receiveWaitMs: 1 })
  opened.push(() => void calls.close(socket.fd))
  return socket
}

interface Running {
  readonly tally: Tally
  readonly close: () => Promise<void>
}

async function answer(
  sockets: readonly BatchSocket[],
  respond: Respond = echo,
  attend: () => void = () => {},
): Promise<Running> {
  const tally = createTally()
  const engine = await startUdpBatch({ respond, counters: tally, attend, pollWaitMs: 1 }, sockets)
  if ('reason' in engine) throw new Error(engine.reason)
  let closing: Promise<void> | null = null
  const close = (): Promise<void> => {
    closing ??= engine.close()
    return closing
  }
  opened.push(close)
  return { tally, close }
}

async function dial(host: string, port: number): Promise<Peer> {
  const peer = await dialUdp({ host, port })
  opened.push(peer.close)
  return peer
}

async function expectEcho(peer: Peer, id: number): Promise<void> {
  peer.send(makeQuery(id))
  expect(await peer.next()).toEqual(echoOf(makeQuery(id)))
}

describe('a wildcard socket', () => {
  // A connected client takes nothing from another address than the one it asked.
  it.each(['127.0.0.1', '127.0.0.7', '127.1.2.3'])('answers from %s if that was asked', async host => {
    const socket = listen('0.0.0.0')
    await answer([socket])
    await expectEcho(await dial(host, socket.bound.port), 1)
  })

  it.runIf(loopbackHosts.includes('::1'))('answers from ::1 if that was asked', async () => {
    const socket = listen('::')
    await answer([socket])
    await expectEcho(await dial('::1', socket.bound.port), 1)
  })

  it('answers each of a batch from the address that it asked', async () => {
    const socket = listen('0.0.0.0')
    const hosts = Array.from({ length: 40 }, (_, i) => `127.0.0.${i + 1}`)
    const peers = await Promise.all(hosts.map(host => dial(host, socket.bound.port)))
    peers.forEach((peer, id) => {
      peer.send(makeQuery(id))
    })
    await answer([socket])
    for (const [id, peer] of peers.entries()) expect(await peer.next()).toEqual(echoOf(makeQuery(id)))
  })
})

describe('several sockets of one thread', () => {
  it('are all answered, idle and busy ones alike', async () => {
    const hosts = ['127.0.0.1', '127.0.0.2', '0.0.0.0', ...loopbackHosts.filter(host => host.includes(':'))]
    const sockets = hosts.map(host => listen(host))
    await answer(sockets)
    const peers = await Promise.all(
      sockets.map(({ bound }) => dial(bound.host === '0.0.0.0' ? '127.0.0.9' : bound.host, bound.port)),
    )
    for (let id = 0; id < 20; id++) {
      for (const peer of peers) await expectEcho(peer, id)
      await expectEcho(peers[0]!, id + 100)
    }
  })
})

describe('a query', () => {
  it.each(loopbackHosts)('comes with the address and port of its sender on %s', async host => {
    const socket = listen(host)
    const seen: number[][] = []
    await answer([socket], (query, via, out, client) => {
      seen.push([...client.octets.subarray(0, client.length), client.port])
      return echo(query, via, out, client)
    })
    const client = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    opened.push(() => void client.close())
    client.bind(0, host)
    await once(client, 'listening')
    client.send(makeQuery(1), socket.bound.port, host)
    await once(client, 'message')
    const octets = host === '::1' ? [...new Array<number>(15).fill(0), 1] : [127, 0, 0, 1]
    expect(seen).toEqual([[...octets, client.address().port]])
  })

  it('longer than a slot is dropped and counted, one that fits is not', async () => {
    const socket = listen('127.0.0.1')
    const lengths: number[] = []
    const { tally } = await answer([socket], (query, via, out, client) => {
      lengths.push(query.length)
      return query.length > out.length ? 0 : echo(query, via, out, client)
    })
    const peer = await dial('127.0.0.1', socket.bound.port)
    for (const octets of [queryOctetsMax + 1, queryOctetsMax, 65_507]) peer.send(makeQuery(1, octets))
    await expectEcho(peer, 2)
    expect(lengths).toEqual([queryOctetsMax, 29])
    expect(tally.counts.dropped).toBe(2)
  })

  it('on which respond throws costs one datagram', async () => {
    const socket = listen('127.0.0.1')
    const { tally } = await answer([socket], (query, via, out, client) => {
      if (query[1] === 7) throw new Error('a bug')
      return echo(query, via, out, client)
    })
    const peer = await dial('127.0.0.1', socket.bound.port)
    peer.send(makeQuery(7))
    await expectEcho(peer, 8)
    expect(tally.counts.dropped).toBe(1)
  })

  it('that is answered with silence leaves no gap: the others of its batch are sent', async () => {
    const socket = listen('127.0.0.1')
    const peer = await dial('127.0.0.1', socket.bound.port)
    for (let id = 0; id < 30; id++) peer.send(makeQuery(id, 29, id % 3 === 0))
    await answer([socket])
    for (let id = 0; id < 30; id++) if (id % 3 !== 0) expect(await peer.next()).toEqual(echoOf(makeQuery(id)))
  })
})

describe('orders', () => {
  it('are looked for after each wait and before anything that came is answered', async () => {
    const socket = listen('127.0.0.1')
    let attended = 0
    let answeredAt = -1
    const peer = await dial('127.0.0.1', socket.bound.port)
    peer.send(makeQuery(1))
    await answer(
      [socket],
      (query, via, out, client) => {
        answeredAt = attended
        return echo(query, via, out, client)
      },
      () => {
        attended++
      },
    )
    await peer.next()
    expect(answeredAt).toBe(1)
  })

  it('to close, taken on the way to an answer, come after it', async () => {
    const socket = listen('127.0.0.1')
    const peer = await dial('127.0.0.1', socket.bound.port)
    peer.send(makeQuery(1))
    const running: Running[] = []
    running.push(await answer([socket], echo, () => void running[0]?.close()))
    expect(await peer.next()).toEqual(echoOf(makeQuery(1)))
  })
})

describe('a socket', () => {
  it('keeps what waits in it for the next engine', async () => {
    const socket = listen('127.0.0.1')
    const first = await answer([socket])
    const peer = await dial('127.0.0.1', socket.bound.port)
    await expectEcho(peer, 1)
    await first.close()
    peer.send(makeQuery(2))
    await answer([socket])
    expect(await peer.next()).toEqual(echoOf(makeQuery(2)))
  })

  it('tells what it lost, whichever engine reads it', async () => {
    const socket = listen('127.0.0.1')
    const losses = createLossReader(calls, socket.fd)
    const flood = createSocket('udp4')
    opened.push(() => void flood.close())
    // Until it overflows: the kernel charges some hundred octets for the smallest of them.
    for (let sent = 0; losses() === 0 && sent < 200_000; sent += 1000) {
      for (let i = 0; i < 999; i++) flood.send('x', socket.bound.port, '127.0.0.1')
      await new Promise<void>(resolve => flood.send('x', socket.bound.port, '127.0.0.1', () => resolve()))
    }
    expect(losses()).toBeGreaterThan(0)
    for (let engines = 0; engines < 2; engines++) {
      const { tally, close } = await answer([socket])
      await tally.until(counts => counts.overflows === losses())
      await close()
    }
  })

  it('is refused with the code of the system', () => {
    expect(() => listen('192.0.2.1')).toThrow(expect.objectContaining({ code: 'EADDRNOTAVAIL' }))
    const { bound } = listen('127.0.0.1')
    expect(() => listen('127.0.0.1', bound.port)).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }))
  })
})

describe('the answer', () => {
  it('may have as many octets as any answer over UDP', async () => {
    const rooms: number[] = []
    const socket = listen('127.0.0.1')
    await answer([socket], (query, via, out, client) => {
      rooms.push(out.length)
      return echo(query, via, out, client)
    })
    await expectEcho(await dial('127.0.0.1', socket.bound.port), 1)
    expect(rooms).toEqual([udpOctetsMax])
  })
})

describe('in a network of its own', () => {
  it('answers from addresses that came later, and gets past senders that cannot be answered', async () => {
    if (!mayIsolate()) return
    // Senders without a route are what is tested: no filter may keep them away.
    const prepare = ['sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.lo.rp_filter=0']
    const { status, said } = await runIsolated('./udp-batch-namespace.ts', prepare)
    expect(JSON.parse(said)).toEqual({ answered: { v4: true, v6: true }, reached: 5, dropped: 5, sendFailed: 5 })
    expect(status).toBe(0)
  })
})
