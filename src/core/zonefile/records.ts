/**
 * Owners and their records → RRsets. One owner may be written several ways (`''`, `@`, upper case, with the zone's name
 * and a dot); what counts is the name, so that no spelling can hide a second RRset of the same type.
 */
import type { Span } from '../base/problem.ts'
import type { Seconds } from '../base/units.ts'
import { formatName, type Name, nameKey, nameOctetsMax } from '../name/name.ts'
import { equalRdata, hostOffset } from '../rdata/names.ts'
import { rrType } from '../rdata/table.ts'
import { rrsetRecordsMax } from '../rotation/types.ts'
import { aliasType } from '../zone/layout.ts'
import { isMap, type Path, type Reader, refuse, shown } from './doc.ts'
import { judge } from './issues.ts'
import type { RRsetModel } from './model.ts'
import { readOwner } from './names.ts'
import { type OwnerEntry, refuseNeighbours, requirePlace } from './neighbours.ts'
import { type PooledSet, readPooledSet } from './pools.ts'
import { type PlainType, type Rdata, readRdata } from './rdatas.ts'
import type { AddressInput, CnameInput, PlainInput } from './schema/records.ts'
import type { Scope } from './scope.ts'
import { requireCatchAll } from './tiers.ts'
import { readTtl } from './times.ts'
import { type Kind, kindOfRecord, typeWord } from './types.ts'
import { valuesOf } from './values.ts'

/** A name that some record points at, for the look across names and zones. */
export interface TargetRef {
  readonly owner: Name
  readonly type: number
  readonly target: Name
  readonly span: Span
}

export interface Records {
  readonly rrsets: readonly RRsetModel[]
  readonly targets: readonly TargetRef[]
  /** True if the apex has an NS record, be it a faulty one. */
  readonly hasApexNs: boolean
}

interface Draft {
  readonly scope: Scope
  readonly owners: Map<string, OwnerEntry>
  readonly rrsets: RRsetModel[]
  readonly targets: TargetRef[]
}

/** An image keeps the number of a name's types in one octet. */
const typesPerNameMax = 200
/** Octets of a response that are not the RRset: header, question, EDNS with its options. */
const responseRestOctets = 12 + nameOctetsMax + 4 + 64
const responseOctetsMax = 65_535
/** A pointer to the owner, type, class, TTL and length. */
const recordHeadOctets = 12

export function readRecords(scope: Scope, value: unknown, path: Path): Records {
  const { reader, zone } = scope
  const draft: Draft = { scope, owners: new Map(), rrsets: [], targets: [] }
  if (!isMap(value)) {
    refuse(
      reader,
      'wrong-type',
      reader.doc.valueSpan(path),
      '`records` must be a map of owners',
      "write `records: {'@': …}`",
    )
    return { rrsets: [], targets: [], hasApexNs: true }
  }
  for (const [text, records] of Object.entries(value)) readOwnerRecords(draft, text, records, [...path, text])
  for (const entry of draft.owners.values()) refuseNeighbours(reader, zone, entry)
  const apex = draft.owners.get(nameKey(zone))
  return { rrsets: draft.rrsets, targets: draft.targets, hasApexNs: apex?.types.has(rrType.NS) ?? false }
}

function readOwnerRecords(draft: Draft, text: string, records: unknown, path: Path): void {
  const { reader, zone } = draft.scope
  const owner = readOwner(reader, text, zone, reader.doc.keySpan(path))
  if (owner === null) return
  const key = nameKey(owner)
  const entry = draft.owners.get(key) ?? { name: owner, types: new Map() }
  draft.owners.set(key, entry)
  if (!Array.isArray(records)) {
    readRecord(draft, entry, records, path)
    return
  }
  if (records.length === 0) {
    refuse(
      reader,
      'bad-value',
      reader.doc.valueSpan(path),
      `${shown(text)} has no records`,
      'add one, or remove the name',
    )
  }
  records.forEach((record, i) => {
    readRecord(draft, entry, record, [...path, i])
  })
}

function readRecord(draft: Draft, entry: OwnerEntry, record: unknown, path: Path): void {
  const { reader } = draft.scope
  const kind = kindOfRecord(reader, record, path)
  if (kind === null) return
  const span = reader.doc.valueSpan([...path, 'type'])
  if (!enterType(draft, entry, kind.code, path, span)) return
  const input = judge<typeof kind.schema>(reader, kind.schema, record, path)
  if (isMap(record) && record['dynamic'] !== undefined) requireCatchAll(reader, record['dynamic'], [...path, 'dynamic'])
  if (input === null) return
  const given = input.ttl === undefined ? draft.scope.ttl : readTtl(reader, input.ttl, [...path, 'ttl'])
  // With a bad TTL the values are still judged, so that all is said at once.
  const ttl = given ?? draft.scope.ttl
  const set = readSet(draft, entry.name, kind, input, ttl, path, span)
  if (given === null || set === null || !requireFit(reader, set.rdatas, span)) return
  const { rdatas, pool, rules } = set
  const contents = { owner: entry.name, type: kind.code, ttl, rdatas, pool, span }
  draft.rrsets.push(rules === null ? contents : { ...contents, rules })
}

function readSet(
  draft: Draft,
  owner: Name,
  kind: Kind,
  input: AddressInput | CnameInput | PlainInput,
  ttl: Seconds,
  path: Path,
  span: Span,
): PooledSet | null {
  if (input.type === 'A' || input.type === 'AAAA') {
    return readPooledSet(draft.scope, input as AddressInput, owner, ttl, path)
  }
  if (kind.name !== 'CNAME') return readPlainSet(draft, owner, kind, input as PlainInput, path)
  const cname = input as CnameInput
  if (cname.dynamic === undefined) {
    return requirePlainCname(draft.scope, cname, path) ? readPlainSet(draft, owner, kind, cname, path) : null
  }
  const set = readPooledSet(draft.scope, cname, owner, ttl, path)
  for (const rdata of set?.rdatas ?? []) draft.targets.push({ owner, type: kind.code, target: rdata as Name, span })
  return set
}

/** One name that is always answered has nothing to check and nothing to choose. */
function requirePlainCname({ reader }: Scope, input: CnameInput, path: Path): boolean {
  const key = (['policy', 'check', 'failover_within'] as const).find(each => input[each] !== undefined)
  if (key === undefined) return true
  const text = `\`${key}\` on a CNAME works with pools only`
  refuse(reader, 'check-not-possible', reader.doc.keySpan([...path, key]), text, 'write the names under `dynamic`')
  return false
}

/** False after having reported a second record of one type, or one that a name of this kind cannot have. */
function enterType(draft: Draft, entry: OwnerEntry, code: number, path: Path, span: Span): boolean {
  const { reader } = draft.scope
  const earlier = entry.types.get(code)
  if (earlier !== undefined) {
    const { line } = reader.doc.valueSpan([...earlier, 'type'])
    const text = `${formatName(entry.name)} has a record of type ${typeWord(code)} already, in line ${line}`
    refuse(reader, 'duplicate-rrset', span, text, 'write all values in one record')
    return false
  }
  const rival = rivalsOf(code).find(other => entry.types.has(other))
  if (rival !== undefined) {
    const both = `${typeWord(rival)} and ${typeWord(code)}`
    const text = `${formatName(entry.name)} has both ${both}, which answer the same questions`
    refuse(reader, 'duplicate-rrset', span, text, 'remove the ALIAS, or the addresses')
    return false
  }
  entry.types.set(code, path)
  if (entry.types.size === typesPerNameMax + 1) {
    refuse(reader, 'rrset-too-large', span, `a name has more than ${typesPerNameMax} types`, 'remove some records')
    return false
  }
  return requirePlace(reader, draft.scope.zone, entry.name, code, span)
}

/** An ALIAS answers A and AAAA from elsewhere. */
function rivalsOf(code: number): readonly number[] {
  if (code === aliasType) return [rrType.A, rrType.AAAA]
  return code === rrType.A || code === rrType.AAAA ? [aliasType] : []
}

function readPlainSet(
  draft: Draft,
  owner: Name,
  kind: Kind,
  input: PlainInput | CnameInput,
  path: Path,
): PooledSet | null {
  const { reader, zone } = draft.scope
  const problemsBefore = reader.problems.length
  const values: Rdata[] = []
  for (const { value, path: at } of valuesOf<unknown>(reader, input, path)) {
    const rdata = readRdata({ reader, code: kind.code, zone, path: at }, kind.name as PlainType, value)
    if (rdata === null) continue
    if (isThere(values, kind.code, rdata.octets)) {
      const text =
        typeof value === 'string' ? `the value ${shown(value)} stands here twice` : 'this value stands here twice'
      refuse(reader, 'duplicate-value', rdata.span, text, 'remove one')
      continue
    }
    values.push(rdata)
  }
  const second = values[1]
  if (second !== undefined) refuseSecond(reader, owner, kind.code, second.span)
  if (reader.problems.length > problemsBefore) return null
  for (const rdata of values) noteTarget(draft, owner, kind.code, rdata)
  return { rdatas: values.map(rdata => rdata.octets), pool: null, rules: null }
}

/** Of more values than a record may have, only the first are looked at: it is refused for them anyway. */
function isThere(values: readonly Rdata[], code: number, octets: Uint8Array): boolean {
  return values.length <= rrsetRecordsMax && values.some(other => equalRdata(code, other.octets, octets))
}

/** RFC 1034 section 3.6.2 and RFC 6672 section 2.4. */
function refuseSecond(reader: Reader, owner: Name, code: number, span: Span): void {
  if (code === aliasType) {
    const text = `${formatName(owner)} can have the addresses of one other name only`
    refuse(reader, 'bad-value', span, text, 'leave one value')
  }
  if (code === rrType.CNAME) {
    const text = `${formatName(owner)} can be an alias of one name only`
    refuse(reader, 'cname-and-other', span, text, 'leave one value')
  }
  if (code === rrType.DNAME) {
    const text = `${formatName(owner)} can be redirected to one name only`
    refuse(reader, 'dname-and-other', span, text, 'leave one value')
  }
}

/** Targets that are looked at across zones: those of NS, MX and SRV must be hosts, that of an ALIAS must be ours. */
function noteTarget({ targets }: Draft, owner: Name, type: number, { octets, targetSpan }: Rdata): void {
  if (type === aliasType) targets.push({ owner, type, target: octets as Name, span: targetSpan })
  if (type !== rrType.NS && type !== rrType.MX && type !== rrType.SRV) return
  targets.push({ owner, type, target: octets.subarray(hostOffset(type, octets)!) as Name, span: targetSpan })
}

function requireFit(reader: Reader, rdatas: readonly Uint8Array[], span: Span): boolean {
  if (rdatas.length > rrsetRecordsMax) {
    const text = `${rdatas.length} values are more than the ${rrsetRecordsMax} that one record may have`
    refuse(reader, 'rrset-too-large', span, text, 'spread them over several names')
    return false
  }
  const octets = rdatas.reduce((sum, rdata) => sum + recordHeadOctets + rdata.length, responseRestOctets)
  if (octets <= responseOctetsMax) return true
  const text = `an answer of about ${octets} octets is more than the ${responseOctetsMax} that a DNS message can have`
  refuse(reader, 'rrset-too-large', span, text, 'shorten the values')
  return false
}
