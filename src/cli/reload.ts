/**
 * `robin reload`: has the server look at its files now, and says what came of it. Exit code 1 if they were refused:
 * what was served before goes on being served.
 */
import type { ReloadView } from '../core/view/status.ts'
import { formatProblem } from '../core/zonefile/format.ts'
import { findCounter, giveOrder } from './client.ts'
import { exitCodes, type Io } from './io.ts'
import type { OrderOptions } from './override.ts'

/** A folder of a million records takes some seconds. */
const deadlineMs = 120_000

export interface ReloadOptions extends OrderOptions {
  readonly force: boolean
}

export async function runReload(options: ReloadOptions, io: Io): Promise<number> {
  const counter = await findCounter(options.admin, options.tokenFile ?? null, io)
  if (typeof counter === 'number') return counter
  const answer = await giveOrder(counter, 'api/v1/reload', { force: options.force }, io, deadlineMs)
  if (typeof answer === 'number') return answer
  const view = answer.value as Partial<ReloadView> & { readonly text?: string }
  if (options.json) io.out(`${JSON.stringify(view, null, 2)}\n`)
  if (view.generation === undefined) {
    io.err(`robin: ${view.text ?? 'refused'}\n`)
    return exitCodes.failed
  }
  const { ok = false, problems = [], generation } = view
  if (!options.json) for (const problem of problems) io.err(`${formatProblem(problem, null)}\n`)
  if (!options.json && ok) io.out(`generation ${generation} is served\n`)
  if (!ok) io.err(`robin: the files were refused; generation ${generation} goes on being served\n`)
  return ok ? exitCodes.ok : exitCodes.failed
}
