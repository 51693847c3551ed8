/**
 * `robin fmt PATH...`: writes zone files in canonical form, comments kept; `--check` writes nothing and tells which
 * files are not. A file is written only after it was read back to the same zone. What is no YAML is told and left.
 * Exit codes: 0 done, 1 files would change (`--check`) or could not be formatted, 2 no such path.
 */
import { assert } from '../core/base/assert.ts'
import type { Problem } from '../core/base/problem.ts'
import { isSplitZone, sidecarPath } from '../core/zonefile/forms.ts'
import { formatProblem, formatZoneFile, readZone, sameReadings } from '../core/zonefile/index.ts'
import { isMasterFile } from '../core/zonefile/master/zone.ts'
import { readLoneFile } from '../edge/disk/lone-file.ts'
import { replaceFile } from '../edge/disk/replace-file.ts'
import { listParts } from '../edge/disk/split-folder.ts'
import { exitCodes, type Io } from './io.ts'
import { findZoneFiles } from './zone-paths.ts'

export interface FmtOptions {
  readonly check: boolean
}

type FmtIo = Pick<Io, 'out' | 'err'>

export async function runFmt(paths: readonly string[], { check }: FmtOptions, io: FmtIo): Promise<number> {
  const found = await findZoneFiles(paths)
  if ('missing' in found) {
    io.err(`robin fmt: ${found.missing}\n`)
    return exitCodes.usage
  }
  let failed = found.problems.length > 0
  tell(found.problems, io)
  for (const file of await yamlFilesOf(found.files.map(({ path }) => path))) {
    const problems = await formatOne(file, check, io)
    if (problems === 'changed') failed ||= check
    else if (problems.length > 0) failed = true
  }
  return failed ? exitCodes.failed : exitCodes.ok
}

/** Of a master file its sidecar, of a split zone its parts. */
async function yamlFilesOf(files: readonly string[]): Promise<readonly string[]> {
  const all: string[] = []
  for (const file of files) {
    if (isSplitZone(file)) all.push(...(await listParts(file)))
    else if (!isMasterFile(file)) all.push(file)
    else if (await isThere(sidecarPath(file))) all.push(sidecarPath(file))
  }
  return [...new Set(all)]
}

async function isThere(path: string): Promise<boolean> {
  const found = await readLoneFile(path)
  return found.kind === 'file' || found.missing !== true
}

/** `changed` if it was, or would be; problems if it could not be looked at. */
async function formatOne(file: string, check: boolean, io: FmtIo): Promise<'changed' | readonly Problem[]> {
  const found = await readLoneFile(file)
  if (found.kind === 'fault') return tell([found.fault], io)
  const { text } = found.file
  const formatted = formatZoneFile(file, text)
  if ('problems' in formatted) return tell(formatted.problems, io)
  if (formatted.text === text) return []
  const same = sameReadings(readZone({ file, text }), readZone({ file, text: formatted.text }))
  assert(same, `formatting ${file} would change what it serves`)
  if (!check) await replaceFile(file, formatted.text)
  io.out(`${file}\n`)
  return 'changed'
}

function tell(problems: readonly Problem[], io: FmtIo): readonly Problem[] {
  for (const problem of problems) io.err(`${formatProblem(problem, null)}\n`)
  return problems
}
