/**
 * The records of a zone → what it says as a catalog, or why it is broken (RFC 9432 sections 3 to 5.1). Records that the
 * schema does not know are passed over, as it wants (section 3); TTLs say nothing.
 * Invariant: of a broken catalog nothing comes out but the fault, so nobody can act on half of one.
 */
import { formatName, isUnder, lowerName, type Name, nameKey } from '../name/name.ts'
import { rrType } from '../rdata/table.ts'
import type { RecordRef } from '../transfer/record.ts'
import {
  type CatalogFault,
  type CatalogMember,
  type CatalogMembers,
  catalogLabel,
  catalogMembersMax,
  catalogVersion,
} from './catalog.ts'

export type CatalogReading =
  | { readonly kind: 'catalog'; readonly members: CatalogMembers }
  | { readonly kind: 'broken'; readonly fault: CatalogFault }

/** Everything that was seen at one member node. */
interface Node {
  readonly zones: Name[]
  readonly groups: string[]
  readonly successors: Name[]
}

interface Draft {
  readonly versions: string[]
  readonly nodes: Map<string, Node>
}

/** `ref` of the records is read as it comes and not kept. */
export function readCatalog(
  apex: Name,
  records: Iterable<RecordRef>,
  membersMax: number = catalogMembersMax,
): CatalogReading {
  const draft: Draft = { versions: [], nodes: new Map() }
  for (const record of records) {
    noteRecord(draft, apex, record)
    if (draft.nodes.size > membersMax) return broken({ code: 'too-many', membersMax })
  }
  const fault = judgeVersion(draft.versions)
  return fault === null ? joinMembers(draft.nodes) : broken(fault)
}

function noteRecord({ versions, nodes }: Draft, apex: Name, record: RecordRef): void {
  const isText = record.type === rrType.TXT
  if (!isText && record.type !== rrType.PTR) return
  const owner = octetsOf(record.ownerBytes, record.ownerAt, record.ownerOctets) as Name
  if (!isUnder(owner, apex)) return
  const labels = labelsAbove(owner, owner.length - apex.length)
  const rdata = octetsOf(record.rdataBytes, record.rdataAt, record.rdataOctets)
  if (labels.length === 1 && labels[0] === catalogLabel.version && isText) versions.push(wholeText(rdata))
  const unique = labels.at(-2)
  if (unique === undefined || labels.at(-1) !== catalogLabel.zones || labels.length > 3) return
  const property = labels.length === 3 ? labels[0] : null
  if (property === null && !isText) nodeOf(nodes, unique).zones.push(lowerName(rdata as Name))
  if (property === catalogLabel.successor && !isText) nodeOf(nodes, unique).successors.push(lowerName(rdata as Name))
  if (property === catalogLabel.group && isText) nodeOf(nodes, unique).groups.push(wholeText(rdata))
}

function nodeOf(nodes: Map<string, Node>, unique: string): Node {
  let node = nodes.get(unique)
  if (node === undefined) {
    node = { zones: [], groups: [], successors: [] }
    nodes.set(unique, node)
  }
  return node
}

function judgeVersion(versions: readonly string[]): CatalogFault | null {
  const [found] = versions
  if (found === undefined) return { code: 'no-version' }
  if (versions.length > 1) return { code: 'versions', records: versions.length }
  return found === catalogVersion ? null : { code: 'other-version', found }
}

function joinMembers(nodes: ReadonlyMap<string, Node>): CatalogReading {
  const members = new Map<string, CatalogMember>()
  for (const [unique, { zones, groups, successors }] of nodes) {
    const [zone] = zones
    // Properties of no member.
    if (zone === undefined) continue
    if (zones.length > 1) return broken({ code: 'zones', unique })
    if (successors.length > 1) return broken({ code: 'successors', unique })
    const key = nameKey(zone)
    if (members.has(key)) return broken({ code: 'twice', zone })
    members.set(key, { zone, unique, groups: [...groups].sort(), successor: successors[0] ?? null })
  }
  // Whatever order the records came in.
  const sorted = [...members].sort(([a], [b]) => (a < b ? -1 : 1))
  return { kind: 'catalog', members: new Map(sorted) }
}

function broken(fault: CatalogFault): CatalogReading {
  return { kind: 'broken', fault }
}

/** What is wrong with a catalog, for people. */
export function describeCatalogFault(fault: CatalogFault): string {
  switch (fault.code) {
    case 'no-version':
      return `it has no TXT record at \`${catalogLabel.version}\`, so it is no catalog`
    case 'versions':
      return `it has ${fault.records} TXT records at \`${catalogLabel.version}\` in place of one`
    case 'other-version':
      return `it is of version ${JSON.stringify(fault.found)}; only "${catalogVersion}" is understood`
    case 'zones':
      return `the member ${shownLabel(fault.unique)} has more than one PTR record`
    case 'successors':
      return `the member ${shownLabel(fault.unique)} has more than one \`${catalogLabel.successor}\``
    case 'twice':
      return `${formatName(fault.zone)} is listed twice`
    case 'too-many':
      return `it lists more than ${fault.membersMax} zones`
    default:
      return fault satisfies never
  }
}

/** The label as it would be written in a name. */
function shownLabel(unique: string): string {
  const label = Uint8Array.from([unique.length, ...Array.from(unique, letter => letter.charCodeAt(0)), 0])
  return formatName(label).slice(0, -1)
}

/** The first `octets` of a name as labels, lowered, one character an octet. */
function labelsAbove(name: Name, octets: number): string[] {
  const labels: string[] = []
  const lowered = lowerName(name)
  for (let at = 0; at < octets; at += lowered[at]! + 1) {
    labels.push(String.fromCharCode(...lowered.subarray(at + 1, at + 1 + lowered[at]!)))
  }
  return labels
}

/** The strings of a TXT record as one text. */
function wholeText(rdata: Uint8Array): string {
  const octets: number[] = []
  for (let at = 0; at < rdata.length; at += rdata[at]! + 1) octets.push(...rdata.subarray(at + 1, at + 1 + rdata[at]!))
  return new TextDecoder().decode(Uint8Array.from(octets))
}

/** A copy that outlives the memory it was read from. */
function octetsOf(bytes: Uint8Array, at: number, octets: number): Uint8Array {
  return Uint8Array.from(bytes.subarray(at, at + octets))
}
