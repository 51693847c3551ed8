/**
 * What a secondary zone holds, as flat records beside its SOA, and what differences make of it (RFC 1995 section 4).
 * Only what the differences touch is looked up, so changing a large zone costs one pass over it and no index of it.
 * Invariant: either all differences fit, one after the other, or nothing is applied: a record goes that was not there,
 * and the whole zone has to be asked for.
 */
import { lowerName, type Name } from '../name/name.ts'
import { loweredRdata } from '../rdata/names.ts'
import {
  createFlatList,
  createRecordRef,
  type FlatList,
  flatRecords,
  pushRecord,
  type RecordRef,
} from '../transfer/record.ts'
import type { Difference } from './incoming.ts'

export interface ZoneContent {
  /** Octets of all records but the SOA; the first `octets` count. */
  readonly records: Pick<FlatList, 'bytes' | 'octets' | 'records'>
}

/** What is to become of one record. */
interface Fate {
  /** True if the differences want it there before them. */
  readonly wasThere: boolean
  isThere: boolean
  /** Where its newest form stands, with its TTL; null while it is gone. */
  bytes: Uint8Array | null
  found: boolean
}

/** Null if the differences do not fit what is there. */
export function applyDifferences(content: ZoneContent, differences: readonly Difference[]): ZoneContent | null {
  const fates = new Map<string, Fate>()
  const ref = createRecordRef()
  for (const { gone, come } of differences) {
    for (const record of recordsOf(gone, ref)) if (!remove(fates, record)) return null
    for (const record of recordsOf(come, ref)) add(fates, record)
  }
  const next = createFlatList()
  for (const record of recordsOf(content.records, ref)) {
    const fate = fates.get(keyOf(record))
    if (fate === undefined) {
      pushRecord(next, record)
      continue
    }
    fate.found = true
  }
  for (const { wasThere, found, isThere, bytes } of fates.values()) {
    if (wasThere && !found) return null
    if (isThere) for (const record of flatRecords(bytes!, ref)) pushRecord(next, record)
  }
  return { records: next }
}

function remove(fates: Map<string, Fate>, record: RecordRef): boolean {
  const key = keyOf(record)
  const fate = fates.get(key)
  if (fate === undefined) {
    fates.set(key, { wasThere: true, isThere: false, bytes: null, found: false })
    return true
  }
  if (!fate.isThere) return false
  fate.isThere = false
  fate.bytes = null
  return true
}

/** One that is there already stays one, as in BIND and Knot. */
function add(fates: Map<string, Fate>, record: RecordRef): void {
  const key = keyOf(record)
  const single = createFlatList()
  pushRecord(single, record)
  const bytes = single.bytes.slice(0, single.octets)
  const fate = fates.get(key)
  if (fate === undefined) fates.set(key, { wasThere: false, isThere: true, bytes, found: false })
  else {
    fate.isThere = true
    fate.bytes = bytes
  }
}

export function recordsOf({ bytes, octets }: ZoneContent['records'], ref: RecordRef): Generator<RecordRef> {
  return flatRecords(bytes.subarray(0, octets), ref)
}

/** Equal for records that are one: all but the TTL counts, letters of names in any case (RFC 2181 section 5). */
function keyOf({ ownerBytes, ownerAt, ownerOctets, type, rdataBytes, rdataAt, rdataOctets }: RecordRef): string {
  const owner = lowerName(ownerBytes.subarray(ownerAt, ownerAt + ownerOctets) as Name)
  const rdata = loweredRdata(type, rdataBytes.subarray(rdataAt, rdataAt + rdataOctets))
  return `${textOf(owner)} ${type} ${textOf(rdata)}`
}

/** In pieces: a call takes only so many arguments. */
const pieceOctets = 4096

function textOf(octets: Uint8Array): string {
  if (octets.length <= pieceOctets) return String.fromCharCode.apply(null, octets as unknown as number[])
  let text = ''
  for (let at = 0; at < octets.length; at += pieceOctets) text += textOf(octets.subarray(at, at + pieceOctets))
  return text
}
