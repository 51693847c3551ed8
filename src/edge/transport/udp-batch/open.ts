/**
 * The batched engine as one piece: calls, memory, trial and loop, for an answering thread that is handed its sockets,
 * or as a single listener that opens its own.
 */

import type { UdpCounters } from '../../../board/counters.ts'
import { udpOctetsMax } from '../../../core/answer/message.ts'
import type { Respond, Transport } from '../../../core/ports.ts'
import { loadDatagramCalls } from '../../ffi/datagrams.ts'
import { shortenTurns } from '../../ffi/scheduler.ts'
import { createArena } from './arena.ts'
import { type BatchEngine, runBatchEngine } from './engine.ts'
import { type BatchSocket, type BatchSocketOptions, openBatchSocket } from './socket.ts'
import { tryCalls } from './trial.ts'

export interface UdpBatchDeps {
  readonly respond: Respond
  readonly counters: UdpCounters
  /** Called after each wait and before anything that came is answered. */
  readonly attend: () => void
  readonly pollWaitMs?: number
}

/** Why this machine cannot have the engine, in words. */
export interface NoEngine {
  readonly reason: string
}

/** Starts answering on sockets that someone else opened and will close, after the engine. */
export async function startUdpBatch(
  deps: UdpBatchDeps,
  sockets: readonly BatchSocket[],
): Promise<BatchEngine | NoEngine> {
  const calls = await loadDatagramCalls()
  if ('reason' in calls) return calls
  const arena = createArena(calls, udpOctetsMax)
  if (typeof arena === 'number') return { reason: `no memory for packets (errno ${-arena})` }
  const trouble = tryCalls(calls, arena)
  if (trouble !== null) {
    arena.release()
    return { reason: trouble }
  }
  await shortenTurns()
  const engine = runBatchEngine({ ...deps, calls, arena }, sockets)
  return {
    close: async () => {
      await engine.close()
      arena.release()
    },
  }
}

/** One listener with a socket of its own. Rejects with the system's `code` if the address cannot be had. */
export async function openUdpBatch(deps: UdpBatchDeps, options: BatchSocketOptions): Promise<Transport> {
  const calls = await loadDatagramCalls()
  if ('reason' in calls) throw new Error(calls.reason)
  const socket = openBatchSocket(calls, options)
  const engine = await startUdpBatch(deps, [socket])
  if ('reason' in engine) {
    calls.close(socket.fd)
    throw new Error(engine.reason)
  }
  let closing: Promise<void> | null = null
  const close = async (): Promise<void> => {
    await engine.close()
    calls.close(socket.fd)
  }
  return {
    via: 'udp',
    bound: socket.bound,
    close: () => {
      closing ??= close()
      return closing
    },
  }
}
