/**
 * `robin rollback`: puts the zone files of an earlier generation back, from the copies that the server keeps in its
 * state folder. Without `--to` it goes to the newest copy that differs from the files as they are: an edit that was
 * refused is undone, one that is served is taken back, and a second rollback takes the first one back. The copy is
 * judged before a file is touched; files are replaced one by one, each at once; files that were never served are kept
 * as a copy first. The server need not run; one that does sees the files change.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatProblem } from '../core/zonefile/format.ts'
import { FolderFault } from '../edge/disk/folder-files.ts'
import {
  isSame,
  type KeptFile,
  type KeptSet,
  type KeptSets,
  neverServed,
  openKeptSets,
} from '../edge/disk/kept-sets.ts'
import { putBack } from '../edge/disk/put-back.ts'
import type { ServeSettings } from '../shell/settings.ts'
import { judgeSet } from './check-set.ts'
import { exitCodes, type Io, UsageFault } from './io.ts'
import { createSourceLines } from './judge-files.ts'
import { count, formatInstant } from './render-text.ts'
import { readSettings, type ServeFlags } from './serve-flags.ts'

export interface RollbackOptions extends Pick<ServeFlags, 'config' | 'zones' | 'state'> {
  readonly to?: string
  readonly list: boolean
  readonly json: boolean
}

export async function runRollback(options: RollbackOptions, io: Io): Promise<number> {
  const wanted = options.to === undefined ? null : readGeneration(options.to)
  const settings = await readSettings(options, io)
  if (typeof settings === 'number') return settings
  const { zonesFolder, stateFolder } = settings
  if (stateFolder === null) throw new UsageFault('copies are in the state folder: name it by --state, or --config')
  const sets = openKeptSets(stateFolder)
  try {
    const kept = await sets.list()
    const now = await sets.describe(zonesFolder)
    if (options.list) return list(kept, now, options.json, io)
    const target = choose(kept, now, wanted)
    if (typeof target === 'string') return refuse(target, io)
    // Without a config file nothing is known of what else the server has.
    const fault = await judge(sets, target, options.config === undefined ? null : settings)
    if (fault !== null) return refuse(`the copy of generation ${target.generation} is not good any more:\n${fault}`, io)
    // One that was served has a copy already.
    if (!kept.some(({ files }) => isSame(files, now))) {
      await sets.keep(zonesFolder, neverServed, Math.max(Date.now(), (kept[0]?.keptAt ?? 0) + 1))
    }
    const done = await putBack(sets, target.files, now, zonesFolder)
    tell(target, done, options.json, io)
    return exitCodes.ok
  } catch (error) {
    const isOfTheWorld = error instanceof FolderFault || (error instanceof Error && 'code' in error)
    if (isOfTheWorld) return refuse((error as Error).message, io)
    throw error
  }
}

/** The copy to go back to, or why there is none. */
function choose(kept: readonly KeptSet[], now: readonly KeptFile[], wanted: number | null): KeptSet | string {
  if (wanted !== null) {
    return kept.find(({ generation }) => generation === wanted) ?? `there is no copy of generation ${wanted}`
  }
  const earlier = kept.find(({ generation, files }) => generation !== neverServed && !isSame(files, now))
  return earlier ?? 'there is no copy that differs from the files as they are'
}

/** Null if a server with these settings would take it; else what is wrong with it, as `robin check` says it. */
async function judge(sets: KeptSets, target: KeptSet, settings: ServeSettings | null): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'robin-rollback-'))
  try {
    await sets.unpack(target, folder)
    const set = await judgeSet([folder], settings, { err: () => undefined, terminal: false })
    if ('missing' in set) return set.missing
    if (set.files.length === 0) return 'it has no zone file'
    const lineOf = createSourceLines()
    const errors = set.problems.filter(({ severity }) => severity === 'error')
    return errors.length === 0 ? null : errors.map(problem => formatProblem(problem, lineOf(problem.span))).join('\n\n')
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

function list(kept: readonly KeptSet[], now: readonly KeptFile[], json: boolean, io: Io): number {
  const rows = kept.map(({ generation, keptAt, files }) => {
    return { generation, keptAt, files: files.length, isPresent: isSame(files, now) }
  })
  if (json) io.out(`${JSON.stringify(rows, null, 2)}\n`)
  else if (rows.length === 0) io.out('no copies are kept yet\n')
  else {
    const lines = rows.map(({ generation, keptAt, files, isPresent }) => {
      const name = generation === neverServed ? 'never served' : `generation ${generation}`
      const lead = `${name}  ${formatInstant(keptAt)}  ${count(files, 'file')}`
      return `${lead}${isPresent ? '  as the files are now' : ''}\n`
    })
    io.out(lines.join(''))
  }
  return exitCodes.ok
}

function tell(
  { generation, keptAt }: KeptSet,
  { restored, removed }: { readonly restored: readonly string[]; readonly removed: readonly string[] },
  json: boolean,
  io: Io,
): void {
  if (json) {
    io.out(`${JSON.stringify({ generation, keptAt, restored, removed }, null, 2)}\n`)
    return
  }
  const lines = [
    ...restored.map(path => `restored ${path}\n`),
    ...removed.map(path => `removed ${path}\n`),
    `the zone files are those of generation ${generation}, kept ${formatInstant(keptAt)}\n`,
  ]
  io.out(lines.join(''))
}

function refuse(text: string, io: Io): number {
  io.err(`robin: ${text.trimEnd()}\n`)
  return exitCodes.failed
}

function readGeneration(text: string): number {
  if (!/^[0-9]{1,15}$/.test(text))
    throw new UsageFault(`--to takes the number of a generation, not ${JSON.stringify(text)}`)
  return Number(text)
}
