/**
 * The problems found in one master file and what it includes. Bounded: a file of another kind, read as a zone, has a
 * fault in every line, and a zone that was merged by a script may deserve the same warning a million times.
 */
import type { ErrorCode, Problem, Span, WarningCode } from '../../base/problem.ts'
import type { Token } from './lexer.ts'

export interface Findings {
  readonly problems: Problem[]
  errors: number
  /** How often each warning was deserved, and where the last one that was kept stands. */
  readonly warned: Map<WarningCode, { count: number; lastAt: number }>
}

/** After so many errors reading stops. */
const errorsMax = 1000
/** Of each kind; the last one kept tells how many more there are. */
const warningsMax = 100

export function createFindings(): Findings {
  return { problems: [], errors: 0, warned: new Map() }
}

export function isFull(findings: Findings): boolean {
  return findings.errors >= errorsMax
}

export function refuseAt(findings: Findings, code: ErrorCode, span: Span, text: string, hint: string | null): void {
  if (isFull(findings)) return
  findings.errors++
  const isLast = isFull(findings)
  const whole = isLast ? `${text}; reading stops here, after ${errorsMax} errors` : text
  findings.problems.push({ code, severity: 'error', span, text: whole, hint })
}

export function warnAt(findings: Findings, code: WarningCode, span: Span, text: string, hint: string | null): void {
  const warned = findings.warned.get(code) ?? { count: 0, lastAt: 0 }
  findings.warned.set(code, warned)
  warned.count++
  if (warned.count > warningsMax) return
  warned.lastAt = findings.problems.push({ code, severity: 'warning', span, text, hint }) - 1
}

/** Problems that were found elsewhere, under the same limits. */
export function adopt(findings: Findings, problems: readonly Problem[]): void {
  for (const { code, severity, span, text, hint } of problems) {
    if (severity === 'error') refuseAt(findings, code as ErrorCode, span, text, hint)
    else warnAt(findings, code as WarningCode, span, text, hint)
  }
}

/** What was found, in order of place within each file. */
export function closeFindings(findings: Findings): readonly Problem[] {
  const { problems, warned } = findings
  for (const { count, lastAt } of warned.values()) {
    if (count <= warningsMax) continue
    const last = problems[lastAt]!
    problems[lastAt] = { ...last, text: `${last.text}; ${count - warningsMax} more like it are not shown` }
  }
  const files = [...new Set(problems.map(({ span }) => span.file))]
  const rank = new Map(files.map((file, i) => [file, i]))
  return problems.sort(
    (a, b) =>
      rank.get(a.span.file)! - rank.get(b.span.file)! || a.span.line - b.span.line || a.span.column - b.span.column,
  )
}

export function spanOf(file: string, { line, column, endColumn }: Token): Span {
  return { file, line, column, endColumn }
}
