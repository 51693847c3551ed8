/**
 * One file as bytes: opened once, read once, so that text, digest and date belong together.
 * Invariant: whatever lies at the path, reading ends, takes bounded memory and yields a text or a fault, never a throw.
 */
import { createHash } from 'node:crypto'
import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { Problem } from '../../core/base/problem.ts'
import type { ZoneFileText } from '../../core/ports.ts'
import { decodeZoneFile, unreadable, zoneFileOctetsMax } from '../../core/zonefile/decode.ts'
import { errorCodeOf } from './disk-error.ts'

export type ZoneFileRead = { readonly kind: 'file'; readonly file: ZoneFileText } | Faulted
interface Faulted {
  readonly kind: 'fault'
  readonly fault: Problem
  /** True if nothing is there. */
  readonly missing?: boolean
}

/**
 * Reads the file at `path`, which is relative to the working directory or absolute. Waits for the disk where it stands:
 * files are read by threads and commands that have nothing else to do, and a thousand small ones twice as fast so.
 */
export function readLoneFile(path: string): ZoneFileRead {
  const file = displayPath(path)
  let fd: number | null = null
  try {
    // Not to block on a named pipe that somebody put among the zones.
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = fstatSync(fd)
    if (!stats.isFile()) return faulted(file, 'is not a regular file')
    if (stats.size > zoneFileOctetsMax) return tooLarge(file)
    const bytes = readAll(fd, stats.size)
    if (bytes === null) return tooLarge(file)
    return decode(file, bytes, stats)
  } catch (error) {
    return { ...faulted(file, describeDiskError(error)), missing: errorCodeOf(error) === 'ENOENT' }
  } finally {
    if (fd !== null) closeSync(fd)
  }
}

/** As people would name it: relative to where they stand if below it, else absolute. */
export function displayPath(path: string): string {
  const absolute = resolve(path)
  const below = relative('.', absolute)
  if (below === '') return '.'
  return below === '..' || below.startsWith(`..${sep}`) || isAbsolute(below) ? absolute : below
}

/** The system's word on a file in ours. */
export function describeDiskError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null
  switch (code) {
    case 'ENOENT':
      return 'does not exist'
    case 'EACCES':
    case 'EPERM':
      return 'may not be read by this user'
    case 'ENOTDIR':
      return 'is not a folder'
    case 'ELOOP':
      return 'is a symbolic link that leads in a circle'
    case 'EMFILE':
    case 'ENFILE':
      return 'cannot be read: too many files are open'
    default:
      return `cannot be read: ${error instanceof Error ? error.message : String(error)}`
  }
}

/** All octets, or null if the file has grown beyond the limit meanwhile. `size` is what it was said to hold. */
function readAll(fd: number, size: number): Buffer | null {
  // One octet more than the size: the read that leaves it empty is the proof of the end.
  let buffer = Buffer.allocUnsafeSlow(size + 1)
  let filled = 0
  for (;;) {
    const bytesRead = readSync(fd, buffer, filled, buffer.length - filled, filled)
    if (bytesRead === 0) return buffer.subarray(0, filled)
    filled += bytesRead
    if (filled > zoneFileOctetsMax) return null
    if (filled === buffer.length) {
      const larger = Buffer.allocUnsafeSlow(Math.min(buffer.length * 2, zoneFileOctetsMax + 1))
      buffer.copy(larger)
      buffer = larger
    }
  }
}

function decode(file: string, bytes: Buffer, stats: Stats): ZoneFileRead {
  const decoded = decodeZoneFile(file, bytes)
  if ('problem' in decoded) return { kind: 'fault', fault: decoded.problem }
  return {
    kind: 'file',
    file: {
      file,
      text: decoded.text,
      includes: new Map(),
      wanted: [],
      digest: createHash('sha256').update(bytes).digest('hex'),
      modified: Math.floor(stats.mtimeMs / 1000),
    },
  }
}

function tooLarge(file: string): Faulted {
  return faulted(file, `is larger than ${zoneFileOctetsMax / 1024 / 1024} MiB`)
}

function faulted(file: string, text: string): Faulted {
  return { kind: 'fault', fault: unreadable(file, 1, 1, text, null) }
}
