/**
 * One checked zone to one flat image (core/zone/layout.ts). What a query would otherwise have to work out is worked out
 * here, once: empty non-terminals, the topmost cut above each name, the wildcard below it, the glue of each referral
 * and the addresses that go along with NS, MX and SRV answers.
 * Invariant: same zone and serial, same octets; nothing in an image depends on its neighbours or its place.
 */
import { assert } from '../base/assert.ts'
import { writeU16 } from '../base/bytes.ts'
import type { Seconds } from '../base/units.ts'
import { hashName } from '../name/hash.ts'
import { formatName, isUnder, isWildcard, labelCount, lowerName, type Name, nameKey, parentOf } from '../name/name.ts'
import { encodeSoa } from '../rdata/soa.ts'
import { formatType, namesInRdata, rrType } from '../rdata/table.ts'
import type { PoolModel, PoolPlan } from '../roster/types.ts'
import { slotWords } from '../rotation/slot.ts'
import { rrsetRecordsMax } from '../rotation/types.ts'
import {
  aligned,
  extraRequired,
  imageHead,
  imageHeadWords,
  nodeHeadOctets,
  rrsetOctets,
  tableSlots,
} from '../zone/layout.ts'
import type { SoaModel, ZoneModel } from './model.ts'

export interface ZoneImage {
  readonly apex: Name
  readonly octets: Uint8Array
  readonly rrsets: number
  readonly boardWords: number
  /** The zone's pools; `slot` counts words from the zone's own place on the board. */
  readonly pools: readonly PoolSlot[]
}

export interface PoolSlot {
  readonly plan: PoolPlan
  readonly slot: number
  /** RR indexes that fit the slot. */
  readonly ordersMax: number
}

export function buildImage(zone: ZoneModel, serial: number): ZoneImage {
  const tree = plantTree(zone, serial)
  const octets = measure(tree)
  const bytes = new Uint8Array(octets)
  const words = new Uint32Array(bytes.buffer)
  const pools: PoolSlot[] = []
  let boardWords = 0
  for (const node of tree.nodes) {
    writeNode(bytes, words, node, rrset => {
      if (rrset.pool === null) return 0
      const slot = boardWords
      boardWords += slotWords(rrset.rdatas.length)
      pools.push({ plan: planOf(node, rrset, rrset.pool), slot, ordersMax: rrset.rdatas.length })
      return slot + 1
    })
  }
  const soaAt = tree.apex.rrsetsAt
  words[imageHead.octets] = octets
  words[imageHead.tableAt] = imageHeadWords * 4
  words[imageHead.tableMask] = tree.slots - 1
  words[imageHead.apexAt] = tree.apex.at
  words[imageHead.soaAt] = soaAt
  words[imageHead.negativeTtl] = Math.min(zone.soa.ttl, zone.soa.negativeTtl)
  words[imageHead.nodes] = tree.nodes.length
  words[imageHead.boardWords] = boardWords
  words[imageHead.apexLabels] = labelCount(zone.name)
  fillTable(words, tree)
  return { apex: zone.name, octets: bytes, rrsets: zone.rrsets.length + 1, boardWords, pools }
}

/** An RRset on its way into the image. */
interface RRsetDraft {
  readonly type: number
  readonly ttl: Seconds
  readonly rdatas: readonly Uint8Array[]
  readonly pool: PoolModel | null
  extras: readonly number[]
  recordsAt: number
}

interface NodeDraft {
  readonly name: Name
  readonly key: string
  readonly parent: NodeDraft | null
  readonly rrsets: RRsetDraft[]
  cut: NodeDraft | null
  wild: NodeDraft | null
  at: number
  rrsetsAt: number
}

interface Tree {
  readonly nodes: readonly NodeDraft[]
  readonly byKey: ReadonlyMap<string, NodeDraft>
  readonly apex: NodeDraft
  readonly slots: number
}

/** Every owner, its ancestors up to the apex (RFC 4592 section 2.2.2), and what holds for each. Parents come first. */
function plantTree(zone: ZoneModel, serial: number): Tree {
  const byKey = new Map<string, NodeDraft>()
  const nodes: NodeDraft[] = []
  const nodeOf = (name: Name): NodeDraft => {
    const key = nameKey(name)
    const known = byKey.get(key)
    if (known !== undefined) return known
    const parent = name.length === zone.name.length ? null : nodeOf(parentOf(name)!)
    const node: NodeDraft = {
      name: lowerName(name),
      key,
      parent,
      rrsets: [],
      cut: null,
      wild: null,
      at: 0,
      rrsetsAt: 0,
    }
    byKey.set(key, node)
    nodes.push(node)
    return node
  }
  const apex = nodeOf(zone.name)
  apex.rrsets.push(soaRRset(zone.soa, serial))
  for (const rrset of zone.rrsets) {
    assert(isUnder(rrset.owner, zone.name), 'an owner outside its zone')
    assert(rrset.rdatas.length > 0 && rrset.rdatas.length <= rrsetRecordsMax, 'an RRset of impossible size')
    const { type, ttl, rdatas, pool } = rrset
    nodeOf(rrset.owner).rrsets.push({ type, ttl, rdatas, pool, extras: [], recordsAt: 0 })
  }
  for (const node of nodes) {
    if (node.parent === null) continue
    node.cut = node.parent.cut ?? (isCut(node) || hasDname(node) ? node : null)
    if (isWildcard(node.name)) node.parent.wild = node
  }
  if (hasDname(apex)) for (const node of nodes) node.cut = apex
  return { nodes, byKey, apex, slots: tableSlots(nodes.length) }
}

function isCut(node: NodeDraft): boolean {
  return node.parent !== null && !isWildcard(node.name) && node.rrsets.some(rrset => rrset.type === rrType.NS)
}

function hasDname(node: NodeDraft): boolean {
  return node.rrsets.some(rrset => rrset.type === rrType.DNAME)
}

function soaRRset(soa: SoaModel, serial: number): RRsetDraft {
  const rdata = encodeSoa({
    mname: soa.mname,
    rname: soa.rname,
    serial,
    refresh: soa.refresh,
    retry: soa.retry,
    expire: soa.expire,
    minimum: soa.negativeTtl,
  })
  return { type: rrType.SOA, ttl: soa.ttl, rdatas: [rdata], pool: null, extras: [], recordsAt: 0 }
}

/** Gives every part its offset, first the nodes, then (since extras need node offsets) the records. */
function measure(tree: Tree): number {
  let at = imageHeadWords * 4 + tree.slots * 8
  for (const node of tree.nodes) {
    node.at = at
    node.rrsetsAt = at + nodeHeadOctets + aligned(node.name.length)
    at = node.rrsetsAt + node.rrsets.length * rrsetOctets
  }
  for (const node of tree.nodes) {
    for (const rrset of node.rrsets) {
      rrset.extras = extrasOf(tree, node, rrset)
      rrset.recordsAt = at
      at += aligned(recordOctets(rrset))
    }
  }
  return at
}

function isAddressType(type: number): boolean {
  return type === rrType.A || type === rrType.AAAA
}

function recordOctets(rrset: RRsetDraft): number {
  let octets = isAddressType(rrset.type) ? 0 : 4 + rrset.extras.length * 4
  for (const rdata of rrset.rdatas) octets += isAddressType(rrset.type) ? rdata.length : rdata.length + 2
  return octets
}

/** Nodes whose addresses go along: glue of a referral (RFC 9471), useful ones elsewhere (RFC 1034 4.3.2, step 6). */
function extrasOf(tree: Tree, node: NodeDraft, rrset: RRsetDraft): readonly number[] {
  const targetAt = targetOffset(rrset.type)
  if (targetAt === null) return []
  const referral = node.cut === node && isCut(node)
  // Required glue comes first: what merely helps must not take its room (RFC 9471 section 3.2).
  const required = new Set<number>()
  const helpful = new Set<number>()
  for (const rdata of rrset.rdatas) {
    const target = rdata.subarray(targetAt) as Name
    const found = tree.byKey.get(nameKey(target))
    if (found === undefined || !found.rrsets.some(other => isAddressType(other.type))) continue
    if (!referral && found.cut !== null) continue
    if (referral && isUnder(target, node.name)) required.add(found.at | extraRequired)
    else helpful.add(found.at)
  }
  return [...required, ...helpful]
}

function targetOffset(type: number): number | null {
  if (type === rrType.NS) return 0
  if (type === rrType.MX || type === rrType.SVCB || type === rrType.HTTPS) return 2
  return namesInRdata(type) === 'after-6-plain' ? 6 : null
}

function writeNode(
  bytes: Uint8Array,
  words: Uint32Array,
  node: NodeDraft,
  slotOf: (rrset: RRsetDraft) => number,
): void {
  words[node.at >>> 2] = node.cut?.at ?? 0
  words[(node.at >>> 2) + 1] = node.wild?.at ?? 0
  assert(node.rrsets.length < 256, 'a name with too many types')
  bytes[node.at + 8] = node.rrsets.length
  bytes[node.at + 9] = node.name.length
  bytes[node.at + 10] = hasDname(node) ? 1 : 0
  bytes.set(node.name, node.at + nodeHeadOctets)
  node.rrsets.forEach((rrset, i) => {
    const word = (node.rrsetsAt + i * rrsetOctets) >>> 2
    words[word] = rrset.type | (rrset.rdatas.length << 16) | (isWhole(rrset) ? 1 << 31 : 0)
    words[word + 1] = rrset.ttl
    words[word + 2] = rrset.recordsAt
    words[word + 3] = slotOf(rrset)
    writeRecords(bytes, words, rrset)
  })
}

/** A plain set whose order rotates: whoever asks for it expects all of it (RFC 2181 section 5). */
function isWhole({ pool, rdatas }: RRsetDraft): boolean {
  if (pool === null) return true
  const { members, spec } = pool
  return spec.maxAnswers >= rdatas.length && members.every(member => member.duties.length === 0)
}

function writeRecords(bytes: Uint8Array, words: Uint32Array, rrset: RRsetDraft): void {
  let at = rrset.recordsAt
  if (isAddressType(rrset.type)) {
    for (const rdata of rrset.rdatas) {
      assert(rdata.length === (rrset.type === rrType.A ? 4 : 16), 'an address of impossible size')
      bytes.set(rdata, at)
      at += rdata.length
    }
    return
  }
  words[at >>> 2] = rrset.extras.length
  at += 4
  for (const extra of rrset.extras) {
    words[at >>> 2] = extra
    at += 4
  }
  for (const rdata of rrset.rdatas) {
    writeU16(bytes, at, rdata.length)
    bytes.set(rdata, at + 2)
    at += rdata.length + 2
  }
}

function fillTable(words: Uint32Array, tree: Tree): void {
  const table = imageHeadWords
  const mask = tree.slots - 1
  for (const node of tree.nodes) {
    const hash = hashName(node.name) >>> 0
    let slot = hash & mask
    while (words[table + slot * 2 + 1] !== 0) slot = (slot + 1) & mask
    words[table + slot * 2] = hash
    words[table + slot * 2 + 1] = node.at
  }
}

function planOf(node: NodeDraft, rrset: RRsetDraft, pool: PoolModel): PoolPlan {
  const owner = formatName(node.name)
  const type = formatType(rrset.type)
  return { key: `${owner} ${type}`, owner, type, pool }
}
