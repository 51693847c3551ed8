/**
 * Regular expressions of the user's, run on text of the backend's. JavaScript's engine backtracks: on hostile text some
 * expressions take minutes, and this thread has no minutes. Invariant: one examination never holds the thread much
 * longer than `patternMsMax`, whatever the expression and the text.
 *
 * Two ways to run one. Without a quantified group or a backreference the work is at most the text's length to the power
 * of (quantifiers + 1); if that is small, the expression just runs. Else it runs in a `vm` script with a time limit,
 * which V8 enforces inside the matcher as well; that costs some 150 microseconds for the watchdog it needs.
 * Expressions have no flags: `^` and `$` are the ends of the text, `.` stops at line ends.
 */
import { type Context, createContext, Script } from 'node:vm'

export type PatternVerdict = 'match' | 'no-match' | 'gave-up' | 'invalid'

/** Looks for the expression anywhere in the text. */
export type PatternSearch = (source: string, text: string) => PatternVerdict

/** Longest time that one expression may work on one body. */
export const patternMsMax = 20
/** Expressions kept compiled; the one compiled longest ago makes room. */
export const patternsKeptMax = 1024
/** Steps that are let run without a watchdog: about a millisecond. */
const unguardedStepsMax = 1_000_000

interface Pattern {
  /** Null if the source is no regular expression. */
  readonly expression: RegExp | null
  /** Quantifiers in the source, or Infinity where they do not bound the work. */
  readonly degree: number
}

export function createPatternSearch(): PatternSearch {
  const kept = new Map<string, Pattern>()
  let guard: ((expression: RegExp, text: string) => PatternVerdict) | null = null
  return (source, text) => {
    const pattern = kept.get(source) ?? keep(kept, source)
    if (pattern.expression === null) return 'invalid'
    if (text.length ** (pattern.degree + 1) <= unguardedStepsMax) {
      return pattern.expression.test(text) ? 'match' : 'no-match'
    }
    guard ??= createGuard()
    return guard(pattern.expression, text)
  }
}

function keep(kept: Map<string, Pattern>, source: string): Pattern {
  if (kept.size >= patternsKeptMax) {
    for (const oldest of kept.keys()) {
      kept.delete(oldest)
      break
    }
  }
  const pattern = { expression: compile(source), degree: degreeOf(source) }
  kept.set(source, pattern)
  return pattern
}

function compile(source: string): RegExp | null {
  try {
    return new RegExp(source)
  } catch (error) {
    if (error instanceof SyntaxError) return null
    throw error
  }
}

/** Errs towards more: signs that are escaped or in a class count as well. */
function degreeOf(source: string): number {
  if (/\)[*+?{]|\\[1-9k]/.test(source)) return Number.POSITIVE_INFINITY
  return source.match(/[*+?{]/g)?.length ?? 0
}

function createGuard(): (expression: RegExp, text: string) => PatternVerdict {
  const cell: { expression: RegExp; text: string } = { expression: /(?:)/, text: '' }
  const context: Context = createContext(cell)
  const script = new Script('expression.test(text)')
  const limit = { timeout: patternMsMax }
  return (expression, text) => {
    cell.expression = expression
    cell.text = text
    try {
      return script.runInContext(context, limit) === true ? 'match' : 'no-match'
    } catch {
      // The time limit, or V8's own: it throws when the stack of places to go back to is full.
      return 'gave-up'
    } finally {
      cell.text = ''
    }
  }
}
