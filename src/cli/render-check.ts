/**
 * What `robin check` found, in three forms: for people, for programs, for annotations in a pull request. Pure.
 * The JSON form is a contract: keys are added, never renamed or removed.
 */
import type { Problem, Span } from '../core/base/problem.ts'
import { worstPoolRemovalMs } from '../core/roster/removal.ts'
import type { PoolModel } from '../core/roster/types.ts'
import { formatDuration } from '../core/zonefile/duration.ts'
import { formatProblem } from '../core/zonefile/format.ts'
import type { ZoneImage } from '../core/zonefile/image.ts'

export interface Checked {
  readonly files: number
  /** What would be served: nothing if there are errors. */
  readonly zones: readonly ZoneImage[]
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
      pools: poolsOf(zones).map(({ owner, type, chain, ttl, pool, worstMs }) => ({
        owner,
        type,
        pool: chain,
        ttl,
        members: pool.members.length,
        worstRemovalMs: worstMs,
        failoverWithinMs: pool.failoverWithinMs ?? null,
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
  /** The pool that serves first, where rules tell clients apart. */
  readonly chain: string | null
  readonly ttl: number
  readonly pool: PoolModel
  /** Null for a pool that nothing checks. */
  readonly worstMs: number | null
}

function poolsOf(zones: readonly ZoneImage[]): readonly PoolLine[] {
  return zones.flatMap(({ pools }) =>
    pools.map(({ plan: { owner, type, rule, pool } }) => {
      const chain = rule === undefined ? null : (pool.tierNames[0] ?? null)
      return { owner, type, chain, ttl: pool.spec.ttl, pool, worstMs: worstPoolRemovalMs(pool) }
    }),
  )
}

function renderPool({ owner, type, chain, ttl, pool, worstMs }: PoolLine): string {
  const members = count(pool.members.length, 'member')
  const name = chain === null ? `${owner} ${type}` : `${owner} ${type}, pool ${chain}`
  if (worstMs === null && pool.members.some(member => member.target !== undefined)) {
    return `${name}: ${members}, each as healthy as what it leads to`
  }
  if (worstMs === null) return `${name}: ${members}, not checked`
  const removal = formatDuration(worstMs)
  const asked = pool.failoverWithinMs === undefined ? '' : `; ${formatDuration(pool.failoverWithinMs)} were asked for`
  return `${name}: ${members}, removed within ${removal}, forgotten by caches within ${ttl} s more${asked}`
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
