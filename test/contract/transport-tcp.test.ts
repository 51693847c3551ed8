/**
 * What TCP adds, by either engine: a byte stream with its own ways to be cut, held, dripped and abandoned (RFC 7766, RFC
 * 9210 section 6). Deadlines run on a clock and a sweep that the test moves. `settle` makes sure that the listener has read what was
 * sent before: two round trips of a bystander, since what lay ready before the first is read before the second.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { millis } from '../../src/core/base/units.ts'
import type { Respond, Transport } from '../../src/core/ports.ts'
import { openTcp } from '../../src/edge/transport/tcp.ts'
import { openTcpEpoll } from '../../src/edge/transport/tcp-epoll/open.ts'
import type { TcpLimits } from '../../src/edge/transport/tcp-limits.ts'
import { createTally, dialTcp, echo, echoOf, makeQuery, type Tally, type TcpPeer, toFrame } from './transport-peers.ts'

interface Stage {
  readonly transport: Transport
  readonly tally: Tally
  dial(): Promise<TcpPeer>
  settle(): Promise<void>
  /** Moves the clock and lets the listener look at its deadlines. */
  sweepAt(nowMs: number): void
  sweepStopped(): boolean
}

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
  vi.useRealTimers()
  await Promise.all(closers.splice(0).map(close => close()))
})

async function setStage(limits: Partial<TcpLimits> = {}, respond: Respond = echo): Promise<Stage> {
  const tally = createTally()
  let nowMs = 0
  let sweep = (): void => {}
  let stopped = false
  const clock = { now: () => millis(nowMs), wall: () => 0 }
  const every = (run: () => void) => {
    sweep = run
    return () => {
      stopped = true
    }
  }
  const transport = await open({ clock, respond, counters: tally, every }, { host: '127.0.0.1', port: 0, ...limits })
  const dial = async (): Promise<TcpPeer> => {
    const peer = await dialTcp(transport.bound)
    closers.push(peer.close)
    return peer
  }
  let bystander: TcpPeer | null = null
  closers.push(transport.close)
  return {
    transport,
    tally,
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
    sweepStopped: () => stopped,
  }
}

describe.each(engines)('$name', engine => {
  beforeEach(() => {
    open = engine.open
  })

  describe('the stream', () => {
    it('answers a query that comes octet by octet', async () => {
      const stage = await setStage()
      const peer = await stage.dial()
      for (const octet of toFrame(makeQuery(5, 14))) {
        peer.write(Uint8Array.of(octet))
        await stage.settle()
      }
      expect(await peer.next()).toEqual(echoOf(makeQuery(5, 14)))
    })

    it('answers many queries of one segment in their order, beyond one turn', async () => {
      const stage = await setStage({ inFlightMax: 8 })
      const peer = await stage.dial()
      const ids = Array.from({ length: 100 }, (_, i) => i)
      peer.write(toFrame(...ids.map(id => makeQuery(id))))
      for (const id of ids) expect(await peer.next()).toEqual(echoOf(makeQuery(id)))
    })

    it('lets others have their turn while one asks much', async () => {
      const asked: number[] = []
      const stage = await setStage({ inFlightMax: 8 }, (query, via, out, client) => {
        asked.push(query.length)
        return echo(query, via, out, client)
      })
      const [eager, modest] = [await stage.dial(), await stage.dial()]
      eager.write(toFrame(...Array.from({ length: 1000 }, (_, id) => makeQuery(id, 20))))
      modest.send(makeQuery(1, 21))
      await modest.next()
      expect(asked.indexOf(21)).toBeLessThan(500)
      for (let id = 0; id < 1000; id++) await eager.next()
    })

    it('answers after the client has closed its side, then closes', async () => {
      const stage = await setStage({ inFlightMax: 2 })
      const peer = await stage.dial()
      peer.socket.end(toFrame(...[1, 2, 3, 4, 5].map(id => makeQuery(id))))
      expect(await peer.ended()).toBe(5)
      peer.socket.end()
      await stage.tally.until(counts => counts.closed === 1)
      expect(stage.tally.counts).toMatchObject({ opened: 1, evicted: 0, dropped: 0 })
    })

    it('closes when the client closes its side inside a query', async () => {
      const stage = await setStage()
      const peer = await stage.dial()
      peer.socket.end(toFrame(makeQuery(1)).subarray(0, 9))
      expect(await peer.ended()).toBe(0)
    })

    it('takes a query of 4096 octets', async () => {
      const stage = await setStage()
      const peer = await stage.dial()
      peer.send(makeQuery(1, 4096))
      expect(await peer.next()).toEqual(echoOf(makeQuery(1, 4096)))
    })

    it('ends the connection whose query is longer, and no other', async () => {
      const stage = await setStage()
      const [bad, good] = [await stage.dial(), await stage.dial()]
      bad.write(Uint8Array.of(0x10, 0x01))
      expect(await bad.ended()).toBe(0)
      good.send(makeQuery(2))
      expect(await good.next()).toEqual(echoOf(makeQuery(2)))
      expect(stage.tally.counts).toMatchObject({ evicted: 1, dropped: 0 })
    })

    it('ends a connection at a length of zero, after the answers before it', async () => {
      const stage = await setStage()
      const peer = await stage.dial()
      peer.write(toFrame(makeQuery(1), new Uint8Array(0), makeQuery(2)))
      expect(await peer.next()).toEqual(echoOf(makeQuery(1)))
      expect(await peer.ended()).toBe(0)
      expect(stage.tally.counts).toMatchObject({ dropped: 1, evicted: 0 })
      const other = await stage.dial()
      other.send(makeQuery(3))
      expect(await other.next()).toEqual(echoOf(makeQuery(3)))
    })

    it('outlives a reset', async () => {
      const stage = await setStage({}, (_query, _via, out) => out.length)
      const peer = await stage.dial()
      for (let id = 0; id < 50; id++) peer.send(makeQuery(id))
      await peer.next()
      peer.socket.resetAndDestroy()
      await stage.tally.until(counts => counts.closed === 1)
      const other = await stage.dial()
      other.send(makeQuery(3))
      expect((await other.next()).length).toBe(65535)
    })
  })

  describe('deadlines', () => {
    it('ends a query that drips in when its own time is up, however lately an octet came', async () => {
      const stage = await setStage({ idleMs: 60_000, messageMs: 10_000 })
      const peer = await stage.dial()
      const frame = toFrame(makeQuery(1))
      for (const [i, atMs] of [0, 4000, 8000, 9999].entries()) {
        stage.sweepAt(atMs)
        peer.write(frame.subarray(i, i + 1))
        await stage.settle()
      }
      expect(stage.tally.counts.evicted).toBe(0)
      stage.sweepAt(10_000)
      expect(await peer.ended()).toBe(0)
      expect(stage.tally.counts.evicted).toBe(1)
    })

    it('counts the time of a query from its own first octet, not from the one before', async () => {
      const stage = await setStage({ idleMs: 60_000, messageMs: 10_000 })
      const peer = await stage.dial()
      const two = toFrame(makeQuery(1), makeQuery(2))
      peer.write(two.subarray(0, 5))
      await stage.settle()
      stage.sweepAt(9000)
      // The rest of the first query and the beginning of the second.
      peer.write(two.subarray(5, 40))
      await peer.next()
      stage.sweepAt(18_999)
      peer.write(two.subarray(40))
      expect(await peer.next()).toEqual(echoOf(makeQuery(2)))
      expect(stage.tally.counts.evicted).toBe(0)
    })

    it('ends an idle connection, and lets a slow query that began in time arrive', async () => {
      const stage = await setStage({ idleMs: 10_000, messageMs: 10_000 })
      const [idle, slow] = [await stage.dial(), await stage.dial()]
      await stage.settle()
      stage.sweepAt(9000)
      const frame = toFrame(makeQuery(4))
      slow.write(frame.subarray(0, 1))
      await stage.settle()
      stage.sweepAt(10_000)
      expect(await idle.ended()).toBe(0)
      slow.write(frame.subarray(1))
      expect(await slow.next()).toEqual(echoOf(makeQuery(4)))
      expect(stage.tally.counts.evicted).toBe(1)
    })
  })

  describe('the limit on connections', () => {
    it('ends the connection idle longest and serves the new one', async () => {
      const stage = await setStage({ clientsMax: 3 })
      const peers = [await stage.dial(), await stage.dial(), await stage.dial()]
      // The second is now the one that has been quiet longest.
      for (const peer of [peers[1]!, peers[2]!, peers[0]!]) {
        peer.send(makeQuery(1))
        await peer.next()
      }
      const late = await stage.dial()
      late.send(makeQuery(9))
      expect(await late.next()).toEqual(echoOf(makeQuery(9)))
      expect(await peers[1]!.ended()).toBe(0)
      for (const peer of [peers[0]!, peers[2]!]) {
        peer.send(makeQuery(2))
        expect(await peer.next()).toEqual(echoOf(makeQuery(2)))
      }
      expect(stage.tally.counts).toMatchObject({ opened: 4, evicted: 1 })
    })
  })

  describe('the limit for one address', () => {
    it('ends the own longest idle connection of that address', async () => {
      const stage = await setStage({ clientsMax: 8, perAddressMax: 2 })
      const peers = [await stage.dial(), await stage.dial()]
      for (const peer of peers) {
        peer.send(makeQuery(1))
        await peer.next()
      }
      const third = await stage.dial()
      third.send(makeQuery(9))
      expect(await third.next()).toEqual(echoOf(makeQuery(9)))
      expect(await peers[0]!.ended()).toBe(0)
      peers[1]!.send(makeQuery(2))
      expect(await peers[1]!.next()).toEqual(echoOf(makeQuery(2)))
      expect(stage.tally.counts).toMatchObject({ opened: 3, evicted: 1 })
    })
  })

  describe('a client that does not read', () => {
    const answerOctets = 60_000
    /** Far more than the kernel holds for a connection: 120 MB of answers. */
    const questions = 2000
    const flood = toFrame(...Array.from({ length: questions }, (_, i) => makeQuery(i, 16)))
    const isBulk = (query: Uint8Array): boolean => query.length === 16

    const setBulkStage = async () => {
      let answered = 0
      const stage = await setStage({ idleMs: 10_000, inFlightMax: questions }, (query, via, out, client) => {
        if (!isBulk(query)) return echo(query, via, out, client)
        answered++
        out[0] = query[0]!
        out[1] = query[1]!
        return answerOctets
      })
      const peer = await stage.dial()
      peer.socket.pause()
      peer.write(flood)
      // Were nothing held back, every query would be answered by the end of this.
      for (let i = 0; i < 30; i++) await stage.settle()
      return { stage, peer, answered: () => answered }
    }

    it('is read no further, and ended when it is idle too long', async () => {
      const { stage, answered } = await setBulkStage()
      expect(stage.tally.counts.evicted).toBe(0)
      stage.sweepAt(10_000)
      await stage.tally.until(counts => counts.closed >= 1)
      expect(stage.tally.counts.evicted).toBeGreaterThanOrEqual(1)
      expect(answered()).toBeLessThan(questions / 2)
    })

    it('gets every answer in order once it reads', async () => {
      const { stage, peer, answered } = await setBulkStage()
      expect(answered()).toBeLessThan(questions / 2)
      peer.socket.resume()
      for (let id = 0; id < questions; id++) {
        const answer = await peer.next()
        expect(answer.length).toBe(answerOctets)
        expect((answer[0]! << 8) | answer[1]!).toBe(id)
      }
      expect(stage.tally.counts.evicted).toBe(0)
    })

    it('keeps close waiting for its limit only', async () => {
      const { stage } = await setBulkStage()
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const closing = stage.transport.close()
      vi.advanceTimersByTime(2000)
      await closing
      await stage.tally.until(counts => counts.closed === counts.opened)
      expect(stage.sweepStopped()).toBe(true)
    })
  })

  describe('close', () => {
    it('lets answers that wait go out whole', async () => {
      const stage = await setStage({}, (query, via, out, client) => {
        return query.length === 16 ? out.length : echo(query, via, out, client)
      })
      const peer = await stage.dial()
      peer.socket.pause()
      for (let id = 0; id < 2000; id++) peer.send(makeQuery(id, 16))
      // Until the kernel takes no more and the last answer is cut off in the middle.
      for (let i = 0; i < 50; i++) await stage.settle()
      const closing = stage.transport.close()
      peer.socket.resume()
      expect(await peer.ended()).toBeGreaterThan(0)
      await closing
      await stage.tally.until(counts => counts.closed === 2)
      expect(stage.tally.counts).toMatchObject({ opened: 2, evicted: 0 })
    })
  })
})
