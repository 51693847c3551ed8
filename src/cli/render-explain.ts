/**
 * An explanation in sentences: one for each pool, one for each member with its evidence, and what is answered now.
 * Pure.
 */
import { never } from '../core/base/assert.ts'
import type { ExplainedMember, ExplainedPool, Explanation, MemberReason } from '../core/view/explain.ts'
import type { FailureView, PoolView, TrackView } from '../core/view/status.ts'
import { describeMode, describeRule, paintOfMode } from './render-states.ts'
import { type Cell, formatDuration, type Paint, printable, renderTable } from './render-text.ts'

export function renderExplanations(
  explanations: readonly Explanation[],
  answer: readonly string[],
  paint: Paint,
): string {
  const parts = explanations.map(explanation => renderExplanation(explanation, paint))
  const now =
    answer.length === 0 ? '' : `\n${paint.strong('answered now')}\n${answer.map(line => `  ${line}\n`).join('')}`
  return `${parts.join('\n')}${now}`
}

function renderExplanation({ name, zone, owner, pools }: Explanation, paint: Paint): string {
  const lead = paint.strong(printable(name))
  if (zone === null) return `${lead} lies in no zone of this server: the answer is REFUSED\n`
  if (owner === null) return `${lead} in ${printable(zone)}: health has no part in its answer\n`
  const via = owner === name ? '' : `, by the wildcard ${printable(owner)}`
  if (pools.length === 0) return `${lead} in ${printable(zone)}${via}: health has no part in answers of this type\n`
  return `${lead} in ${printable(zone)}${via}\n${pools.map(each => renderPool(each, paint)).join('')}`
}

function renderPool({ pool, members }: ExplainedPool, paint: Paint): string {
  const whom = pool.rule === null ? '' : `, ${describeRule(pool.rule)}`
  const mode = paintOfMode(pool.mode, paint)(describeMode(pool.mode))
  const lead = `  ${printable(pool.type)}${whom}: ${mode}`
  const counts = `${pool.eligible} of ${pool.members.length} eligible, ${pool.answer}, ttl ${pool.ttl}`
  const rows = members.map(member => memberRow(pool, member, paint))
  const before = members.flatMap(({ member }) => member.checks.flatMap(track => pastRows(member.address, track, paint)))
  const past = before.length === 0 ? '' : `    ${paint.dim('before')}\n${renderTable(before, '      ')}`
  return `${lead}; ${counts}\n${renderTable(rows, '    ')}${past}`
}

/** What a check said before, and apart from that what failed last. */
function pastRows(address: string, { check, outcomes = [], failures }: TrackView, paint: Paint): readonly Cell[][] {
  const said = outcomes.map(({ kind, reason, latencyMs, agoMs }) => {
    const result = kind === 'pass' ? `pass ${latencyMs} ms` : `${kind} ${reason}`
    return `${result} ${formatDuration(agoMs)} ago`
  })
  const lead = [{ text: address }, { text: check }]
  return [
    ...(said.length === 0 ? [] : [[...lead, { text: said.join(', '), paint: paint.dim }]]),
    ...failures.map(run => [...lead, { text: describeFailures(run), paint: paint.dim }]),
  ]
}

function describeFailures({ reason, detail, count, firstAgoMs, lastAgoMs }: FailureView): string {
  const times = count === 1 ? '' : ` ${count} times over ${formatDuration(firstAgoMs - lastAgoMs)}`
  return `failed${times}, ${formatDuration(lastAgoMs)} ago: ${reason}${detail === null ? '' : `, ${detail}`}`
}

function memberRow(pool: PoolView, { member, reason }: ExplainedMember, paint: Paint): readonly Cell[] {
  const evidence = member.checks.map(describeTrack).join('; ')
  return [
    { text: member.address },
    member.answered ? { text: 'answered', paint: paint.good } : { text: 'left out', paint: paint.bad },
    { text: describeReason(reason, member.order?.reason ?? '') },
    { text: pool.answers === 0 ? '' : `first in ${member.answers.first} of ${pool.answers}` },
    { text: evidence, paint: paint.dim },
  ]
}

/** The reason in words that read on from `answered:` and `left out:`. */
function describeReason(reason: MemberReason, orderReason: string): string {
  const word = orderReason === '' ? '' : ` (${orderReason})`
  switch (reason) {
    case 'eligible':
      return 'healthy'
    case 'fail-open':
      return 'too few are healthy, so all are answered'
    case 'last-resort':
      return 'too few are healthy: the last resort'
    case 'last-healthy':
      return 'too few are healthy: it was up last'
    case 'held':
      return 'down, but removals are frozen'
    case 'forced-up':
      return `forced up${word}`
    case 'down':
      return 'its checks say down'
    case 'unknown':
      return 'not heard of yet'
    case 'drained':
      return `drained${word}`
    case 'forced-down':
      return `forced down${word}`
    case 'no-share':
      return 'healthy, but its check leaves it no weight'
    case 'standby':
      return 'healthy, waiting for the pool before it to fail'
    case 'not-answered':
      return 'healthy, but fewer than min_healthy are'
    default:
      return never(reason)
  }
}

function describeTrack({ check, target, verdict, sinceMs, last, lastAgoMs }: TrackView): string {
  const said =
    last === null ? 'not probed yet' : `${last.kind} ${last.reason}${last.detail === null ? '' : `: ${last.detail}`}`
  const ago = lastAgoMs === null ? '' : ` ${formatDuration(lastAgoMs)} ago`
  return `${check} ${target} ${verdict} for ${formatDuration(sinceMs)}, ${said}${ago}`
}
