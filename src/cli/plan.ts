/**
 * `robin plan DIR|FILE...`: what would change if the server took these files. A folder stands for all zones there are;
 * a file for its own zone, and the others stay. Health is as the server knows it now. Exit codes: 0 it would take them,
 * 1 it would not (errors, or more than `max_change` of all answers gone), 2 no such path, 3 no server, 4 no answer.
 */
import type { Problem } from '../core/base/problem.ts'
import { nameKey } from '../core/name/name.ts'
import { hasErrors } from '../core/zonefile/doc.ts'
import { formatProblem } from '../core/zonefile/format.ts'
import { judgeTogether } from '../core/zonefile/join.ts'
import { displayPath } from '../edge/disk/lone-file.ts'
import { exitCodes, type Io } from './io.ts'
import { createSourceLines, type FileJudged, judgeFiles } from './judge-files.ts'
import { drawPlan, type Planned } from './plan-draw.ts'
import { findBesidePulled, findPresent, type PresentOptions } from './plan-present.ts'
import { renderPlan } from './render-plan.ts'
import { createPaint } from './render-text.ts'
import { findZoneFiles, type ZonePath, zonePathOf } from './zone-paths.ts'

export interface PlanOptions extends PresentOptions {
  readonly json: boolean
}

export async function runPlan(paths: readonly string[], options: PlanOptions, io: Io): Promise<number> {
  const given = await Promise.all(paths.map(zonePathOf))
  const found = await findZoneFiles(given)
  if ('missing' in found) {
    io.err(`robin plan: ${found.missing}\n`)
    return exitCodes.usage
  }
  const present = await findPresent(options, io)
  if (typeof present === 'number') return present
  const isPartial = given.some(path => found.files.some(file => file.path === displayPath(path)))
  const whole = await findBesidePulled(given, present.status)
  const asked = 'missing' in whole ? [] : whole.files.filter(file => !isPartial || isAsked(file, found.files))
  const orders = asked.map(file => ({ ...file, digest: null }))
  const files = await judgeFiles(orders, io, { geoip: options.geoip })
  const next = isPartial ? merge(present.files, files) : files
  const problems = [...found.problems, ...judgeTogether(next.map(({ zone }) => zone))]
  const planned: Planned = { present, next, problems }
  const plan = drawPlan(planned)
  if (options.json) io.out(`${JSON.stringify(plan, null, 2)}\n`)
  else {
    tellProblems(problems, io)
    io.out(renderPlan(plan, createPaint(io.color)))
  }
  return plan.ok ? exitCodes.ok : exitCodes.failed
}

/** True if the file itself or its sidecar was given. */
function isAsked({ path, sidecar }: ZonePath, given: readonly ZonePath[]): boolean {
  return given.some(file => file.path === path || file.path === sidecar)
}

/** The zones that are there, but for those that the files hold. */
function merge(present: readonly FileJudged[], files: readonly FileJudged[]): readonly FileJudged[] {
  const keys = new Set(files.flatMap(({ zone }) => (zone.name === null ? [] : [nameKey(zone.name)])))
  return [...present.filter(({ zone }) => zone.name === null || !keys.has(nameKey(zone.name))), ...files]
}

/** As `robin check` says them; warnings only beside errors, since they are what is served already. */
function tellProblems(problems: readonly Problem[], io: Pick<Io, 'err'>): void {
  const lineOf = createSourceLines()
  if (!hasErrors(problems)) return
  for (const problem of problems) io.err(`${formatProblem(problem, lineOf(problem.span))}\n\n`)
}
