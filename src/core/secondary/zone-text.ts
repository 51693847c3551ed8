/**
 * A pulled zone as the master file that is kept and served (RFC 1035 section 5), and back to flat records when changes
 * are to be applied to it. One record a line, the owner once for those that follow one another, every TTL written.
 * Invariant: what is written reads back to the same records; a text of other hands reads back or is `null`.
 */
import { formatName, isNameFault, type Name, parseName } from '../name/name.ts'
import { decodeSoa, type SoaFields } from '../rdata/soa.ts'
import { formatRdata, formatType, isRdataFault, parseRdata, parseType, rrType } from '../rdata/table.ts'
import { createFlatList, createRecordRef, pushRecord } from '../transfer/record.ts'
import { createLexer, type Entry, readEntry } from '../zonefile/master/lexer.ts'
import { recordsOf, type ZoneContent } from './content.ts'

export interface PulledZone {
  readonly apex: Name
  readonly soa: { readonly ttl: number; readonly rdata: Uint8Array }
  readonly content: ZoneContent
}

export function soaOf({ soa }: PulledZone): SoaFields {
  return decodeSoa(soa.rdata)
}

/** In pieces of about this many characters, so that none is made of a million. */
const pieceCharacters = 1 << 16

export function* formatZoneText({ apex, soa, content }: PulledZone): Generator<string> {
  let piece = `; Pulled from a primary: changes made here are lost.\n$ORIGIN ${formatName(apex)}\n`
  piece += `@ ${soa.ttl} SOA ${formatRdata(rrType.SOA, soa.rdata)}\n`
  const ref = createRecordRef()
  let owner = apex as Uint8Array
  let isFirst = true
  for (const { ownerBytes, ownerAt, ownerOctets, type, ttl, rdataBytes, rdataAt, rdataOctets } of recordsOf(
    content.records,
    ref,
  )) {
    const next = ownerBytes.subarray(ownerAt, ownerAt + ownerOctets)
    const word = !isFirst && isSame(owner, next) ? '' : relativeOwner(next, apex)
    const rdata = formatRdata(type, rdataBytes.subarray(rdataAt, rdataAt + rdataOctets))
    piece += `${word} ${ttl} ${formatType(type)} ${rdata}\n`
    owner = next
    isFirst = false
    if (piece.length < pieceCharacters) continue
    yield piece
    piece = ''
  }
  yield piece
}

/** Null for a text that is not one of ours. */
export function readZoneText(text: string, apex: Name): PulledZone | null {
  const lexer = createLexer(text)
  const records = createFlatList()
  const ref = createRecordRef()
  let soa: PulledZone['soa'] | null = null
  let owner: Name | null = null
  for (let entry = readEntry(lexer); entry !== null; entry = readEntry(lexer)) {
    const first = entry.tokens[0]
    if (entry.fault !== null || first === undefined) return null
    if (first.text === '$ORIGIN') continue
    if (!entry.blank) owner = nameOf(first.text, apex)
    const line = owner === null ? null : readLine(entry, apex)
    if (owner === null || line === null) return null
    if (line.type === rrType.SOA) {
      soa = { ttl: line.ttl, rdata: line.rdata }
      continue
    }
    Object.assign(ref, { ownerBytes: owner, ownerAt: 0, ownerOctets: owner.length, type: line.type, ttl: line.ttl })
    Object.assign(ref, { rdataBytes: line.rdata, rdataAt: 0, rdataOctets: line.rdata.length })
    pushRecord(records, ref)
  }
  return soa === null ? null : { apex, soa, content: { records } }
}

function readLine({ tokens, blank }: Entry, apex: Name): { ttl: number; type: number; rdata: Uint8Array } | null {
  const at = blank ? 0 : 1
  const ttl = tokens[at]?.text ?? ''
  const type = parseType(tokens[at + 1]?.text ?? '')
  if (!/^[0-9]{1,10}$/.test(ttl) || type === null) return null
  const rdata = parseRdata(type, tokens.slice(at + 2), apex)
  return isRdataFault(rdata) ? null : { ttl: Number(ttl), type, rdata }
}

function nameOf(text: string, apex: Name): Name | null {
  const name = parseName(text, apex)
  return isNameFault(name) ? null : name
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

/** A name spelled in another case than the zone's stays as it is. */
function relativeOwner(owner: Uint8Array, apex: Name): string {
  const own = owner.length - apex.length
  for (let i = 0; i < apex.length; i++) if (owner[own + i] !== apex[i]) return formatName(owner)
  if (own === 0) return '@'
  const labels = new Uint8Array(own + 1)
  labels.set(owner.subarray(0, own))
  return formatName(labels).slice(0, -1)
}
