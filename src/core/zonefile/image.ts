/**
 * One checked zone to one flat image (core/zone/layout.ts). What a query would otherwise have to work out is worked out
 * here, once: empty non-terminals, the topmost cut above each name, the wildcard below it, the glue of each referral
 * and the addresses that go along with NS, MX and SRV answers.
 * Invariant: same zone and serial, same octets; nothing in an image depends on its neighbours or its place.
 */
import { assert } from '../base/assert.ts'
import { formatName, type Name } from '../name/name.ts'
import { encodeSoa } from '../rdata/soa.ts'
import { formatType, rrType } from '../rdata/table.ts'
import type { PoolModel, PoolPlan } from '../roster/types.ts'
import { slotWords } from '../rotation/slot.ts'
import {
  aliasCursorWords,
  aliasType,
  aligned,
  boardHeadWords,
  imageHead,
  imageHeadWords,
  nodeHeadOctets,
  rrsetHinting,
  rrsetOctets,
  rrsetWeighed,
  rrsetWhole,
  tableSlots,
} from '../zone/layout.ts'
import { isDerivedType } from './derived.ts'
import { extrasOf, hasTarget } from './extras.ts'
import type { ZoneContents } from './model.ts'
import { planRuleTable, type RuleTable, writeRuleTable } from './rule-table.ts'
import {
  copySet,
  createSets,
  dropSets,
  enterSet,
  isAddressType,
  isHinting,
  type Sets,
  setCell,
  setCells,
} from './sets.ts'
import { formatSubnet } from './subnets.ts'
import { createTree, fellTree, nodeCell, nodeCells, nodeMarks, nodeName, type Tree } from './tree.ts'

export interface ZoneImage {
  readonly apex: Name
  /** Its own, or from the first joining on those that it has in the newest snapshot. */
  octets: Uint8Array
  readonly rrsets: number
  readonly boardWords: number
  /** The zone's pools; `slot` counts words from the zone's own place on the board. */
  readonly pools: readonly PoolSlot[]
  /** Cursors of what takes turns with the members of another name. */
  readonly cursors: readonly CursorSlot[]
  /** Where the serial of the SOA stands in `octets`. */
  readonly serialAt: number
  /** Present where it must not be answered from. */
  readonly withheld?: true
  /** Both, where they stand on the newest board; null before the first joining. */
  placed: PlacedSlots | null
}

export interface PlacedSlots {
  /** Where the zone's own place begins. */
  readonly boardBase: number
  readonly pools: readonly PoolSlot[]
  readonly cursors: readonly CursorSlot[]
}

/** A cursor without a pool. `key` says which one of the last generation it continues. */
export interface CursorSlot {
  readonly key: string
  /** The name that has the ALIAS, in wire form, and the type of addresses that the cursor is for. */
  readonly owner: Uint8Array
  readonly type: number
  readonly slot: number
}

export interface PoolSlot {
  readonly plan: PoolPlan
  readonly slot: number
  /** RR indexes that fit the slot, and whether weights do. */
  readonly ordersMax: number
  readonly weighed: boolean
  /** True for a pool that was not configured: what its records lead to makes it one. */
  readonly derived: boolean
}

/** Takes each RRset once and holds on to none, so a generator may yield them. */
export function buildImage(zone: ZoneContents, serial: number): ZoneImage {
  const draft = plantZone(zone, serial)
  const { tree, sets } = draft
  const bytes = new Uint8Array(measure(draft))
  const words = new Uint32Array(bytes.buffer)
  const pools: PoolSlot[] = []
  const cursors: CursorSlot[] = []
  let boardWords = boardHeadWords
  for (let node = 0; node < tree.count; node++) {
    writeNode(bytes, words, draft, node, (set, ordersMax) => {
      const pool = sets.pools[set]!
      const type = sets.cells[set * setCells + setCell.type]!
      if (pool === null && type !== aliasType) return 0
      const first = boardWords
      if (pool === null) {
        boardWords += 2 * aliasCursorWords
        const owner = ownerOf(draft, node)
        // A copy: the tree is felled when the image is done.
        const name = nodeName(tree, node).slice()
        cursors.push({ key: `${owner} ALIAS A`, owner: name, type: rrType.A, slot: first })
        const second = first + aliasCursorWords
        cursors.push({ key: `${owner} ALIAS AAAA`, owner: name, type: rrType.AAAA, slot: second })
        return first + 1
      }
      const table = draft.tables.get(set)
      const own = plansOf(draft, node, set, pool)
      const slots = own.map(plan => {
        const slot = boardWords
        const { weighed } = plan.pool.spec
        boardWords += slotWords(ordersMax, weighed)
        pools.push({ plan, slot, ordersMax, weighed, derived: isDerivedType(type) })
        return slot
      })
      if (table === undefined) return first + 1
      writeRuleTable(words, table.at, table.plan, slots)
      return table.at | (1 << 31)
    })
  }
  writeHead(words, zone, draft, boardWords)
  const serialAt = sets.cells[setCell.recordsAt]! + 4 + 2 + zone.soa.mname.length + zone.soa.rname.length
  fellTree(tree)
  dropSets(sets)
  return { apex: zone.name, octets: bytes, rrsets: sets.count, boardWords, pools, cursors, serialAt, placed: null }
}

/** A zone on its way into an image. The first node is the apex, the first set its SOA. */
interface Draft {
  readonly tree: Tree
  readonly sets: Sets
  /** Nodes whose addresses go along, by set; sets without any are left out. */
  readonly extras: Map<number, readonly number[]>
  /** What tells clients apart, by set, and where it stands; most have nothing. */
  readonly tables: Map<number, { readonly plan: RuleTable; readonly at: number }>
}

function plantZone({ name, soa, rrsets }: ZoneContents, serial: number): Draft {
  const expected = Array.isArray(rrsets) ? rrsets.length + 1 : 0
  const tree = createTree(name, expected)
  const sets = createSets(expected)
  const soaRdata = encodeSoa({ ...soa, serial, minimum: soa.negativeTtl })
  enterSet(sets, tree, { owner: name, type: rrType.SOA, ttl: soa.ttl, rdatas: [soaRdata], pool: null })
  for (const set of rrsets) enterSet(sets, tree, set)
  findCuts(tree)
  return { tree, sets, extras: new Map(), tables: new Map() }
}

/** The topmost cut at or above each node. Parents come first, so one pass does. */
function findCuts({ cells, count }: Tree): void {
  // A DNAME at the apex redirects the whole zone (RFC 6672 section 2.3).
  const above = (cells[nodeCell.marks]! & nodeMarks.dname) === 0 ? -1 : 0
  cells[nodeCell.cut] = above
  for (let node = 1; node < count; node++) {
    const row = node * nodeCells
    const inherited = cells[cells[row + nodeCell.parent]! * nodeCells + nodeCell.cut]!
    cells[row + nodeCell.cut] = inherited === -1 && isCutting(cells[row + nodeCell.marks]!) ? node : inherited
  }
}

function isCutting(marks: number): boolean {
  return (marks & nodeMarks.dname) !== 0 || isDelegating(marks)
}

function isDelegating(marks: number): boolean {
  return (marks & (nodeMarks.ns | nodeMarks.wildcard)) === nodeMarks.ns
}

/** Gives every part its offset, first the nodes, then (since extras need node offsets) the records. */
function measure({ tree, sets, extras, tables }: Draft): number {
  let at = imageHeadWords * 4 + tableSlots(tree.count) * 8
  for (let row = 0; row < tree.count * nodeCells; row += nodeCells) {
    tree.cells[row + nodeCell.at] = at
    at = rrsetsOf(tree, row) + tree.cells[row + nodeCell.sets]! * rrsetOctets
  }
  for (let node = 0; node < tree.count; node++) {
    for (let set = firstSet(tree, node); set !== -1; set = nextSet(sets, set)) {
      const row = set * setCells
      const type = sets.cells[row + setCell.type]!
      sets.cells[row + setCell.recordsAt] = at
      at += sets.cells[row + setCell.length]!
      if (!isAddressType(type)) at += 4
      if (hasTarget(type)) {
        const marks = tree.cells[node * nodeCells + nodeCell.marks]!
        const isReferral = tree.cells[node * nodeCells + nodeCell.cut] === node && node !== 0 && isDelegating(marks)
        const found = extrasOf(tree, sets, node, set, isReferral)
        if (found.length > 0) extras.set(set, found)
        at += found.length * 4
      }
      at = aligned(at)
      const rules = sets.rules.get(set)
      if (rules === undefined) continue
      const plan = planRuleTable(rules)
      tables.set(set, { plan, at })
      at += plan.octets
    }
  }
  return at
}

/** Where the RRsets of a node begin; `row` is its row in the tree. */
function rrsetsOf({ cells }: Tree, row: number): number {
  return cells[row + nodeCell.at]! + nodeHeadOctets + aligned(cells[row + nodeCell.nameLength]!)
}

function firstSet({ cells }: Tree, node: number): number {
  return cells[node * nodeCells + nodeCell.firstSet]!
}

function nextSet({ cells }: Sets, set: number): number {
  return cells[set * setCells + setCell.next]!
}

/** `slotOf` yields what the RRset says of its place on the board. */
function writeNode(
  bytes: Uint8Array,
  words: Uint32Array,
  draft: Draft,
  node: number,
  slotOf: (set: number, records: number) => number,
): void {
  const { tree, sets } = draft
  const { cells, names } = tree
  const row = node * nodeCells
  const at = cells[row + nodeCell.at]!
  const count = cells[row + nodeCell.sets]!
  assert(count < 256, 'a name with too many types')
  words[at >>> 2] = offsetOf(tree, cells[row + nodeCell.cut]!)
  words[(at >>> 2) + 1] = offsetOf(tree, cells[row + nodeCell.wild]!)
  const length = cells[row + nodeCell.nameLength]!
  bytes[at + 8] = count
  bytes[at + 9] = length
  bytes[at + 10] = (cells[row + nodeCell.marks]! & nodeMarks.dname) === 0 ? 0 : 1
  const nameAt = cells[row + nodeCell.nameAt]!
  for (let i = 0; i < length; i++) bytes[at + nodeHeadOctets + i] = names[nameAt + i]!
  let word = rrsetsOf(tree, row) >>> 2
  for (let set = firstSet(tree, node); set !== -1; set = nextSet(sets, set)) {
    const setRow = set * setCells
    const records = sets.cells[setRow + setCell.records]!
    words[word] = sets.cells[setRow + setCell.type]! | (records << 16) | flagsOf(sets, set, records)
    words[word + 1] = sets.cells[setRow + setCell.ttl]!
    words[word + 2] = sets.cells[setRow + setCell.recordsAt]!
    words[word + 3] = slotOf(set, records)
    word += rrsetOctets / 4
    writeRecords(bytes, words, draft, set)
  }
}

function offsetOf({ cells }: Tree, node: number): number {
  return node === -1 ? 0 : cells[node * nodeCells + nodeCell.at]!
}

function flagsOf(sets: Sets, set: number, records: number): number {
  const pool = sets.pools[set]!
  const whole = isWhole(pool, records) ? rrsetWhole : 0
  const weighed = pool?.spec.weighed ? rrsetWeighed : 0
  return whole | weighed | (isHinting(sets, set) ? rrsetHinting : 0)
}

/** A plain set whose order rotates: whoever asks for it expects all of it (RFC 2181 section 5). */
function isWhole(pool: PoolModel | null, records: number): boolean {
  if (pool === null) return true
  return pool.spec.maxAnswers >= records && pool.members.every(member => member.duties.length === 0)
}

function writeRecords(bytes: Uint8Array, words: Uint32Array, { sets, extras }: Draft, set: number): void {
  let at = sets.cells[set * setCells + setCell.recordsAt]!
  if (!isAddressType(sets.cells[set * setCells + setCell.type]!)) {
    const found = extras.get(set) ?? []
    words[at >>> 2] = found.length
    at += 4
    for (const extra of found) {
      words[at >>> 2] = extra
      at += 4
    }
  }
  copySet(sets, set, bytes, at)
}

function writeHead(words: Uint32Array, { soa }: ZoneContents, { tree }: Draft, boardWords: number): void {
  const slots = tableSlots(tree.count)
  words[imageHead.octets] = words.length * 4
  words[imageHead.tableAt] = imageHeadWords * 4
  words[imageHead.tableMask] = slots - 1
  words[imageHead.apexAt] = tree.cells[nodeCell.at]!
  words[imageHead.soaAt] = rrsetsOf(tree, 0)
  words[imageHead.negativeTtl] = Math.min(soa.ttl, soa.negativeTtl)
  words[imageHead.nodes] = tree.count
  words[imageHead.boardWords] = boardWords
  words[imageHead.apexLabels] = tree.apexLabels
  const mask = slots - 1
  for (let row = 0; row < tree.count * nodeCells; row += nodeCells) {
    const hash = tree.cells[row + nodeCell.hash]!
    let slot = hash & mask
    while (words[imageHeadWords + slot * 2 + 1] !== 0) slot = (slot + 1) & mask
    words[imageHeadWords + slot * 2] = hash
    words[imageHeadWords + slot * 2 + 1] = tree.cells[row + nodeCell.at]!
  }
}

/** Of the set's own pool, then of those that its rules lead to. */
function plansOf(draft: Draft, node: number, set: number, pool: PoolModel): readonly PoolPlan[] {
  const { sets } = draft
  const owner = ownerOf(draft, node)
  const type = formatType(sets.cells[set * setCells + setCell.type]!)
  const key = `${owner} ${type}`
  const rules = sets.rules.get(set)
  if (rules === undefined) return [{ key, owner, type, pool }]
  return [pool, ...rules.pools].map((each, number) => {
    const subnets = rules.routes.filter(route => route.pool === number).map(({ subnet }) => formatSubnet(subnet))
    const own = number === 0 ? key : `${key} ${each.tierNames[0]}`
    const geos = rules.geos?.[number] ?? []
    const rule = { subnets, ...(geos.length > 0 && { geos }), others: number === 0 }
    return { key: own, owner, type, rule, pool: each }
  })
}

function ownerOf({ tree }: Draft, node: number): string {
  return formatName(tree.names, tree.cells[node * nodeCells + nodeCell.nameAt]!)
}
