/**
 * What the batched engine does when the kernel says no. The calls are a model here, since no test can make a kernel run
 * out of memory; the memory is real.
 */
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type DatagramCalls, loadDatagramCalls } from '../../src/edge/ffi/datagrams.ts'
import { linux } from '../../src/edge/ffi/libc.ts'
import {
  type Arena,
  createArena,
  headerMessageOctets,
  headerWords,
  sideWords,
} from '../../src/edge/transport/udp-batch/arena.ts'
import { createBatch } from '../../src/edge/transport/udp-batch/batch.ts'
import { runBatchEngine } from '../../src/edge/transport/udp-batch/engine.ts'
import { sendAnswers } from '../../src/edge/transport/udp-batch/send.ts'
import type { BatchSocket } from '../../src/edge/transport/udp-batch/socket.ts'
import { tryCalls } from '../../src/edge/transport/udp-batch/trial.ts'
import { createTally, echo, makeQuery } from './transport-peers.ts'

const errno = { perm: 1, noMemory: 12, badDescriptor: 9, refused: 111, noSystemCall: 38 }
const headers = { address: 1 << 20, word: 0 }

let real: DatagramCalls
let arenas: Arena[] = []

beforeAll(async () => {
  const loaded = await loadDatagramCalls()
  if ('reason' in loaded) throw new Error(loaded.reason)
  real = loaded
})

afterEach(() => {
  for (const arena of arenas) arena.release()
  arenas = []
})

function makeArena(): Arena {
  const arena = createArena(real, 1232)
  if (typeof arena === 'number') throw new Error(`no memory: ${arena}`)
  arenas.push(arena)
  return arena
}

/** A send that answers each call with the next of the results, and notes which message it began at and how many. */
function scriptedSend(results: readonly number[]) {
  const asked: [from: number, count: number][] = []
  const send: DatagramCalls['send'] = (_fd, at, count) => {
    asked.push([(at - headers.address) / (headerWords * 4), count])
    return results[asked.length - 1] ?? count
  }
  return { send, asked }
}

describe('sending', () => {
  it.each([
    ['all at once', [5], [[0, 5]], 0],
    [
      'in parts',
      [2, 1, 2],
      [
        [0, 5],
        [2, 3],
        [3, 2],
      ],
      0,
    ],
    [
      'past a message that a firewall refuses',
      [2, -errno.perm, 2],
      [
        [0, 5],
        [2, 3],
        [3, 2],
      ],
      1,
    ],
    [
      'past an ICMP error of an earlier answer',
      [-errno.refused],
      [
        [0, 5],
        [1, 4],
      ],
      1,
    ],
    ['until the queue is full', [-linux.errorAgain], [[0, 5]], 5],
    [
      'until memory is short',
      [3, -linux.errorNoBuffers],
      [
        [0, 5],
        [3, 2],
      ],
      2,
    ],
    [
      'again after a signal',
      [-linux.errorInterrupted, 5],
      [
        [0, 5],
        [0, 5],
      ],
      0,
    ],
  ] as const)('goes on %s', (_how, results, asked, failed) => {
    const tally = createTally()
    const script = scriptedSend(results)
    sendAnswers(script, 3, headers, 5, tally)
    expect(script.asked).toEqual(asked)
    expect(tally.counts.sendFailed).toBe(failed)
  })

  it.each([-linux.errorInterrupted, -errno.perm, 0])('ends though every call says %d', result => {
    const tally = createTally()
    let calls = 0
    const send = (): number => {
      calls++
      return result
    }
    sendAnswers({ send }, 3, headers, 64, tally)
    expect(tally.counts.sendFailed).toBe(64)
    expect(calls).toBeLessThan(100)
  })
})

describe('a datagram with source port 0', () => {
  it('is dropped and counted, and the others of its batch are answered', () => {
    const arena = makeArena()
    const tally = createTally()
    const batch = createBatch({ arena, respond: echo, counters: tally })
    for (let slot = 0; slot < 3; slot++) receiveInto(arena, slot, makeQuery(slot), slot === 1 ? 0 : 5000)
    expect(batch.answer(3, { family: 'v4', wildcard: false })).toBe(2)
    expect(tally.counts.dropped).toBe(1)
    expect(arena.answers.slice(0, 2).map(answer => answer[1])).toEqual([0, 2])
  })
})

describe('the engine', () => {
  it('counts what a receive is refused with, rests instead of spinning, and goes on', async () => {
    const arena = makeArena()
    const tally = createTally()
    let receives = 0
    let broken = true
    const closed = Promise.withResolvers<void>()
    const receive = (): number => {
      receives++
      if (broken) return -errno.badDescriptor
      receiveInto(arena, 0, makeQuery(1), 5000)
      closed.resolve()
      return 1
    }
    const calls = modelCalls({ receive, send: (_fd, _at, count) => count })
    const engine = runBatchEngine({ calls, arena, respond: echo, counters: tally, attend: () => {}, pollWaitMs: 1 }, [
      socketOf(3),
    ])
    await tally.until(counts => counts.receiveFailed === 20)
    // Sixteen in a row are met at once; each of those after them came behind a rest.
    expect(receives).toBe(20)
    broken = false
    await closed.promise
    await engine.close()
    const after = receives
    await new Promise(resolve => setImmediate(resolve))
    expect(receives).toBe(after)
  })

  it('takes the end of a wait and a signal for what they are', async () => {
    const arena = makeArena()
    const tally = createTally()
    const results = [-linux.errorAgain, -linux.errorInterrupted, -linux.errorAgain]
    let receives = 0
    const done = Promise.withResolvers<void>()
    const receive = (): number => {
      if (++receives === 50) done.resolve()
      return results[receives % results.length]!
    }
    const calls = modelCalls({ receive })
    const engine = runBatchEngine({ calls, arena, respond: echo, counters: tally, attend: () => {}, pollWaitMs: 1 }, [
      socketOf(3),
    ])
    await done.promise
    await engine.close()
    expect(tally.counts.receiveFailed).toBe(0)
  })

  it('goes on with the other sockets when one is broken', async () => {
    const arena = makeArena()
    const tally = createTally()
    const received: number[] = []
    const enough = Promise.withResolvers<void>()
    const calls = modelCalls({
      poll: () => {
        for (const i of [0, 1]) arena.words[arena.polls.word + i * 2 + 1] = (1 << 16) | 1
        return 2
      },
      receive: fd => {
        if (fd === 3) return -errno.badDescriptor
        receiveInto(arena, 0, makeQuery(1), 5000)
        if (received.push(fd) === 100) enough.resolve()
        return 1
      },
      send: (_fd, _at, count) => count,
    })
    const engine = runBatchEngine({ calls, arena, respond: echo, counters: tally, attend: () => {}, pollWaitMs: 1 }, [
      socketOf(3),
      socketOf(4),
    ])
    await enough.promise
    await engine.close()
    expect(tally.counts.receiveFailed).toBeGreaterThanOrEqual(99)
  })
})

describe('the trial', () => {
  it('finds nothing to say where the calls work', () => {
    expect(tryCalls(real, makeArena())).toBeNull()
  })

  it.each([
    ['socketpair', { openPair: (): number => -errno.perm }],
    ['sendmmsg', { send: (): number => -errno.noSystemCall }],
    ['recvmmsg', { receive: (): number => -errno.perm }],
    ['recvmmsg', { receive: (): number => 1 }],
  ] as const)('names %s where it does not', (name, override) => {
    expect(tryCalls({ ...real, ...override }, makeArena())).toContain(name)
  })

  it('notices content that is not what was sent', () => {
    const arena = makeArena()
    const receive: DatagramCalls['receive'] = (...args) => {
      const received = real.receive(...args)
      arena.words[arena.incoming.headers.word + headerMessageOctets] = 7
      return received
    }
    expect(tryCalls({ ...real, receive }, arena)).toContain('recvmmsg')
  })
})

/** As the kernel would: the octets in the slot, their number in the header, the sender beside it. */
function receiveInto(arena: Arena, slot: number, query: Uint8Array, port: number): void {
  arena.octets.set(query, arena.query(slot, 0).byteOffset)
  arena.words[arena.incoming.headers.word + slot * headerWords + headerMessageOctets] = query.length
  const name = (arena.incoming.sides + slot * sideWords) * 4
  arena.octets.set([2, 0, port >>> 8, port & 0xff, 127, 0, 0, 1], name)
}

function socketOf(fd: number): BatchSocket {
  return { fd, bound: { host: '127.0.0.1', port: 5300 }, family: 'v4', wildcard: false }
}

function modelCalls(override: Partial<DatagramCalls>): DatagramCalls {
  return { ...real, readOption: () => -errno.noMemory, ...override }
}
