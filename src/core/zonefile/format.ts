/**
 * A Problem as people read it: `file:line:col: code: text`, which editors and CI jump to, then the line it is about, a
 * caret under the place, and what to write instead. One problem, at most four lines.
 */
import type { Problem } from '../base/problem.ts'
import { printable } from './doc.ts'

/** A longer line is shown in part, around the place. */
const lineCharactersMax = 160
const contextCharacters = 60

/** `sourceLine` is the line of the span without its end, or null if it is not at hand. */
export function formatProblem(problem: Problem, sourceLine: string | null): string {
  const { span, code, severity, text, hint } = problem
  const kind = severity === 'warning' ? 'warning: ' : ''
  const lines = [`${printable(span.file)}:${span.line}:${span.column}: ${code}: ${kind}${text}`]
  if (sourceLine !== null && sourceLine.trim() !== '') lines.push(...pointAt(sourceLine, span.column, span.endColumn))
  if (hint !== null) lines.push(`  hint: ${hint}`)
  return lines.join('\n')
}

/** The line and the carets. Tabs stay tabs in both, so that they are as wide. */
function pointAt(sourceLine: string, column: number, endColumn: number): readonly [string, string] {
  const isLong = sourceLine.length > lineCharactersMax
  const from = isLong ? Math.max(0, column - 1 - contextCharacters) : 0
  const to = isLong ? Math.min(sourceLine.length, from + lineCharactersMax) : sourceLine.length
  const head = from > 0 ? '…' : ''
  const tail = to < sourceLine.length ? '…' : ''
  const before = onScreen(sourceLine.slice(from, column - 1))
  const shownLine = onScreen(sourceLine.slice(from, to))
  const marked = Math.max(1, Math.min(endColumn, to + 1) - column)
  const indent = `${head === '' ? '' : ' '}${before.replace(/[^\t]/g, ' ')}`
  return [`  ${head}${shownLine}${tail}`, `  ${indent}${'^'.repeat(marked)}`]
}

/** Control characters would move the carets or obey; each becomes one dot. */
function onScreen(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  return text.replace(/[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/g, '·')
}
