/**
 * `robin check PATH...`: judges zone files and folders with the code that the server loads them with, and needs no
 * server. A folder is what `robin serve` would take from it; several paths are judged as one set, since zones may point
 * at each other. Exit codes: 0 no errors (warnings are allowed), 1 errors or nothing to check, 2 no such path.
 */
import { readFile, stat } from 'node:fs/promises'
import type { Problem, Span } from '../core/base/problem.ts'
import {
  decodeZoneFile,
  joinZones,
  lostZone,
  readZone,
  unreadable,
  type ZoneReading,
  zoneFileOctetsMax,
} from '../core/zonefile/index.ts'
import { describeDiskError, displayPath } from '../edge/disk/lone-file.ts'
import { readIncluded } from '../edge/disk/zone-file.ts'
import { listZones } from '../edge/disk/zone-listing.ts'
import { exitCodes, type Io } from './io.ts'
import { type Checked, renderGithub, renderJson, renderText } from './render-check.ts'

export interface CheckOptions {
  readonly format: 'text' | 'json' | 'github'
}

type CheckIo = Pick<Io, 'out' | 'err' | 'terminal'>

/** From this many files on, a terminal is told how far it is. */
const progressFilesMin = 100
const progressFilesStep = 25

export async function runCheck(paths: readonly string[], options: CheckOptions, io: CheckIo): Promise<number> {
  const found = await findFiles(paths)
  if ('missing' in found) {
    io.err(`robin check: ${found.missing}\n`)
    return exitCodes.usage
  }
  if (found.files.length === 0 && found.problems.length === 0) {
    io.err(`robin check: no zone files (*.yaml, *.yml, *.zone) in ${paths.join(', ')}\n`)
    return exitCodes.failed
  }
  const checked = await checkFiles(found.files, found.problems, io)
  switch (options.format) {
    case 'text':
      io.out(renderText(checked))
      break
    case 'json':
      io.out(renderJson(checked))
      break
    case 'github':
      io.out(renderGithub(checked))
      break
  }
  return checked.errors > 0 ? exitCodes.failed : exitCodes.ok
}

type Found = { readonly files: readonly string[]; readonly problems: readonly Problem[] } | { readonly missing: string }

/** Every file once, in the order of the paths and within a folder by name. */
async function findFiles(paths: readonly string[]): Promise<Found> {
  const files = new Set<string>()
  const problems: Problem[] = []
  for (const path of paths) {
    const kind = await kindOfPath(path)
    if (kind === 'missing') return { missing: `${path}: no such file or folder` }
    if (kind === 'file') {
      files.add(displayPath(path))
      continue
    }
    const listing = await listZones(path)
    for (const file of listing.paths) files.add(displayPath(file))
    if (listing.fault !== null) problems.push(unreadable(displayPath(path), 1, 1, listing.fault.text, null))
  }
  return { files: [...files], problems }
}

async function kindOfPath(path: string): Promise<'file' | 'folder' | 'missing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    // Anything else, such as a folder on the way that may not be entered, is told with the file.
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 'file'
  }
}

async function checkFiles(files: readonly string[], faults: readonly Problem[], io: CheckIo): Promise<Checked> {
  const readings: ZoneReading[] = []
  const texts = new Map<string, string>()
  const isLong = io.terminal && files.length >= progressFilesMin
  for (const [i, file] of files.entries()) {
    if (isLong && i % progressFilesStep === 0) io.err(`\rreading ${i} of ${files.length} files`)
    readings.push(await readOne(file, texts))
  }
  if (isLong) io.err('\r\u001b[K')
  const { model, problems } = joinZones(readings)
  const all = [...faults, ...problems]
  const errors = all.filter(problem => problem.severity === 'error').length
  return {
    files: files.length,
    zones: errors > 0 || model === null ? [] : model.zones,
    errors,
    warnings: all.length - errors,
    problems: all,
    sourceLine: createSourceLines(texts),
  }
}

async function readOne(file: string, texts: Map<string, string>): Promise<ZoneReading> {
  try {
    const octets = await readFile(file)
    const decoded = decodeZoneFile(file, octets)
    if ('problem' in decoded) {
      if (octets.length <= zoneFileOctetsMax) texts.set(file, octets.toString('utf8'))
      return lostZone(file, [decoded.problem])
    }
    texts.set(file, decoded.text)
    const { texts: includes } = await readIncluded(file, decoded.text)
    for (const [path, text] of includes) texts.set(path, text)
    return readZone({ file, text: decoded.text, includes })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error)) throw error
    return lostZone(file, [unreadable(file, 1, 1, `the file ${describeDiskError(error)}`, null)])
  }
}

/** The line that a problem is about. Texts are cut into lines when first asked for: most files have no problems. */
function createSourceLines(texts: ReadonlyMap<string, string>): (span: Span) => string | null {
  const cut = new Map<string, readonly string[]>()
  return ({ file, line }) => {
    const lines = cut.get(file) ?? (texts.get(file) ?? '').split(/\r?\n/)
    cut.set(file, lines)
    return lines[line - 1] ?? null
  }
}
