/**
 * `robin check PATH...`: judges zone files and folders with the code that the server loads them with, and needs no
 * server. A folder is what `robin serve` would take from it; several paths are judged as one set, since zones may point
 * at each other. Exit codes: 0 no errors (warnings are allowed), 1 errors or nothing to check, 2 no such path.
 */
import type { Problem } from '../core/base/problem.ts'
import { judgeTogether } from '../core/zonefile/join.ts'
import type { FileOrder } from '../shell/readers.ts'
import { exitCodes, type Io } from './io.ts'
import { createSourceLines, judgeFiles } from './judge-files.ts'
import { type Checked, renderGithub, renderJson, renderText } from './render-check.ts'
import { findZoneFiles, zonePathOf } from './zone-paths.ts'

export interface CheckOptions {
  readonly format: 'text' | 'json' | 'github'
  /** For rules that name places. */
  readonly geoip?: string | undefined
}

type CheckIo = Pick<Io, 'out' | 'err' | 'terminal'>

export async function runCheck(paths: readonly string[], options: CheckOptions, io: CheckIo): Promise<number> {
  const found = await findZoneFiles(await Promise.all(paths.map(zonePathOf)))
  if ('missing' in found) {
    io.err(`robin check: ${found.missing}\n`)
    return exitCodes.usage
  }
  if (found.files.length === 0 && found.problems.length === 0) {
    io.err(`robin check: no zone files (*.yaml, *.yml, *.zone) in ${paths.join(', ')}\n`)
    return exitCodes.failed
  }
  const orders = found.files.map(file => ({ ...file, digest: null }))
  const checked = await checkFiles(orders, found.problems, options, io)
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

async function checkFiles(
  files: readonly FileOrder[],
  faults: readonly Problem[],
  { geoip }: CheckOptions,
  io: CheckIo,
): Promise<Checked> {
  const zones = (await judgeFiles(files, io, { geoip })).map(({ zone }) => zone)
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
