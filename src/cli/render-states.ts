/**
 * `robin states`: every pool with its members, why each stands as it does, and whether it is being answered.
 * Each member and each check has its own line with the address in it, so that grep finds it. Pure.
 */
import { never } from '../core/base/assert.ts'
import type { Outcome, Verdict } from '../core/health/types.ts'
import type { RotationMode } from '../core/rotation/types.ts'
import type { MemberView, PoolView, RuleView, TrackView } from '../core/view/status.ts'
import { type Cell, formatDuration, formatInstant, type Paint, printable, renderTable } from './render-text.ts'

export function renderStates(pools: readonly PoolView[], paint: Paint): string {
  return pools.map(pool => renderPool(pool, paint)).join('\n')
}

/** What a rotation mode means, in a few words. */
export function describeMode(mode: RotationMode): string {
  switch (mode) {
    case 'normal':
      return 'normal'
    case 'fail-open':
      return 'fail-open (all are answered)'
    case 'last-resort':
      return 'last resort (the plain values are answered)'
    case 'last-healthy':
      return 'last healthy (those that were up last are answered)'
    case 'nodata':
      return 'nodata (no address is answered)'
    case 'servfail':
      return 'servfail (answers are SERVFAIL)'
    case 'refused':
      return 'refused (answers are REFUSED)'
    default:
      return never(mode)
  }
}

export function paintOfMode(mode: RotationMode, paint: Paint): (text: string) => string {
  return mode === 'normal' ? paint.good : paint.bad
}

function renderPool(pool: PoolView, paint: Paint): string {
  const head = [
    paint.strong(`${printable(pool.owner)} ${printable(pool.type)}`),
    ...(pool.rule === null ? [] : [describeRule(pool.rule)]),
    paintOfMode(pool.mode, paint)(describeMode(pool.mode)),
    `${pool.eligible} eligible`,
    `ttl ${pool.ttl}`,
    ...(pool.answer === 'rotate' ? [] : [pool.answer]),
    `a dead one is out within ${formatDuration(pool.worstRemovalMs)}`,
    ...(pool.failoverWithinMs === null ? [] : [`failover within ${formatDuration(pool.failoverWithinMs)}`]),
    `if all are down: ${printable(pool.onAllDown)}`,
    ...(pool.waitsForRelease ? [paint.doubtful('an earlier pool could serve again: release it')] : []),
  ]
  const uneven = pool.members.some(member => member.weight !== pool.members[0]!.weight)
  const header = ['MEMBER', 'ANSWERED', 'VERDICT', 'SINCE', 'CHECK', 'LAST', 'AGO']
  const rows = pool.members.flatMap(member => memberRows(member, uneven, paint))
  return `${head.join('  ')}\n${renderTable([header.map(text => ({ text, paint: paint.dim })), ...rows], '  ')}`
}

/** Client networks and places that are listed for one rule. */
const subnetsShown = 4

/** Whom the pool serves, in one line however many networks there are. */
export function describeRule({ pool, subnets, geos = [], others }: RuleView): string {
  const clients = [...subnets, ...geos]
  const listed = clients.slice(0, subnetsShown).join(', ')
  const more = clients.length > subnetsShown ? ` and ${clients.length - subnetsShown} more` : ''
  const named = clients.length === 0 ? '' : `${listed}${more}`
  const whom = others ? (named === '' ? 'everyone else' : `${named} and everyone else`) : named
  return `pool ${printable(pool)} for ${whom}`
}

/** The member with its first check; further checks beneath it with the address repeated. */
function memberRows(member: MemberView, uneven: boolean, paint: Paint): readonly (readonly Cell[])[] {
  const weight = uneven ? ` weight ${member.weight}` : ''
  const tier = member.tier === 0 ? weight : `${weight} (tier ${member.tier + 1})`
  const own: Cell[] = [
    { text: `${member.address}${tier}` },
    member.answered ? { text: 'yes', paint: paint.good } : { text: 'no', paint: paint.bad },
    standingCell(member, paint),
  ]
  if (member.checks.length === 0) {
    const follows = member.follows === null ? 'no check' : describeFollowed(member.follows)
    return [[...own, { text: '' }, { text: follows }, { text: '' }, { text: '' }]]
  }
  const sole = member.checks.length === 1
  return member.checks.map((track, i) => {
    const lead = i === 0 ? own : [{ text: member.address }, { text: '' }, { text: '' }]
    return [...lead, ...trackCells(track, sole, paint)]
  })
}

function describeFollowed(pools: readonly string[]): string {
  return pools.length === 0 ? 'leads to a name without addresses' : `follows ${pools.map(printable).join(', ')}`
}

/** The verdict, and beside it the operator's word where there is one. */
function standingCell(member: MemberView, paint: Paint): Cell {
  const override = member.override === 'none' ? '' : `, ${describeOverride(member)}`
  const held = member.held ? ', held in the answers while removals are frozen' : ''
  const share =
    member.share < 1 && member.verdict === 'up' ? ` at ${Math.round(member.share * 100)}% of its weight` : ''
  const sole = member.checks.length === 1 ? member.checks[0]! : null
  const turning = sole !== null && sole.against > 0 ? ` ${sole.against}/${sole.needed} against` : ''
  const text = `${member.verdict}${share}${turning}${held}${override}`
  if (override !== '' || member.pending || member.held || share !== '') return { text, paint: paint.doubtful }
  return { text, paint: paintOfVerdict(member.verdict, paint) }
}

/** The operator's order with reason and end; an override without one stands in the zone file. */
function describeOverride({ override, order }: MemberView): string {
  if (order === null) return `${override} by the zone file`
  const end = order.untilAt === null ? '' : ` until ${formatInstant(order.untilAt)}`
  return `${override} by ${order.author}${end}: ${order.reason}`
}

function trackCells(track: TrackView, sole: boolean, paint: Paint): readonly Cell[] {
  const against = track.against > 0 ? ` ${track.against}/${track.needed} against` : ''
  const { leak } = track
  const leaking =
    leak === null || leak.seen === 0 ? '' : ` (${leak.seen} of ${leak.window} failed, ${leak.failures} are a leak)`
  const own = `${sole ? '' : `: ${track.verdict}${against}`}${leaking}`
  return [
    { text: formatDuration(track.sinceMs) },
    { text: `${track.check} ${track.protocol} ${track.target}${own}` },
    track.last === null ? { text: 'not probed yet', paint: paint.dim } : outcomeCell(track.last, paint),
    { text: track.lastAgoMs === null ? '-' : formatDuration(track.lastAgoMs) },
  ]
}

function outcomeCell(outcome: Outcome, paint: Paint): Cell {
  if (outcome.kind === 'pass') return { text: `pass in ${formatLatency(outcome.latencyMs)}`, paint: paint.good }
  const detail = outcome.detail === null ? '' : `: ${outcome.detail}`
  const text = `${outcome.kind} ${outcome.reason}${detail}`
  return { text, paint: outcome.kind === 'fail' ? paint.bad : paint.doubtful }
}

function formatLatency(latencyMs: number): string {
  return latencyMs < 10 ? `${latencyMs.toFixed(1)}ms` : `${Math.round(latencyMs)}ms`
}

function paintOfVerdict(verdict: Verdict, paint: Paint): (text: string) => string {
  switch (verdict) {
    case 'up':
      return paint.good
    case 'down':
      return paint.bad
    case 'unknown':
      return paint.doubtful
    default:
      return never(verdict)
  }
}
