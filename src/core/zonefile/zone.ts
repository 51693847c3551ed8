/**
 * One Doc → one ZoneModel, or the Problems why not. Pure and by itself: no other file can change what comes out, so a
 * file that did not change need not be read again. What depends on other zones is looked at in across.ts.
 */
import type { Problem, Span } from '../base/problem.ts'
import { formatName, type Name } from '../name/name.ts'
import { rrType } from '../rdata/table.ts'
import { warnBelowCuts } from './below-cuts.ts'
import { type Doc, hasErrors, isMap, type Path, type Reader, refuse, shown, warn } from './doc.ts'
import { createGeoDesk, type OpenGeo } from './geo-desk.ts'
import { judge } from './issues.ts'
import type { SoaModel, ZoneModel } from './model.ts'
import { readZoneName } from './names.ts'
import { type Records, readRecords, type TargetRef } from './records.ts'
import { headerKeys, header as headerSchema } from './schema/zone.ts'
import { readScope, type Scope } from './scope.ts'
import { deriveSoa, readSoa, soaLine } from './soa.ts'
import { readTransfer } from './transfer.ts'
import type { TransferPlan } from './transfer-plan.ts'
import type { ZoneTest } from './zone-test.ts'
import { readTests, warnOfGiven } from './zone-tests.ts'

export interface ZoneReading {
  readonly file: string
  /** Known as soon as the name could be read, whatever else is wrong. */
  readonly name: Name | null
  readonly nameSpan: Span
  /** Null if there are errors. */
  readonly zone: ZoneModel | null
  readonly targets: readonly TargetRef[]
  /** Null where the file says nothing of it, or after an error in it. */
  readonly transfer: TransferPlan | null
  /** Rehearsals; none after an error. */
  readonly tests: readonly ZoneTest[]
  readonly problems: readonly Problem[]
}

/** `geo` is asked for the places of rules. */
export function validateZone(doc: Doc, geo: OpenGeo | null = null): ZoneReading {
  const reader: Reader = geo === null ? { doc, problems: [] } : { doc, problems: [], geo: createGeoDesk(geo) }
  const { tree } = doc
  const nameSpan = doc.valueSpan(['zone'])
  if (!isMap(tree) || Object.keys(tree).length === 0) {
    const hint = 'begin with `zone: NAME`, then `soa:` and `records:`'
    refuse(reader, 'wrong-type', doc.valueSpan([]), 'a zone file must be a map of keys, and this is not one', hint)
    return lostZone(doc.file, reader.problems)
  }
  const form = isOctodnsForm(tree) ? 'octodns' : 'full'
  const name = readName(reader, form === 'full' ? tree['zone'] : undefined, nameSpan)
  if (form === 'full') judge(reader, headerSchema, tree, [])
  const given = form === 'full' ? tree['transfer'] : undefined
  const transfer = given === undefined ? null : readTransfer(reader, given, ['transfer'])
  const read = name === null ? null : readParts(reader, name, form, tree)
  reader.problems.sort((a, b) => a.span.line - b.span.line || a.span.column - b.span.column)
  const zone = read === null || read.soa === null || hasErrors(reader.problems) ? null : zoneOf(read, doc.file)
  const tests = zone === null ? [] : (read?.tests ?? [])
  const { problems } = reader
  return { file: doc.file, name, nameSpan, zone, targets: read?.records.targets ?? [], transfer, tests, problems }
}

/** A file of which not even the name of its zone could be read. */
export function lostZone(file: string, problems: readonly Problem[]): ZoneReading {
  const nameSpan = { file, line: 1, column: 1, endColumn: 2 }
  return { file, name: null, nameSpan, zone: null, targets: [], transfer: null, tests: [], problems }
}

interface Read {
  readonly name: Name
  readonly soa: SoaModel | null
  readonly records: Records
  readonly tests: readonly ZoneTest[]
}

function zoneOf(read: Read, file: string): ZoneModel {
  return { name: read.name, file, soa: read.soa!, rrsets: read.records.rrsets }
}

/** True unless some header key is there and what it holds is no record of an owner that happens to be called so. */
export function isOctodnsForm(tree: Readonly<Record<string, unknown>>): boolean {
  return !headerKeys.some(key => tree[key] !== undefined && !looksLikeRecord(tree[key]))
}

function looksLikeRecord(value: unknown): boolean {
  const first: unknown = Array.isArray(value) ? value[0] : value
  return isMap(first) && typeof first['type'] === 'string'
}

function readName(reader: Reader, given: unknown, span: Span): Name | null {
  if (typeof given === 'string') return readZoneName(reader, given, span)
  if (given !== undefined) return null
  const file = reader.doc.file
  const stem = file.slice(file.lastIndexOf('/') + 1).replace(/\.ya?ml$/i, '')
  return readZoneName(reader, stem, reader.doc.keySpan([]))
}

function readParts(
  reader: Reader,
  name: Name,
  form: 'full' | 'octodns',
  tree: Readonly<Record<string, unknown>>,
): Read {
  const scope = readScope(reader, name, form)
  const path: Path = form === 'full' ? ['records'] : []
  const value = form === 'full' ? tree['records'] : tree
  const isThere = form === 'octodns' || value !== undefined
  const records = isThere ? readRecords(scope, value, path) : { rrsets: [], targets: [], hasApexNs: true }
  const soa = readSoaOf(scope, tree, records)
  const rehearsed = form === 'full' ? tree['tests'] : undefined
  const tests = rehearsed === undefined ? [] : readTests(reader, rehearsed, name, ['tests'])
  if (!records.hasApexNs) refuseMissingNs(scope, path)
  if (!hasErrors(reader.problems)) {
    warnOfZone(scope, records)
    warnOfGiven(reader, tests, name, records.rrsets)
  }
  return { name, soa, records, tests }
}

function readSoaOf(scope: Scope, tree: Readonly<Record<string, unknown>>, records: Records): SoaModel | null {
  const { reader, zone, form } = scope
  const mname =
    records.targets.find(({ owner, type }) => type === rrType.NS && owner.length === zone.length)?.target ?? null
  if (form === 'octodns') return mname === null ? null : deriveOrRefuse(scope, mname)
  if (tree['soa'] !== undefined) return readSoa(reader, tree['soa'], zone, ['soa'])
  if (tree['records'] === undefined) return null
  const text = `the zone ${formatName(zone)} has no SOA`
  refuse(reader, 'missing-soa', reader.doc.keySpan(firstKey(tree)), text, `add the line \`${soaLine(zone, mname)}\``)
  return null
}

function deriveOrRefuse(scope: Scope, mname: Name): SoaModel | null {
  const soa = deriveSoa(scope.zone, mname)
  if (soa !== null) return soa
  const text = `hostmaster.${formatName(scope.zone)} comes to more than 255 octets`
  refuse(scope.reader, 'name-too-long', scope.reader.doc.keySpan([]), text, 'write `soa:` with an `rname` that fits')
  return null
}

function firstKey(tree: Readonly<Record<string, unknown>>): Path {
  return Object.keys(tree).slice(0, 1)
}

function refuseMissingNs(scope: Scope, path: Path): void {
  const { reader, zone } = scope
  const apex = formatName(zone)
  const at = path.length > 0 ? path : firstKey(reader.doc.tree as Readonly<Record<string, unknown>>)
  const hint = `add \`'@': {type: NS, values: [ns1.${apex}]}\`, and an A record for ns1`
  refuse(reader, 'missing-ns', reader.doc.keySpan(at), `the zone ${apex} has no NS record`, hint)
}

/** What is allowed but hardly meant. Only for a zone without errors, since one thing leads to another. */
function warnOfZone(scope: Scope, records: Records): void {
  const { reader, zone, checks, usedChecks } = scope
  for (const name of checks.keys()) {
    if (usedChecks.has(name)) continue
    const text = `no record uses the check ${shown(name)}`
    warn(
      reader,
      'unused-check',
      reader.doc.keySpan(['checks', name]),
      text,
      `write \`check: ${name}\` on a record, or remove it`,
    )
  }
  if (records.rrsets.every(({ type }) => type === rrType.NS)) {
    const text = `the zone ${formatName(zone)} has nothing but its SOA and NS records`
    warn(reader, 'nothing-to-serve', reader.doc.keySpan(['records']), text, 'add records')
  }
  warnBelowCuts(zone, records.rrsets, records.targets, (span, text, hint) =>
    warn(reader, 'below-cut', span, text, hint),
  )
}
