/**
 * `robin test PATH...`: runs the rehearsals that zone files ask for (`tests:`) against the code that answers queries,
 * without a server, a socket or a probe. Several paths are one set. Exit codes: 0 all passed, 1 some failed, or errors
 * in the files, or nothing to run; 2 no such path.
 */
import type { Problem } from '../core/base/problem.ts'
import { rehearse } from '../core/rehearsal/rehearse.ts'
import type { TestReport } from '../core/rehearsal/report.ts'
import { hasErrors } from '../core/zonefile/doc.ts'
import { formatProblem } from '../core/zonefile/format.ts'
import { judgeTogether } from '../core/zonefile/join.ts'
import { joinImages } from '../core/zonefile/snapshot.ts'
import { exitCodes, type Io } from './io.ts'
import { createSourceLines, type FileJudged, judgeFiles } from './judge-files.ts'
import { drawTests, renderTests } from './render-test.ts'
import { createPaint } from './render-text.ts'
import { findZoneFiles, zonePathOf } from './zone-paths.ts'

export interface TestOptions {
  readonly json: boolean
  /** For rules that name places. */
  readonly geoip?: string | undefined
}

type TestIo = Pick<Io, 'out' | 'err' | 'terminal' | 'color'>

export async function runTest(paths: readonly string[], options: TestOptions, io: TestIo): Promise<number> {
  const found = await findZoneFiles(await Promise.all(paths.map(zonePathOf)))
  if ('missing' in found) {
    io.err(`robin test: ${found.missing}\n`)
    return exitCodes.usage
  }
  if (found.files.length === 0 && found.problems.length === 0) {
    io.err(`robin test: no zone files (*.yaml, *.yml, *.zone) in ${paths.join(', ')}\n`)
    return exitCodes.failed
  }
  const orders = found.files.map(file => ({ ...file, digest: null }))
  const judged = await judgeFiles(orders, io, { tests: true, geoip: options.geoip })
  const problems = [...found.problems, ...judgeTogether(judged.map(({ zone }) => zone))]
  const reports = hasErrors(problems) ? [] : rehearseAll(judged)
  const ok = !hasErrors(problems) && reports.length > 0 && reports.every(({ faults }) => faults.length === 0)
  if (options.json) io.out(`${JSON.stringify(drawTests(judged.length, problems, reports, ok), null, 2)}\n`)
  else tell(paths, judged.length, problems, reports, io)
  return ok ? exitCodes.ok : exitCodes.failed
}

function rehearseAll(judged: readonly FileJudged[]): readonly TestReport[] {
  const tests = judged.flatMap(({ zone }) => zone.tests)
  if (tests.length === 0) return []
  const images = judged.flatMap(({ zone }) => (zone.image === null ? [] : [zone.image]))
  return rehearse(joinImages(images, 1), tests)
}

function tell(
  paths: readonly string[],
  files: number,
  problems: readonly Problem[],
  reports: readonly TestReport[],
  io: TestIo,
): void {
  const lineOf = createSourceLines()
  if (hasErrors(problems)) {
    const errors = problems.filter(({ severity }) => severity === 'error')
    for (const problem of errors) io.err(`${formatProblem(problem, lineOf(problem.span))}\n\n`)
    io.err('robin test: nothing was run, since nothing of this would be served\n')
    return
  }
  if (reports.length === 0) io.err(`robin test: no zone in ${paths.join(', ')} has \`tests:\`\n`)
  else io.out(renderTests(files, reports, createPaint(io.color)))
}
