/**
 * What every file came to by itself, seen together: all Problems of the set in order. Any error among them, in
 * whichever file, and nothing of the set may be served. Knows no file format: looking again costs next to nothing.
 */
import type { Problem } from '../base/problem.ts'
import { lookAcross } from './across.ts'
import type { JudgedZone } from './judged.ts'

/** By file in the order given, then by place. */
export function judgeTogether(zones: readonly JudgedZone[]): readonly Problem[] {
  return inOrder(zones, zones.flatMap(({ problems }) => problems).concat(lookAcross(zones)))
}

/** By file in the order of the zones, then by place; those of other files last. */
export function inOrder(zones: readonly JudgedZone[], problems: readonly Problem[]): readonly Problem[] {
  const ranks = new Map(zones.map(({ file }, i) => [file, i]))
  const rank = ({ span }: Problem) => ranks.get(span.file) ?? zones.length
  return problems.toSorted((a, b) => rank(a) - rank(b) || a.span.line - b.span.line || a.span.column - b.span.column)
}
