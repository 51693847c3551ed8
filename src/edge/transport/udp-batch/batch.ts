/**
 * One batch: the datagrams that a receive left in the arena become answers in the arena, ready for one send. This is
 * where the server spends its time, so it allocates nothing and touches each slot once.
 * Invariants: nothing throws out of here; a slot's header is fit for the next receive when its datagram was looked at;
 * answers lie in a row, so one call sends them however many queries were answered with silence.
 */
import type { UdpCounters } from '../../../board/counters.ts'
import { type Client, createClient } from '../../../core/guard/address.ts'
import type { Respond } from '../../../core/ports.ts'
import { linux } from '../../ffi/libc.ts'
import { controlOctetsMax, type Family, findAncillary, levelOf, sourceTypeOf, writeSource } from './ancillary.ts'
import {
  type Arena,
  headerControlOctets,
  headerFlags,
  headerMessageOctets,
  headerNameOctets,
  headerWords,
  nameOctetsMax,
  sideVectorOctets,
  sideWords,
} from './arena.ts'

/** What a batch must know of the socket that it came from. */
export interface Source {
  readonly family: Family
  /** True where the socket has all local addresses, so that each answer must name the one that was asked. */
  readonly wildcard: boolean
}

export interface Batch {
  /** Answers the first `received` datagrams of the arena; returns how many answers wait there to be sent. */
  answer(received: number, source: Source): number
}

export interface BatchDeps {
  readonly arena: Arena
  readonly respond: Respond
  readonly counters: UdpCounters
}

const controlWords = controlOctetsMax / 4
const octetsOfV4 = 16
const octetsOfV6 = 28

export function createBatch({ arena, respond, counters }: BatchDeps): Batch {
  const { words, octets, incoming, answers } = arena
  const client = createClient()

  const answer = (received: number, source: Source): number => {
    let answered = 0
    for (let slot = 0; slot < received; slot++) {
      const header = incoming.headers.word + slot * headerWords
      const side = incoming.sides + slot * sideWords
      const length = words[header + headerMessageOctets]!
      const controlOctets = words[header + headerControlOctets]!
      words[header + headerNameOctets] = nameOctetsMax
      words[header + headerControlOctets] = controlOctetsMax
      const control = incoming.controls + slot * controlWords
      readClient(octets, side * 4, source.family, client)
      // Nothing can be sent to port 0, so such a source is forged; and no question is longer than a slot.
      if (client.port === 0 || (words[header + headerFlags]! & linux.flagTruncated) !== 0) {
        counters.dropped()
        continue
      }
      const written = respondTo(respond, arena.query(slot, length), answers[answered]!, client, counters)
      if (written === 0) continue
      address(arena, answered, side, written, source, control, controlOctets)
      answered++
    }
    return answered
  }

  return { answer }
}

/** `respond` never throws; were it to, one datagram is lost and not the thread that answers all the others. */
function respondTo(
  respond: Respond,
  query: Uint8Array,
  out: Uint8Array,
  client: Client,
  counters: UdpCounters,
): number {
  try {
    return respond(query, 'udp', out, client)
  } catch {
    counters.dropped()
    return 0
  }
}

/** Fills the header of one answer: its length, whom it goes to, and on a wildcard socket where it comes from. */
function address(
  { words, outgoing }: Arena,
  slot: number,
  from: number,
  written: number,
  source: Source,
  control: number,
  controlOctets: number,
): void {
  const header = outgoing.headers.word + slot * headerWords
  const side = outgoing.sides + slot * sideWords
  words[side + sideVectorOctets] = written
  words[side] = words[from]!
  words[side + 1] = words[from + 1]!
  if (source.family === 'v4') {
    words[side + 2] = 0
    words[side + 3] = 0
    words[header + headerNameOctets] = octetsOfV4
  } else {
    for (let i = 2; i < 7; i++) words[side + i] = words[from + i]!
    words[header + headerNameOctets] = octetsOfV6
  }
  let octets = 0
  if (source.wildcard) {
    const { family } = source
    const packet = findAncillary(words, control, controlOctets, levelOf(family), sourceTypeOf(family))
    if (packet >= 0) octets = writeSource(words, outgoing.controls + slot * controlWords, packet, family)
  }
  words[header + headerControlOctets] = octets
}

/** The sender out of its `sockaddr`: see sockaddr.ts. Sockets take one family only, so no address comes mapped. */
function readClient(octets: Uint8Array, at: number, family: Family, client: Client): void {
  const into = client.octets
  client.port = (octets[at + 2]! << 8) | octets[at + 3]!
  if (family === 'v4') {
    client.length = 4
    into[0] = octets[at + 4]!
    into[1] = octets[at + 5]!
    into[2] = octets[at + 6]!
    into[3] = octets[at + 7]!
    return
  }
  client.length = 16
  for (let i = 0; i < 16; i++) into[i] = octets[at + 8 + i]!
}
