/**
 * One zone file as bytes: opened once, read once, so that text, digest and date belong together.
 * Invariant: whatever lies at the path, reading ends, takes bounded memory and yields a text or a fault, never a throw.
 */
import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { constants, type Stats } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import type { ZoneFault, ZoneFileText } from '../../core/ports.ts'

export type ZoneFileRead = { readonly kind: 'file'; readonly file: ZoneFileText } | Faulted
interface Faulted {
  readonly kind: 'fault'
  readonly fault: ZoneFault
}

/** A million names fit several times; more is a mistake. */
export const zoneFileOctetsMax = 64 * 1024 * 1024

/** Reads the file at `path`, which is relative to the working directory or absolute. */
export async function readZoneFile(path: string): Promise<ZoneFileRead> {
  const file = displayPath(path)
  let handle: FileHandle | null = null
  try {
    // Not to block on a named pipe that somebody put among the zones.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK)
    const stats = await handle.stat()
    if (!stats.isFile()) return faulted(file, 'is not a regular file')
    if (stats.size > zoneFileOctetsMax) return tooLarge(file)
    const bytes = await readAll(handle, stats.size)
    if (bytes === null) return tooLarge(file)
    return decode(file, bytes, stats)
  } catch (error) {
    return faulted(file, describeDiskError(error))
  } finally {
    await handle?.close()
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
async function readAll(handle: FileHandle, size: number): Promise<Buffer | null> {
  // One octet more than the size: the read that leaves it empty is the proof of the end.
  let buffer = Buffer.allocUnsafeSlow(size + 1)
  let filled = 0
  for (;;) {
    const { bytesRead } = await handle.read(buffer, filled, buffer.length - filled, filled)
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
  if (!isUtf8(bytes)) return faulted(file, `is not UTF-8 text (line ${firstBadLine(bytes)})`)
  return {
    kind: 'file',
    file: {
      file,
      // Drops a byte order mark, which some editors write.
      text: new TextDecoder('utf-8', { fatal: true }).decode(bytes),
      digest: createHash('sha256').update(bytes).digest('hex'),
      modified: Math.floor(stats.mtimeMs / 1000),
    },
  }
}

/** The octet 0x0a is never part of another character in UTF-8, so lines can be judged one by one. */
function firstBadLine(bytes: Buffer): number {
  let line = 1
  for (let at = 0; at < bytes.length; line++) {
    const newline = bytes.indexOf(0x0a, at)
    const end = newline === -1 ? bytes.length : newline + 1
    if (!isUtf8(bytes.subarray(at, end))) return line
    at = end
  }
  return line
}

function tooLarge(file: string): Faulted {
  return faulted(file, `is larger than ${zoneFileOctetsMax / 1024 / 1024} MiB`)
}

function faulted(file: string, text: string): Faulted {
  return { kind: 'fault', fault: { file, text } }
}
