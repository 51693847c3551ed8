/**
 * The loop of the TCP thread: Node's event loop waits for an epoll instance that holds every connection; when it has
 * something to tell, one look brings up to `eventsMax` connections, and each is read, answered and written to at once.
 * The way through the event loop costs more than an answer, so the thread stays for a while and waits for the next
 * connection by itself; messages and timers come after. What must not be late is looked at by `attend`.
 * Work is done in the loop's check phase rather than in the callback of its wait, so that promises and errors fare as
 * anywhere else in Node.
 * Invariant: no client comes up twice before the others have come up once.
 */
import { assert } from '../../../core/base/assert.ts'
import type { Clock, Respond, TakeFeed, TransportCounters } from '../../../core/ports.ts'
import { linux } from '../../ffi/libc.ts'
import { epollEvents, epollEventWords, epollMarkWord, epollOperations, type StreamCalls } from '../../ffi/streams.ts'
import { closeWaitMs, type Every, sweepMs, type TcpLimits } from '../tcp-limits.ts'
import { createAccept } from './accept.ts'
import { type Arena, eventsMax } from './arena.ts'
import { type Client, type Crowd, createCrowd } from './crowd.ts'
import type { StreamListener } from './listener.ts'
import { createStreams, type Streams } from './stream.ts'

export interface TcpEngineDeps {
  readonly calls: StreamCalls
  readonly arena: Arena
  readonly epoll: number
  /** Read once for all that one look brings; `attend` says when. */
  readonly clock: Clock
  readonly respond: Respond
  readonly takeFeed: TakeFeed
  readonly counters: TransportCounters
  readonly limits: TcpLimits
  /** Where open descriptors are noted, see crowd.ts. */
  readonly descriptors: Int32Array
  /** Called after each wait and before anything that came is answered. */
  readonly attend: () => void
  readonly every: Every
  /** How long the thread waits for the next connection before the event loop has its turn. */
  readonly stayMs: number
}

export interface TcpEngine {
  /** Accepts no more, lets the answers under way out, closes every connection. */
  close(): Promise<void>
}

/** Looks between two turns of the event loop, which so comes late by that many times `stayMs` at most. */
const looksMax = 32
/** How long a listener rests when the system has no descriptor for what waits there. */
const restMs = 100

export function runTcpEngine(deps: TcpEngineDeps, listeners: readonly StreamListener[]): TcpEngine {
  const { calls, epoll, attend, clock, every } = deps
  const crowd = createCrowd(deps)
  const interest = createInterest(deps)
  const rests = createRests((listener, wanted) => {
    interest(epollOperations.change, listener.fd, wanted, markOf(listeners, listener))
  })
  const loop = createLoop(deps, listeners, { crowd, interest, rest: rests.begin })
  for (const listener of listeners) {
    interest(epollOperations.add, listener.fd, epollEvents.readable, markOf(listeners, listener))
  }
  const unwatch = calls.watch(epoll, loop.wake)
  const stopSweep = every(() => {
    attend()
    crowd.sweep(clock.now())
  }, sweepMs)
  return {
    close: async () => {
      rests.stop()
      for (const listener of listeners) interest(epollOperations.change, listener.fd, 0, markOf(listeners, listener))
      attend()
      for (const client of crowd.clients) loop.streams.dismiss(client)
      await emptied(crowd.size)
      for (const client of crowd.clients) crowd.drop(client)
      stopSweep()
      unwatch()
      loop.stop()
    },
  }
}

interface LoopParts {
  readonly crowd: Crowd
  readonly interest: ReturnType<typeof createInterest>
  readonly rest: (listener: StreamListener) => void
}

interface Loop {
  readonly streams: Streams
  /** Has the loop run soon, once however often it is called. */
  wake(): void
  stop(): void
}

function createLoop(deps: TcpEngineDeps, listeners: readonly StreamListener[], parts: LoopParts): Loop {
  const { calls, arena, epoll, attend, stayMs } = deps
  const { crowd, interest, rest } = parts
  const { words, events } = arena
  let due: NodeJS.Immediate | null = null
  const wake = (): void => {
    due ??= setImmediate(run)
  }
  const waiting: Client[] = []
  const streams = createStreams({
    ...deps,
    crowd,
    want: (client, wanted) => void interest(epollOperations.change, client.fd, wanted, client.slot),
    queue: client => {
      waiting.push(client)
    },
  })
  const accept = createAccept({
    ...deps,
    crowd,
    enlist: client => interest(epollOperations.add, client.fd, epollEvents.readable, client.slot) === 0,
    rest,
  })
  /** False if nothing happened, and nobody waits for a turn. */
  const step = (waitMs: number): boolean => {
    const turns = waiting.length
    const found = calls.look(epoll, events.address, eventsMax, turns > 0 ? 0 : waitMs)
    assert(found >= 0 || found === -linux.errorInterrupted, 'an epoll instance that cannot be looked at')
    attend()
    for (let i = 0; i < found; i++) {
      const mark = words[(events.at >>> 2) + i * epollEventWords + epollMarkWord]!
      if (mark < 0) accept(listeners[-1 - mark]!)
      else streams.serve(crowd.clients[mark]!)
    }
    for (let i = 0; i < turns; i++) streams.goOn(waiting[i]!)
    if (turns > 0) waiting.splice(0, turns)
    return found > 0 || turns > 0
  }
  const run = (): void => {
    due = null
    for (let looks = 0; looks < looksMax; looks++) if (!step(looks === 0 ? 0 : stayMs)) break
    if (waiting.length > 0) wake()
  }
  return {
    streams,
    wake,
    stop: () => {
      if (due !== null) clearImmediate(due)
    },
  }
}

/** Listeners are told from clients by their sign. */
function markOf(listeners: readonly StreamListener[], listener: StreamListener): number {
  return -1 - listeners.indexOf(listener)
}

function createInterest({ calls, arena, epoll }: TcpEngineDeps) {
  const { words, event } = arena
  const at = event.at >>> 2
  return (operation: number, fd: number, wanted: number, mark: number): number => {
    words[at] = wanted
    words[at + epollMarkWord] = mark
    return calls.control(epoll, operation, fd, event.address)
  }
}

function createRests(want: (listener: StreamListener, events: number) => void) {
  const resting = new Map<StreamListener, NodeJS.Timeout>()
  return {
    begin: (listener: StreamListener): void => {
      want(listener, 0)
      const end = (): void => {
        resting.delete(listener)
        want(listener, epollEvents.readable)
      }
      resting.set(listener, setTimeout(end, restMs))
    },
    stop: (): void => {
      for (const timer of resting.values()) clearTimeout(timer)
      resting.clear()
    },
  }
}

/** How often the end is looked for while connections are closing. */
const emptyLookMs = 5

/** Resolves when nobody is left, or when they have had their time. */
function emptied(size: () => number): Promise<void> {
  if (size() === 0) return Promise.resolve()
  return new Promise(resolve => {
    const end = (): void => {
      clearTimeout(limit)
      clearInterval(looks)
      resolve()
    }
    const limit = setTimeout(end, closeWaitMs)
    const looks = setInterval(() => {
      if (size() === 0) end()
    }, emptyLookMs)
  })
}
