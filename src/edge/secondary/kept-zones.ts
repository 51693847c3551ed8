/**
 * Pulled zones on the disk, in a folder of their own below the state folder:
 *
 *   secondary/NAME.zone         the zone as a master file, replaced as a whole
 *   secondary/NAME.known.json   its serial and times, and when a primary last confirmed it: what expiry goes by
 *
 * Invariant: after a crash at any moment there is the old zone or the new; a note that is lost or torn makes the zone
 * one that has to be pulled again, never one that is younger than it is. Of each zone there is one writer at a time.
 */
import { mkdir, readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { formatName, lowerName, type Name } from '../../core/name/name.ts'
import type { ZoneTimes } from '../../core/secondary/index.ts'
import { isDraft, putFile, putFileLightly } from '../disk/put-file.ts'

/** What is known of a kept zone without reading it. */
export interface ZoneNote {
  readonly serial: number
  readonly times: ZoneTimes
  /** When a primary last said that this is the newest, Unix milliseconds. */
  readonly confirmedAt: number
}

const folderName = 'secondary'
const noteVersion = 1
const noteEnd = '.known.json'

export function keptFolder(stateFolder: string): string {
  return join(stateFolder, folderName)
}

/** The zone's name as a file's: lower-case, without its closing dot, nothing in it that a path could be led away by. */
export function fileStem(apex: Name): string {
  const text = formatName(lowerName(apex)).slice(0, -1)
  return text.replace(/[/]/g, '\\047').replace(/^[.#~]/, first => `\\${String(first.charCodeAt(0)).padStart(3, '0')}`)
}

export function zonePath(folder: string, apex: Name): string {
  return join(folder, `${fileStem(apex)}.zone`)
}

/** The note of the zone that is kept in this file: what tells it from a master file that people write. */
export function noteBeside(zoneFile: string): string {
  return zoneFile.replace(/\.zone$/, noteEnd)
}

/** Rejects with the system's error. The note comes last: one without its zone would speak of what is not there. */
export async function keepZone(folder: string, apex: Name, pieces: Iterable<string>, note: ZoneNote): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await putFile(zonePath(folder, apex), pieces)
  await putFile(notePath(folder, apex), textOf(note))
}

/** Not forced to the disk: a confirmation that is lost makes the zone older than it is, which is on the safe side. */
export async function noteZone(folder: string, apex: Name, note: ZoneNote): Promise<void> {
  await putFileLightly(notePath(folder, apex), textOf(note))
}

function textOf({ serial, times: { refresh, retry, expire }, confirmedAt }: ZoneNote): string {
  return JSON.stringify({ version: noteVersion, serial, refresh, retry, expire, confirmedAt })
}

/** Takes away what a crash left half written. */
export async function sweepDrafts(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => [])
  for (const name of names) if (isDraft(name)) await rm(join(folder, name), { force: true })
}

/** Null where nothing usable is kept. */
export async function readNote(folder: string, apex: Name): Promise<ZoneNote | null> {
  const text = await readOrNull(notePath(folder, apex))
  if (text === null) return null
  try {
    return noteOf(JSON.parse(text))
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** The text of a kept zone, or null. */
export async function readKept(folder: string, apex: Name): Promise<string | null> {
  return await readOrNull(zonePath(folder, apex))
}

/** For a zone that is ours no more. */
export async function dropZone(folder: string, apex: Name): Promise<void> {
  await rm(notePath(folder, apex), { force: true })
  await rm(zonePath(folder, apex), { force: true })
}

function notePath(folder: string, apex: Name): string {
  return join(folder, `${fileStem(apex)}${noteEnd}`)
}

async function readOrNull(path: string): Promise<string | null> {
  try {
    return await readFile(path, 'utf8')
  } catch {
    // Missing, or not to be read: then there is nothing of use, and the zone is pulled again.
    return null
  }
}

function noteOf(value: unknown): ZoneNote | null {
  if (typeof value !== 'object' || value === null) return null
  const { version, serial, refresh, retry, expire, confirmedAt } = value as Record<string, unknown>
  if (version !== noteVersion || !isNumber(serial) || !isNumber(refresh) || !isNumber(retry)) return null
  return isNumber(expire) && isNumber(confirmedAt) ? { serial, times: { refresh, retry, expire }, confirmedAt } : null
}

function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}
