/**
 * One zone file with what it includes: the sidecar of a master file, every path that its `$INCLUDE` names, and what
 * those name in turn, each once. Digest and date are those of all of them together. An included file that cannot
 * be read is left out, and the core then says so at the line that asked for it.
 */
import { createHash } from 'node:crypto'
import { isSplitZone, sidecarPath } from '../../core/zonefile/forms.ts'
import { findIncludes } from '../../core/zonefile/master/include.ts'
import { isMasterFile } from '../../core/zonefile/master/zone.ts'
import { displayPath, readLoneFile, type ZoneFileRead } from './lone-file.ts'
import { readSplitFolder } from './split-folder.ts'

/**
 * Reads the file at `path`, relative to the working directory or absolute, with all that it includes. `sidecar` is that
 * of a zone that is pulled, which is not beside it.
 */
export async function readZoneFile(path: string, sidecar?: string): Promise<ZoneFileRead> {
  if (isSplitZone(displayPath(path))) return await readSplitFolder(path)
  const found = readLoneFile(path)
  if (found.kind === 'fault') return found
  const { file } = found
  const { includes, wanted, digests, modified, fault } = readIncluded(
    file.file,
    file.text,
    sidecar ?? sidecarPath(file.file),
  )
  if (fault !== null) return fault
  if (wanted.length === 0) return found
  const digest = createHash('sha256')
  for (const part of [file.digest, ...digests]) digest.update(part)
  const youngest = Math.max(file.modified, modified)
  const whole = { ...file, includes, wanted, digest: digest.digest('hex'), modified: youngest }
  return { kind: 'file', file: sidecar === undefined ? whole : { ...whole, sidecar } }
}

/** As many as the core is ready to take in for one zone. */
const includedFilesMax = 1000

interface Included {
  /** Texts by path as the core asks for them. */
  readonly includes: ReadonlyMap<string, string>
  /** Every path that was looked at, readable or not. */
  readonly wanted: readonly string[]
  /** Digests of those files, in the order they were met. */
  readonly digests: readonly string[]
  /** The youngest modification, Unix seconds; 0 without any. */
  readonly modified: number
  /** A sidecar that is there but cannot be read: without it the zone would be served unchecked. */
  readonly fault: Extract<ZoneFileRead, { kind: 'fault' }> | null
}

/** `text` is what `file` itself holds. */
function readIncluded(file: string, text: string, sidecar: string): Included {
  const includes = new Map<string, string>()
  const wanted = new Set<string>()
  const digests: string[] = []
  let modified = 0
  const queue = isMasterFile(file) ? [sidecar, ...findIncludes(file, text)] : []
  for (let path = queue.shift(); path !== undefined && wanted.size < includedFilesMax; path = queue.shift()) {
    if (wanted.has(path) || path === file) continue
    wanted.add(path)
    const found = readLoneFile(path)
    if (found.kind === 'fault' && path === sidecar && found.missing !== true) {
      return { includes, wanted: [...wanted], digests, modified, fault: found }
    }
    if (found.kind === 'fault') continue
    includes.set(path, found.file.text)
    digests.push(found.file.digest)
    modified = Math.max(modified, found.file.modified)
    if (path !== sidecar) queue.push(...findIncludes(path, found.file.text))
  }
  return { includes, wanted: [...wanted], digests, modified, fault: null }
}
