/**
 * One zone file with what it includes: every path that a master file's `$INCLUDE` names, and what those name in turn,
 * each once. Digest and date are those of all of them together. An included file that cannot be read is left out, and
 * the core then says so at the line that asked for it.
 */
import { createHash } from 'node:crypto'
import { findIncludes } from '../../core/zonefile/master/include.ts'
import { isMasterFile } from '../../core/zonefile/master/zone.ts'
import { readLoneFile, type ZoneFileRead } from './lone-file.ts'

/** Reads the file at `path`, relative to the working directory or absolute, with all that it includes. */
export async function readZoneFile(path: string): Promise<ZoneFileRead> {
  const found = await readLoneFile(path)
  if (found.kind === 'fault') return found
  const { file } = found
  const included = await readIncluded(file.file, file.text)
  if (included.texts.size === 0) return found
  const digest = createHash('sha256')
  for (const part of [file.digest, ...included.digests]) digest.update(part)
  const modified = Math.max(file.modified, included.modified)
  return { kind: 'file', file: { ...file, includes: included.texts, digest: digest.digest('hex'), modified } }
}

/** As many as the core is ready to take in for one zone. */
const includedFilesMax = 1000

interface Included {
  /** Texts by path as the core asks for them. */
  readonly texts: ReadonlyMap<string, string>
  /** Digests of those files, in the order they were met. */
  readonly digests: readonly string[]
  /** The youngest modification, Unix seconds; 0 without any. */
  readonly modified: number
}

/** `text` is what `file` itself holds. */
export async function readIncluded(file: string, text: string): Promise<Included> {
  const texts = new Map<string, string>()
  const digests: string[] = []
  let modified = 0
  const wanted = isMasterFile(file) ? [...findIncludes(file, text)] : []
  for (let path = wanted.shift(); path !== undefined && texts.size < includedFilesMax; path = wanted.shift()) {
    if (texts.has(path) || path === file) continue
    const found = await readLoneFile(path)
    if (found.kind === 'fault') continue
    texts.set(path, found.file.text)
    digests.push(found.file.digest)
    modified = Math.max(modified, found.file.modified)
    wanted.push(...findIncludes(path, found.file.text))
  }
  return { texts, digests, modified }
}
