/**
 * The folder of what outlives a restart. The file is replaced whole: written beside, forced to the disk, renamed over
 * the old one, and the folder forced too, so that after any crash there is the old state or the new, never a mixture.
 * A file that cannot be used is put aside under a name of its own; of those a few are kept.
 */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCodeOf } from './disk-error.ts'
import { putFile } from './put-file.ts'
import { type StateLock, takeLock } from './state-lock.ts'

export const stateName = 'robin.state'

const asideMark = '.bad-'
/** Files put aside that are kept; the oldest go first. */
export const asideKeptMax = 5
const stateOctetsMax = 268_435_456

export type StateRead =
  | { readonly kind: 'none' }
  | { readonly kind: 'octets'; readonly octets: Uint8Array }
  /** There is something, but it cannot be read. */
  | { readonly kind: 'unreadable'; readonly reason: string }

export interface StateFolder {
  readonly folder: string
  /** Never rejects. */
  read(): Promise<StateRead>
  /** Puts the file aside and returns its new name; null if that cannot be done. */
  setAside(at: Date): Promise<string | null>
  /** Rejects with an error whose message says in words why it could not be. */
  write(octets: Uint8Array): Promise<void>
  close(): Promise<void>
}

export type OpenedFolder =
  | { readonly kind: 'open'; readonly state: StateFolder }
  /** Not to be used, in one line: another server has it, or it is no folder. */
  | { readonly kind: 'refused'; readonly reason: string }

/** A folder that cannot be written now is open all the same: it may be mended while the server runs. */
export async function openStateFolder(folder: string): Promise<OpenedFolder> {
  let lock: StateLock | null = null
  try {
    lock = await lockFolder(folder)
  } catch (error) {
    const code = errorCodeOf(error)
    if (error instanceof FolderTaken) return { kind: 'refused', reason: error.message }
    if (code === 'ENOTDIR' || code === 'EEXIST') return { kind: 'refused', reason: `${folder} is not a folder` }
  }
  return { kind: 'open', state: stateIn(folder, lock) }
}

function stateIn(folder: string, taken: StateLock | null): StateFolder {
  const path = join(folder, stateName)
  let lock = taken
  const write = async (octets: Uint8Array): Promise<void> => {
    lock ??= await lockFolder(folder)
    if (!(await lock.isHeld())) {
      throw new Error(`the lock in ${folder} was removed, or another server took it`)
    }
    await putFile(path, octets)
  }
  return {
    folder,
    read: () => readState(path),
    setAside: async at => {
      const name = `${stateName}${asideMark}${at.toISOString().replace(/[-:.]/g, '')}`
      try {
        await rename(path, join(folder, name))
        await thinOut(folder)
        return name
      } catch (error) {
        if (errorCodeOf(error) === null) throw error
        return null
      }
    },
    write: async octets => {
      try {
        await write(octets)
      } catch (error) {
        throw new Error(describeWriteError(error), { cause: error })
      }
    },
    close: async () => {
      await lock?.release()
      lock = null
    },
  }
}

class FolderTaken extends Error {}

async function lockFolder(folder: string): Promise<StateLock> {
  // What lies in it is for this server alone: keys may come to lie there too.
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const lock = await takeLock(folder)
  if (lock === 'taken') throw new FolderTaken(`the state folder ${folder} is in use by another server`)
  return lock
}

async function readState(path: string): Promise<StateRead> {
  let handle: FileHandle | null = null
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = await handle.stat()
    if (!stats.isFile()) return { kind: 'unreadable', reason: 'not a regular file' }
    if (stats.size > stateOctetsMax) return { kind: 'unreadable', reason: 'too large' }
    return { kind: 'octets', octets: await handle.readFile() }
  } catch (error) {
    const code = errorCodeOf(error)
    return code === 'ENOENT' || code === 'ENOTDIR'
      ? { kind: 'none' }
      : { kind: 'unreadable', reason: code ?? String(error) }
  } finally {
    await handle?.close()
  }
}

async function thinOut(folder: string): Promise<void> {
  const aside = (await readdir(folder)).filter(name => name.startsWith(`${stateName}${asideMark}`)).sort()
  for (const name of aside.slice(0, -asideKeptMax)) await rm(join(folder, name), { recursive: true, force: true })
}

function describeWriteError(error: unknown): string {
  switch (errorCodeOf(error)) {
    case 'ENOSPC':
    case 'EDQUOT':
      return 'the disk is full'
    case 'EROFS':
      return 'the file system is read-only'
    case 'EACCES':
    case 'EPERM':
      return 'this user may not write there'
    default:
      return error instanceof Error ? error.message : String(error)
  }
}
