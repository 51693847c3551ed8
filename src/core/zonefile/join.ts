/**
 * What every file came to by itself, seen together: all Problems of the set in order. Any error among them, in
 * whichever file, and nothing of the set may be served. Knows no file format: looking again costs next to nothing.
 */
import type { Problem } from '../base/problem.ts'
import { lookAcross } from './across.ts'
import type { JudgedZone } from './judged.ts'

/** By file in the order given, then by place. */
export function judgeTogether(zones: readonly JudgedZone[]): readonly Problem[] {
  const all = zones.flatMap(({ problems }) => problems).concat(lookAcross(zones))
  const ranks = new Map(zones.map(({ file }, i) => [file, i]))
  const rank = ({ span }: Problem) => ranks.get(span.file) ?? zones.length
  return all.sort((a, b) => rank(a) - rank(b) || a.span.line - b.span.line || a.span.column - b.span.column)
}
