/**
 * Zones for the tests of the zone file room: a frame that is right by itself, to be filled with what a test is about.
 */
import type { Problem } from '../../../src/core/base/problem.ts'
import { formatName } from '../../../src/core/name/name.ts'
import { formatRdata, formatType } from '../../../src/core/rdata/table.ts'
import { type Model, type RRsetModel, readZones, type Validated } from '../../../src/core/zonefile/index.ts'

const top = `zone: example.test
soa: {mname: ns1.example.test., rname: hostmaster.example.test.}
`
const base = `  '@': {type: NS, values: [ns1.example.test.]}
  ns1: {type: A, value: 192.0.2.1}
`

/** A whole zone around some records (indented by two) and, if given, header lines. */
export function zoneText(records: string, header = ''): string {
  return `${top}${header}records:\n${base}${records}\n`
}

export function judge(records: string, header = ''): Validated {
  return readZones([{ file: 'example.yaml', text: zoneText(records, header) }])
}

/** As `judge`, of records in which a `¦` marks where a problem is expected; `place` is that place. */
export function judgeMarked(records: string): Validated & { readonly place: string } {
  const lines = zoneText(records).split('\n')
  const at = lines.findIndex(line => line.includes('¦'))
  return { ...judge(records.replace('¦', '')), place: `${at + 1}:${lines[at]!.indexOf('¦') + 1}` }
}

/** The one RRset that is asked for, of a zone without errors. */
export function rrsetOf(model: Model | null, owner: string, type: string): RRsetModel {
  const found = model?.zones
    .flatMap(zone => zone.rrsets)
    .find(rrset => formatName(rrset.owner) === owner && formatType(rrset.type) === type)
  if (found === undefined) throw new Error(`no ${owner} ${type}`)
  return found
}

/** The rdata of one RRset as people read it. */
export function rdatasOf(model: Model | null, owner: string, type: string): readonly string[] {
  const { type: code, rdatas } = rrsetOf(model, owner, type)
  return rdatas.map(rdata => formatRdata(code, rdata))
}

export function codesOf(problems: readonly Problem[]): readonly string[] {
  return problems.map(problem => problem.code)
}

/** `code line:column` of each problem. */
export function placesOf(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ code, span }) => `${code} ${span.line}:${span.column}`)
}
