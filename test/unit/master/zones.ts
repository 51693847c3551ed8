/** Master files small enough to be read in a test. */
import type { Problem } from '../../../src/core/base/problem.ts'
import { formatName, type Name, parseName } from '../../../src/core/name/name.ts'
import { formatRdata, formatType } from '../../../src/core/rdata/table.ts'
import { type MasterReading, readMaster } from '../../../src/core/zonefile/master/read.ts'
import type { RRsetModel, ZoneModel } from '../../../src/core/zonefile/model.ts'

export const file = 'zones/ex.test.zone'
export const zoneName = parseName('ex.test.', null) as Name

/** Four lines that every zone needs; what a test is about begins in line 5. */
export const top = `$TTL 300
@ SOA ns1 hostmaster 7 3600 900 604800 60
@ NS ns1
ns1 A 192.0.2.1
`

export type Files = Readonly<Record<string, string>>

/** A whole file; `files` are what it may include, by path. */
export function readText(text: string, files: Files = {}): MasterReading {
  return readMaster(file, text, zoneName, path => files[path] ?? null)
}

export function readRecords(records: string, files: Files = {}): MasterReading {
  return readText(`${top}${records}\n`, files)
}

/** `owner ttl TYPE value` of every record but the SOA and those of `top`. */
export function linesOf({ zone, problems }: MasterReading): readonly string[] {
  if (zone === null) throw new Error(placesOf(problems).join('\n'))
  return allLinesOf(zone).filter(line => !/^(ex\.test\. \d+ NS ns1\.ex|ns1\.ex\.test\. \d+ A 192\.0\.2\.1$)/.test(line))
}

export function allLinesOf(zone: ZoneModel): readonly string[] {
  return zone.rrsets.flatMap(({ owner, ttl, type, rdatas }) =>
    rdatas.map(rdata => `${formatName(owner)} ${ttl} ${formatType(type)} ${formatRdata(type, rdata)}`),
  )
}

export function rrsetOf({ zone }: MasterReading, owner: string, type: string): RRsetModel {
  const found = zone?.rrsets.find(set => formatName(set.owner) === owner && formatType(set.type) === type)
  if (found === undefined) throw new Error(`no ${owner} ${type}`)
  return found
}

/** `code line:column`, with the file in front where it is another. */
export function placesOf(problems: readonly Problem[]): readonly string[] {
  return problems.map(({ code, span }) => {
    const place = `${code} ${span.line}:${span.column}`
    return span.file === file ? place : `${span.file} ${place}`
  })
}
