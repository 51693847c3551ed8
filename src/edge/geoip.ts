/**
 * The GeoIP file on the disk, opened by each thread that reads zones, and only if one of them asks for places. Its mark
 * tells one file from another without reading it: such files are replaced whole, and then opened again.
 */
import { readFileSync, statSync } from 'node:fs'
import { type Mmdb, type MmdbFault, openMmdb } from '../core/geo/mmdb.ts'
import { describeDiskError } from './disk/lone-file.ts'

export interface GeoFile {
  readonly path: string
  /** What a zone is read with, and whether it made use of it. */
  look(): { readonly open: () => Mmdb | string; readonly used: () => boolean }
  /** Another one for another file; '' if there is none. */
  mark(): string
}

/** The largest that are on offer have a tenth of this. */
const octetsMax = 2 * 1024 * 1024 * 1024 - 1

export function openGeoFile(path: string): GeoFile {
  let opened: { readonly db: Mmdb | string; readonly mark: string } | null = null
  const markNow = (): string => {
    try {
      const stats = statSync(path, { throwIfNoEntry: false })
      return stats === undefined ? '' : `${stats.dev}:${stats.ino} ${stats.size} ${stats.mtimeMs}`
    } catch (error) {
      return describeDiskError(error)
    }
  }
  return {
    path,
    mark: markNow,
    look: () => {
      let used = false
      const open = (): Mmdb | string => {
        used = true
        const mark = markNow()
        if (opened?.mark !== mark) opened = { db: read(path), mark }
        return opened.db
      }
      return { open, used: () => used }
    },
  }
}

function read(path: string): Mmdb | string {
  try {
    const { size } = statSync(path)
    if (size > octetsMax) return `${path} has more than ${octetsMax} octets`
    const db = openMmdb(readFileSync(path))
    return typeof db === 'string' ? `${path} ${describeFault(db)}` : db
  } catch (error) {
    return `${path} ${describeDiskError(error)}`
  }
}

function describeFault(fault: MmdbFault): string {
  switch (fault) {
    case 'not-mmdb':
      return 'is not in MaxMind format'
    case 'other-version':
      return 'is of a version that is not understood'
    case 'cut-short':
      return 'is cut short'
    default:
      return fault satisfies never
  }
}
