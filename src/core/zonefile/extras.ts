/**
 * Which names' addresses go along with an RRset: glue of a referral (RFC 9471), useful ones elsewhere (RFC 1034 section
 * 4.3.2, step 6). As the offsets of their nodes, so an answer need not look for them.
 */
import { readU16 } from '../base/bytes.ts'
import { isUnder, type Name } from '../name/name.ts'
import { namesInRdata, rrType } from '../rdata/table.ts'
import { extraRequired } from '../zone/layout.ts'
import { type Sets, setCell, setCells } from './sets.ts'
import { findName, nodeCell, nodeCells, nodeMarks, nodeName, type Tree } from './tree.ts'

/** True if records of the type point at a host. */
export function hasTarget(type: number): boolean {
  return targetOffset(type) !== null
}

/** Of a set whose type has a target. `isReferral` if the set is the NS of a zone cut. */
export function extrasOf(tree: Tree, sets: Sets, node: number, set: number, isReferral: boolean): readonly number[] {
  const row = set * setCells
  const targetAt = targetOffset(sets.cells[row + setCell.type]!)
  if (targetAt === null) return []
  // Required glue comes first: what merely helps must not take its room (RFC 9471 section 3.2).
  const required = new Set<number>()
  const helpful = new Set<number>()
  let at = sets.cells[row + setCell.from]!
  for (const end = at + sets.cells[row + setCell.length]!; at < end; at += 2 + readU16(sets.octets, at)) {
    const target = sets.octets.subarray(at + 2 + targetAt, at + 2 + readU16(sets.octets, at)) as Name
    const found = targetNode(tree, target, isReferral)
    if (found === -1) continue
    const foundAt = tree.cells[found * nodeCells + nodeCell.at]!
    if (isReferral && isUnder(target, nodeName(tree, node))) required.add(foundAt | extraRequired)
    else helpful.add(foundAt)
  }
  return [...required, ...helpful]
}

/** The node of a host with addresses, or -1. Beyond a cut only a referral may name any. */
function targetNode(tree: Tree, target: Name, isReferral: boolean): number {
  const found = findName(tree, target)
  if (found === -1) return -1
  const row = found * nodeCells
  if ((tree.cells[row + nodeCell.marks]! & nodeMarks.address) === 0) return -1
  return isReferral || tree.cells[row + nodeCell.cut] === -1 ? found : -1
}

function targetOffset(type: number): number | null {
  if (type === rrType.NS) return 0
  if (type === rrType.MX || type === rrType.SVCB || type === rrType.HTTPS) return 2
  return namesInRdata(type) === 'after-6-plain' ? 6 : null
}
