/**
 * The TCP engine as one piece: calls, memory, trial and loop, for an answering thread that is handed its listeners, or
 * as a single listener that opens its own.
 */
import type { Clock, Respond, SocketAddress, TakeFeed, Transport, TransportCounters } from '../../../core/ports.ts'
import { loadStreamCalls } from '../../ffi/streams.ts'
import { answerOctetsMax, type Every, systemEvery, type TcpLimits, tcpLimitsDefault } from '../tcp-limits.ts'
import { createArena } from './arena.ts'
import { descriptorsBefore } from './crowd.ts'
import { runTcpEngine, type TcpEngine } from './engine.ts'
import { openStreamListener, type StreamListener } from './listener.ts'
import { tryStreamCalls } from './trial.ts'

export interface TcpEpollDeps {
  /** Read once for all that one look brings; `attend` says when. */
  readonly clock: Clock
  readonly respond: Respond
  /** Left out: no answer has more than one message. */
  readonly takeFeed?: TakeFeed
  readonly counters: TransportCounters
  /** Called after each wait and before anything that came is answered. */
  readonly attend: () => void
  /** Left out: the system's timer. */
  readonly every?: Every
  /** How long the thread waits for the next connection before its event loop has its turn. */
  readonly stayMs?: number
}

/** Longer than the time between two queries of a server that has much to do. */
const stayMsDefault = 1

/** Why this machine cannot have the engine, in words. */
export interface NoEngine {
  readonly reason: string
}

/** Where a thread notes what it has open, see crowd.ts. Shared with whoever closes that if the thread is lost. */
export function createDescriptors({ clientsMax }: Pick<TcpLimits, 'clientsMax'>): SharedArrayBuffer {
  return new SharedArrayBuffer((descriptorsBefore + clientsMax) * 4)
}

/** Starts answering on listeners that someone else opened and will close, after the engine. */
export async function startTcpEpoll(
  deps: TcpEpollDeps,
  listeners: readonly StreamListener[],
  memory: SharedArrayBuffer,
  options: Partial<TcpLimits> = {},
): Promise<TcpEngine | NoEngine> {
  const limits: TcpLimits = { ...tcpLimitsDefault, ...options }
  const calls = await loadStreamCalls()
  if ('reason' in calls) return calls
  // A turn stops behind the answer with which it exceeds the limit.
  const arena = createArena(calls, limits.unsentMax + 2 + answerOctetsMax)
  if (typeof arena === 'number') return { reason: `no memory for connections (errno ${-arena})` }
  const epoll = calls.openEpoll()
  const descriptors = new Int32Array(memory)
  const release = (): void => {
    descriptors[0] = 0
    if (epoll >= 0) calls.close(epoll)
    arena.release()
  }
  const trouble = epoll < 0 ? `the system refuses epoll_create1 (errno ${-epoll})` : tryStreamCalls(calls, arena, epoll)
  if (trouble !== null) {
    release()
    return { reason: trouble }
  }
  descriptors[0] = epoll + 1
  const engine = runTcpEngine(
    {
      every: systemEvery,
      stayMs: stayMsDefault,
      takeFeed: () => null,
      ...deps,
      calls,
      arena,
      epoll,
      limits,
      descriptors,
    },
    listeners,
  )
  return {
    close: async () => {
      await engine.close()
      release()
    },
  }
}

/** One listener with a socket of its own. Rejects with the system's `code` if the address cannot be had. */
export async function openTcpEpoll(
  deps: TcpEpollDeps,
  options: SocketAddress & Partial<TcpLimits>,
): Promise<Transport> {
  const calls = await loadStreamCalls()
  if ('reason' in calls) throw new Error(calls.reason)
  const listener = openStreamListener(calls, options)
  const memory = createDescriptors({ ...tcpLimitsDefault, ...options })
  const engine = await startTcpEpoll(deps, [listener], memory, options)
  if ('reason' in engine) {
    calls.close(listener.fd)
    throw new Error(engine.reason)
  }
  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    await engine.close()
    calls.close(listener.fd)
  }
  return {
    via: 'tcp',
    bound: listener.bound,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}
