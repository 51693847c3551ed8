/**
 * Answers of many messages, by either TCP engine: pulled as the client takes them, one client's no faster than others
 * have their turns, what was asked behind them afterwards, and an end to each whatever the client does. Deadlines run on
 * a clock and a sweep that the test moves.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { millis } from '../../src/core/base/units.ts'
import type { Feed, Respond, Transport } from '../../src/core/ports.ts'
import { openTcp } from '../../src/edge/transport/tcp.ts'
import { openTcpEpoll } from '../../src/edge/transport/tcp-epoll/open.ts'
import type { TcpLimits } from '../../src/edge/transport/tcp-limits.ts'
import { createTally, dialTcp, echo, echoOf, makeQuery, type Tally, type TcpPeer, toFrame } from './transport-peers.ts'

const engines = [
  { name: 'tcp', open: openTcp },
  {
    name: 'tcp-epoll',
    open: (deps: Parameters<typeof openTcp>[0], at: Parameters<typeof openTcp>[1]) =>
      openTcpEpoll({ ...deps, attend: () => {}, stayMs: 0 }, at),
  },
]
let open = openTcp
const closers: (() => Promise<void>)[] = []

afterEach(async () => {
  await Promise.all(closers.splice(0).map(close => close()))
})

const messageOctets = 16_000
/** A query so long asks for a feed of as many messages as its octets 12 and 13 say, the first one included. */
const feedQueryOctets = 40

function askFeed(id: number, messages: number): Uint8Array {
  const query = makeQuery(id, feedQueryOctets)
  query[12] = messages >>> 8
  query[13] = messages
  return query
}

interface Stage {
  readonly transport: Transport
  readonly tally: Tally
  /** By id of the query: messages made, and whether the feed was closed. */
  readonly feeds: Map<number, { made: number; closed: number }>
  dial(): Promise<TcpPeer>
  settle(): Promise<void>
  sweepAt(nowMs: number): void
  /** Resolves once so many feeds were closed. */
  closed(count: number): Promise<void>
}

/** `breaksAt`: the message at which a feed breaks off. */
async function setStage(limits: Partial<TcpLimits> = {}, breaksAt = Number.POSITIVE_INFINITY): Promise<Stage> {
  const tally = createTally()
  let nowMs = 0
  let sweep = (): void => {}
  const feeds: Stage['feeds'] = new Map()
  const waiting = new Set<() => void>()
  let begun: Feed | null = null
  const beginFeed = (id: number, messages: number): void => {
    const seen = { made: 1, closed: 0 }
    feeds.set(id, seen)
    begun = {
      next: out => {
        if (seen.made === breaksAt) return -1
        if (seen.made === messages) return 0
        out.fill(id, 0, messageOctets)
        out[0] = seen.made >>> 8
        out[1] = seen.made++
        return messageOctets
      },
      close: () => {
        seen.closed++
        for (const look of waiting) look()
      },
    }
  }
  const respond: Respond = (query, via, out, client) => {
    const octets = echo(query, via, out, client)
    if (query.length !== feedQueryOctets) return octets
    beginFeed((query[0]! << 8) | query[1]!, (query[12]! << 8) | query[13]!)
    return -octets
  }
  const takeFeed = (): Feed | null => {
    const feed = begun
    begun = null
    return feed
  }
  const clock = { now: () => millis(nowMs), wall: () => 0 }
  const every = (run: () => void) => {
    sweep = run
    return () => {}
  }
  const deps = { clock, respond, takeFeed, counters: tally, every }
  const transport = await open(deps, { host: '127.0.0.1', port: 0, ...limits })
  const dial = async (): Promise<TcpPeer> => {
    const peer = await dialTcp(transport.bound)
    closers.push(peer.close)
    return peer
  }
  closers.push(transport.close)
  let bystander: TcpPeer | null = null
  return {
    transport,
    tally,
    feeds,
    dial,
    settle: async () => {
      bystander ??= await dial()
      for (const id of [1, 2]) {
        bystander.send(makeQuery(id))
        await bystander.next()
      }
    },
    sweepAt: atMs => {
      nowMs = atMs
      sweep()
    },
    closed: count =>
      new Promise(resolve => {
        const look = (): void => {
          if ([...feeds.values()].reduce((sum, { closed }) => sum + closed, 0) < count) return
          waiting.delete(look)
          resolve()
        }
        waiting.add(look)
        look()
      }),
  }
}

async function expectFeed(peer: TcpPeer, id: number, messages: number): Promise<void> {
  expect(await peer.next()).toEqual(echoOf(askFeed(id, messages)))
  for (let i = 1; i < messages; i++) {
    const message = await peer.next()
    expect([message.length, (message[0]! << 8) | message[1]!, message[9]]).toEqual([messageOctets, i, id & 255])
  }
}

/** More than the kernel holds for a connection: 64 MB. */
const longFeed = 4000

describe.each(engines)('$name', engine => {
  beforeEach(() => {
    open = engine.open
  })

  describe('a feed', () => {
    it('comes whole and in order, of any length', async () => {
      const stage = await setStage()
      const peer = await stage.dial()
      for (const [id, messages] of [
        [1, 1],
        [2, 2],
        [3, 300],
      ] as const) {
        peer.send(askFeed(id, messages))
        await expectFeed(peer, id, messages)
      }
      await stage.closed(3)
      expect([...stage.feeds.values()]).toEqual([
        { made: 1, closed: 1 },
        { made: 2, closed: 1 },
        { made: 300, closed: 1 },
      ])
      expect(stage.tally.counts).toMatchObject({ evicted: 0, dropped: 0, sendFailed: 0 })
    })

    it('comes before what was asked behind it, and after what was asked before it', async () => {
      const stage = await setStage({ inFlightMax: 2 })
      const peer = await stage.dial()
      const queries = [makeQuery(1), askFeed(2, 40), makeQuery(3), askFeed(4, 3), askFeed(5, 1), makeQuery(6)]
      peer.write(toFrame(...queries))
      expect(await peer.next()).toEqual(echoOf(makeQuery(1)))
      await expectFeed(peer, 2, 40)
      expect(await peer.next()).toEqual(echoOf(makeQuery(3)))
      await expectFeed(peer, 4, 3)
      await expectFeed(peer, 5, 1)
      expect(await peer.next()).toEqual(echoOf(makeQuery(6)))
      peer.send(makeQuery(7))
      expect(await peer.next()).toEqual(echoOf(makeQuery(7)))
    })

    it('goes on after the client has closed its side, then the connection ends', async () => {
      const stage = await setStage()
      const peer = await stage.dial()
      peer.socket.end(toFrame(askFeed(1, 200), makeQuery(2)))
      await expectFeed(peer, 1, 200)
      expect(await peer.next()).toEqual(echoOf(makeQuery(2)))
      expect(await peer.ended()).toBe(0)
      peer.socket.end()
      await stage.tally.until(counts => counts.closed === 1)
      expect(stage.tally.counts).toMatchObject({ evicted: 0, sendFailed: 0 })
    })

    it('leaves others their turns', async () => {
      const stage = await setStage()
      const [eager, modest] = [await stage.dial(), await stage.dial()]
      eager.send(askFeed(1, longFeed))
      await eager.next()
      modest.send(makeQuery(9))
      expect(await modest.next()).toEqual(echoOf(makeQuery(9)))
      expect(stage.feeds.get(1)!.made).toBeLessThan(longFeed)
      for (let i = 1; i < longFeed; i++) await eager.next()
    })

    it('that breaks off takes its connection with it, and no other', async () => {
      const stage = await setStage({}, 3)
      const [broken, other] = [await stage.dial(), await stage.dial()]
      other.send(makeQuery(1))
      await other.next()
      broken.write(toFrame(askFeed(1, 9), makeQuery(2)))
      await stage.closed(1)
      // What the kernel had may still come; the answer behind it does not.
      expect(await broken.ended()).toBeLessThanOrEqual(3)
      other.send(makeQuery(3))
      expect(await other.next()).toEqual(echoOf(makeQuery(3)))
      expect(stage.feeds.get(1)).toEqual({ made: 3, closed: 1 })
    })
  })

  describe('a client that does not read', () => {
    const setStuck = async (limits: Partial<TcpLimits> = {}) => {
      const stage = await setStage(limits)
      const peer = await stage.dial()
      peer.socket.pause()
      peer.write(toFrame(askFeed(1, longFeed), makeQuery(2)))
      // Until the kernel takes no more.
      let made = -1
      while (stage.feeds.get(1)?.made !== made) {
        made = stage.feeds.get(1)?.made ?? 0
        for (let i = 0; i < 20; i++) await stage.settle()
      }
      return { stage, peer }
    }

    it('has no more made for it than the kernel holds', async () => {
      const { stage } = await setStuck()
      const { made } = stage.feeds.get(1)!
      for (let i = 0; i < 30; i++) await stage.settle()
      expect(stage.feeds.get(1)).toEqual({ made, closed: 0 })
      expect(made).toBeLessThan(longFeed / 2)
    })

    it('gets everything once it reads', async () => {
      const { stage, peer } = await setStuck()
      peer.socket.resume()
      await expectFeed(peer, 1, longFeed)
      expect(await peer.next()).toEqual(echoOf(makeQuery(2)))
      expect(stage.tally.counts.evicted).toBe(0)
    })

    it('is ended when it is idle too long, and its feed with it', async () => {
      const { stage } = await setStuck({ idleMs: 10_000 })
      stage.sweepAt(9_999)
      expect(stage.feeds.get(1)!.closed).toBe(0)
      stage.sweepAt(10_000)
      await stage.closed(1)
      expect(stage.tally.counts.evicted).toBeGreaterThanOrEqual(1)
    })
  })

  describe('an end', () => {
    it('comes to a feed that takes too long, however steadily the client reads', async () => {
      const stage = await setStage({ idleMs: 10_000, feedMs: 25_000 })
      const peer = await stage.dial()
      peer.send(askFeed(1, longFeed))
      for (let atMs = 0; atMs < 25_000; atMs += 5_000) {
        stage.sweepAt(atMs)
        // More than lies ready, so that the engine has sent something since.
        for (let i = 0; i < 700; i++) await peer.next()
      }
      expect(stage.feeds.get(1)!.closed).toBe(0)
      stage.sweepAt(25_000)
      await stage.closed(1)
      expect(stage.tally.counts.evicted).toBe(1)
    })

    it('comes to a feed whose client goes away', async () => {
      const stage = await setStage()
      const peer = await stage.dial()
      peer.send(askFeed(1, longFeed))
      await peer.next()
      peer.socket.resetAndDestroy()
      await stage.closed(1)
      await stage.tally.until(counts => counts.closed === 1)
      expect(stage.feeds.get(1)!.made).toBeLessThan(longFeed)
    })

    it('comes to a feed whose client makes room for another', async () => {
      const stage = await setStage({ clientsMax: 1 })
      const stuck = await stage.dial()
      stuck.send(askFeed(1, longFeed))
      await stuck.next()
      stuck.socket.pause()
      const other = await stage.dial()
      other.send(makeQuery(2))
      expect(await other.next()).toEqual(echoOf(makeQuery(2)))
      expect(stage.feeds.get(1)?.closed).toBe(1)
    })

    it('comes to all feeds with the listener, once each', async () => {
      const stage = await setStage()
      const peers = [await stage.dial(), await stage.dial()]
      for (const [i, peer] of peers.entries()) peer.send(askFeed(i + 1, longFeed))
      for (const peer of peers) await peer.next()
      await stage.transport.close()
      await stage.closed(2)
      expect([...stage.feeds.values()].map(({ closed }) => closed)).toEqual([1, 1])
    })
  })
})
