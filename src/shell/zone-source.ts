/**
 * The folder of zone files as the server's ZoneSource. What a file came to is kept until the file differs: one that
 * lies there as before is not opened, one that was only touched is not judged again.
 */
import type { JudgedFile, ZoneSource } from '../core/ports.ts'
import { displayPath } from '../edge/disk/lone-file.ts'
import { createZoneFolder, type FolderRead } from '../edge/disk/zone-folder.ts'
import type { FileMark, ZoneListing } from '../edge/disk/zone-listing.ts'
import { createPulledFiles, type PulledZones } from './pulled-files.ts'
import type { Readers } from './readers.ts'
import type { FileReport, ReadProgress } from './reading-words.ts'

export interface ZoneSourceOptions {
  readonly folder: string
  /** Zones that are pulled: they come behind those of the folder, which has their sidecars. */
  readonly pulled?: PulledZones
  /** Told of the first reading, the one that somebody waits for. */
  readonly progress?: ReadProgress
}

/** A file as it was when it was read. */
interface Kept {
  readonly file: JudgedFile
  /** Its own mark and those of the files that it asks for; null where one was not seen before the reading. */
  readonly marks: ReadonlyMap<string, string | null>
  readonly listedMs: number
}

/**
 * A file that was changed so shortly before it was looked at may have been changed again since without showing: its
 * date is as coarse as the file system's clock, which some keep in whole seconds. Such a file is opened again, and its
 * digest compared.
 */
const coarseMs = 2_000
const fineMs = 50

export function createZoneSource(readers: Readers, { folder, progress, pulled }: ZoneSourceOptions): ZoneSource {
  let kept: ReadonlyMap<string, Kept> = new Map()
  const stray = pulled === undefined ? null : createPulledFiles(readers, pulled, folder)

  const readListed = async (listing: ZoneListing): Promise<FolderRead<JudgedFile>> => {
    const stale = listing.paths.filter(path => !isAsBefore(kept.get(path), listing))
    const orders = stale.map(path => {
      const order = { path, octets: listing.marks.get(path)?.octets ?? 0, digest: kept.get(path)?.file.digest ?? null }
      const sidecar = stray?.sidecarOf(path) ?? null
      return sidecar === null ? order : { ...order, sidecar }
    })
    const isFirst = kept.size === 0
    const reading = { yielding: !isFirst, ...(isFirst && progress !== undefined ? { progress } : {}) }
    const reports = await readers.read(orders, reading)
    const read = new Map(reports.map((report, i) => [stale[i]!, report]))
    const next = new Map<string, Kept>()
    const faults = []
    for (const path of listing.paths) {
      const report = read.get(path)
      const before = kept.get(path)
      // One that cannot be read is pulled again: no fault of the files that people write.
      if (report?.kind === 'fault' && stray?.lose(path, report.fault) === true) continue
      if (report?.kind === 'fault') faults.push(report.fault)
      else if (report !== undefined) next.set(path, keep(path, report, before, listing))
      else if (before !== undefined) next.set(path, before)
    }
    kept = next
    const all = [...next.values()]
    const besides = new Set(all.flatMap(({ marks }) => [...marks.keys()].slice(1)))
    const files = all.map(({ file }) => file)
    return { files: stray === null ? files : await stray.complete(files), faults, besides: [...besides] }
  }

  return {
    ...createZoneFolder<JudgedFile>({}, { folder, readListed, ...(stray === null ? {} : stray.listing) }),
    close: () => readers.stop(),
  }
}

function keep(
  path: string,
  report: Exclude<FileReport, { kind: 'fault' }>,
  before: Kept | undefined,
  { marks, listedMs }: ZoneListing,
): Kept {
  const seen = [path, ...report.wanted].map((each): [string, string | null] => [each, textOf(marks.get(each))])
  const file =
    report.kind === 'same'
      ? before!.file
      : { file: displayPath(path), digest: report.digest, modified: report.modified, zone: report.zone }
  return { file, marks: new Map(seen), listedMs }
}

function textOf(mark: FileMark | undefined): string | null {
  return mark?.text ?? null
}

function isAsBefore(kept: Kept | undefined, { marks }: ZoneListing): boolean {
  if (kept === undefined) return false
  return [...kept.marks].every(([path, text]) => {
    const mark = marks.get(path)
    return mark !== undefined && mark.text === text && isTrusted(mark, kept.listedMs)
  })
}

function isTrusted({ changedMs }: FileMark, listedMs: number): boolean {
  return changedMs + (changedMs % 1_000 === 0 ? coarseMs : fineMs) < listedMs
}
