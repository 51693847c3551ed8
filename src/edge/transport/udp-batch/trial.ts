/**
 * Tries the batched calls on a pair of sockets that nobody else sees, before anything relies on them. A sandbox may
 * refuse them, and a libc may lay its structures out otherwise: both show here, as a reason in words, rather than as
 * silence under load. Needs no network and leaves the arena as it was, but for what every batch rewrites.
 */
import { getSystemErrorName } from 'node:util'
import type { DatagramCalls } from '../../ffi/datagrams.ts'
import { linux } from '../../ffi/libc.ts'
import { controlOctetsMax } from './ancillary.ts'
import {
  type Arena,
  headerControlOctets,
  headerMessageOctets,
  headerNameOctets,
  headerWords,
  nameOctetsMax,
  sideVectorOctets,
  sideWords,
  slotsMax,
} from './arena.ts'

const datagrams = 2

/** Null if the calls do what they should; else why not. */
export function tryCalls(calls: DatagramCalls, arena: Arena): string | null {
  const pair = calls.openPair(linux.familyUnix, linux.typeDatagram)
  if (typeof pair === 'number') return refused('socketpair', pair)
  try {
    return sendThrough(calls, arena, pair) ?? receiveFrom(calls, arena, pair)
  } finally {
    for (const fd of pair) calls.close(fd)
  }
}

/** Datagram `i` has `i + 1` octets, each of them `i + 1`. */
function sendThrough(calls: DatagramCalls, arena: Arena, [from]: readonly [number, number]): string | null {
  const { words, outgoing, answers } = arena
  for (let slot = 0; slot < datagrams; slot++) {
    const header = outgoing.headers.word + slot * headerWords
    words[header + headerNameOctets] = 0
    words[header + headerControlOctets] = 0
    words[outgoing.sides + slot * sideWords + sideVectorOctets] = slot + 1
    answers[slot]!.fill(slot + 1, 0, slot + 1)
  }
  const sent = calls.send(from, outgoing.headers.address, datagrams, linux.flagDontWait)
  return sent === datagrams ? null : refused('sendmmsg', sent)
}

function receiveFrom(calls: DatagramCalls, arena: Arena, [, to]: readonly [number, number]): string | null {
  const { words, incoming } = arena
  const received = calls.receive(to, incoming.headers.address, slotsMax, linux.flagDontWait)
  if (received !== datagrams) return refused('recvmmsg', received)
  for (let slot = 0; slot < datagrams; slot++) {
    const header = incoming.headers.word + slot * headerWords
    const octets = words[header + headerMessageOctets]
    words[header + headerNameOctets] = nameOctetsMax
    words[header + headerControlOctets] = controlOctetsMax
    const whole = octets === slot + 1 && arena.query(slot, octets).every(octet => octet === slot + 1)
    if (!whole) return 'recvmmsg brings something else than was sent: its structures are laid out otherwise'
  }
  return null
}

function refused(call: string, result: number): string {
  if (result >= 0) return `${call} did ${result} of ${datagrams}`
  return `the system refuses ${call} (${getSystemErrorName(result)})`
}
