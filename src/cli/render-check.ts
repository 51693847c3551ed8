/**
 * What `robin check` found, in three forms: for people, for programs, for annotations in a pull request. Pure.
 * The JSON form is a contract: keys are added, never renamed or removed.
 */
import type { Problem, Span } from '../core/base/problem.ts'
import { formatName } from '../core/name/name.ts'
import { formatType } from '../core/rdata/table.ts'
import { worstPoolRemovalMs } from '../core/roster/removal.ts'
import type { PoolModel } from '../core/roster/types.ts'
import { formatDuration, formatProblem, type ZoneModel } from '../core/zonefile/index.ts'

export interface Checked {
  readonly files: number
  /** What would be served: nothing if there are errors. */
  readonly zones: readonly ZoneModel[]
  readonly errors: number
  readonly warnings: number
  readonly problems: readonly Problem[]
  readonly sourceLine: (span: Span) => string | null
}

export function renderText(checked: Checked): string {
  const problems = checked.problems.map(problem => `${formatProblem(problem, checked.sourceLine(problem.span))}\n\n`)
  const pools = poolsOf(checked.zones).map(pool => `${renderPool(pool)}\n`)
  return `${problems.join('')}${pools.join('')}${renderSummary(checked)}\n`
}

/** Counts, every problem with its place, and every pool with its time to remove (null if nothing checks it). */
export function renderJson(checked: Checked): string {
  const { files, zones, errors, warnings, problems } = checked
  return `${JSON.stringify(
    {
      files,
      zones: zones.length,
      errors,
      warnings,
      problems: problems.map(({ code, severity, span, text, hint }) => ({ code, severity, ...span, text, hint })),
      pools: poolsOf(zones).map(({ owner, type, ttl, pool, worstMs }) => ({
        owner,
        type,
        ttl,
        members: pool.members.length,
        worstRemovalMs: worstMs,
      })),
    },
    null,
    2,
  )}\n`
}

/** Workflow commands, one for each problem, and the summary as a plain line of the log. */
export function renderGithub(checked: Checked): string {
  const commands = checked.problems.map(({ code, severity, span, text, hint }) => {
    const { file, line, column, endColumn } = span
    const properties = `file=${escapeProperty(file)},line=${line},col=${column},endColumn=${endColumn},title=${code}`
    return `::${severity} ${properties}::${escapeMessage(hint === null ? text : `${text}\nhint: ${hint}`)}\n`
  })
  return `${commands.join('')}${renderSummary(checked)}\n`
}

interface PoolLine {
  readonly owner: string
  readonly type: string
  readonly ttl: number
  readonly pool: PoolModel
  /** Null for a pool that nothing checks. */
  readonly worstMs: number | null
}

function poolsOf(zones: readonly ZoneModel[]): readonly PoolLine[] {
  return zones.flatMap(zone =>
    zone.rrsets.flatMap(({ owner, type, ttl, pool }) =>
      pool === null
        ? []
        : [{ owner: formatName(owner), type: formatType(type), ttl, pool, worstMs: worstPoolRemovalMs(pool) }],
    ),
  )
}

function renderPool({ owner, type, ttl, pool, worstMs }: PoolLine): string {
  const members = count(pool.members.length, 'member')
  if (worstMs === null) return `${owner} ${type}: ${members}, not checked`
  const removal = formatDuration(worstMs)
  return `${owner} ${type}: ${members}, removed within ${removal}, forgotten by caches within ${ttl} s more`
}

function renderSummary({ files, zones, errors, warnings }: Checked): string {
  const found = errors + warnings === 0 ? 'no problems' : `${count(errors, 'error')}, ${count(warnings, 'warning')}`
  if (errors > 0) return `${count(files, 'file')}: ${found}; nothing would be served`
  return `${count(files, 'file')}, ${count(zones.length, 'zone')}: ${found}`
}

function count(amount: number, what: string): string {
  return `${amount} ${what}${amount === 1 ? '' : 's'}`
}

function escapeMessage(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
}

function escapeProperty(text: string): string {
  return escapeMessage(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
}
