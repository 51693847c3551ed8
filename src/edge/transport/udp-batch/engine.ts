/**
 * The loop of an answering thread: wait in the kernel, answer what came, send, again. One socket is waited for by the
 * receive itself, which is one call fewer; several by poll.
 * The loop runs in turns, between which Node's event loop has its own: after many batches, and whenever nothing came
 * for the receive timeout. So messages and timers of the thread still work, only late; what must not be late is looked
 * at by `attend`, which is called after each wait and before anything that came is answered.
 * Invariants: nothing throws out of a turn; no error is met without a wait or an end of the turn, so none can spin.
 */
import type { UdpCounters } from '../../../board/counters.ts'
import { assert } from '../../../core/base/assert.ts'
import type { Respond } from '../../../core/ports.ts'
import type { DatagramCalls } from '../../ffi/datagrams.ts'
import { linux } from '../../ffi/libc.ts'
import { type Arena, slotsMax, socketsMax } from './arena.ts'
import { createBatch, type Source } from './batch.ts'
import { sendAnswers } from './send.ts'
import { type BatchSocket, createLossReader, receiveWaitMsDefault } from './socket.ts'

export interface BatchEngineDeps {
  readonly calls: DatagramCalls
  readonly arena: Arena
  readonly respond: Respond
  readonly counters: UdpCounters
  /** Called after each wait and before anything that came is answered. */
  readonly attend: () => void
  /** Longest wait where there are several sockets; a single one has its own, see socket.ts. */
  readonly pollWaitMs?: number
}

export interface BatchEngine {
  /** Resolves when the batch under way is answered; nothing is read afterwards. Idempotent. */
  close(): Promise<void>
}

/** Batches between two turns of the event loop. At full load that is some milliseconds. */
const batchesPerTurnMax = 256
/** Errors in a row before the thread rests: what lasts that long does not end by asking again. */
const failuresMax = 16
const restMs = 50

const pollIn = 1

/** Where a turn's batches come from: takes one, or says by false that the turn is over. */
type Step = () => boolean

export function runBatchEngine(deps: BatchEngineDeps, sockets: readonly BatchSocket[]): BatchEngine {
  assert(sockets.length > 0 && sockets.length <= socketsMax, 'no sockets, or more than a thread can wait for')
  const state = { open: true, failures: 0 }
  const { counters } = deps
  const readLosses = sumLosses(deps.calls, sockets)
  const step = sockets.length === 1 ? stepOfOne(deps, sockets[0]!, state) : stepOfMany(deps, sockets, state)
  let next: { readonly cancel: () => void }
  const turn = (): void => {
    for (let batches = 0; state.open && batches < batchesPerTurnMax; batches++) if (!step()) break
    counters.overflows(readLosses())
    if (state.open) next = state.failures > failuresMax ? afterRest(turn) : soon(turn)
  }
  next = soon(turn)
  return {
    close: () => {
      state.open = false
      next.cancel()
      // From within `attend` the batch under way is still to be answered: the next turn of the event loop is behind it.
      return new Promise(resolve => setImmediate(resolve))
    },
  }
}

/** All that the sockets lost since they were opened, whichever threads read them. */
function sumLosses(calls: DatagramCalls, sockets: readonly BatchSocket[]): () => number {
  const readers = sockets.filter(({ isShared }) => isShared !== true).map(({ fd }) => createLossReader(calls, fd))
  return () => readers.reduce((total, read) => total + read(), 0)
}

interface State {
  open: boolean
  failures: number
}

function stepOfOne(deps: BatchEngineDeps, socket: BatchSocket, state: State): Step {
  const { calls, arena, attend } = deps
  const work = createWork(deps, socket, state)
  return () => {
    const received = calls.receive(socket.fd, arena.incoming.headers.address, slotsMax, linux.flagWaitForOne)
    attend()
    return work(received)
  }
}

function stepOfMany(deps: BatchEngineDeps, sockets: readonly BatchSocket[], state: State): Step {
  const { calls, arena, counters, attend, pollWaitMs = receiveWaitMsDefault } = deps
  const { words, polls, incoming } = arena
  const works = sockets.map(socket => createWork(deps, socket, state))
  sockets.forEach(({ fd }, i) => {
    words[polls.word + i * 2] = fd
    words[polls.word + i * 2 + 1] = pollIn
  })
  return () => {
    const ready = calls.poll(polls.address, sockets.length, pollWaitMs)
    attend()
    if (ready <= 0) return noteNothing(ready, state, counters)
    let taken = false
    for (let i = 0; i < sockets.length; i++) {
      const found = words[polls.word + i * 2 + 1]! >>> 16
      if (found === 0) continue
      const received = calls.receive(sockets[i]!.fd, incoming.headers.address, slotsMax, linux.flagDontWait)
      if (works[i]!(received)) taken = true
    }
    return taken
  }
}

/** Deals with what a receive of one socket came back with. False if that was no datagram. */
function createWork(deps: BatchEngineDeps, socket: BatchSocket, state: State): (received: number) => boolean {
  const { calls, arena, counters } = deps
  const { fd, family, wildcard } = socket
  const batch = createBatch(deps)
  const source: Source = { family, wildcard }
  return received => {
    if (received <= 0) return noteNothing(received, state, counters)
    state.failures = 0
    const answers = batch.answer(received, source)
    if (answers > 0) sendAnswers(calls, fd, arena.outgoing.headers, answers, counters)
    return true
  }
}

/** The wait is over, a signal cut it short, or it failed. The turn is over in any case. */
function noteNothing(result: number, state: State, counters: UdpCounters): false {
  if (result === 0 || result === -linux.errorAgain || result === -linux.errorInterrupted) {
    state.failures = 0
  } else {
    state.failures++
    counters.receiveFailed()
  }
  return false
}

function soon(turn: () => void): { readonly cancel: () => void } {
  const immediate = setImmediate(turn)
  return { cancel: () => clearImmediate(immediate) }
}

function afterRest(turn: () => void): { readonly cancel: () => void } {
  const timer = setTimeout(turn, restMs)
  return { cancel: () => clearTimeout(timer) }
}
