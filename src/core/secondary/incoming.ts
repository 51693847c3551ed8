/**
 * The records of a transfer as they come in: a whole zone between two SOAs (RFC 5936 section 2.2), or differences (RFC
 * 1995 section 4), which the second record tells. What is kept of them is flat, so a million records are a few arrays.
 * Invariants: nothing outside the zone, of another class or of a type that no zone has gets in; of what was gathered
 * nothing may be used before `isOver`.
 */
import { equalNames, isUnder, type Name } from '../name/name.ts'
import { decodeSoa, type SoaFields } from '../rdata/soa.ts'
import { isMetaType, isRdata, rrType } from '../rdata/table.ts'
import { createFlatList, createRecordRef, type FlatList, pushRecord, type RecordRef } from '../transfer/record.ts'
import { isLater } from '../transfer/serial.ts'
import { classIn } from '../wire/header.ts'
import type { WireRecord } from './message.ts'
import { isLeftOut, isSignature, type SignedPolicy } from './signed.ts'
import type { Failure } from './types.ts'

/** One step from a serial to the next: flat records that went and that came. */
export interface Difference {
  readonly from: number
  readonly to: number
  readonly gone: FlatList
  readonly come: FlatList
}

export interface IncomingOptions {
  readonly apex: Name
  /** What we have, for IXFR; null: the whole zone was asked for. */
  readonly since: number | null
  readonly octetsMax: number
  readonly recordsMax: number
  readonly signed: SignedPolicy
}

export interface Incoming {
  readonly options: IncomingOptions
  /** The first record. */
  soa: { readonly record: WireRecord; readonly fields: SoaFields } | null
  /** `whole`: flat records but the SOA. */
  form: 'unknown' | 'whole' | 'changes'
  readonly whole: FlatList
  readonly differences: Difference[]
  /** Of the difference that is being read: what went, then what came. */
  part: 'gone' | 'come'
  isOver: boolean
  /** Records of a signed zone that were left out. */
  leftOut: number
  /** Records seen and their octets, flat. */
  records: number
  octets: number
  readonly ref: RecordRef
}

/** Changes that are taken one by one: whoever has more to tell may as well send the whole zone. */
export const differencesMax = 100_000

/** RFC 2181 section 8: a TTL with its highest bit set is 0. */
const ttlSignBit = 0x8000_0000

export function createIncoming(options: IncomingOptions): Incoming {
  return {
    options,
    soa: null,
    form: options.since === null ? 'whole' : 'unknown',
    whole: createFlatList(),
    differences: [],
    part: 'gone',
    isOver: false,
    leftOut: 0,
    records: 0,
    octets: 0,
    ref: createRecordRef(),
  }
}

/** The next record; null, or why the transfer is of no use. */
export function takeRecord(incoming: Incoming, record: WireRecord): Failure | null {
  if (incoming.isOver) return malformed('records behind the end')
  const fault = judgeRecord(incoming, record) ?? charge(incoming, record)
  if (fault !== null) return fault
  if (record.type === rrType.SOA) return takeSoa(incoming, record)
  if (incoming.soa === null) return malformed('the first record is no SOA')
  if (incoming.form === 'unknown') incoming.form = 'whole'
  const { signed, apex } = incoming.options
  if (signed === 'strip' && isLeftOut(record.type)) {
    incoming.leftOut++
    return null
  }
  if (isSignature(record.type, record.owner, apex)) {
    return { reason: 'signed', detail: 'the zone is signed, and answers that follow health cannot be' }
  }
  push(incoming, listOf(incoming), record)
  return null
}

/** True where an answer to IXFR that ends here says that there is nothing newer. */
export function isSoaAlone({ soa, form, records, options }: Incoming): boolean {
  return options.since !== null && soa !== null && form === 'unknown' && records === 1
}

function judgeRecord({ options: { apex } }: Incoming, record: WireRecord): Failure | null {
  const { owner, type, klass, rdata } = record
  if (klass !== classIn) return malformed(`a record of class ${klass}`)
  if (isMetaType(type)) return malformed(`a record of type ${type}, which no zone has`)
  if (!isUnder(owner, apex)) return malformed('a record outside the zone')
  if (!isRdata(type, rdata)) return malformed(`rdata that is none of type ${type}`)
  if (type === rrType.SOA && !equalNames(owner, apex)) return malformed('an SOA that is not of the zone')
  return null
}

function charge(incoming: Incoming, { owner, rdata }: WireRecord): Failure | null {
  const { octetsMax, recordsMax } = incoming.options
  incoming.records++
  incoming.octets += owner.length + flatHeadOctets + rdata.length
  if (incoming.records > recordsMax) return tooLarge(`more than ${recordsMax} records`)
  return incoming.octets > octetsMax ? tooLarge(`more than ${octetsMax} octets of records`) : null
}

const flatHeadOctets = 8

function takeSoa(incoming: Incoming, record: WireRecord): Failure | null {
  const fields = decodeSoa(record.rdata)
  const { soa } = incoming
  if (soa === null) {
    incoming.soa = { record, fields }
    return null
  }
  const newest = soa.fields.serial
  if (incoming.form === 'whole') {
    if (fields.serial !== newest) return malformed('the SOA at the end has another serial than that at the beginning')
    incoming.isOver = true
    return null
  }
  if (incoming.form === 'unknown') {
    // RFC 1995 section 4: the old SOA of the first difference. A zone of nothing but its SOA has the newest one again.
    if (fields.serial === newest && fields.serial !== incoming.options.since) {
      incoming.form = 'whole'
      incoming.isOver = true
      return null
    }
    incoming.form = 'changes'
    return beginDifference(incoming, fields.serial, incoming.options.since!)
  }
  const difference = incoming.differences.at(-1)!
  if (incoming.part === 'gone') {
    incoming.part = 'come'
    incoming.differences[incoming.differences.length - 1] = { ...difference, to: fields.serial }
    return isLater(fields.serial, difference.from) ? null : malformed('a change that leads back')
  }
  if (fields.serial === newest && difference.to === newest) {
    incoming.isOver = true
    return null
  }
  return beginDifference(incoming, fields.serial, difference.to)
}

function beginDifference(incoming: Incoming, from: number, expected: number): Failure | null {
  if (from !== expected) return malformed(`changes from serial ${from} where those from ${expected} are due`)
  if (incoming.differences.length === differencesMax) return malformed(`more than ${differencesMax} changes`)
  incoming.differences.push({ from, to: from, gone: createFlatList(), come: createFlatList() })
  incoming.part = 'gone'
  return null
}

function listOf(incoming: Incoming): FlatList {
  return incoming.form === 'whole' ? incoming.whole : incoming.differences.at(-1)![incoming.part]
}

function push({ ref }: Incoming, list: FlatList, { owner, type, ttl, rdata }: WireRecord): void {
  ref.ownerBytes = owner
  ref.ownerAt = 0
  ref.ownerOctets = owner.length
  ref.type = type
  ref.ttl = ttl >= ttlSignBit ? 0 : ttl
  ref.rdataBytes = rdata
  ref.rdataAt = 0
  ref.rdataOctets = rdata.length
  pushRecord(list, ref)
}

function malformed(detail: string): Failure {
  return { reason: 'malformed', detail }
}

function tooLarge(detail: string): Failure {
  return { reason: 'too-large', detail }
}
