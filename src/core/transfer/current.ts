/**
 * What a moving RRset holds now, as records: all members that may be answered, since a secondary rotates by itself and
 * gives out what it has. Where the answer is always the same first few (`failover`), those; of names that a CNAME can
 * lead to, the first. Clients of a secondary are not told apart, so of pools by rules it gets the one for everyone.
 * Nothing eligible and a policy that answers without records: no records.
 */
import { scanName } from '../name/scan.ts'
import { rrType } from '../rdata/table.ts'
import { aliasType, hasRules, imageHead, rdataAt, rrsetHinting, rrsetRecords, type Snapshot } from '../zone/layout.ts'
import { passesMax, reach } from '../zone/reach.ts'
import { ruleSlotAt } from '../zone/rules.ts'
import { filterHints } from './hints.ts'
import { type FlatList, pushRecord } from './record.ts'
import type { Scene } from './scene.ts'
import { addressOctets, aimAtRecord, aimAtSet, firstRecordAt, type MovingSet, typeOf } from './sets.ts'

/** Adds what the set holds now. */
export function putCurrent(scene: Scene, zone: number, { node, rrset }: MovingSet, list: FlatList): void {
  const { snapshot, ref } = scene
  if (typeOf(snapshot, rrset) === aliasType) {
    putBorrowed(scene, zone, node, rrset, rrType.A, list)
    putBorrowed(scene, zone, node, rrset, rrType.AAAA, list)
    return
  }
  aimAtSet(snapshot, node, rrset, ref)
  const ttl = ref.ttl
  const wanted = takeMembers(scene, zone, rrset)
  if (snapshot.words[(rrset >>> 2) + 3] !== 0) ref.ttl = scene.turn.ttl
  else ref.ttl = ttl
  putMembers(scene, zone, node, rrset, wanted, list)
}

/** Brings into the turn what the set may answer; returns how many of its order are to be taken. */
function takeMembers({ snapshot, rotation, turn }: Scene, zone: number, rrset: number): number {
  const { words } = snapshot
  const word = rrset >>> 2
  const records = rrsetRecords(words[word]!)
  const place = words[word + 3]!
  if (place !== 0) rotation.take(slotAt(snapshot, zone, place), records, turn, 0)
  if (place === 0 || (turn.count === 0 && turn.mode === 'normal')) {
    // Not pooled, or what it leads to turned out not to be ours: then all of it is answered.
    for (let i = 0; i < records; i++) turn.order[i] = i
    turn.count = records
    turn.ttl = words[word + 1]!
    return records
  }
  if (typeOf(snapshot, rrset) === rrType.CNAME) return Math.min(turn.count, 1)
  return turn.fixed ? Math.min(turn.count, turn.maxAnswers) : turn.count
}

/** Adds the first `wanted` of the turn's order. Owner, type and TTL are in `ref` already. */
function putMembers(scene: Scene, zone: number, node: number, rrset: number, wanted: number, list: FlatList): void {
  const { snapshot, turn, ref } = scene
  const size = addressOctets(typeOf(snapshot, rrset))
  const hinting = (snapshot.words[rrset >>> 2]! & rrsetHinting) !== 0
  // Looking for what may be hinted at takes the turn.
  const order = turn.order.slice(0, wanted)
  for (const member of order) {
    const at =
      size > 0
        ? firstRecordAt(snapshot, zone, rrset) + member * size
        : rdataAt(snapshot, zone, rrset, member) - lengthOctets
    aimAtRecord(snapshot, rrset, at, ref)
    if (hinting) {
      const rdata = filterHints(scene, zone, node, snapshot.bytes.slice(ref.rdataAt, ref.rdataAt + ref.rdataOctets))
      ref.rdataBytes = rdata
      ref.rdataAt = 0
      ref.rdataOctets = rdata.length
    }
    pushRecord(list, ref)
  }
}

/** In front of rdata other than addresses. */
const lengthOctets = 2

/** The addresses of an ALIAS are those that its target has now, with the lesser TTL of all on the way. */
function putBorrowed(scene: Scene, zone: number, node: number, rrset: number, type: number, list: FlatList): void {
  const { snapshot, name, finding, trail, turn, ref } = scene
  const { bytes, words } = snapshot
  scanName(bytes, rdataAt(snapshot, zone, rrset, 0), bytes.length, name)
  let ttl = words[(rrset >>> 2) + 1]!
  for (let pools = 0; pools <= passesMax; pools++) {
    const from = reach(snapshot, name, type, finding, trail)
    if (from === 0 || (finding.kind !== 'answer' && finding.kind !== 'alias')) return
    const found = finding.rrset
    ttl = Math.min(ttl, trail.ttl, words[(found >>> 2) + 1]!)
    const wanted = takeMembers(scene, from, found)
    if (wanted === 0) return
    ttl = Math.min(ttl, turn.ttl)
    if (finding.kind === 'answer') {
      aimAtSet(snapshot, node, rrset, ref)
      ref.type = type
      ref.ttl = ttl
      putMembers(scene, from, node, found, wanted, list)
      return
    }
    scanName(bytes, rdataAt(snapshot, from, found, turn.order[0]!), bytes.length, name)
  }
}

function slotAt(snapshot: Snapshot, zone: number, place: number): number {
  if (hasRules(place)) return ruleSlotAt(snapshot, zone, place, 0)
  return snapshot.words[(zone >>> 2) + imageHead.boardBase]! + place - 1
}
