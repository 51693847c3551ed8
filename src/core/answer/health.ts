/**
 * `dig TXT _health.<owner>`: one TXT record for each member of the owner's pools, with its verdict, whether it is
 * answered now, and what each of its checks said last, one character-string each:
 *
 *   "127.0.0.12 A down, left out" "web fail refused, 1 ms, 2 s ago"
 *
 * Where the owner is a CNAME or an ALIAS, what it leads to in our zones is told of as well, and of whom:
 * "127.0.0.12 A of www.demo.test. down, left out".
 *
 * For clients in `status_acl` alone; to all others the name is what the zone says, which is mostly NXDOMAIN. A name
 * that the zone has itself is never covered. Asked by hand and seldom, so this is the one answer that allocates, by the
 * members of one name and not by the zone.
 */
import { readU16 } from '../base/bytes.ts'
import { isAdmitted } from '../guard/access.ts'
import { formatName } from '../name/name.ts'
import { type NameScan, scanName } from '../name/scan.ts'
import type { CheckNews, MemberNews } from '../ports.ts'
import { formatRdata, formatType, rrType } from '../rdata/table.ts'
import { encodeTxt } from '../rdata/txt.ts'
import { headerOctets } from '../wire/header.ts'
import type { Ask } from '../wire/query.ts'
import { pointedHeadOctets, putOctets, putPointedHead, returnTo, setMark } from '../wire/writer.ts'
import {
  aliasType,
  hasRules,
  imageHead,
  nodeHeadOctets,
  nodeNameLength,
  nodeRRsets,
  rdataAt,
  rrsetOctets,
  rrsetRecords,
  rrsetsAt,
  type Snapshot,
} from '../zone/layout.ts'
import { findZone, lookup } from '../zone/lookup.ts'
import { ruleSlotAt, ruleSlots } from '../zone/rules.ts'
import { aliasesMax, type Live } from './live.ts'
import { truncate } from './message.ts'
import { takeTurn } from './records.ts'
import { count, tallyAt } from './tally.ts'

const labelOctets = Uint8Array.from('\u0007_health', character => character.charCodeAt(0))

/** True if the first label is `_health`. */
export function isHealthName({ lowered }: NameScan): boolean {
  if (lowered[1] !== labelOctets[1]) return false
  for (let i = 0; i < labelOctets.length; i++) if (lowered[i] !== labelOctets[i]) return false
  return true
}

/** Answers a question for TXT; false, with nothing done, if the zone is to answer. The name is a health name. */
export function answerHealth(live: Live, ask: Ask, zone: number): boolean {
  const { desk } = live
  const owners = findOwners(live, ask, zone)
  if (owners.length === 0) return false
  desk.reply.subject = owners[0]!.node
  setMark(desk.writer, desk.mark)
  count(live.tally, tallyAt.noerror)
  for (const owner of owners) {
    for (const texts of describeOwner(live, ask, owner)) {
      if (putTxt(live, encodeTxt(texts))) continue
      // A datagram gets none of it and asks again over TCP; a stream gets what a message holds.
      if (ask.via === 'udp') {
        returnTo(desk.writer, desk.mark)
        desk.answers = 0
      }
      truncate(live)
      return true
    }
  }
  return true
}

/** True if the name would be answered for TXT, so that for another type it is there too (RFC 8020). */
export function hasHealth(live: Live, ask: Ask, zone: number): boolean {
  return findOwners(live, ask, zone).length > 0
}

/** A name with pools, a wildcard maybe. */
interface Owner {
  readonly zone: number
  readonly node: number
  /** What the owner that was asked for leads to, or that one itself. */
  readonly isLedTo: boolean
  /** An ALIAS leads to addresses and to nothing else. */
  readonly addressesOnly: boolean
}

/** Whose pools the client may hear of: the owner's and, in our zones, of what it leads to. Uses the desk's target. */
function findOwners(live: Live, ask: Ask, zone: number): readonly Owner[] {
  const { desk, snapshot, terms } = live
  const { name, client } = ask
  const { finding, target } = desk
  if (terms.status === null || live.bulletin === null || client.length === 0) return nobody
  if (!isAdmitted(terms.status, client.octets, client.length)) return nobody
  lookup(snapshot, zone, name, rrType.TXT, finding)
  // What stands under this very name, the delegation of it included, is the zone's.
  if (finding.node !== 0 && nodeNameLength(snapshot.bytes, finding.node) === name.length) return nobody
  scanName(name.lowered, name.labelAt[1]!, name.length, target)
  if (findZone(snapshot, target, 0) !== zone) return nobody
  const owners: Owner[] = []
  let addressesOnly = false
  let held = zone
  for (let passes = 0; passes <= aliasesMax && held !== 0; passes++) {
    lookup(snapshot, held, target, rrType.ANY, finding)
    if (finding.kind !== 'answer' && finding.kind !== 'borrow') break
    const owner: Owner = { zone: held, node: finding.node, isLedTo: passes > 0, addressesOnly }
    if (pooledSetsOf(snapshot, owner).some(rrset => isPublished(live, owner.zone, rrset))) owners.push(owner)
    const lead: number | undefined = setsOf(snapshot, owner.node).find(rrset => leads(snapshot, rrset))
    if (lead === undefined) break
    addressesOnly ||= typeOf(snapshot, lead) === aliasType
    scanName(snapshot.bytes, rdataAt(snapshot, held, lead, 0), snapshot.bytes.length, target)
    held = findZone(snapshot, target, 0)
  }
  return owners
}

const nobody: readonly Owner[] = []

function setsOf({ bytes }: Snapshot, node: number): readonly number[] {
  const first = rrsetsAt(bytes, node)
  return Array.from({ length: nodeRRsets(bytes, node) }, (_, i) => first + i * rrsetOctets)
}

function typeOf({ words }: Snapshot, rrset: number): number {
  return words[rrset >>> 2]! & 0xffff
}

/** True for what leads to one name whatever health says. */
function leads(snapshot: Snapshot, rrset: number): boolean {
  const type = typeOf(snapshot, rrset)
  return type === aliasType || (type === rrType.CNAME && snapshot.words[(rrset >>> 2) + 3] === 0)
}

function pooledSetsOf(snapshot: Snapshot, { node, addressesOnly }: Owner): readonly number[] {
  return setsOf(snapshot, node).filter(rrset => {
    const type = typeOf(snapshot, rrset)
    const isWanted = !addressesOnly || type === rrType.A || type === rrType.AAAA
    return isWanted && type !== aliasType && snapshot.words[(rrset >>> 2) + 3]! !== 0
  })
}

/** The character-strings of each member of each pool. */
function describeOwner(live: Live, ask: Ask, owner: Owner): readonly (readonly Uint8Array[])[] {
  const { snapshot } = live
  return pooledSetsOf(snapshot, owner).flatMap(rrset =>
    slotsOf(snapshot, owner.zone, rrset).flatMap(slot => describePool(live, ask, owner, rrset, slot)),
  )
}

function slotsOf(snapshot: Snapshot, zone: number, rrset: number): readonly number[] {
  const place = snapshot.words[(rrset >>> 2) + 3]!
  if (!hasRules(place)) return [snapshot.words[(zone >>> 2) + imageHead.boardBase]! + place - 1]
  return Array.from({ length: ruleSlots(snapshot, zone, place) }, (_, i) => ruleSlotAt(snapshot, zone, place, i))
}

/** False where records might have made a pool, but what they lead to is not ours. */
function isPublished(live: Live, zone: number, rrset: number): boolean {
  const { turn } = live.desk
  takeTurn(live, rrset, slotsOf(live.snapshot, zone, rrset)[0]!, 0)
  return turn.count > 0 || turn.mode !== 'normal'
}

/** The character-strings of each member. */
function describePool(
  live: Live,
  ask: Ask,
  { zone, node, isLedTo }: Owner,
  rrset: number,
  slot: number,
): readonly (readonly Uint8Array[])[] {
  const { snapshot, desk, bulletin } = live
  const whose = isLedTo ? ` of ${formatName(snapshot.bytes, node + nodeHeadOctets)}` : ''
  if (!isPublished(live, zone, rrset)) return []
  takeTurn(live, rrset, slot, 0)
  const { order, count: answered } = desk.turn
  const type = snapshot.words[rrset >>> 2]! & 0xffff
  const members = bulletin?.read(slot) ?? unwatchedMembers(rrsetRecords(snapshot.words[rrset >>> 2]!))
  return members.map(member => {
    const place = order.indexOf(member.rr)
    const isAnswered = place >= 0 && place < answered
    const rdata = formatRdata(type, rdataOf(snapshot, zone, rrset, type, member.rr))
    const head = `${rdata} ${formatType(type)}${whose} ${describeMember(member, isAnswered)}`
    return [head, ...member.checks.map(news => describeCheck(news, ask.nowMs))].map(text => utf8.encode(text))
  })
}

const utf8 = new TextEncoder()

function unwatchedMembers(records: number): readonly MemberNews[] {
  const alike = {
    pool: '',
    verdict: 'up',
    pending: false,
    override: 'none',
    share: 1,
    held: false,
    checks: [],
  } as const
  return Array.from({ length: records }, (_, rr) => ({ ...alike, rr, unwatched: true }))
}

function rdataOf(snapshot: Snapshot, zone: number, rrset: number, type: number, rr: number): Uint8Array {
  const { bytes, words } = snapshot
  if (type === rrType.A || type === rrType.AAAA) {
    const size = type === rrType.A ? 4 : 16
    const at = zone + words[(rrset >>> 2) + 2]! + rr * size
    return bytes.subarray(at, at + size)
  }
  const at = rdataAt(snapshot, zone, rrset, rr)
  return bytes.subarray(at, at + readU16(bytes, at - 2))
}

function describeMember(member: MemberNews, isAnswered: boolean): string {
  const { pool, verdict, pending, override, share, held, unwatched } = member
  const words = [
    `${pool === '' ? '' : `${pool} `}${unwatched ? 'unchecked' : verdict}`,
    ...(pending ? ['pending'] : []),
    ...(override === 'none' ? [] : [override]),
    ...(held ? ['held'] : []),
    ...(share === 1 ? [] : [`share ${Math.round(share * 100)} %`]),
    isAnswered ? 'answered' : 'left out',
  ]
  return words.join(', ')
}

function describeCheck({ check, kind, reason, latencyMs, heardMs }: CheckNews, nowMs: number): string {
  if (heardMs === null) return `${check} not heard of yet`
  const seconds = Math.max(0, Math.floor((nowMs - heardMs) / 1000))
  return `${check} ${kind} ${reason}, ${latencyMs} ms, ${seconds} s ago`
}

/** Its owner is the question. False if it does not fit. */
function putTxt({ desk }: Live, rdata: Uint8Array): boolean {
  const { writer } = desk
  if (writer.at + pointedHeadOctets + rdata.length > writer.limit) return false
  putPointedHead(writer, headerOctets, rrType.TXT, 0, rdata.length)
  putOctets(writer, rdata, 0, rdata.length)
  desk.answers++
  return true
}
