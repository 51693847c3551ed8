/**
 * From a name and a type to a Finding: RFC 1034 section 4.3.2 as RFC 4592 restates it for wildcards. Zone cuts,
 * wildcards and empty non-terminals were worked out by compile, so a lookup is a walk over hashes: the name itself,
 * else one suffix after the other until the closest encloser stands there.
 * Invariant: the result is written into the caller's Finding; nothing is allocated.
 */
import type { NameScan } from '../name/scan.ts'
import { rrType } from '../rdata/table.ts'
import {
  aliasType,
  imageHead,
  isRedirecting,
  nodeHeadOctets,
  nodeNameLength,
  nodeRRsets,
  rrsetOctets,
  rrsetsAt,
  type Snapshot,
} from './layout.ts'

export type FindingKind = 'answer' | 'alias' | 'redirect' | 'borrow' | 'nodata' | 'nxdomain' | 'referral'

/** Offsets are absolute in the snapshot; 0 where they do not apply. */
export interface Finding {
  kind: FindingKind
  /** What to answer with (answer, alias), the DNAME (redirect), the ALIAS (borrow), or the NS of the cut (referral). */
  rrset: number
  /** The node whose RRset it is: the name itself, the wildcard, the DNAME's owner, or the zone cut. */
  node: number
}

export function createFinding(): Finding {
  return { kind: 'nxdomain', rrset: 0, node: 0 }
}

/**
 * The image offset of the deepest zone that holds the name, or 0. DS belongs to the parent side of a cut
 * (RFC 4035 section 3.1.4.1), so for DS at an apex the parent zone is taken where we serve it.
 */
export function findZone(snapshot: Snapshot, name: NameScan, qtype: number): number {
  let own = 0
  const first = Math.max(0, name.labels - snapshot.apexLabelsMax)
  for (let label = first; label <= name.labels; label++) {
    const zone = probeZone(snapshot, name, label)
    if (zone === 0) continue
    if (qtype !== rrType.DS || label !== 0) return zone
    own = zone
  }
  return own
}

export function lookup(snapshot: Snapshot, zone: number, name: NameScan, qtype: number, finding: Finding): void {
  const exact = probeNode(snapshot, zone, name, 0)
  if (exact !== 0) {
    answerAt(snapshot, zone, exact, qtype, finding)
    return
  }
  const labelsAbove = name.labels - snapshot.words[(zone >>> 2) + imageHead.apexLabels]!
  for (let label = 1; label <= labelsAbove; label++) {
    const encloser = probeNode(snapshot, zone, name, label)
    if (encloser === 0) continue
    answerBelow(snapshot, zone, encloser, qtype, finding)
    return
  }
  finding.kind = 'nxdomain'
  finding.rrset = 0
  finding.node = 0
}

/** The RRset of a type at a node, or 0. */
export function rrsetAt(snapshot: Snapshot, node: number, type: number): number {
  const { bytes, words } = snapshot
  let at = rrsetsAt(bytes, node)
  for (let left = nodeRRsets(bytes, node); left > 0; left--, at += rrsetOctets) {
    if ((words[at >>> 2]! & 0xffff) === type) return at
  }
  return 0
}

/** The name exists: a referral if it is at or below a cut, a redirect below a DNAME, else what it has of the type. */
function answerAt(snapshot: Snapshot, zone: number, node: number, qtype: number, finding: Finding): void {
  const cut = snapshot.words[node >>> 2]!
  const own = zone + cut === node && (qtype === rrType.DS || isOnlyRedirecting(snapshot, node))
  if (cut !== 0 && !own) leave(snapshot, zone + cut, finding)
  else select(snapshot, node, qtype, finding)
}

/** The name does not exist; `encloser` is its closest encloser (RFC 4592 section 3.3.1). */
function answerBelow(snapshot: Snapshot, zone: number, encloser: number, qtype: number, finding: Finding): void {
  const cut = snapshot.words[encloser >>> 2]!
  const wild = snapshot.words[(encloser >>> 2) + 1]!
  if (cut !== 0) leave(snapshot, zone + cut, finding)
  else if (wild !== 0) select(snapshot, zone + wild, qtype, finding)
  else {
    finding.kind = 'nxdomain'
    finding.rrset = 0
    finding.node = encloser
  }
}

function select(snapshot: Snapshot, node: number, qtype: number, finding: Finding): void {
  finding.node = node
  finding.rrset = 0
  const { bytes, words } = snapshot
  let borrowed = 0
  let alias = 0
  let at = rrsetsAt(bytes, node)
  for (let left = nodeRRsets(bytes, node); left > 0; left--, at += rrsetOctets) {
    const type = words[at >>> 2]! & 0xffff
    if (type === aliasType) {
      borrowed = at
      continue
    }
    if (type === qtype || qtype === rrType.ANY) {
      // ANY: one RRset stands for all of them (RFC 8482 section 4.1).
      finding.kind = 'answer'
      finding.rrset = at
      return
    }
    // What may stand beside it (RFC 4035 section 2.5) may stand behind it, too.
    if (type === rrType.CNAME) alias = at
  }
  if (alias !== 0) {
    finding.kind = 'alias'
    finding.rrset = alias
    return
  }
  const borrows = borrowed !== 0 && (qtype === rrType.A || qtype === rrType.AAAA || qtype === rrType.ANY)
  finding.kind = borrows ? 'borrow' : 'nodata'
  finding.rrset = borrows ? borrowed : 0
}

/** What stands below `cut` is another's: a child zone's, or wherever the DNAME leads. */
function leave(snapshot: Snapshot, cut: number, finding: Finding): void {
  const redirects = isOnlyRedirecting(snapshot, cut)
  finding.kind = redirects ? 'redirect' : 'referral'
  finding.node = cut
  finding.rrset = rrsetAt(snapshot, cut, redirects ? rrType.DNAME : rrType.NS)
}

/** A DNAME beside the NS of a cut belongs to the child; at the apex the NS is our own (RFC 6672 section 2.3). */
function isOnlyRedirecting(snapshot: Snapshot, node: number): boolean {
  if (!isRedirecting(snapshot.bytes, node)) return false
  return rrsetAt(snapshot, node, rrType.NS) === 0 || rrsetAt(snapshot, node, rrType.SOA) !== 0
}

function probeZone(snapshot: Snapshot, name: NameScan, label: number): number {
  const { words, zoneTableMask } = snapshot
  const table = snapshot.zoneTableAt >>> 2
  const hash = name.hashes[label]! >>> 0
  for (let slot = hash & zoneTableMask; ; slot = (slot + 1) & zoneTableMask) {
    const zone = words[table + slot * 2 + 1]!
    if (zone === 0) return 0
    if (words[table + slot * 2]! !== hash) continue
    const apex = zone + words[(zone >>> 2) + imageHead.apexAt]!
    if (isNodeNamed(snapshot, apex, name, label)) return zone
  }
}

/** The node of the suffix that begins at `label`, or 0. A table is never full, so the walk ends. */
function probeNode(snapshot: Snapshot, zone: number, name: NameScan, label: number): number {
  const { words } = snapshot
  const head = zone >>> 2
  const table = (zone + words[head + imageHead.tableAt]!) >>> 2
  const mask = words[head + imageHead.tableMask]!
  const hash = name.hashes[label]! >>> 0
  for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
    const node = words[table + slot * 2 + 1]!
    if (node === 0) return 0
    if (words[table + slot * 2]! === hash && isNodeNamed(snapshot, zone + node, name, label)) return zone + node
  }
}

/** Names in an image begin at a multiple of four and are padded to one, but suffixes of a question are not. */
function isNodeNamed({ bytes, view }: Snapshot, node: number, name: NameScan, label: number): boolean {
  const from = name.labelAt[label]!
  const length = name.length - from
  if (nodeNameLength(bytes, node) !== length) return false
  const at = node + nodeHeadOctets
  let i = 0
  for (; i + 4 <= length; i += 4) if (view.getInt32(at + i) !== name.view.getInt32(from + i)) return false
  for (; i < length; i++) if (bytes[at + i] !== name.lowered[from + i]) return false
  return true
}
