/**
 * What every transport promises, whatever it is made of. A new engine joins by a row in the table.
 */
import { afterEach, describe, expect, it } from 'vitest'
import type { UdpCounters } from '../../src/board/counters.ts'
import type { Respond, SocketAddress, Transport } from '../../src/core/ports.ts'
import { createClock } from '../../src/edge/clock.ts'
import { openTcp } from '../../src/edge/transport/tcp.ts'
import { openTcpEpoll } from '../../src/edge/transport/tcp-epoll/open.ts'
import { openUdpBatch } from '../../src/edge/transport/udp-batch/open.ts'
import { openUdpDgram } from '../../src/edge/transport/udp-dgram.ts'
import {
  createTally,
  dialTcp,
  dialUdp,
  echo,
  echoOf,
  loopbackHosts,
  makeQuery,
  type Peer,
  type Tally,
  toFrame,
} from './transport-peers.ts'

interface Engine {
  readonly name: string
  open(deps: { respond: Respond; counters: UdpCounters }, at: SocketAddress, share: boolean): Promise<Transport>
  dial(to: SocketAddress): Promise<Peer>
  /** Sends what no client of good will sends, and is done with it. */
  annoy(to: SocketAddress): Promise<void>
  /** True if several listeners can share one address. */
  readonly shares: boolean
  readonly answerOctetsMax: number
}

const engines: readonly Engine[] = [
  {
    name: 'udp-dgram',
    open: (deps, at, share) => openUdpDgram(deps, { ...at, reusePort: share }),
    dial: dialUdp,
    annoy: annoyUdp,
    shares: true,
    answerOctetsMax: 1232,
  },
  {
    name: 'udp-batch',
    // The engine waits in the kernel, and here its clients live in the same thread: it must not wait for long.
    open: (deps, at, share) =>
      openUdpBatch({ ...deps, attend: () => {} }, { ...at, reusePort: share, receiveWaitMs: 1 }),
    dial: dialUdp,
    annoy: annoyUdp,
    shares: true,
    answerOctetsMax: 1232,
  },
  {
    name: 'tcp',
    open: (deps, at) => openTcp({ ...deps, clock: createClock() }, at),
    dial: dialTcp,
    annoy: annoyTcp,
    shares: false,
    answerOctetsMax: 65535,
  },
  {
    name: 'tcp-epoll',
    open: (deps, at) => openTcpEpoll({ ...deps, clock: createClock(), attend: () => {}, stayMs: 0 }, at),
    dial: dialTcp,
    annoy: annoyTcp,
    shares: false,
    answerOctetsMax: 65535,
  },
]

const cases = engines.flatMap(engine => loopbackHosts.map(host => ({ ...engine, host })))
const open: (Transport | Peer)[] = []

afterEach(async () => {
  await Promise.all(open.splice(0).map(one => one.close()))
})

describe.each(cases)('$name on $host', engine => {
  const start = async (
    respond: Respond = echo,
    port = 0,
    share = false,
  ): Promise<{ transport: Transport; tally: Tally }> => {
    const tally = createTally()
    const transport = await engine.open({ respond, counters: tally }, { host: engine.host, port }, share)
    open.push(transport)
    return { transport, tally }
  }
  const dial = async (transport: Transport): Promise<Peer> => {
    const peer = await engine.dial(transport.bound)
    open.push(peer)
    return peer
  }

  it('gives a real port for port 0 and answers there', async () => {
    const { transport } = await start()
    expect(transport.bound.host).toBe(engine.host)
    expect(transport.bound.port).toBeGreaterThan(0)
    const peer = await dial(transport)
    peer.send(makeQuery(7))
    expect(await peer.next()).toEqual(echoOf(makeQuery(7)))
  })

  it('hands over exactly the message, and the way it came', async () => {
    const seen: { octets: number; via: string; room: number }[] = []
    const { transport } = await start((query, via, out, client) => {
      seen.push({ octets: query.length, via, room: out.length })
      return echo(query, via, out, client)
    })
    const peer = await dial(transport)
    for (const octets of [12, 29, 512]) {
      peer.send(makeQuery(1, octets))
      await peer.next()
    }
    const room = engine.answerOctetsMax
    expect(seen).toEqual([12, 29, 512].map(octets => ({ octets, via: transport.via, room })))
  })

  it('sends the longest answer whole', async () => {
    const { transport } = await start((query, _via, out) => {
      out.fill(query[1]!)
      return out.length
    })
    const peer = await dial(transport)
    peer.send(makeQuery(0xab))
    expect(await peer.next()).toEqual(new Uint8Array(engine.answerOctetsMax).fill(0xab))
  })

  it('says nothing where respond returns 0', async () => {
    const { transport, tally } = await start()
    const peer = await dial(transport)
    peer.send(makeQuery(1, 29, true))
    peer.send(makeQuery(2))
    expect(await peer.next()).toEqual(echoOf(makeQuery(2)))
    expect(tally.counts.sendFailed).toBe(0)
  })

  it('answers many clients at once, each its own questions', async () => {
    const { transport } = await start()
    const peers = await Promise.all(Array.from({ length: 16 }, () => dial(transport)))
    const talk = async (peer: Peer, first: number): Promise<void> => {
      for (let id = first; id < first + 25; id++) {
        peer.send(makeQuery(id))
        expect(await peer.next()).toEqual(echoOf(makeQuery(id)))
      }
    }
    await Promise.all(peers.map((peer, i) => talk(peer, i * 100)))
  })

  it('survives garbage', async () => {
    const { transport } = await start()
    for (let round = 0; round < 5; round++) await engine.annoy(transport.bound)
    const peer = await dial(transport)
    peer.send(makeQuery(3))
    expect(await peer.next()).toEqual(echoOf(makeQuery(3)))
  })

  it('survives clients that are gone before the answer', async () => {
    const { transport } = await start()
    for (let i = 0; i < 20; i++) {
      const gone = await engine.dial(transport.bound)
      gone.send(makeQuery(i))
      await gone.close()
    }
    const peer = await dial(transport)
    peer.send(makeQuery(3))
    expect(await peer.next()).toEqual(echoOf(makeQuery(3)))
  })

  it('rejects with the code of the system when the address is taken', async () => {
    const { transport } = await start()
    await expect(start(echo, transport.bound.port)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  })

  it('closes once however often it is asked, and gives the port back', async () => {
    const { transport } = await start()
    const peer = await dial(transport)
    peer.send(makeQuery(1))
    await peer.next()
    await Promise.all([transport.close(), transport.close()])
    await transport.close()
    const again = await start(echo, transport.bound.port)
    expect(again.transport.bound.port).toBe(transport.bound.port)
  })
})

describe.each(cases.filter(engine => engine.shares))('$name on $host, shared', engine => {
  it('lets two listeners have one port and answers every client', async () => {
    const answered = [0, 0]
    const listen = async (index: number, port: number): Promise<Transport> => {
      const respond: Respond = (query, via, out, client) => {
        answered[index]!++
        return echo(query, via, out, client)
      }
      const at = { host: engine.host, port }
      const transport = await engine.open({ respond, counters: createTally() }, at, true)
      open.push(transport)
      return transport
    }
    const first = await listen(0, 0)
    const second = await listen(1, first.bound.port)
    expect(second.bound.port).toBe(first.bound.port)
    // The kernel picks the listener by a hash of the client's port: that 64 clients all meet one of two has odds of
    // one to 2^63.
    for (let id = 0; id < 64; id++) {
      const peer = await engine.dial(first.bound)
      peer.send(makeQuery(id))
      expect(await peer.next()).toEqual(echoOf(makeQuery(id)))
      await peer.close()
    }
    expect(answered[0]! + answered[1]!).toBe(64)
    expect(Math.min(...answered)).toBeGreaterThan(0)
  })
})

describe.each(cases.filter(engine => engine.host.includes(':')))('$name on $host, beside IPv4', engine => {
  it('leaves the IPv4 port of the same number to others', async () => {
    const deps = { respond: echo, counters: createTally() }
    const six = await engine.open(deps, { host: '::', port: 0 }, false)
    open.push(six)
    const four = await engine.open(deps, { host: '127.0.0.1', port: six.bound.port }, false)
    open.push(four)
    expect(four.bound.port).toBe(six.bound.port)
  })
})

async function annoyUdp(to: SocketAddress): Promise<void> {
  const peer = await dialUdp(to)
  for (const octets of [0, 1, 11, 4096, 60_000]) peer.send(new Uint8Array(octets).fill(0xff))
  // The answer to a good query behind the garbage says that the garbage was taken.
  peer.send(makeQuery(9))
  for (;;) if ((await peer.next())[1] === 9) break
  await peer.close()
}

async function annoyTcp(to: SocketAddress): Promise<void> {
  const streams = [
    new Uint8Array(1),
    new Uint8Array(2000).fill(0xff),
    new TextEncoder().encode('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
    toFrame(new Uint8Array(1), new Uint8Array(11), new Uint8Array(4096).fill(0xff)),
  ]
  for (const stream of streams) {
    const peer = await dialTcp(to)
    peer.write(stream)
    peer.socket.end()
    await peer.ended()
    await peer.close()
  }
}
