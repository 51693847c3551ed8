/**
 * `robin check [PATH...] [--config FILE]`: judges zone files and folders with the code that the server loads them with,
 * and needs no server. A folder is what `robin serve` would take from it; several paths are judged as one set, since
 * zones may point at each other. A config file is judged as at a start, then what it names: its zones folder, or the
 * paths in place of that, with its keys, its GeoIP file, the zones that it pulls and the catalogs that it makes.
 * Exit codes: 0 no errors (warnings are allowed), 1 errors or nothing to check, 2 no such path.
 */
import { resolve } from 'node:path'
import type { Problem, Span } from '../core/base/problem.ts'
import { hasErrors } from '../core/zonefile/doc.ts'
import type { JudgedZone } from '../core/zonefile/judged.ts'
import { displayPath, readLoneFile } from '../edge/disk/lone-file.ts'
import type { ConfigJudged } from './check-config.ts'
import { judgeSet, type SetJudged } from './check-set.ts'
import { exitCodes, type Io, UsageFault } from './io.ts'
import { createSourceLines } from './judge-files.ts'
import { type Checked, renderGithub, renderJson, renderText } from './render-check.ts'

export interface CheckOptions {
  readonly format: 'text' | 'json' | 'github'
  /** For rules that name places. */
  readonly geoip?: string | undefined
  /** Settings of a server, to be judged first. */
  readonly config?: string | undefined
}

type CheckIo = Pick<Io, 'out' | 'err' | 'terminal'>

/** A config file is small; a zone that is not need not be read once more to be told from one. */
const configOctetsMax = 1024 * 1024

export async function runCheck(paths: readonly string[], options: CheckOptions, io: CheckIo): Promise<number> {
  const config = await readConfig(paths, options)
  if (config !== null && 'missing' in config) return refuse(config.missing, exitCodes.usage, io)
  const set = await readSet(paths, config, options, io)
  if ('missing' in set) return refuse(set.missing, exitCodes.usage, io)
  if (paths.length > 0 && set.files.length === 0 && set.problems.length === 0) {
    return refuse(`no zone files (*.yaml, *.yml, *.zone) in ${paths.join(', ')}`, exitCodes.failed, io)
  }
  const mistaken = hasErrors(set.problems) ? await findConfig(paths, set) : undefined
  if (mistaken !== undefined) {
    return refuse(`${mistaken} is a config file: judge it by --config ${mistaken}`, exitCodes.usage, io)
  }
  const checked = sumUp(set, config)
  io.out(renderings[options.format](checked))
  return checked.errors > 0 ? exitCodes.failed : exitCodes.ok
}

const renderings: Readonly<Record<CheckOptions['format'], (checked: Checked) => string>> = {
  text: renderText,
  json: renderJson,
  github: renderGithub,
}

/** Null where none is named. The shapes that judge it are loaded for nothing else. */
async function readConfig(
  paths: readonly string[],
  { config, geoip }: CheckOptions,
): Promise<ConfigJudged | { readonly missing: string } | null> {
  if (config === undefined) {
    if (paths.length > 0) return null
    throw new UsageFault('check takes zone files or folders, a config file by --config FILE, or both')
  }
  const { judgeConfig } = await import('./check-config.ts')
  const flags = geoip === undefined ? {} : { geoip: resolve(geoip) }
  return await judgeConfig(config, { flags, withZones: paths.length === 0 })
}

async function readSet(
  paths: readonly string[],
  config: ConfigJudged | null,
  { geoip }: CheckOptions,
  { err, terminal }: CheckIo,
): Promise<SetJudged | { readonly missing: string }> {
  const settings = config?.settings ?? null
  if (paths.length > 0) return await judgeSet(paths, settings, { err, terminal, geoip })
  if (config === null || settings === null) return { files: [], zones: [], problems: [] }
  const set = await judgeSet([settings.zonesFolder], settings, { err, terminal })
  if ('missing' in set || set.zones.length > 0 || set.problems.length > 0) return set
  return { ...set, problems: [nothingToServe(settings.zonesFolder, config.zonesSpan)] }
}

/** A server starts without a zone, answers REFUSED to everything, and is not ready. */
function nothingToServe(folder: string, span: Span): Problem {
  const text = `there is no zone file in \`${displayPath(folder)}\``
  return { code: 'nothing-to-serve', severity: 'warning', span, text, hint: 'put NAME.yaml or NAME.zone there' }
}

/** The problems of both, those of the config file first. */
function sumUp(set: SetJudged, config: ConfigJudged | null): Checked {
  const zonesIn = config === null ? set.problems : withoutConfig(set, config)
  const isOwn = ({ span }: Problem): boolean => span.file === config?.file
  const all = [...(config?.problems ?? []), ...zonesIn]
  const own = all.filter(isOwn).sort((a, b) => a.span.line - b.span.line || a.span.column - b.span.column)
  const problems = [...own, ...all.filter(problem => !isOwn(problem))]
  const errors = problems.filter(({ severity }) => severity === 'error').length
  const lineOf = createSourceLines()
  return {
    files: set.files.filter(({ path }) => path !== config?.file).length + (config === null ? 0 : 1),
    zones: errors > 0 ? [] : set.zones.flatMap(imageOf),
    errors,
    warnings: problems.length - errors,
    problems,
    sourceLine: span => (span.file === config?.file ? (config.openLines[span.line - 1] ?? null) : lineOf(span)),
  }
}

/** Where the config file lies among the zones, a server takes it for one, and what it says of that helps nobody. */
function withoutConfig({ zones, problems }: SetJudged, { file, zonesSpan: span }: ConfigJudged): readonly Problem[] {
  const taken = zones.find(zone => zone.file === file)
  if (taken === undefined) return problems
  const text = 'this file lies in the folder of the zone files, and is taken for a zone'
  const hint = 'put the zone files into a folder of their own'
  const own: Problem = { code: 'bad-value', severity: 'error', span, text, hint }
  return [own, ...problems.filter(problem => !taken.problems.includes(problem))]
}

/** Of a zone that could be answered from: not of one that is still to be pulled. */
function imageOf({ image }: JudgedZone) {
  return image === null || image.withheld === true ? [] : [image]
}

/** The first path that was judged as a zone and is a config file. */
async function findConfig(paths: readonly string[], { files }: SetJudged): Promise<string | undefined> {
  const small = new Set(files.filter(({ octets }) => octets <= configOctetsMax).map(({ path }) => path))
  const { looksLikeConfig } = await import('../shell/settings-file.ts')
  return paths.find(path => {
    const read = small.has(displayPath(path)) ? readLoneFile(path) : null
    return read?.kind === 'file' && looksLikeConfig(read.file.text)
  })
}

function refuse(text: string, code: number, io: CheckIo): number {
  io.err(`robin check: ${text}\n`)
  return code
}
