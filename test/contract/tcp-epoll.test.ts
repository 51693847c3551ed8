/**
 * What the TCP engine does when the kernel says no, or takes less than it is given. Some of the calls are a model here,
 * since no test can make a kernel run out of descriptors; connections and memory are real.
 */
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Respond } from '../../src/core/ports.ts'
import { createClock } from '../../src/edge/clock.ts'
import { linux } from '../../src/edge/ffi/libc.ts'
import { epollOperations, loadStreamCalls, type StreamCalls } from '../../src/edge/ffi/streams.ts'
import { type Arena, createArena } from '../../src/edge/transport/tcp-epoll/arena.ts'
import { closeLeftovers } from '../../src/edge/transport/tcp-epoll/crowd.ts'
import { runTcpEngine } from '../../src/edge/transport/tcp-epoll/engine.ts'
import { openStreamListener } from '../../src/edge/transport/tcp-epoll/listener.ts'
import { createDescriptors } from '../../src/edge/transport/tcp-epoll/open.ts'
import { tryStreamCalls } from '../../src/edge/transport/tcp-epoll/trial.ts'
import { systemEvery, tcpLimitsDefault } from '../../src/edge/transport/tcp-limits.ts'
import { createTally, dialTcp, echo, echoOf, makeQuery, type Tally, type TcpPeer, toFrame } from './transport-peers.ts'

const errno = { perm: 1, noMemory: 12, brokenPipe: 32, connectionAborted: 103, noSystemCall: 38 }

let real: StreamCalls
let opened: (() => Promise<void> | void)[] = []

beforeAll(async () => {
  const loaded = await loadStreamCalls()
  if ('reason' in loaded) throw new Error(loaded.reason)
  real = loaded
})

afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

function makeArena(): Arena {
  const arena = createArena(real, tcpLimitsDefault.unsentMax + 2 + 0xffff)
  if (typeof arena === 'number') throw new Error(`no memory: ${arena}`)
  opened.push(() => arena.release())
  return arena
}

function makeEpoll(): number {
  const epoll = real.openEpoll()
  opened.push(() => void real.close(epoll))
  return epoll
}

interface Stage {
  readonly tally: Tally
  readonly descriptors: Int32Array
  dial(localAddress?: string): Promise<TcpPeer>
}

function setStage(calls: Partial<StreamCalls>, respond: Respond = echo): Stage {
  const tally = createTally()
  const arena = makeArena()
  const epoll = makeEpoll()
  const listener = openStreamListener(real, { host: '127.0.0.1', port: 0 })
  opened.push(() => void real.close(listener.fd))
  const limits = { ...tcpLimitsDefault, clientsMax: 8 }
  const descriptors = new Int32Array(createDescriptors(limits))
  const common = {
    clock: createClock(),
    respond,
    counters: tally,
    limits,
    takeFeed: () => null,
    attend: () => {},
    every: systemEvery,
    stayMs: 0,
  }
  const engine = runTcpEngine({ ...common, calls: { ...real, ...calls }, arena, epoll, descriptors }, [listener])
  opened.push(() => engine.close())
  return {
    tally,
    descriptors,
    dial: async localAddress => {
      const peer = await dialTcp(listener.bound, localAddress)
      opened.push(peer.close)
      return peer
    },
  }
}

async function expectEcho(peer: TcpPeer, id: number): Promise<void> {
  peer.send(makeQuery(id))
  expect(await peer.next()).toEqual(echoOf(makeQuery(id)))
}

/** The results of the first calls; behind them the real ones. */
function script<Args extends unknown[]>(results: readonly number[], then: (...args: Args) => number) {
  let at = 0
  return (...args: Args): number => results[at++] ?? then(...args)
}

describe('accepting', () => {
  it.each([24, 23, 105, 12])('rests while the system has no means (errno %i), then goes on', async code => {
    let asked = 0
    const accept = script([-code], (...args: Parameters<StreamCalls['accept']>) => real.accept(...args))
    const stage = setStage({
      accept: (...args) => {
        asked++
        return accept(...args)
      },
    })
    await expectEcho(await stage.dial(), 1)
    expect(stage.tally.counts).toMatchObject({ dropped: 1, opened: 1 })
    // The refusal; the connection; that there is no other.
    expect(asked).toBe(3)
  })

  it('goes on at once where a connection was gone before it was taken', async () => {
    const refusals = [-errno.connectionAborted, -errno.perm]
    const stage = setStage({
      accept: script(refusals, (...args: Parameters<StreamCalls['accept']>) => real.accept(...args)),
    })
    await expectEcho(await stage.dial(), 1)
    expect(stage.tally.counts).toMatchObject({ dropped: 2, opened: 1 })
  })

  it('closes a connection that the kernel will not watch, and no other', async () => {
    let added = 0
    const stage = setStage({
      control: (epoll, operation, fd, event) => {
        // The listener is the first, the connection the second.
        if (operation === epollOperations.add && ++added === 2) return -errno.noMemory
        return real.control(epoll, operation, fd, event)
      },
    })
    expect(await (await stage.dial()).ended()).toBe(0)
    await expectEcho(await stage.dial(), 2)
    expect(stage.tally.counts).toMatchObject({ opened: 2, evicted: 1, closed: 1 })
  })

  it('notes each open descriptor, and forgets it with the connection', async () => {
    const stage = setStage({})
    const peers = [await stage.dial(), await stage.dial(), await stage.dial()]
    for (const peer of peers) await expectEcho(peer, 1)
    const held = (): number => stage.descriptors.slice(1).filter(mark => mark > 0).length
    expect(held()).toBe(3)
    await peers[0]!.close()
    await stage.tally.until(counts => counts.closed === 1)
    expect(held()).toBe(2)
  })
})

describe('sending', () => {
  it('gets every answer out, in order, where the kernel takes an octet at a time or none', async () => {
    let turn = 0
    const stage = setStage({
      send: (fd, from, octets) => (turn++ % 3 === 0 ? -linux.errorAgain : real.send(fd, from, Math.min(octets, 7))),
    })
    const peer = await stage.dial()
    const ids = Array.from({ length: 200 }, (_, i) => i)
    peer.write(toFrame(...ids.map(id => makeQuery(id))))
    for (const id of ids) expect(await peer.next()).toEqual(echoOf(makeQuery(id)))
  })

  it('counts a refusal, ends that connection and no other', async () => {
    const stage = setStage({
      send: script([-errno.brokenPipe], (...args: Parameters<StreamCalls['send']>) => real.send(...args)),
    })
    const peer = await stage.dial()
    peer.send(makeQuery(1))
    expect(await peer.ended()).toBe(0)
    await expectEcho(await stage.dial(), 2)
    expect(stage.tally.counts).toMatchObject({ sendFailed: 1, opened: 2, closed: 1 })
  })

  it('sends the answers of one segment in one piece', async () => {
    const lengths: number[] = []
    const stage = setStage({
      send: (fd, from, octets) => {
        lengths.push(octets)
        return real.send(fd, from, octets)
      },
    })
    const peer = await stage.dial()
    peer.write(toFrame(...[1, 2, 3].map(id => makeQuery(id))))
    for (const id of [1, 2, 3]) expect(await peer.next()).toEqual(echoOf(makeQuery(id)))
    expect(lengths).toEqual([3 * (2 + makeQuery(1).length)])
  })
})

describe('a query', () => {
  it('at which respond fails is lost alone', async () => {
    const stage = setStage({}, (query, via, out, client) => {
      if (query[1] === 1) throw new Error('a fault of ours')
      return echo(query, via, out, client)
    })
    const peer = await stage.dial()
    peer.send(makeQuery(1))
    await expectEcho(peer, 2)
    expect(stage.tally.counts.dropped).toBe(1)
  })

  it.each(['127.0.0.1', '127.0.0.77'])('comes with the address and port of its sender, %s', async localAddress => {
    const seen: string[] = []
    const stage = setStage({}, (query, via, out, client) => {
      seen.push(`${client.octets.subarray(0, client.length).join('.')} ${client.port}`)
      return echo(query, via, out, client)
    })
    const peer = await stage.dial(localAddress)
    await expectEcho(peer, 1)
    expect(seen).toEqual([`${localAddress} ${peer.socket.localPort}`])
  })
})

describe('the trial', () => {
  it('finds nothing amiss here', () => {
    expect(tryStreamCalls(real, makeArena(), makeEpoll())).toBeNull()
  })

  it.each([
    ['openPair', 'socketpair'],
    ['control', 'epoll_ctl'],
    ['send', 'send'],
    ['look', 'epoll_wait'],
    ['receive', 'recv'],
    ['accept', 'accept4'],
  ] as const)('names what %s refuses', (call, name) => {
    const calls = { ...real, [call]: () => -errno.noSystemCall }
    const reason = tryStreamCalls(calls, makeArena(), makeEpoll())
    expect(reason).toContain(name)
    expect(reason).toContain('ENOSYS')
  })

  it('sees a struct that is laid out otherwise', () => {
    const arena = makeArena()
    const calls: StreamCalls = {
      ...real,
      look: (epoll, events, eventsMax, waitMs) => {
        const found = real.look(epoll, events, eventsMax, waitMs)
        arena.octets.copyWithin(arena.events.at + 1, arena.events.at, arena.events.at + 16)
        return found
      },
    }
    expect(tryStreamCalls(calls, arena, makeEpoll())).toContain('epoll_wait')
  })
})

describe('what a lost thread leaves', () => {
  it('is closed once, whatever its place', () => {
    const closed: number[] = []
    const descriptors = Int32Array.of(8, 0, 13, 0, 21)
    const calls = { close: (fd: number) => closed.push(fd) }
    closeLeftovers(calls, descriptors)
    closeLeftovers(calls, descriptors)
    expect(closed).toEqual([7, 12, 20])
  })
})
