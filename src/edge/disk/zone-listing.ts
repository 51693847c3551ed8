/**
 * What a zone folder holds without reading it: the zone files by name, and one signature over their names, sizes and
 * dates that differs whenever a file came, went, was edited or was replaced. The change time and the inode are in it
 * because copying tools may keep size and modification time of what they replace.
 */
import { createHash } from 'node:crypto'
import type { Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Problem } from '../../core/base/problem.ts'
import { unreadable } from '../../core/zonefile/decode.ts'
import { isSidecar, isSplitZone, masterPath } from '../../core/zonefile/forms.ts'
import { describeDiskError, displayPath } from './lone-file.ts'

export interface ZoneListing {
  /** Paths of the zone files, sorted by name. */
  readonly paths: readonly string[]
  /** What is seen of each of them, and of the files besides, without opening it; by path. */
  readonly marks: ReadonlyMap<string, FileMark>
  readonly signature: string
  /** When the look began, Unix milliseconds. */
  readonly listedMs: number
  /** The folders in which an edit would show: the folder itself, links resolved, and those its files' links lead to. */
  readonly places: readonly Place[]
  /** Why nothing is listed, or null. */
  readonly fault: Problem | null
}

/** How a file lies on the disk. */
export interface FileMark {
  /** Another one after every edit but one within the same tick of the file system's clock. */
  readonly text: string
  /** When it was changed last, in any way: Unix milliseconds. 0 if it is not there. */
  readonly changedMs: number
  readonly octets: number
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

/** A zone file that lies elsewhere: one that was pulled, with what there may be in the folder on its health. */
export interface StrayZone {
  readonly path: string
  readonly sidecar: string
}

/**
 * `besides` are files elsewhere whose changes count too: those that zone files include. `strays` are zones elsewhere,
 * listed behind those of the folder; what is `claimed` in the folder is no zone.
 */
export async function listZones(
  folder: string,
  besides: readonly string[] = [],
  strays: readonly StrayZone[] = [],
  claimed: ReadonlySet<string> = new Set(),
): Promise<ZoneListing> {
  const listedMs = Date.now()
  try {
    const entries = await readdir(folder, { withFileTypes: true })
    const zones = zonesAmong(entries).filter(({ name }) => !claimed.has(name))
    if (zones.length > zoneFilesMax) return unlisted(folder, listedMs, `holds more than ${zoneFilesMax} zone files`)
    zones.sort((a, b) => (a.name < b.name ? -1 : 1))
    const paths = [...zones.map(entry => join(folder, entry.name)), ...strays.map(({ path }) => path)]
    const marked = [...paths, ...besides]
    const marks = new Map((await mapBounded(marked, markOf)).map((mark, i) => [marked[i]!, mark]))
    const signature = createHash('sha256')
    for (const [path, mark] of marks) signature.update(`${path}\0${mark.text}\n`)
    const links = zones.filter(entry => entry.isSymbolicLink()).map(entry => join(folder, entry.name))
    const folders = zones.filter(entry => entry.isDirectory()).map(entry => join(folder, entry.name))
    const places = await placesOf(folder, links, folders)
    return { paths, marks, signature: signature.digest('hex'), listedMs, places, fault: null }
  } catch (error) {
    return unlisted(folder, listedMs, describeDiskError(error))
  }
}

/** A sidecar goes with its master file; one without is taken for a zone, and refused as such. */
function zonesAmong(entries: readonly Dirent[]): Dirent[] {
  const names = new Set(entries.map(({ name }) => name))
  return entries.filter(entry => {
    const { name } = entry
    if (isSplitZone(name)) return entry.isDirectory() && !name.startsWith('.')
    return isZoneFileName(name) && !(isSidecar(name) && names.has(masterPath(name)) && !name.endsWith('.yml'))
  })
}

/** Hidden files and what editors leave beside a file (`.#x.yaml`, `x.yaml~`, `.x.yaml.swp`) are no zones. */
export function isZoneFileName(name: string): boolean {
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

async function markOf(path: string): Promise<FileMark> {
  try {
    const { dev, ino, size, mtimeMs, ctimeMs } = await stat(path)
    const text = `${dev}:${ino} ${size} ${mtimeMs} ${ctimeMs}`
    return { text, changedMs: Math.max(mtimeMs, ctimeMs), octets: size }
  } catch (error) {
    // A dangling link or a file that has just gone: reading it will say so.
    return { text: describeDiskError(error), changedMs: 0, octets: 0 }
  }
}

async function placesOf(folder: string, links: readonly string[], folders: readonly string[]): Promise<Place[]> {
  const paths = new Set([await realpath(folder), ...folders.slice(0, placesMax - 1)])
  for (const link of links) {
    if (paths.size >= placesMax) break
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

function unlisted(folder: string, listedMs: number, text: string): ZoneListing {
  const fault = unreadable(
    displayPath(folder),
    1,
    1,
    text,
    'zone files are looked for here: mend that, or name another folder by `--zones`',
  )
  return { paths: [], marks: new Map(), signature: text, listedMs, places: [], fault }
}
