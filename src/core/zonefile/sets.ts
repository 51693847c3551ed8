/**
 * The RRsets of a zone on their way into an image, in flat columns like the names (tree.ts): what is known of each as a
 * row of numbers, and the rdata of all of them in one run of octets, in the very form that the image holds. So a set
 * may be forgotten as soon as it was entered, and a zone can be compiled from a generator that never holds all of it.
 */
import { assert } from '../base/assert.ts'
import { readU16 } from '../base/bytes.ts'
import { rrType } from '../rdata/table.ts'
import type { PoolModel } from '../roster/types.ts'
import { rrsetRecordsMax } from '../rotation/types.ts'
import { derivedPoolOf } from './derived.ts'
import type { RulesModel, SetContents } from './model.ts'
import { enterName, nodeCell, nodeCells, nodeMarks, type Tree, widened } from './tree.ts'

export interface Sets {
  count: number
  /** A row of `setCells` numbers for each set, in the order entered. */
  cells: Int32Array<ArrayBuffer>
  /** Of A and AAAA: addresses side by side. Of others: (u16 length, rdata)… */
  octets: Uint8Array<ArrayBuffer>
  octetsUsed: number
  /** The pool of each set; null where health has no say. */
  readonly pools: (PoolModel | null)[]
  /** What tells clients apart, by set; most have nothing. */
  readonly rules: Map<number, RulesModel>
}

export const setCells = 7
export const setCell = {
  /** The next set of the same name; -1 if there is none. */
  next: 0,
  type: 1,
  ttl: 2,
  records: 3,
  /** Where its octets begin, and how many there are. */
  from: 4,
  length: 5,
  /** Set by whoever builds the image: where the records begin there. */
  recordsAt: 6,
} as const

const setsFirst = 64
const octetsFirst = 24
/** Shorter runs are copied one by one: a view of the run would cost more than the copy. */
const runOctetsMin = 48

export function createSets(setsExpected: number): Sets {
  const sets = Math.max(setsFirst, setsExpected)
  return {
    count: 0,
    cells: new Int32Array(sets * setCells),
    octets: new Uint8Array(sets * octetsFirst),
    octetsUsed: 0,
    pools: [],
    rules: new Map(),
  }
}

/** Adds a set behind those that its name has already. */
export function enterSet(sets: Sets, tree: Tree, contents: SetContents): void {
  const { owner, type, ttl, rdatas, pool, rules } = contents
  assert(rdatas.length > 0 && rdatas.length <= rrsetRecordsMax, 'an RRset of impossible size')
  const node = enterName(tree, owner)
  const set = sets.count++
  if (sets.count * setCells > sets.cells.length) sets.cells = widened(sets.cells)
  const { cells } = sets
  const row = set * setCells
  cells[row + setCell.next] = -1
  cells[row + setCell.type] = type
  cells[row + setCell.ttl] = ttl
  cells[row + setCell.records] = rdatas.length
  cells[row + setCell.from] = sets.octetsUsed
  for (const rdata of rdatas) enterRdata(sets, type, rdata)
  cells[row + setCell.length] = sets.octetsUsed - cells[row + setCell.from]!
  sets.pools.push(pool ?? derivedPoolOf(contents))
  if (rules !== undefined) sets.rules.set(set, rules)
  append(cells, tree.cells, node * nodeCells, set)
  tree.cells[node * nodeCells + nodeCell.marks]! |= markOf(type)
}

/** Gives the memory back at once, like `fellTree`. */
export function dropSets({ cells, octets }: Sets): void {
  for (const { buffer } of [cells, octets]) buffer.transfer(0)
}

export function isAddressType(type: number): boolean {
  return type === rrType.A || type === rrType.AAAA
}

/** True if a record of an SVCB or HTTPS set gives addresses of its target. */
export function isHinting({ cells, octets }: Sets, set: number): boolean {
  const row = set * setCells
  const type = cells[row + setCell.type]!
  if (type !== rrType.SVCB && type !== rrType.HTTPS) return false
  let at = cells[row + setCell.from]!
  for (const end = at + cells[row + setCell.length]!; at < end; ) {
    const next = at + 2 + readU16(octets, at)
    let param = at + 4
    while (octets[param] !== 0) param += octets[param]! + 1
    for (param++; param < next; param += 4 + readU16(octets, param + 2)) {
      if (readU16(octets, param) === 4 || readU16(octets, param) === 6) return true
    }
    at = next
  }
  return false
}

/** The octets of a set into an image. */
export function copySet({ octets, cells }: Sets, set: number, to: Uint8Array, at: number): void {
  const from = cells[set * setCells + setCell.from]!
  const length = cells[set * setCells + setCell.length]!
  if (length >= runOctetsMin) to.set(octets.subarray(from, from + length), at)
  else for (let i = 0; i < length; i++) to[at + i] = octets[from + i]!
}

function append(sets: Int32Array, nodes: Int32Array, node: number, set: number): void {
  const last = nodes[node + nodeCell.lastSet]!
  if (last === -1) nodes[node + nodeCell.firstSet] = set
  else sets[last * setCells + setCell.next] = set
  nodes[node + nodeCell.lastSet] = set
  nodes[node + nodeCell.sets]!++
}

function enterRdata(sets: Sets, type: number, rdata: Uint8Array): void {
  const isAddress = isAddressType(type)
  assert(!isAddress || rdata.length === (type === rrType.A ? 4 : 16), 'an address of impossible size')
  if (sets.octetsUsed + 2 + rdata.length > sets.octets.length) {
    sets.octets = new Uint8Array(sets.octets.buffer.transfer(sets.octets.length * 2 + rdata.length))
  }
  const { octets } = sets
  if (!isAddress) {
    octets[sets.octetsUsed++] = rdata.length >>> 8
    octets[sets.octetsUsed++] = rdata.length
  }
  if (rdata.length >= runOctetsMin) octets.set(rdata, sets.octetsUsed)
  else for (let i = 0; i < rdata.length; i++) octets[sets.octetsUsed + i] = rdata[i]!
  sets.octetsUsed += rdata.length
}

function markOf(type: number): number {
  if (isAddressType(type)) return nodeMarks.address
  if (type === rrType.NS) return nodeMarks.ns
  return type === rrType.DNAME ? nodeMarks.dname : 0
}
