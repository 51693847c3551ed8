/**
 * A zone that is a folder of files (octoDNS's split layout): each is read once, all together are one zone. A file that
 * cannot be read is a fault of the zone, since a name that is missing is not a name that was meant to be.
 */
import { createHash } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { unreadable, zoneFileOctetsMax } from '../../core/zonefile/decode.ts'
import { isSplitPart } from '../../core/zonefile/forms.ts'
import { describeDiskError, displayPath, readLoneFile, type ZoneFileRead } from './lone-file.ts'

/** As many as one zone is likely to have names. */
const partsMax = 100_000

/** The paths of the files of a split zone, sorted. Rejects with the system's error. */
export async function listParts(folder: string): Promise<readonly string[]> {
  const names = (await readdir(folder)).filter(isSplitPart).sort()
  return names.slice(0, partsMax + 1).map(name => join(folder, name))
}

export async function readSplitFolder(path: string): Promise<ZoneFileRead> {
  const folder = displayPath(path)
  const faulty = (text: string): ZoneFileRead => ({ kind: 'fault', fault: unreadable(folder, 1, 1, text, null) })
  try {
    const paths = (await listParts(path)).map(displayPath)
    if (paths.length > partsMax) return faulty(`holds more than ${partsMax} files`)
    return readParts(folder, paths, faulty)
  } catch (error) {
    return faulty(describeDiskError(error))
  }
}

function readParts(folder: string, paths: readonly string[], faulty: (text: string) => ZoneFileRead): ZoneFileRead {
  const includes = new Map<string, string>()
  const digest = createHash('sha256')
  let modified = 0
  let octets = 0
  for (const path of paths) {
    const each = readLoneFile(path)
    if (each.kind === 'fault') return each
    const { file, text, digest: own, modified: date } = each.file
    octets += text.length
    if (octets > zoneFileOctetsMax) return faulty(`holds more than ${zoneFileOctetsMax} octets`)
    includes.set(file, text)
    digest.update(`${file}\0${own}\n`)
    modified = Math.max(modified, date)
  }
  const file = { file: folder, text: '', includes, wanted: paths, digest: digest.digest('hex'), modified }
  return { kind: 'file', file }
}
