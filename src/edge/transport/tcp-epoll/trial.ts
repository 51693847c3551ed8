/**
 * Tries the calls of the TCP engine on a pair of sockets that nobody else sees, before anything relies on them. A
 * sandbox may refuse them, and a system may lay epoll_event out otherwise: both show here, as a reason in words.
 */
import { getSystemErrorName } from 'node:util'
import { linux } from '../../ffi/libc.ts'
import { epollEvents, epollEventWords, epollMarkWord, epollOperations, type StreamCalls } from '../../ffi/streams.ts'
import { type Arena, inputOctetsMax, nameOctetsMax } from './arena.ts'

const mark = 0x5a5a
const octet = 0xa5
/** EINVAL: what accept4 says of a socket that does not listen. */
const notListening = 22

/** Null if the calls do what they should; else why not. */
export function tryStreamCalls(calls: StreamCalls, arena: Arena, epoll: number): string | null {
  const pair = calls.openPair(linux.familyUnix, linux.typeStream)
  if (typeof pair === 'number') return refused('socketpair', pair)
  try {
    return sendThrough(calls, arena, pair, epoll) ?? tryAccept(calls, arena, pair[0])
  } finally {
    for (const fd of pair) calls.close(fd)
  }
}

function sendThrough(
  calls: StreamCalls,
  { octets, words, event, events, input, output }: Arena,
  [from, to]: readonly [number, number],
  epoll: number,
): string | null {
  words[event.at >>> 2] = epollEvents.readable
  words[(event.at >>> 2) + epollMarkWord] = mark
  const added = calls.control(epoll, epollOperations.add, to, event.address)
  if (added !== 0) return refused('epoll_ctl', added)
  octets[output.at] = octet
  const sent = calls.send(from, output.address, 1)
  if (sent !== 1) return refused('send', sent)
  const found = calls.look(epoll, events.address, 1, 0)
  if (found !== 1) return refused('epoll_wait', found)
  const told = words[(events.at >>> 2) + epollMarkWord]
  const received = calls.receive(to, input.address, inputOctetsMax)
  if (received !== 1) return refused('recv', received)
  if (told === mark && octets[input.at] === octet) return null
  return `epoll_wait tells something else than it was told: not ${epollEventWords} words an event`
}

function tryAccept(calls: StreamCalls, { words, name, nameOctets }: Arena, fd: number): string | null {
  words[nameOctets.at >>> 2] = nameOctetsMax
  const result = calls.accept(fd, name.address, nameOctets.address)
  return result === -notListening ? null : refused('accept4', result)
}

function refused(call: string, result: number): string {
  if (result >= 0) return `${call} did ${result} instead of 1`
  return `the system refuses ${call} (${getSystemErrorName(result)})`
}
