/**
 * One record from its words: owner, TTL, class, type, rdata. The owner stays for the records after it that begin with
 * white space; where it was wrong, those are passed over, since one fault is one problem.
 */
import type { Span } from '../../base/problem.ts'
import { type Seconds, ttlMax } from '../../base/units.ts'
import { formatName, isNameFault, isUnder, type Name } from '../../name/name.ts'
import { createFields, type RdataFault, type RdataToken, takeName } from '../../rdata/fields.ts'
import { readName } from '../../rdata/plain-name.ts'
import { decodeSoa } from '../../rdata/soa.ts'
import { isRdataFault, parseRdata, rrType } from '../../rdata/table.ts'
import { shown } from '../doc.ts'
import { addRecord, enterOwner, noteType, type OwnerDraft, type ZoneDraft } from './draft.ts'
import { type Findings, refuseAt, spanOf, warnAt } from './findings.ts'
import { type Head, readHead } from './head.ts'
import type { Include } from './include.ts'
import type { Entry, Lexer } from './lexer.ts'

/** The reading of one zone, whatever files it is in. */
export interface Reading {
  readonly zone: Name
  readonly include: Include
  readonly findings: Findings
  readonly draft: ZoneDraft
  /** From `$TTL`, or from the SOA where nothing else was given. */
  defaultTtl: Seconds | null
  /** The last one that a record gave. */
  lastTtl: Seconds | null
  saidNoTtl: boolean
  charactersLeft: number
  includesLeft: number
  generatedLeft: number
  readonly progress: ReadingProgress | null
  /** Where it is told next. */
  progressAt: number
}

export type ReadingProgress = (done: number, total: number) => void

/** Where reading is: one for each file that is open. */
export interface Frame {
  readonly file: string
  readonly lexer: Lexer
  /** The paths from the zone's own file to this one. */
  readonly chain: readonly string[]
  origin: Name
  /** `none` before the first record; `faulty` after an owner that could not be. */
  owner: OwnerDraft | 'none' | 'faulty'
}

export function readRecord(reading: Reading, frame: Frame, { blank, tokens }: Entry): void {
  const { findings } = reading
  const { file } = frame
  if (!blank) frame.owner = readOwner(reading, frame, tokens[0]!.text, spanOf(file, tokens[0]!))
  if (frame.owner === 'none') {
    const text = 'the line begins with white space, but no record before it has a name'
    refuseAt(findings, 'master-syntax', spanOf(file, tokens[0]!), text, 'write the owner, `@` for the zone itself')
    frame.owner = 'faulty'
  }
  if (frame.owner === 'faulty') return
  const head = readHead(findings, file, tokens, blank ? 0 : 1)
  if (head === null) return
  const rdataTokens = tokens.slice(head.rdataAt)
  const placeOf = (token: number) => spanOf(file, rdataTokens[token] ?? tokens[tokens.length - 1]!)
  enterRecord(reading, frame, frame.owner, head, rdataTokens, placeOf)
}

/** An owner inside the zone, or `faulty` after having reported why not. */
export function readOwner(reading: Reading, frame: Frame, text: string, span: Span): OwnerDraft | 'faulty' {
  const { findings, zone, draft } = reading
  const name = readName(text, frame.origin)
  if (isNameFault(name)) {
    const fault = faultOfName(text, frame.origin)
    refuseAt(findings, fault.code, span, fault.text, fault.hint)
    return 'faulty'
  }
  if (isUnder(name, zone)) return enterOwner(draft, name)
  const hint = text.endsWith('.') ? 'move it to the file of its zone' : `the origin here is ${formatName(frame.origin)}`
  const what = `${shown(text)} is ${formatName(name)}, which is not inside the zone ${formatName(zone)}`
  refuseAt(findings, 'outside-zone', span, what, hint)
  return 'faulty'
}

/** What is wrong with a text that is no name. */
export function faultOfName(text: string, origin: Name): RdataFault {
  const fields = createFields([{ text, quoted: false, glued: false }], origin)
  takeName(fields, 'a name')
  return fields.fault!
}

/** Reads the value and adds the record. `placeOf` tells where a word of the value stands. */
export function enterRecord(
  reading: Reading,
  frame: Frame,
  owner: OwnerDraft,
  head: Head,
  tokens: readonly RdataToken[],
  placeOf: (token: number) => Span,
): void {
  const { findings, draft } = reading
  const { type } = head
  noteType(draft, owner, type)
  const rdata = parseRdata(type, tokens, frame.origin)
  if (isRdataFault(rdata)) {
    refuseAt(findings, rdata.code, placeOf(rdata.token), rdata.text, rdata.hint)
    return
  }
  const span = spanOf(frame.file, head.typeToken)
  const ttl = ttlOf(reading, head, rdata, span)
  if (ttl === null) return
  addRecord(draft, owner, { type, ttl, rdata, span, valueSpan: placeOf(tokens.length - 1) })
}

/** The record's own TTL, else `$TTL`, else the one before (RFC 1035 5.1), else what the SOA says (RFC 2308 4). */
function ttlOf(reading: Reading, head: Head, rdata: Uint8Array, span: Span): Seconds | null {
  if (head.ttl !== null) {
    reading.lastTtl = head.ttl
    return head.ttl
  }
  const given = reading.defaultTtl ?? reading.lastTtl
  if (given !== null) return given
  if (head.type === rrType.SOA) {
    const { minimum } = decodeSoa(rdata)
    const ttl = Math.min(minimum, ttlMax) as Seconds
    const text = `no TTL is given, so the SOA's last number, ${ttl}, is taken for this and later records`
    warnAt(reading.findings, 'ttl-assumed', span, text, `write \`$TTL ${ttl}\` above`)
    reading.defaultTtl = ttl
    return ttl
  }
  if (!reading.saidNoTtl) {
    const text = 'the record has no TTL, and none is given before it'
    refuseAt(reading.findings, 'bad-ttl', span, text, 'write `$TTL 300` at the top')
  }
  reading.saidNoTtl = true
  return null
}
