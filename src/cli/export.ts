/**
 * `robin export ZONE --master | --octodns`: prints a zone in another format, from its files and without a server. ZONE
 * is a name that is looked for in the zones folder, or the path of a zone file. What the format cannot carry is said on
 * standard error. Exit codes: 0 printed, 1 the zone has errors, 2 no such zone.
 */
import type { Problem } from '../core/base/problem.ts'
import { isNameFault, nameKey, parseName } from '../core/name/name.ts'
import { formatMaster } from '../core/zonefile/export/master.ts'
import { formatLosses, type Loss, type LossCode, type Tell } from '../core/zonefile/export/notes.ts'
import { formatOctodns } from '../core/zonefile/export/octodns.ts'
import { formatProblem, readZone, type ZoneModel, type ZoneReading } from '../core/zonefile/index.ts'
import { readZoneFile } from '../edge/disk/zone-file.ts'
import { type GeoFile, openGeoFile } from '../edge/geoip.ts'
import { exitCodes, type Io } from './io.ts'
import { findZoneFiles, zonePathOf } from './zone-paths.ts'

export interface ExportOptions {
  readonly format: 'master' | 'octodns'
  readonly zones: string
  /** For rules that name places. */
  readonly geoip?: string | undefined
}

type ExportIo = Pick<Io, 'out' | 'err'>

export async function runExport(zone: string, { format, zones, geoip }: ExportOptions, io: ExportIo): Promise<number> {
  const found = await findZone(zone, zones, geoip === undefined ? null : openGeoFile(geoip))
  if ('reason' in found) {
    io.err(`robin export: ${found.reason}\n`)
    return exitCodes.usage
  }
  const { reading, modified } = found
  for (const problem of reading.problems) tellProblem(problem, io)
  if (reading.zone === null) return exitCodes.failed
  const losses = collectLosses()
  if (format === 'master') printMaster(reading.zone, modified, losses.tell, io)
  else io.out(formatOctodns(reading.zone, losses.tell))
  for (const [code, { total, first }] of losses.found) io.err(`note: ${formatLosses(code, first, total)}\n`)
  return exitCodes.ok
}

interface Found {
  readonly reading: ZoneReading
  /** What a server that begins now would take as the serial of a zone whose file says `auto`. */
  readonly modified: number
}

async function findZone(
  zone: string,
  folder: string,
  geo: GeoFile | null,
): Promise<Found | { readonly reason: string }> {
  const isPath = zone.includes('/') || /\.(ya?ml|zone)$/i.test(zone)
  if (isPath) return (await readFound(zone, geo)) ?? { reason: `${zone}: cannot be read` }
  const name = parseName(zone.endsWith('.') ? zone : `${zone}.`, null)
  if (isNameFault(name)) return { reason: `${zone} is not the name of a zone` }
  const listed = await findZoneFiles([folder])
  if ('missing' in listed) return { reason: listed.missing }
  const key = nameKey(name)
  // A file may hold a zone of another name than its own, so that in the end all are looked into.
  const stem = zone.replace(/\.$/, '').toLowerCase()
  const isLikely = (path: string) =>
    (path.split('/').findLast(part => part !== '') ?? '').toLowerCase().startsWith(stem)
  const paths = listed.files.map(({ path }) => path)
  const files = [...paths.filter(isLikely), ...paths.filter(path => !isLikely(path))]
  for (const file of files) {
    const found = await readFound(file, geo)
    if (found?.reading.name != null && nameKey(found.reading.name) === key) return found
  }
  return { reason: `there is no zone ${zone} in ${folder}` }
}

async function readFound(path: string, geo: GeoFile | null): Promise<Found | null> {
  const found = await readZoneFile(await zonePathOf(path))
  return found.kind === 'fault'
    ? null
    : {
        reading: readZone({ ...found.file, ...(geo !== null && { geo: geo.look().open }) }),
        modified: found.file.modified,
      }
}

/** Written in pieces: a zone may have a million lines. */
const pieceCharacters = 65_536

function printMaster(zone: ZoneModel, serial: number, tell: Tell, io: ExportIo): void {
  let piece = ''
  for (const line of formatMaster(zone, serial, tell)) {
    piece += line
    if (piece.length < pieceCharacters) continue
    io.out(piece)
    piece = ''
  }
  io.out(piece)
}

/** RRsets that are named for each kind of loss. */
const namedMax = 5

interface Losses {
  readonly found: ReadonlyMap<LossCode, { total: number; readonly first: Loss[] }>
  readonly tell: Tell
}

function collectLosses(): Losses {
  const found = new Map<LossCode, { total: number; readonly first: Loss[] }>()
  return {
    found,
    tell: (code, owner, type) => {
      const losses = found.get(code) ?? { total: 0, first: [] }
      found.set(code, losses)
      losses.total++
      if (losses.first.length < namedMax) losses.first.push({ code, owner, type })
    },
  }
}

function tellProblem(problem: Problem, io: ExportIo): void {
  if (problem.severity === 'error') io.err(`${formatProblem(problem, null)}\n`)
}
