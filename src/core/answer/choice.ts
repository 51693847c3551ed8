/**
 * What a client gets of a pooled RRset: the slot that the rules give it, what is published there, and the order of this
 * one answer. The client is the network that the query names (RFC 7871), else who asked; wherever that made a
 * difference the response's scope says how far.
 */
import { readU16 } from '../base/bytes.ts'
import { rrType } from '../rdata/table.ts'
import { arrange, hashOctets } from '../rotation/arrange.ts'
import type { Turn } from '../rotation/types.ts'
import type { Ask } from '../wire/query.ts'
import { hasRules, imageHead, rdataAt, rrsetRecords } from '../zone/layout.ts'
import { findRoute } from '../zone/rules.ts'
import type { Live, Network } from './live.ts'
import { takeTurn } from './records.ts'
import { noteShortfall } from './shortfall.ts'

/** The RRset's own cursor, which moves on. */
export const ownCursor = -1

/**
 * Brings into the desk's turn what this client gets of the RRset, which is pooled, and returns where its answer begins:
 * at its own cursor, or at `borrowed` where another name answers from it.
 */
export function takeChoice(live: Live, ask: Ask, zone: number, rrset: number, borrowed: number): number {
  const { words } = live.snapshot
  const { turn } = live.desk
  const place = words[(rrset >>> 2) + 3]!
  const slot = hasRules(place)
    ? routeOf(live, ask, zone, place)
    : words[(zone >>> 2) + imageHead.boardBase]! + place - 1
  const own = takeTurn(live, rrset, slot, borrowed === ownCursor ? 1 : 0)
  const cursor = borrowed === ownCursor ? own : borrowed
  if (turn.lacking !== 0) noteShortfall(live, ask, rrset, slot)
  if (turn.count === 0 && turn.mode === 'normal') {
    takeWhole(turn, rrsetRecords(words[rrset >>> 2]!), words[(rrset >>> 2) + 1]!)
    return 0
  }
  if (turn.answer !== 'rotate' && !turn.fixed) {
    const { count } = turn
    arrangeFor(live, ask, zone, rrset, cursor)
    if (turn.answer !== 'weighted' && borrowed === ownCursor) {
      live.rotation.note(slot, rrsetRecords(words[rrset >>> 2]!), turn, turn.count === count)
    }
  }
  return cursor
}

/** Nothing was published: what the RRset's records lead to turned out not to be ours, so all of it is answered. */
function takeWhole(turn: Turn, records: number, ttl: number): void {
  for (let i = 0; i < records; i++) turn.order[i] = i
  turn.count = records
  turn.maxAnswers = records
  turn.ttl = ttl
  turn.fixed = true
}

function routeOf(live: Live, ask: Ask, zone: number, place: number): number {
  const { network, route } = live.desk
  readNetwork(ask, network)
  findRoute(live.snapshot, zone, place, network.octets, network.length, route)
  noteScope(live, route.scope)
  return route.slot
}

/** For another answer than the cursor's: the order of this one, by `cursor` where it counts. */
function arrangeFor(live: Live, ask: Ask, zone: number, rrset: number, cursor: number): void {
  const { turn, scratch } = live.desk
  if (turn.answer === 'sticky' && turn.count > 1) prepareSticky(live, ask, zone, rrset)
  arrange(turn, cursor, scratch)
}

/** Kinds of octets that are hashed: the same ones must not meet as client and as member. */
const seeds = { client: 0x811c9dc5, member: 0x01234567 } as const

function prepareSticky(live: Live, ask: Ask, zone: number, rrset: number): void {
  const { snapshot, desk } = live
  const { turn, scratch, network } = desk
  readNetwork(ask, network)
  const bits = network.length === 4 ? turn.stickyV4 : turn.stickyV6
  maskTo(network, bits)
  noteScope(live, bits)
  scratch.client = hashOctets(network.octets, 0, network.length, seeds.client)
  const { words, bytes } = snapshot
  const word = rrset >>> 2
  const type = words[word]! & 0xffff
  const size = type === rrType.A ? 4 : type === rrType.AAAA ? 16 : 0
  const recordsAt = zone + words[word + 2]!
  for (let i = 0; i < turn.count; i++) {
    const rr = turn.order[i]!
    const at = size === 0 ? rdataAt(snapshot, zone, rrset, rr) : recordsAt + rr * size
    scratch.hashes[i] = hashOctets(bytes, at, size === 0 ? readU16(bytes, at - 2) : size, seeds.member)
  }
}

/** RFC 7871 section 7.2.1: the answer holds for so many bits of the address that was sent along. */
function noteScope({ desk }: Live, bits: number): void {
  if (bits > desk.options.subnetScope) desk.options.subnetScope = bits
}

const familyV4 = 1

/** A source length of 0 asks not to be told apart (RFC 7871 section 7.1.2): then it is who asked. */
function readNetwork({ query, options, client }: Ask, network: Network): void {
  const { octets } = network
  octets.fill(0)
  const { subnetAt } = options
  if (subnetAt >= 0 && query[subnetAt + 2] !== 0) {
    network.length = readU16(query, subnetAt) === familyV4 ? 4 : 16
    for (let i = 4; i < options.subnetOctets; i++) octets[i - 4] = query[subnetAt + i]!
    return
  }
  network.length = client.length
  for (let i = 0; i < client.length; i++) octets[i] = client.octets[i]!
}

function maskTo({ octets, length }: Network, bits: number): void {
  const whole = bits >>> 3
  if (whole >= length) return
  octets[whole] = octets[whole]! & ~(0xff >>> (bits & 7))
  octets.fill(0, whole + 1, length)
}
