/**
 * A zone as octoDNS 1.22 reads it: owners relative to the zone, `''` for the zone itself, every TTL in seconds, keys in
 * natural order (`enforce_order`), pools as `dynamic`. Reads back here as a pure octoDNS zone.
 */
import { equalNames, formatName, type Name } from '../../name/name.ts'
import { formatType, rrType } from '../../rdata/table.ts'
import { aliasType } from '../../zone/layout.ts'
import { printTree } from '../canonical/emit.ts'
import { compareNaturally } from '../canonical/order.ts'
import type { RRsetModel, ZoneModel } from '../model.ts'
import type { Tell } from './notes.ts'
import { octodnsPool } from './octodns-pools.ts'
import { isCutOtherwise, isOctodnsType, type OctodnsValue, octodnsValue } from './octodns-values.ts'
import { calmRecords, isPlainPool } from './pools.ts'

/** The text of `<zone>.yaml`. */
export function formatOctodns(zone: ZoneModel, tell: Tell): string {
  return printTree(octodnsTree(zone, tell))
}

type OctodnsRecord = Readonly<Record<string, unknown>>
/** By owner, in order: a map, since an object would put owners that look like numbers first. */
type OctodnsTree = ReadonlyMap<string, OctodnsRecord | readonly OctodnsRecord[]>

function octodnsTree(zone: ZoneModel, tell: Tell): OctodnsTree {
  tell('soa', zone.name, null)
  const owners = new Map<string, OctodnsRecord[]>()
  for (const set of zone.rrsets) {
    const owner = relativeOwner(set.owner, zone.name)
    if (owner === null) {
      tell('owner', set.owner, set.type)
      continue
    }
    const record = octodnsRecord(set, equalNames(set.owner, zone.name), tell)
    if (record === null) continue
    const records = owners.get(owner) ?? []
    owners.set(owner, records)
    records.push(sortKeys(record) as OctodnsRecord)
  }
  const names = [...owners.keys()].sort(compareNaturally)
  return new Map(
    names.map(name => {
      const records = owners.get(name)!.sort((a, b) => (String(a['type']) < String(b['type']) ? -1 : 1))
      return [name, records.length === 1 ? records[0]! : records] as const
    }),
  )
}

/** octoDNS has names in lower case and knows no escapes; null for a name that needs them. */
function relativeOwner(owner: Name, zone: Name): string | null {
  const own = owner.length - zone.length
  if (own === 0) return ''
  const labels = new Uint8Array(own + 1)
  labels.set(owner.subarray(0, own))
  const text = formatName(labels).slice(0, -1).toLowerCase()
  return /^[a-z0-9_*/.-]+$/.test(text) ? text : null
}

/** Null after having said that it is left out. */
function octodnsRecord(set: RRsetModel, isApex: boolean, tell: Tell): OctodnsRecord | null {
  const { owner, type, ttl } = set
  if (type === aliasType) {
    if (!isApex) tell('alias-below-apex', owner, type)
    return isApex ? { type: 'ALIAS', ttl, value: formatName(set.rdatas[0]!) } : null
  }
  if (!isOctodnsType(type)) {
    tell('type', owner, type)
    return null
  }
  const values = valuesOf(set, tell)
  if (values.length === 0) return null
  const head = { type: formatType(type), ttl }
  if (isPlainPool(set) || !isDynamicType(type)) {
    if (!isPlainPool(set)) tell('checks', owner, type)
    return { ...head, ...oneOrMore(values) }
  }
  const { dynamic, octodns } = octodnsPool(set, tell)
  return { ...head, dynamic, ...(octodns !== null && { octodns }), ...oneOrMore(lastResort(set, values)) }
}

/** Types of which octoDNS has pools. */
function isDynamicType(type: number): boolean {
  return type === rrType.A || type === rrType.AAAA || type === rrType.CNAME
}

function valuesOf({ owner, type, rdatas }: RRsetModel, tell: Tell): readonly OctodnsValue[] {
  if (type === rrType.TXT && rdatas.some(isCutOtherwise)) tell('strings', owner, type)
  const values = rdatas.map(rdata => octodnsValue(type, rdata))
  if (values.includes(null)) tell('text', owner, type)
  const carried = values.filter(value => value !== null)
  // Written as one, two texts may be the same; a value that stands twice would be refused.
  return type === rrType.TXT ? [...new Set(carried)] : carried
}

/** What octoDNS falls back on where it knows no pools: what the record says, else what is answered when all is well. */
function lastResort(set: RRsetModel, values: readonly OctodnsValue[]): readonly OctodnsValue[] {
  const { lastResort: given } = set.pool!.spec
  const isOwn = given.length > 0 && set.pool!.tierNames.length > 0
  const rrs = isOwn ? given : calmRecords(set)
  return set.type === rrType.CNAME ? rrs.slice(0, 1).map(rr => values[rr]!) : rrs.map(rr => values[rr]!)
}

function oneOrMore(values: readonly OctodnsValue[]): Readonly<Record<string, unknown>> {
  return values.length === 1 ? { value: values[0] } : { values }
}

/** Keys of all maps in natural order, lists as they are. */
function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).sort(([a], [b]) => compareNaturally(a, b))
  return Object.fromEntries(entries.map(([key, inner]) => [key, sortKeys(inner)]))
}
