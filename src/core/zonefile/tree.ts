/**
 * The names of a zone on their way into an image: every owner and each of its ancestors up to the apex (RFC 4592
 * section 2.2.2) is one node, parents first. Rows of numbers in a few flat arrays rather than objects with maps of
 * strings: a zone may have a million names, and as many objects would cost more to collect than all the rest.
 * Invariant: node 0 is the apex; a node's number never changes, the arrays do when they grow.
 */
import { assert } from '../base/assert.ts'
import { hashFinish, hashLabel, hashStart, labelsMax } from '../name/hash.ts'
import { lowerOctet, type Name, nameOctetsMax } from '../name/name.ts'

export interface Tree {
  count: number
  /** A row of `nodeCells` numbers for each node. */
  cells: Int32Array<ArrayBuffer>
  /** The lowered names of all nodes, one behind the other. */
  names: Uint8Array<ArrayBuffer>
  namesUsed: number
  /** Open addressing by hash: number of the node, plus one. */
  slots: Int32Array<ArrayBuffer>
  readonly apexLabels: number
  readonly apexState: number
  /** The name that is being looked for, lowered, and where its labels begin. */
  readonly lowered: Uint8Array
  readonly starts: Uint8Array
}

export const nodeCells = 11
export const nodeCell = {
  nameAt: 0,
  nameLength: 1,
  hash: 2,
  parent: 3,
  /** The node of the wildcard directly below; -1 if there is none. */
  wild: 4,
  /** The first and the last of its RRsets; -1 if it has none. */
  firstSet: 5,
  lastSet: 6,
  sets: 7,
  /** Which types it has, as far as they decide about other nodes: see `nodeMarks`. */
  marks: 8,
  /** Set by whoever builds the image: the topmost cut at or above the node, -1 for none, and the node's own place. */
  cut: 9,
  at: 10,
} as const
export const nodeMarks = { ns: 1, dname: 2, address: 4, wildcard: 8 } as const

const nodesFirst = 64
const nameOctetsFirst = 24
const asterisk = 0x2a

export function createTree(apex: Name, nodesExpected: number): Tree {
  const nodes = Math.max(nodesFirst, nodesExpected)
  const tree: Tree = {
    count: 0,
    cells: new Int32Array(nodes * nodeCells),
    names: new Uint8Array(nodes * nameOctetsFirst),
    namesUsed: 0,
    slots: new Int32Array(slotsFor(nodes)),
    apexLabels: labelsOf(apex),
    apexState: stateOf(apex),
    lowered: new Uint8Array(nameOctetsMax),
    starts: new Uint8Array(labelsMax + 1),
  }
  readLabels(tree, apex)
  plant(tree, hashFinish(tree.apexState), 0, apex.length, -1)
  return tree
}

/** The node of an owner, made with those of its ancestors where they are not there yet. */
export function enterName(tree: Tree, owner: Name): number {
  const labels = readLabels(tree, owner) - tree.apexLabels
  assert(labels >= 0 && isApexAt(tree, tree.starts[labels]!, owner.length), 'an owner outside its zone')
  let state = tree.apexState
  let node = 0
  for (let label = labels - 1; label >= 0; label--) {
    const at = tree.starts[label]!
    state = hashLabel(state, tree.lowered, at)
    const hash = hashFinish(state)
    const found = search(tree, hash, at, owner.length - at)
    node = found === -1 ? plant(tree, hash, at, owner.length - at, node) : found
  }
  return node
}

/** The node of a name, or -1. */
export function findName(tree: Tree, name: Name): number {
  let state = hashStart
  for (let label = readLabels(tree, name) - 1; label >= 0; label--) {
    state = hashLabel(state, tree.lowered, tree.starts[label]!)
  }
  return search(tree, hashFinish(state), 0, name.length)
}

/** The lowered name of a node. */
export function nodeName({ names, cells }: Tree, node: number): Name {
  const at = cells[node * nodeCells + nodeCell.nameAt]!
  return names.subarray(at, at + cells[node * nodeCells + nodeCell.nameLength]!) as Name
}

/** Lowers the name into `lowered`; yields how many labels it has without the root. */
function readLabels(tree: Tree, name: Name): number {
  const { lowered, starts } = tree
  for (let i = 0; i < name.length; i++) lowered[i] = lowerOctet(name[i]!)
  let labels = 0
  let at = 0
  for (; lowered[at] !== 0; at += lowered[at]! + 1) starts[labels++] = at
  starts[labels] = at
  return labels
}

function labelsOf(name: Name): number {
  let labels = 0
  for (let at = 0; name[at] !== 0; at += name[at]! + 1) labels++
  return labels
}

/** The hash of a name, not finished: from it those of the names below go on. */
function stateOf(name: Name): number {
  const lowered = name.map(lowerOctet)
  const starts: number[] = []
  for (let at = 0; lowered[at] !== 0; at += lowered[at]! + 1) starts.push(at)
  return starts.reduceRight((state, at) => hashLabel(state, lowered, at), hashStart)
}

function isApexAt({ lowered, names, cells }: Tree, at: number, end: number): boolean {
  if (end - at !== cells[nodeCell.nameLength]) return false
  for (let i = 0; at + i < end; i++) if (lowered[at + i] !== names[i]) return false
  return true
}

/** The node whose name is the `length` octets of `lowered` from `at` on, or -1. */
function search({ slots, cells, names, lowered }: Tree, hash: number, at: number, length: number): number {
  const mask = slots.length - 1
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const node = slots[slot]! - 1
    if (node === -1) return -1
    const row = node * nodeCells
    if (cells[row + nodeCell.hash] !== hash || cells[row + nodeCell.nameLength] !== length) continue
    const nameAt = cells[row + nodeCell.nameAt]!
    let same = 0
    while (same < length && names[nameAt + same] === lowered[at + same]) same++
    if (same === length) return node
  }
}

function plant(tree: Tree, hash: number, at: number, length: number, parent: number): number {
  makeRoom(tree, length)
  const { cells, names, lowered, namesUsed } = tree
  const node = tree.count++
  const isWildcard = lowered[at] === 1 && lowered[at + 1] === asterisk
  for (let i = 0; i < length; i++) names[namesUsed + i] = lowered[at + i]!
  tree.namesUsed += length
  const row = node * nodeCells
  cells[row + nodeCell.nameAt] = namesUsed
  cells[row + nodeCell.nameLength] = length
  cells[row + nodeCell.hash] = hash
  cells[row + nodeCell.parent] = parent
  cells[row + nodeCell.wild] = -1
  cells[row + nodeCell.firstSet] = -1
  cells[row + nodeCell.lastSet] = -1
  cells[row + nodeCell.marks] = isWildcard ? nodeMarks.wildcard : 0
  if (isWildcard && parent !== -1) cells[parent * nodeCells + nodeCell.wild] = node
  enterSlot(tree.slots, hash, node)
  return node
}

function makeRoom(tree: Tree, nameLength: number): void {
  if ((tree.count + 1) * nodeCells > tree.cells.length) tree.cells = widened(tree.cells)
  if (tree.namesUsed + nameLength > tree.names.length) {
    tree.names = new Uint8Array(tree.names.buffer.transfer(tree.names.length * 2 + nameLength))
  }
  if ((tree.count + 1) * 3 <= tree.slots.length * 2) return
  tree.slots = new Int32Array(tree.slots.length * 2)
  for (let node = 0; node < tree.count; node++) {
    enterSlot(tree.slots, tree.cells[node * nodeCells + nodeCell.hash]!, node)
  }
}

function enterSlot(slots: Int32Array, hash: number, node: number): void {
  const mask = slots.length - 1
  let slot = hash & mask
  while (slots[slot] !== 0) slot = (slot + 1) & mask
  slots[slot] = node + 1
}

/** The same numbers with as much room again; what was given is gone, so that both are never there at once. */
export function widened(cells: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> {
  return new Int32Array(cells.buffer.transfer(cells.byteLength * 2))
}

/** Gives the memory back at once: a collector may not see for long that there is reason to. */
export function fellTree({ cells, names, slots }: Tree): void {
  for (const { buffer } of [cells, names, slots]) buffer.transfer(0)
}

function slotsFor(nodes: number): number {
  let slots = 2
  while (slots * 2 < nodes * 3) slots *= 2
  return slots
}
