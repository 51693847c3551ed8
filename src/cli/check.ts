/**
 * `robin check PATH...`: judges zone files and folders with the code that the server loads them with, and needs no
 * server. A folder is what `robin serve` would take from it; several paths are judged as one set, since zones may point
 * at each other. Exit codes: 0 no errors (warnings are allowed), 1 errors or nothing to check, 2 no such path.
 */
import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { assert } from '../core/base/assert.ts'
import type { Problem, Span } from '../core/base/problem.ts'
import { unreadable, zoneFileOctetsMax } from '../core/zonefile/decode.ts'
import { isSplitZone } from '../core/zonefile/forms.ts'
import { judgeTogether } from '../core/zonefile/join.ts'
import { lostFile } from '../core/zonefile/judged.ts'
import { displayPath } from '../edge/disk/lone-file.ts'
import { listZones } from '../edge/disk/zone-listing.ts'
import { createReaders, type FileOrder } from '../shell/readers.ts'
import { exitCodes, type Io } from './io.ts'
import { createProgress } from './progress.ts'
import { type Checked, renderGithub, renderJson, renderText } from './render-check.ts'
import { zonePathOf } from './zone-paths.ts'

export interface CheckOptions {
  readonly format: 'text' | 'json' | 'github'
}

type CheckIo = Pick<Io, 'out' | 'err' | 'terminal'>

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

type Found =
  | { readonly files: readonly FileOrder[]; readonly problems: readonly Problem[] }
  | { readonly missing: string }

/** Every file once, in the order of the paths and within a folder by name. */
async function findFiles(paths: readonly string[]): Promise<Found> {
  const files = new Map<string, FileOrder>()
  const problems: Problem[] = []
  const add = (path: string, octets: number): void => {
    const file = displayPath(path)
    if (!files.has(file)) files.set(file, { path: file, octets, digest: null })
  }
  for (const given of paths) {
    const path = await zonePathOf(given)
    const kind = await kindOfPath(path)
    if (kind === 'missing') return { missing: `${path}: no such file or folder` }
    if (typeof kind === 'number') {
      add(path, kind)
      continue
    }
    const listing = await listZones(path)
    for (const file of listing.paths) add(file, listing.marks.get(file)?.octets ?? 0)
    if (listing.fault !== null) problems.push(unreadable(displayPath(path), 1, 1, listing.fault.text, null))
  }
  return { files: [...files.values()], problems }
}

/** Of a file its size. */
async function kindOfPath(path: string): Promise<number | 'folder' | 'missing'> {
  try {
    const stats = await stat(path)
    return stats.isDirectory() && !isSplitZone(displayPath(path)) ? 'folder' : stats.size
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : null
    // Anything else, such as a folder on the way that may not be entered, is told with the file.
    return code === 'ENOENT' || code === 'ENOTDIR' ? 'missing' : 0
  }
}

/** On the threads that the server reads files on: as many at once as there are cores. */
async function checkFiles(files: readonly FileOrder[], faults: readonly Problem[], io: CheckIo): Promise<Checked> {
  const progress = createProgress(io)
  const reports = await createReaders().read(files, { yielding: false, progress: progress.tell })
  progress.end()
  const zones = reports.map((report, i) => {
    if (report.kind === 'judged') return report.zone
    assert(report.kind === 'fault', 'nothing was known before')
    return lostFile(files[i]!.path, report.fault)
  })
  const all = [...faults, ...judgeTogether(zones)]
  const errors = all.filter(problem => problem.severity === 'error').length
  return {
    files: files.length,
    zones: errors > 0 ? [] : zones.flatMap(({ image }) => (image === null ? [] : [image])),
    errors,
    warnings: all.length - errors,
    problems: all,
    sourceLine: createSourceLines(),
  }
}

/** The line that a problem is about. A file is read again for it: most have no problems. */
function createSourceLines(): (span: Span) => string | null {
  const cut = new Map<string, readonly string[]>()
  return ({ file, line }) => {
    const lines = cut.get(file) ?? readLines(file)
    cut.set(file, lines)
    return lines[line - 1] ?? null
  }
}

/** None of a file that was refused as a whole: there is nothing to point at. */
function readLines(file: string): readonly string[] {
  try {
    const octets = readFileSync(file)
    return octets.length > zoneFileOctetsMax ? [] : octets.toString('utf8').split(/\r?\n/)
  } catch (error) {
    if (error instanceof Error && 'code' in error) return []
    throw error
  }
}
