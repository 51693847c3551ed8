/**
 * The guard of reloads (`max_change`): a set of files that would take away more than a share of all answers is refused
 * like one with an error, until somebody says that it is meant. A template that rendered to nothing, a folder that was
 * synchronised half, a wrong branch: each is good by itself.
 */
import type { Problem } from '../base/problem.ts'
import type { LostSet } from './loss.ts'

/** Fewer answers than this in all are too few for shares to mean anything. */
export const guardedAnswersMin = 10
/** Lost sets that the refusal names. */
const namedMax = 5

export interface ZoneLoss {
  readonly file: string
  readonly removed: number
  readonly sets: readonly LostSet[]
}

/**
 * The problem to refuse the reload with, or null. `countAnswers` counts all that are given now, which is asked for only
 * if it can matter; `shareMax` 1 lets all pass.
 */
export function judgeChange(losses: readonly ZoneLoss[], shareMax: number, countAnswers: () => number): Problem | null {
  const removed = losses.reduce((sum, loss) => sum + loss.removed, 0)
  if (shareMax >= 1 || removed <= guardedAnswersMin * shareMax) return null
  const answers = countAnswers()
  if (answers < guardedAnswersMin || removed <= answers * shareMax) return null
  const worst = losses.reduce((most, loss) => (loss.removed > most.removed ? loss : most))
  const share = Math.round((removed / answers) * 100)
  const what = `${removed} of all ${answers} answers (${share}%)`
  return {
    code: 'max-change',
    severity: 'error',
    span: { file: worst.file, line: 1, column: 1, endColumn: 2 },
    text: `these files would take ${what} away, and max_change is ${formatShare(shareMax)}: ${nameSets(losses)}`,
    hint: '`robin plan` shows all of it; if it is meant, `robin reload --force` takes the files as they are',
  }
}

function formatShare(share: number): string {
  return `${Math.round(share * 1000) / 10}%`
}

function nameSets(losses: readonly ZoneLoss[]): string {
  const sets = losses.flatMap(loss => loss.sets).sort((a, b) => (a.owner < b.owner ? -1 : a.owner > b.owner ? 1 : 0))
  const named = sets.slice(0, namedMax)
  const shown = named.map(({ owner, type, addresses }) => [`${owner} ${type}`, ...addresses.slice(0, 4)].join(' '))
  const rest =
    losses.reduce((sum, loss) => sum + loss.removed, 0) -
    named.reduce((sum, { addresses }) => sum + Math.max(1, Math.min(4, addresses.length)), 0)
  return `${shown.join('; ')}${rest > 0 ? `; and ${rest} more` : ''}`
}
