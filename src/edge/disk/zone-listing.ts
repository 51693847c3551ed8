/**
 * What a zone folder holds without reading it: the zone files by name, and one signature over their names, sizes and
 * dates that differs whenever a file came, went, was edited or was replaced. The change time and the inode are in it
 * because copying tools may keep size and modification time of what they replace.
 */
import { createHash } from 'node:crypto'
import { readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Problem } from '../../core/base/problem.ts'
import { unreadable } from '../../core/zonefile/decode.ts'
import { describeDiskError, displayPath } from './lone-file.ts'

export interface ZoneListing {
  /** Paths of the zone files, sorted by name. */
  readonly paths: readonly string[]
  readonly signature: string
  /** The folders in which an edit would show: the folder itself, links resolved, and those its files' links lead to. */
  readonly places: readonly Place[]
  /** Why nothing is listed, or null. */
  readonly fault: Problem | null
}

/** A folder; the same path made anew is another place. */
export interface Place {
  readonly path: string
  readonly inode: number
}

/** More files than this in one folder are a mistake. */
const zoneFilesMax = 100_000
/** Folders watched at once: each costs a kernel watch. The poll sees the rest. */
const placesMax = 16
/** Files asked for or read at once. */
const diskRequestsMax = 16

/** `besides` are files elsewhere whose changes count too: those that zone files include. */
export async function listZones(folder: string, besides: readonly string[] = []): Promise<ZoneListing> {
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    const zones = entries.filter(entry => isZoneFileName(entry.name))
    if (zones.length > zoneFilesMax) return unlisted(folder, `holds more than ${zoneFilesMax} zone files`)
    zones.sort((a, b) => (a.name < b.name ? -1 : 1))
    const paths = zones.map(entry => join(folder, entry.name))
    const marks = await mapBounded([...paths, ...besides], markOf)
    const signature = createHash('sha256')
    for (const mark of marks) signature.update(mark)
    const links = zones.filter(entry => entry.isSymbolicLink()).map(entry => join(folder, entry.name))
    return { paths, signature: signature.digest('hex'), places: await placesOf(folder, links), fault: null }
  } catch (error) {
    return unlisted(folder, describeDiskError(error))
  }
}

/** Hidden files and what editors leave beside a file (`.#x.yaml`, `x.yaml~`, `.x.yaml.swp`) are no zones. */
function isZoneFileName(name: string): boolean {
  return /^[^.#].*\.(ya?ml|zone)$/.test(name)
}

/** `run` for every item, at most `diskRequestsMax` at a time; results in the order of the items. */
export async function mapBounded<T, R>(items: readonly T[], run: (item: T) => Promise<R>): Promise<R[]> {
  const results = new Array<R>(items.length)
  let next = 0
  const lane = async (): Promise<void> => {
    while (next < items.length) {
      const at = next++
      results[at] = await run(items[at]!)
    }
  }
  await Promise.all(Array.from({ length: Math.min(diskRequestsMax, items.length) }, lane))
  return results
}

async function markOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path)
    return `${path}\0${dev}:${ino} ${size} ${mtimeMs} ${ctimeMs}\n`
  } catch (error) {
    // A dangling link or a file that has just gone: reading it will say so.
    return `${path}\0${describeDiskError(error)}\n`
  }
}

async function placesOf(folder: string, links: readonly string[]): Promise<Place[]> {
  const paths = new Set([await realpath(folder)])
  for (const link of links) {
    if (paths.size === placesMax) break
    const target = await realpathOrNull(link)
    if (target !== null) paths.add(dirname(target))
  }
  return await Promise.all([...paths].map(async path => ({ path, inode: (await stat(path)).ino })))
}

async function realpathOrNull(path: string): Promise<string | null> {
  try {
    return await realpath(path)
  } catch {
    // A dangling link has no place to watch.
    return null
  }
}

function unlisted(folder: string, text: string): ZoneListing {
  return { paths: [], signature: text, places: [], fault: unreadable(displayPath(folder), 1, 1, text, null) }
}
