/**
 * Addresses in SVCB and HTTPS records (`ipv4hint`, `ipv6hint`; RFC 9460 section 7.3) that are those of a pool of ours:
 * what the pool does not answer now is not hinted at either, nor kept by caches for longer than what it answers.
 * Addresses that are no members of the target's own A and AAAA stay, as do hints of targets elsewhere.
 * Works on the record as it was just written, the last in the message: what stays is moved forward.
 */
import { readU16, writeU16 } from '../base/bytes.ts'
import { scanName } from '../name/scan.ts'
import { rrType } from '../rdata/table.ts'
import { hasRules, imageHead, rrsetRecords } from '../zone/layout.ts'
import { rrsetAt } from '../zone/lookup.ts'
import { reach } from '../zone/reach.ts'
import { ruleSlotAt, ruleSlots } from '../zone/rules.ts'
import type { Live, RRsetRef } from './live.ts'

const paramKey = { mandatory: 0, ipv4hint: 4, ipv6hint: 6 } as const
const paramHeadOctets = 4
const ttlMax = 0x7fffffff

/** The rdata, of `octets` octets, ends where the message does now. Returns the TTL that its hints allow. */
export function filterHints(live: Live, ref: RRsetRef, octets: number, ttl: number): number {
  const { writer } = live.desk
  const { out } = writer
  const rdata = writer.at - octets
  const targetAt = rdata + 2
  let from = targetAt
  while (out[from] !== 0) from += out[from]! + 1
  let to = ++from
  const mandatoryAt = from
  let least = ttl
  for (const end = writer.at; from < end; ) {
    const key = readU16(out, from)
    const next = from + paramHeadOctets + readU16(out, from + 2)
    const size = key === paramKey.ipv4hint ? 4 : key === paramKey.ipv6hint ? 16 : 0
    const filters = size > 0 && !isMandatory(out, mandatoryAt, key) && findAllowed(live, ref, targetAt, size)
    if (filters) least = Math.min(least, live.desk.aside.ttl)
    to = filters ? putAllowed(live, from, next, to, size) : move(out, from, next, to)
    from = next
  }
  if (to === writer.at) return least
  writer.at = to
  writeU16(out, rdata - 2, to - rdata)
  return least
}

/** What clients must understand must be there (RFC 9460 section 8). `mandatory` has the lowest key: it comes first. */
function isMandatory(out: Uint8Array, at: number, key: number): boolean {
  if (readU16(out, at) !== paramKey.mandatory) return false
  const end = at + paramHeadOctets + readU16(out, at + 2)
  for (let i = at + paramHeadOctets; i < end; i += 2) if (readU16(out, i) === key) return true
  return false
}

/**
 * Finds the target's addresses, marks which of them may be answered now, and for how long in `aside.ttl`. False if that
 * is not for health to say.
 * With rules, what any of the pools answers is allowed: a hint is the same for every client.
 */
function findAllowed(live: Live, ref: RRsetRef, targetAt: number, size: number): boolean {
  const { snapshot, desk, rotation } = live
  const { aside, trail } = desk
  const type = size === 4 ? rrType.A : rrType.AAAA
  const { out } = desk.writer
  let zone = ref.zone
  if (out[targetAt] === 0) {
    // The root stands for the owner itself (RFC 9460 section 2.5.2).
    aside.finding.rrset = rrsetAt(snapshot, ref.node, type)
  } else {
    scanName(out, targetAt, desk.writer.at, aside.name)
    zone = reach(snapshot, aside.name, type, aside.finding, trail)
    if (zone === 0 || aside.finding.kind !== 'answer') return false
  }
  const { rrset } = aside.finding
  const place = rrset === 0 ? 0 : snapshot.words[(rrset >>> 2) + 3]!
  if (place === 0) return false
  const records = rrsetRecords(snapshot.words[rrset >>> 2]!)
  aside.allowed.fill(0, 0, records)
  aside.ttl = ttlMax
  const slots = hasRules(place) ? ruleSlots(snapshot, zone, place) : 1
  for (let i = 0; i < slots; i++) {
    const base = snapshot.words[(zone >>> 2) + imageHead.boardBase]!
    const slot = hasRules(place) ? ruleSlotAt(snapshot, zone, place, i) : base + place - 1
    rotation.take(slot, records, aside.turn, 0)
    aside.ttl = Math.min(aside.ttl, aside.turn.ttl)
    for (let at = 0; at < aside.turn.count; at++) aside.allowed[aside.turn.order[at]!] = 1
  }
  aside.zone = zone
  return true
}

/** Writes the hint with what is allowed of it; without any it is left out. */
function putAllowed(live: Live, from: number, next: number, to: number, size: number): number {
  const { out } = live.desk.writer
  const key = readU16(out, from)
  let kept = to + paramHeadOctets
  for (let at = from + paramHeadOctets; at < next; at += size) {
    if (isHeldBack(live, at, size)) continue
    out.copyWithin(kept, at, at + size)
    kept += size
  }
  if (kept === to + paramHeadOctets) return to
  writeU16(out, to, key)
  writeU16(out, to + 2, kept - to - paramHeadOctets)
  return kept
}

/** True if the address at `at` is one of the target's and not allowed now. */
function isHeldBack(live: Live, at: number, size: number): boolean {
  const { snapshot, desk } = live
  const { aside } = desk
  const { out } = desk.writer
  const word = aside.finding.rrset >>> 2
  const records = rrsetRecords(snapshot.words[word]!)
  let address = aside.zone + snapshot.words[word + 2]!
  for (let rr = 0; rr < records; rr++, address += size) {
    let same = 0
    while (same < size && out[at + same] === snapshot.bytes[address + same]) same++
    if (same === size) return aside.allowed[rr] === 0
  }
  return false
}

function move(out: Uint8Array, from: number, next: number, to: number): number {
  if (from !== to) out.copyWithin(to, from, next)
  return to + next - from
}
