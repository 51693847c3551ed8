/**
 * Every file below a folder of zones that is not hidden, each with a mark that differs after an edit: zone files, what
 * they include, sidecars, the parts of split zones. Links to files are followed, links to folders are not.
 * Invariant: bounded in depth, number and octets; more than that is an error in words and not a part of the whole.
 */
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { mapBounded } from './zone-listing.ts'

export interface FolderFile {
  /** Below the folder, with slashes. */
  readonly path: string
  readonly mark: string
  readonly octets: number
  /** Unix milliseconds. */
  readonly modifiedMs: number
}

/** One sentence for people. */
export class FolderFault extends Error {
  override readonly name = 'FolderFault'
}

const depthMax = 8
const filesMax = 100_000
const octetsMax = 1024 ** 3

/** Sorted by path. Rejects with the system's error, or in words if there is too much. */
export async function listFolderFiles(folder: string): Promise<readonly FolderFile[]> {
  const paths = await walk(folder, '', 0)
  if (paths.length > filesMax) throw new FolderFault(`${folder} holds more than ${filesMax} files`)
  const files = (await mapBounded(paths, path => look(folder, path))).filter(file => file !== null)
  const octets = files.reduce((total, file) => total + file.octets, 0)
  if (octets > octetsMax) throw new FolderFault(`${folder} holds more than ${octetsMax} octets`)
  return files
}

async function walk(folder: string, below: string, depth: number): Promise<readonly string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true })
  const seen = entries.filter(({ name }) => !/^[.#]|~$/.test(name)).sort((a, b) => (a.name < b.name ? -1 : 1))
  const paths: string[] = []
  for (const entry of seen) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    if (entry.isFile() || entry.isSymbolicLink()) paths.push(path)
    else if (entry.isDirectory() && depth < depthMax) paths.push(...(await walk(folder, path, depth + 1)))
  }
  return paths
}

/** Null for what is no regular file, or has just gone. */
async function look(folder: string, path: string): Promise<FolderFile | null> {
  try {
    const stats = await stat(join(folder, path))
    if (!stats.isFile()) return null
    const { dev, ino, size, mtimeMs, ctimeMs } = stats
    return { path, mark: `${dev}:${ino} ${size} ${mtimeMs} ${ctimeMs}`, octets: size, modifiedMs: mtimeMs }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null
    throw error
  }
}
