/** Catalogs as zone files, compiled and read as a consumer would. */
import type { CatalogMember } from '../../../src/core/catalog/catalog.ts'
import { type CatalogReading, readCatalog } from '../../../src/core/catalog/read.ts'
import { formatName, isNameFault, type Name, nameKey, parseName } from '../../../src/core/name/name.ts'
import { createRecordRef } from '../../../src/core/transfer/record.ts'
import { stillRecords } from '../../../src/core/transfer/sets.ts'
import { proveSnapshot } from '../../../src/core/zone/prove.ts'
import { type JudgedZone, judgedOf } from '../../../src/core/zonefile/judged.ts'
import { joinImages } from '../../../src/core/zonefile/snapshot.ts'
import { readZone } from '../../../src/core/zonefile/validate.ts'

export function nameOf(text: string): Name {
  const name = parseName(text, null)
  if (isNameFault(name)) throw new Error(`${text} is no name`)
  return name
}

/** What a zone says as a catalog. */
export function readJudged({ name, image, problems }: JudgedZone, membersMax?: number): CatalogReading {
  if (name === null || image === null) throw new Error(problems.map(({ text }) => text).join('\n'))
  const { snapshot } = joinImages([image], 1)
  proveSnapshot(snapshot)
  return readCatalog(name, stillRecords(snapshot, image.octets.byteOffset, createRecordRef()), membersMax)
}

/** What the zone `cat.test` with this text of a master file says as a catalog. */
export function readText(text: string, membersMax?: number): CatalogReading {
  return readJudged(judgedOf(readZone({ file: 'cat.test.zone', text })), membersMax)
}

/** The head of a zone that may be a catalog. */
export const plainHead = '$TTL 0\n@ SOA invalid. invalid. 1 300 60 2147483646 0\n@ NS invalid.\n'
export const catalogHead = `${plainHead}version TXT "2"\n`

/** `zone label groups > successor` of each, sorted. */
export function membersOf(reading: CatalogReading): readonly string[] {
  if (reading.kind === 'broken') throw new Error(`broken: ${reading.fault.code}`)
  return [...reading.members.values()].map(lineOf).sort()
}

function lineOf({ zone, unique, groups, successor }: CatalogMember): string {
  const words = [formatName(zone), unique, ...groups]
  return successor === null ? words.join(' ') : `${words.join(' ')} > ${formatName(successor)}`
}

/** Members by key, from `zone label` or `zone label > catalog`. */
export function catalogOf(...lines: readonly string[]): ReadonlyMap<string, CatalogMember> {
  return new Map(
    lines.map(line => {
      const [zone, unique, , successor] = line.split(' ') as [string, string, string?, string?]
      const name = nameOf(zone)
      const heir = successor === undefined ? null : nameOf(successor)
      return [nameKey(name), { zone: name, unique, groups: [], successor: heir }]
    }),
  )
}
