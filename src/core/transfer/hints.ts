/**
 * Addresses in SVCB and HTTPS records (`ipv4hint`, `ipv6hint`; RFC 9460 section 7.3) that are those of a pool of ours:
 * what may not be answered now is not hinted at either. Addresses that are no members of the target's own A and AAAA
 * stay, as do hints of targets elsewhere and those that are mandatory. The answer path does the same to a message that
 * it has just written; here it is done to rdata that is to be kept.
 */
import { readU16, writeU16 } from '../base/bytes.ts'
import { scanName } from '../name/scan.ts'
import { rrType } from '../rdata/table.ts'
import { hasRules, imageHead, rrsetRecords } from '../zone/layout.ts'
import { rrsetAt } from '../zone/lookup.ts'
import { reach } from '../zone/reach.ts'
import { ruleSlotAt, ruleSlots } from '../zone/rules.ts'
import type { Scene } from './scene.ts'

const paramKey = { mandatory: 0, ipv4hint: 4, ipv6hint: 6 } as const
const paramHeadOctets = 4
const targetAt = 2

/** `rdata` of a record of `node`, which is changed in place; returns what is left of it. */
export function filterHints(scene: Scene, zone: number, node: number, rdata: Uint8Array): Uint8Array {
  let from = targetAt
  while (rdata[from] !== 0) from += rdata[from]! + 1
  from++
  const mandatory = mandatoryKeys(rdata, from)
  let to = from
  while (from < rdata.length) {
    const key = readU16(rdata, from)
    const next = from + paramHeadOctets + readU16(rdata, from + 2)
    const size = key === paramKey.ipv4hint ? 4 : key === paramKey.ipv6hint ? 16 : 0
    const held = size === 0 || mandatory.includes(key) ? null : findHeldBack(scene, zone, node, rdata, size)
    to = held === null ? move(rdata, from, next, to) : keepOthers(rdata, from, next, to, size, held)
    from = next
  }
  return rdata.subarray(0, to)
}

/** It has the lowest key, so it comes first (RFC 9460 section 8). */
function mandatoryKeys(rdata: Uint8Array, at: number): readonly number[] {
  if (at >= rdata.length || readU16(rdata, at) !== paramKey.mandatory) return []
  const keys: number[] = []
  const end = at + paramHeadOctets + readU16(rdata, at + 2)
  for (let i = at + paramHeadOctets; i < end; i += 2) keys.push(readU16(rdata, i))
  return keys
}

/** Addresses of the target that may not be answered now, as text keys; null if that is not for health to say. */
function findHeldBack(
  scene: Scene,
  zone: number,
  node: number,
  rdata: Uint8Array,
  size: number,
): ReadonlySet<string> | null {
  const { snapshot, name, finding, trail } = scene
  const type = size === 4 ? rrType.A : rrType.AAAA
  let from = zone
  let rrset = 0
  if (rdata[targetAt] === 0) {
    // The root stands for the owner itself (RFC 9460 section 2.5.2).
    rrset = rrsetAt(snapshot, node, type)
  } else {
    scanName(rdata, targetAt, rdata.length, name)
    from = reach(snapshot, name, type, finding, trail)
    if (from === 0 || finding.kind !== 'answer') return null
    rrset = finding.rrset
  }
  const place = rrset === 0 ? 0 : snapshot.words[(rrset >>> 2) + 3]!
  return place === 0 ? null : heldBackOf(scene, from, rrset, place, size)
}

/** With rules, what any of the pools answers is allowed: a hint is the same for every client. */
function heldBackOf(
  { snapshot, rotation, turn }: Scene,
  zone: number,
  rrset: number,
  place: number,
  size: number,
): ReadonlySet<string> {
  const { words, bytes } = snapshot
  const records = rrsetRecords(words[rrset >>> 2]!)
  const at = zone + words[(rrset >>> 2) + 2]!
  const held = new Set<string>()
  for (let rr = 0; rr < records; rr++) held.add(keyOf(bytes, at + rr * size, size))
  const slots = hasRules(place) ? ruleSlots(snapshot, zone, place) : 1
  const boardBase = words[(zone >>> 2) + imageHead.boardBase]!
  for (let i = 0; i < slots; i++) {
    const slot = hasRules(place) ? ruleSlotAt(snapshot, zone, place, i) : boardBase + place - 1
    rotation.take(slot, records, turn, 0)
    for (let member = 0; member < turn.count; member++) {
      held.delete(keyOf(bytes, at + turn.order[member]! * size, size))
    }
  }
  return held
}

/** Writes the hint with what is left of it; without any it is left out. */
function keepOthers(
  rdata: Uint8Array,
  from: number,
  next: number,
  to: number,
  size: number,
  held: ReadonlySet<string>,
): number {
  const key = readU16(rdata, from)
  let kept = to + paramHeadOctets
  for (let at = from + paramHeadOctets; at < next; at += size) {
    if (held.has(keyOf(rdata, at, size))) continue
    rdata.copyWithin(kept, at, at + size)
    kept += size
  }
  if (kept === to + paramHeadOctets) return to
  writeU16(rdata, to, key)
  writeU16(rdata, to + 2, kept - to - paramHeadOctets)
  return kept
}

function keyOf(bytes: Uint8Array, at: number, size: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + size))
}

function move(rdata: Uint8Array, from: number, next: number, to: number): number {
  if (from !== to) rdata.copyWithin(to, from, next)
  return to + next - from
}
