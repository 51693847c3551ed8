/**
 * A zone while it is read: owners with their RRsets, however the records of one set are strewn over the file. Equal
 * records become one and the smallest TTL is that of the set (RFC 2181 sections 5 and 5.2).
 * Invariant: the work for a record does not grow with the zone: at most `rrsetRecordsMax` comparisons.
 */
import type { Span } from '../../base/problem.ts'
import type { Seconds } from '../../base/units.ts'
import { formatName, isUnder, isWildcard, type Name, nameOctetsMax } from '../../name/name.ts'
import { equalRdata, hostOffset } from '../../rdata/names.ts'
import { formatType, rrType } from '../../rdata/table.ts'
import { rrsetRecordsMax } from '../../rotation/types.ts'
import type { TargetRef } from '../records.ts'
import { type Findings, refuseAt, warnAt } from './findings.ts'
import { createOwnerTable, enterName, type OwnerTable } from './owners.ts'

export interface OwnerDraft {
  readonly name: Name
  readonly isApex: boolean
  readonly sets: RRsetDraft[]
}

export interface RRsetDraft {
  readonly owner: Name
  readonly type: number
  ttl: Seconds
  readonly rdatas: Uint8Array[]
  /** Octets that its records take in a message. */
  octets: number
  /** The first record's type. */
  readonly span: Span
}

export interface ZoneDraft {
  readonly zone: Name
  readonly findings: Findings
  readonly owners: OwnerTable<OwnerDraft>
  /** All sets, in the order of their first records. */
  readonly sets: RRsetDraft[]
  /** Names inside the zone that NS, MX and SRV records point at. */
  readonly targets: TargetRef[]
  /** True once a record of the kind was begun, be it a faulty one. */
  sawSoa: boolean
  sawApexNs: boolean
  hasWildcard: boolean
  hasDname: boolean
}

export interface RecordDraft {
  readonly type: number
  readonly ttl: Seconds
  readonly rdata: Uint8Array
  /** Of its type, and of the last word of its value. */
  readonly span: Span
  readonly valueSpan: Span
}

export function createZoneDraft(zone: Name, findings: Findings): ZoneDraft {
  return {
    zone,
    findings,
    owners: createOwnerTable(zone),
    sets: [],
    targets: [],
    sawSoa: false,
    sawApexNs: false,
    hasWildcard: false,
    hasDname: false,
  }
}

/** The owner's place in the zone. `name` is inside it. */
export function enterOwner(draft: ZoneDraft, name: Name): OwnerDraft {
  return enterName(draft.owners, name, made => {
    if (isWildcard(made)) draft.hasWildcard = true
    return { name: made, isApex: made.length === draft.zone.length, sets: [] }
  })
}

/** Notes what the zone must have, before the record's value is read: a fault in it is not a lack of it. */
export function noteType(draft: ZoneDraft, owner: OwnerDraft, type: number): void {
  if (!owner.isApex) return
  if (type === rrType.SOA) draft.sawSoa = true
  if (type === rrType.NS) draft.sawApexNs = true
}

/** Adds the record or reports why it cannot be. */
export function addRecord(draft: ZoneDraft, owner: OwnerDraft, record: RecordDraft): void {
  if (!requirePlace(draft, owner, record)) return
  const { type, ttl, rdata } = record
  const set = owner.sets.find(other => other.type === type)
  const octets = recordHeadOctets + rdata.length
  if (set === undefined) {
    if (!requireRoom(draft, owner, 1, octets, record)) return
    const first: RRsetDraft = { owner: owner.name, type, ttl, rdatas: [rdata], octets, span: record.span }
    owner.sets.push(first)
    draft.sets.push(first)
    if (type === rrType.DNAME) draft.hasDname = true
  } else {
    if (!joinSet(draft, owner, set, record)) return
  }
  noteTarget(draft, owner, record)
}

/** An image keeps the number of a name's types in one octet. */
const typesPerNameMax = 200
/** A pointer to the owner, type, class, TTL and length. */
const recordHeadOctets = 12
/** 65535 without header, question, and EDNS with its options. */
const rrsetOctetsMax = 65_535 - (12 + nameOctetsMax + 4 + 64)

/** RFC 1034 section 4.2.1 (SOA), RFC 4592 section 4.2 (NS), RFC 4035 section 2.4 (DS). */
function requirePlace(draft: ZoneDraft, owner: OwnerDraft, record: RecordDraft): boolean {
  const { findings, zone } = draft
  if (record.type === rrType.SOA && !owner.isApex) {
    const text = `an SOA belongs to the zone itself, ${formatName(zone)}, not to ${formatName(owner.name)}`
    refuseAt(findings, 'bad-value', record.span, text, 'remove the record')
    return false
  }
  if (record.type === rrType.DS && owner.isApex) {
    const text = `the DS of ${formatName(zone)} belongs to the zone above it`
    refuseAt(findings, 'ds-misplaced', record.span, text, 'give it to whoever delegates this zone, and remove it here')
    return false
  }
  if (record.type === rrType.NS && isWildcard(owner.name)) {
    const text = 'a wildcard cannot be delegated (RFC 4592 section 4.2)'
    refuseAt(findings, 'bad-value', record.span, text, 'delegate each name on its own')
    return false
  }
  return true
}

/** False if the record is there already or finds no room. */
function joinSet(draft: ZoneDraft, owner: OwnerDraft, set: RRsetDraft, record: RecordDraft): boolean {
  const { findings } = draft
  const { type, ttl, rdata } = record
  if (ttl !== set.ttl) {
    const least = ttl < set.ttl ? ttl : set.ttl
    const text = `the records of ${wordOf(owner, type)} differ in TTL (${set.ttl} and ${ttl}); all get ${least}`
    warnAt(findings, 'ttl-differs', record.span, text, 'give them one TTL (RFC 2181 section 5.2)')
    set.ttl = least
  }
  if (set.rdatas.some(other => equalRdata(type, other, rdata))) {
    warnAt(
      findings,
      'duplicate-record',
      record.span,
      `this record of ${wordOf(owner, type)} is there already`,
      'remove one',
    )
    return false
  }
  const single = singleOf(type)
  if (single !== null) {
    const text = `${formatName(owner.name)} has ${single} already, in line ${set.span.line} of ${set.span.file}`
    const code = type === rrType.CNAME ? 'cname-and-other' : 'duplicate-rrset'
    refuseAt(findings, code, record.span, text, 'leave one')
    return false
  }
  const octets = set.octets + recordHeadOctets + rdata.length
  if (!requireRoom(draft, owner, set.rdatas.length + 1, octets, record)) return false
  set.rdatas.push(rdata)
  set.octets = octets
  return true
}

/** Types of which a name can have one record. */
function singleOf(type: number): string | null {
  switch (type) {
    case rrType.SOA:
      return 'an SOA'
    case rrType.CNAME:
      return 'a CNAME'
    case rrType.DNAME:
      return 'a DNAME'
    default:
      return null
  }
}

function requireRoom(
  draft: ZoneDraft,
  owner: OwnerDraft,
  records: number,
  octets: number,
  { type, span }: RecordDraft,
): boolean {
  if (records > rrsetRecordsMax) {
    const text = `${wordOf(owner, type)} has more than the ${rrsetRecordsMax} records that one set may have`
    refuseAt(draft.findings, 'rrset-too-large', span, text, 'spread them over several names')
    return false
  }
  if (octets > rrsetOctetsMax) {
    const text = `${wordOf(owner, type)} is more than a DNS message can have (65535 octets)`
    refuseAt(draft.findings, 'rrset-too-large', span, text, 'shorten the values')
    return false
  }
  if (records > 1 || owner.sets.length < typesPerNameMax) return true
  const text = `${formatName(owner.name)} has more than ${typesPerNameMax} types`
  refuseAt(draft.findings, 'rrset-too-large', span, text, 'remove some records')
  return false
}

function wordOf(owner: OwnerDraft, type: number): string {
  return `${formatName(owner.name)} ${formatType(type)}`
}

function noteTarget(draft: ZoneDraft, owner: OwnerDraft, { type, rdata, valueSpan }: RecordDraft): void {
  if (type !== rrType.NS && type !== rrType.MX && type !== rrType.SRV) return
  const target = rdata.subarray(hostOffset(type, rdata)!) as Name
  if (!isUnder(target, draft.zone)) return
  draft.targets.push({ owner: owner.name, type, target, span: valueSpan })
}
