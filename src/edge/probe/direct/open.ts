/**
 * Direct connections as far as this machine has them. The calls are loaded when the first probe asks and tried before
 * anything relies on them: a sandbox may refuse them, and a system may lay epoll_event out otherwise. Until then, and
 * where they cannot be had, probes go by node:net, which differs in what it costs and in nothing else.
 */
import { type ConnectCalls, loadConnectCalls } from '../../ffi/connects.ts'
import { linux } from '../../ffi/libc.ts'
import { epollEvents, epollEventWords, epollMarkWord, epollOperations } from '../../ffi/streams.ts'
import { createLines, type Lines } from './lines.ts'
import { createPlaces, inputOctetsMax, type Places } from './places.ts'

export interface Direct {
  /** Null while it is not there, or if it never will be. */
  lines(): Lines | null
  /** Loads and tries the calls, once; resolves when `lines` says what came of it. */
  prepare(): Promise<void>
  close(): void
}

export function createDirect(): Direct {
  let lines: Lines | null = null
  let preparing: Promise<void> | null = null
  let isClosed = false
  const load = async (): Promise<void> => {
    const calls = await loadConnectCalls()
    if (isClosed || 'reason' in calls) return
    lines = openLines(calls)
  }
  const prepare = (): Promise<void> => {
    preparing ??= load()
    return preparing
  }
  return {
    lines: () => {
      if (preparing === null && !isClosed) void prepare()
      return lines
    },
    prepare,
    close: () => {
      isClosed = true
      lines?.stop()
      lines = null
    },
  }
}

/** Null where the calls do not do what they should. */
function openLines(calls: ConnectCalls): Lines | null {
  const places = createPlaces(calls)
  if (typeof places === 'number') return null
  const epoll = calls.openEpoll()
  if (epoll >= 0 && isUsable(calls, places, epoll)) return createLines(calls, places, epoll)
  if (epoll >= 0) calls.close(epoll)
  places.release()
  return null
}

const mark = 0x5a5a
const octet = 0xa5
const optionError = 4

/** Tries the calls on a pair of sockets that nobody else sees. */
function isUsable(calls: ConnectCalls, places: Places, epoll: number): boolean {
  const pair = calls.openPair(linux.familyUnix, linux.typeStream)
  if (typeof pair === 'number') return false
  const [from, to] = pair
  const { words, event, events, option, length, name, input, output } = places
  const told = event.at >>> 2
  words[told] = epollEvents.readable
  words[told + epollMarkWord] = mark
  words[told + epollMarkWord + 1] = octet
  words[length.at >>> 2] = 4
  output[0] = octet
  const seen = events.at >>> 2
  const stream = calls.openStream(linux.familyV4)
  const works =
    stream >= 0 &&
    calls.readOptionAt(stream, linux.levelSocket, optionError, option.address, length.address) === 0 &&
    words[option.at >>> 2] === 0 &&
    calls.readNameAt(stream, name.address, length.address) === 0 &&
    calls.control(epoll, epollOperations.add, to, event.address) === 0 &&
    calls.send(from, places.outputAddress, 1) === 1 &&
    calls.look(epoll, events.address, 1, 0) === 1 &&
    words[seen + epollMarkWord] === mark &&
    words[seen + epollMarkWord + 1] === octet &&
    calls.receive(to, places.inputAddress, inputOctetsMax) === 1 &&
    input[0] === octet
  for (const fd of [from, to, stream]) if (fd >= 0) calls.close(fd)
  return works && epollEventWords - epollMarkWord === 2
}
