/**
 * The last look before a snapshot is installed: every offset is inside its image, every name and record ends where it
 * says, every RRset fits a message. A failure is a bug of compile, and the generation is not installed.
 */
import { assert } from '../base/assert.ts'
import { readU16 } from '../base/bytes.ts'
import { nameOctetsMax } from '../name/name.ts'
import { rrType } from '../rdata/table.ts'
import { slotWords } from '../rotation/slot.ts'
import {
  aliasCursorWords,
  aliasType,
  extraRequired,
  hasRules,
  imageHead,
  nodeHeadOctets,
  nodeNameLength,
  nodeRRsets,
  rrsetOctets,
  rrsetRecords,
  rrsetsAt,
  rrsetWeighed,
  ruleTableAt,
  ruleTableHeadWords,
  type Snapshot,
  snapshotHead,
  snapshotMagic,
  spanWordsV4,
  spanWordsV6,
} from './layout.ts'

/** Octets that a question (255 + 4), a header and OPT take of a message of 65535. */
const rrsetOctetsMax = 65535 - 12 - 259 - 11

/** Throws `Bug` if the snapshot could lead a reader astray. Returns the number of RRsets it saw. */
export function proveSnapshot(snapshot: Snapshot): number {
  const { words, bytes } = snapshot
  assert(words[snapshotHead.magic] === snapshotMagic, 'not a snapshot')
  assert(words[snapshotHead.octets] === bytes.length, 'a snapshot cut short')
  let rrsets = 0
  let zones = 0
  for (let slot = 0; slot <= snapshot.zoneTableMask; slot++) {
    const zone = words[(snapshot.zoneTableAt >>> 2) + slot * 2 + 1]!
    if (zone === 0) continue
    zones++
    rrsets += proveImage(snapshot, zone)
  }
  assert(zones === snapshot.zones, 'a zone missing from the zone table')
  return rrsets
}

function proveImage(snapshot: Snapshot, zone: number): number {
  const { words, bytes } = snapshot
  const head = zone >>> 2
  const end = zone + words[head + imageHead.octets]!
  assert(end <= bytes.length, 'an image beyond the snapshot')
  const table = (zone + words[head + imageHead.tableAt]!) >>> 2
  const mask = words[head + imageHead.tableMask]!
  let nodes = 0
  let rrsets = 0
  for (let slot = 0; slot <= mask; slot++) {
    const node = words[table + slot * 2 + 1]!
    if (node === 0) continue
    nodes++
    rrsets += proveNode(snapshot, zone, zone + node, end)
  }
  assert(nodes === words[head + imageHead.nodes]!, 'a node missing from its table')
  assert(nodes <= mask, 'a node table without a free place')
  const soa = (zone + words[head + imageHead.soaAt]!) >>> 2
  assert((words[soa]! & 0xffff) === rrType.SOA, 'an apex without SOA')
  return rrsets
}

function proveNode(snapshot: Snapshot, zone: number, node: number, end: number): number {
  const { words, bytes } = snapshot
  const length = nodeNameLength(bytes, node)
  assert(length >= 1 && length <= nameOctetsMax, 'a node without a name')
  assert(nameEnd(bytes, node + nodeHeadOctets) === node + nodeHeadOctets + length, 'a node name that does not end')
  assert(zone + words[node >>> 2]! < end && zone + words[(node >>> 2) + 1]! < end, 'a node pointing outside its image')
  const count = nodeRRsets(bytes, node)
  let at = rrsetsAt(bytes, node)
  for (let i = 0; i < count; i++, at += rrsetOctets) proveRRset(snapshot, zone, at, end)
  return count
}

function proveRRset(snapshot: Snapshot, zone: number, rrset: number, end: number): void {
  const { words, bytes } = snapshot
  const word = rrset >>> 2
  const type = words[word]! & 0xffff
  const records = rrsetRecords(words[word]!)
  assert(records > 0, 'an RRset without records')
  const place = words[word + 3]!
  const weighed = (words[word]! & rrsetWeighed) !== 0
  const room = type === aliasType ? 2 * aliasCursorWords : slotWords(records, weighed)
  if (hasRules(place)) proveRules(snapshot, zone, zone + ruleTableAt(place), end, room)
  else proveSlot(snapshot, zone, place, room)
  assert(type !== aliasType || (records === 1 && place !== 0), 'an ALIAS without a cursor or with several targets')
  let at = zone + words[word + 2]!
  let size = 0
  if (type === rrType.A || type === rrType.AAAA) {
    const octets = type === rrType.A ? 4 : 16
    at += records * octets
    size = records * (12 + octets)
  } else {
    const extras = words[at >>> 2]!
    for (let i = 1; i <= extras; i++) {
      assert(zone + (words[(at >>> 2) + i]! & ~extraRequired) < end, 'an extra outside its image')
    }
    at += 4 + extras * 4
    for (let i = 0; i < records; i++) {
      const octets = readU16(bytes, at)
      at += 2 + octets
      size += 12 + octets
    }
  }
  assert(at <= end, 'records beyond their image')
  assert(size <= rrsetOctetsMax, 'an RRset that no message can hold')
}

function proveSlot({ words }: Snapshot, zone: number, slot: number, room: number): void {
  const zoneBoardWords = words[(zone >>> 2) + imageHead.boardWords]!
  assert(slot === 0 || slot - 1 + room <= zoneBoardWords, 'a slot beyond the board')
}

/** Spans must begin at address 0 and rise, or a search could end before the first. */
function proveRules(snapshot: Snapshot, zone: number, table: number, end: number, room: number): void {
  const { words } = snapshot
  const head = table >>> 2
  const slots = words[head]!
  const spansV4 = words[head + 1]!
  const spansV6 = words[head + 2]!
  const v4 = head + ruleTableHeadWords + slots
  const v6 = v4 + spansV4 * spanWordsV4
  assert(slots > 0 && spansV4 > 0 && spansV6 > 0, 'a rule table without slots or spans')
  assert((v6 + spansV6 * spanWordsV6) * 4 <= end, 'a rule table beyond its image')
  const known = words.subarray(head + ruleTableHeadWords, v4)
  for (const slot of known) {
    assert(slot !== 0, 'a rule without a slot')
    proveSlot(snapshot, zone, slot, room)
  }
  proveSpans(words, v4, spansV4, spanWordsV4, known)
  proveSpans(words, v6, spansV6, spanWordsV6, known)
}

function proveSpans(words: Uint32Array, from: number, spans: number, spanWords: number, known: Uint32Array): void {
  const addressWords = spanWords - 1
  for (let span = 0; span < spans; span++) {
    const at = from + span * spanWords
    assert(known.includes(words[at + addressWords]!), 'a span with a slot that its table does not have')
    let rises = false
    for (let i = 0; i < addressWords && !rises; i++) {
      const before = span === 0 ? 0 : words[at - spanWords + i]!
      assert(words[at + i]! >= before, 'spans out of order')
      assert(span > 0 || words[at + i] === 0, 'a first span that begins too late')
      rises = span > 0 && words[at + i]! > before
    }
    assert(span === 0 || rises, 'two spans at one address')
  }
}

function nameEnd(bytes: Uint8Array, at: number): number {
  while (bytes[at] !== 0) at += bytes[at]! + 1
  return at + 1
}
