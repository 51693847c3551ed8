/**
 * The zone files that paths on the command line stand for: a file itself, of a folder what `robin serve` would take
 * from it. Each once, in the order of the paths and within a folder by name. Where the folder of pulled zones is among
 * them, each of those comes with its sidecar, which lies in the folder that people edit.
 */
import { stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { Problem } from '../core/base/problem.ts'
import { unreadable } from '../core/zonefile/decode.ts'
import { isSidecar, isSplitZone, masterPath } from '../core/zonefile/forms.ts'
import { displayPath } from '../edge/disk/lone-file.ts'
import { listZones } from '../edge/disk/zone-listing.ts'
import { noteBeside } from '../edge/secondary/kept-zones.ts'

/** As people would name it, and how much there is of it. */
export interface ZonePath {
  readonly path: string
  readonly octets: number
  /** Of a zone that was pulled: in another folder. */
  readonly sidecar?: string
}

export type ZonePaths =
  | { readonly files: readonly ZonePath[]; readonly problems: readonly Problem[] }
  | { readonly missing: string }

export async function findZoneFiles(paths: readonly string[]): Promise<ZonePaths> {
  const files = new Map<string, ZonePath>()
  const problems: Problem[] = []
  const add = (given: string, octets: number): void => {
    const path = displayPath(given)
    if (!files.has(path)) files.set(path, { path, octets })
  }
  for (const path of paths) {
    const kind = await kindOfPath(path)
    if (kind === 'missing') return { missing: `${path}: no such file or folder` }
    if (kind !== 'folder') {
      add(path, kind.octets)
      continue
    }
    const listing = await listZones(path)
    for (const file of listing.paths) add(file, listing.marks.get(file)?.octets ?? 0)
    if (listing.fault !== null) problems.push(unreadable(displayPath(path), 1, 1, listing.fault.text, null))
  }
  return { files: await pairSidecars([...files.values()]), problems }
}

/** A sidecar without a master file beside it goes to the zone of its name that was pulled, if that is here as well. */
async function pairSidecars(files: readonly ZonePath[]): Promise<readonly ZonePath[]> {
  const sidecars = files.map(({ path }) => path).filter(isSidecar)
  if (sidecars.length === 0) return files
  const alone = new Map(sidecars.map(path => [basename(masterPath(path)), path]))
  const paired = new Set<string>()
  const whole: ZonePath[] = []
  for (const file of files) {
    const sidecar = alone.get(basename(file.path))
    const isPulled = sidecar !== undefined && typeof (await kindOfPath(noteBeside(file.path))) === 'object'
    if (isPulled) paired.add(sidecar)
    whole.push(isPulled ? { ...file, sidecar } : file)
  }
  return whole.filter(({ path }) => !paired.has(path))
}

/** The zone that a path stands for: that of the master file, where it is the sidecar of one that is there. */
export async function zonePathOf(path: string): Promise<string> {
  if (!isSidecar(path)) return path
  const kind = await kindOfPath(masterPath(path))
  return typeof kind === 'object' ? masterPath(path) : path
}

async function kindOfPath(path: string): Promise<{ readonly octets: number } | 'folder' | 'missing'> {
  try {
    const stats = await stat(path)
    return stats.isDirectory() && !isSplitZone(displayPath(path)) ? 'folder' : { octets: stats.size }
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    // Anything else, such as a folder on the way that may not be entered, is told with the file.
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : { octets: 0 }
  }
}
