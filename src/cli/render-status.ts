/**
 * `robin status`: the server on one screen, trouble before calm. Ages are reckoned by the server's own clock, from
 * its start and its uptime, so that a wrong clock here cannot make them lie. Pure.
 */
import type { Problem } from '../core/base/problem.ts'
import { isCalm, poolsByUrgency } from '../core/view/select.ts'
import type { ChecksView, OverrideView, PoolView, ReloadView, StateView, StatusView } from '../core/view/status.ts'
import { describeMode, paintOfMode } from './render-states.ts'
import { type Cell, count, formatDuration, formatInstant, type Paint, printable, renderTable } from './render-text.ts'

/** Pools, zones and problems listed; the rest are counted, and `robin states` lists all pools. */
const linesMax = 20

export function renderStatus(view: StatusView, paint: Paint): string {
  const { server } = view
  const nowMs = server.startedAt + server.uptimeMs
  const sections = [
    renderServer(view, paint),
    renderReload(view.reload, nowMs, paint),
    renderFreeze(view, paint),
    renderOverrides(view.overrides, paint),
    renderZones(view, paint),
    renderNotified(view.zones, nowMs, paint),
    renderSecondaries(view.secondaries, nowMs, paint),
    renderChecks(view.checks, paint),
    renderPools(view.pools, paint),
    renderState(view.state, nowMs, paint),
    renderCounters(view),
  ]
  return sections.filter(section => section !== '').join('\n')
}

function renderServer({ server }: StatusView, paint: Paint): string {
  const ready = server.ready ? paint.good('ready') : paint.doubtful('not ready')
  const name = paint.strong(`robin ${printable(server.version)}`)
  const head = `${name}  pid ${server.pid}  up ${formatDuration(server.uptimeMs)}  ${ready}\n`
  const answering = `${count(server.workers, 'worker')}, io ${server.io ?? 'not open yet'}`
  const reason = server.ioReason === null ? '' : paint.doubtful(` (${printable(server.ioReason)})`)
  const rows = [
    ...server.listening.map((text, i) => [i === 0 ? 'listening' : '', text]),
    ['answering', answering + reason],
  ]
  return head + renderTable(rows, '')
}

/** While removals are frozen, and by whom that is judged. */
function renderFreeze({ freeze, sentinels, checks }: StatusView, paint: Paint): string {
  const rows = sentinels.map(({ target, verdict }) => [
    'sentinel',
    target,
    { text: verdict, paint: verdict === 'up' ? paint.good : paint.bad },
  ])
  if (freeze === null) return renderTable(rows, '')
  const why =
    freeze.cause === 'sentinels'
      ? 'all sentinels are down'
      : `${checks.endpointsDown} of ${checks.endpoints} endpoints are down, most fell together`
  const end =
    freeze.thawInMs === null ? 'until a sentinel is back' : `for ${formatDuration(freeze.thawInMs)} more at most`
  const line = `removals are frozen since ${formatDuration(freeze.sinceMs)}: ${why}; ${end}`
  return `${paint.bad(line)}\n${renderTable(rows, '')}`
}

function renderOverrides(overrides: readonly OverrideView[], paint: Paint): string {
  if (overrides.length === 0) return ''
  const rows = overrides
    .slice(-linesMax)
    .map(({ target, override, author, untilAt, reason }): readonly (Cell | string)[] => [
      target,
      { text: override, paint: paint.doubtful },
      author,
      untilAt === null ? 'released' : formatInstant(untilAt),
      reason,
    ])
  const header = dimmed(['OVERRIDE', 'IS', 'BY', 'UNTIL', 'REASON'], paint)
  return renderTable([header, ...rows], '') + renderRest(overrides.length, '--json lists them all')
}

function renderState(state: StateView | null, nowMs: number, paint: Paint): string {
  if (state === null) return ''
  if (state.trouble !== null)
    return `${paint.bad(`state cannot be kept in ${printable(state.folder)}: ${printable(state.trouble)}`)}\n`
  const saved = state.savedAt === null ? 'not saved yet' : `saved ${formatDuration(nowMs - state.savedAt)} ago`
  return `state in ${printable(state.folder)}, ${saved}\n`
}

function renderReload(reload: ReloadView, nowMs: number, paint: Paint): string {
  const installed = `generation ${reload.generation}, installed ${formatDuration(nowMs - reload.installedAt)} ago`
  const warnings = reload.problems.filter(problem => problem.severity === 'warning')
  if (reload.ok) {
    const noted = warnings.length === 0 ? '' : ` with ${count(warnings.length, 'warning')}`
    return `${installed}${noted}\n${renderProblems(warnings, paint)}`
  }
  const ago = formatDuration(nowMs - reload.triedAt)
  const refused = `the zone files were refused ${ago} ago; still serving ${installed}`
  return `${paint.bad(refused)}\n${renderProblems(reload.problems, paint)}`
}

function renderProblems(problems: readonly Problem[], paint: Paint): string {
  const lines = problems.slice(0, linesMax).map(({ code, severity, span, text, hint }) => {
    const place = `${span.file}:${span.line}:${span.column}`
    const shade = severity === 'error' ? paint.bad : paint.doubtful
    const remedy = hint === null ? '' : paint.dim(` (${printable(hint)})`)
    return `  ${printable(place)}: ${shade(code)}: ${printable(text)}${remedy}\n`
  })
  return lines.join('') + renderRest(problems.length, 'robin check lists them all')
}

function renderZones({ zones, server }: StatusView, paint: Paint): string {
  if (zones.length === 0) return paint.doubtful(`no zones: put NAME.yaml into ${printable(server.zonesFolder)}\n`)
  const rows = zones.slice(0, linesMax).map(zone => [zone.name, String(zone.serial), String(zone.rrsets), zone.file])
  const header = dimmed(['ZONE', 'SERIAL', 'RRSETS', 'FILE'], paint)
  return renderTable([header, ...rows], '') + renderRest(zones.length, '--json lists them all')
}

/** Who is told of new versions and which one each has acknowledged, those first who do not answer. */
function renderNotified(zones: StatusView['zones'], nowMs: number, paint: Paint): string {
  const told = zones.flatMap(({ name, transfer }) =>
    (transfer?.secondaries ?? []).map(each => ({ zone: name, ...each })),
  )
  if (told.length === 0) return ''
  const rows = told
    .toSorted((a, b) => Number(b.state === 'lost') - Number(a.state === 'lost'))
    .slice(0, linesMax)
    .map(({ to, zone, state, acknowledged, acknowledgedAt, fault }): readonly (Cell | string)[] => [
      to,
      zone,
      { text: state, paint: state === 'told' ? paint.good : state === 'waiting' ? paint.doubtful : paint.bad },
      acknowledged === null ? '-' : String(acknowledged),
      acknowledgedAt === null ? 'never' : `${formatDuration(Math.max(0, nowMs - acknowledgedAt))} ago`,
      fault ?? '',
    ])
  const header = dimmed(['NOTIFIED', 'ZONE', 'STATE', 'SERIAL', 'ACKNOWLEDGED', 'TROUBLE'], paint)
  return renderTable([header, ...rows], '') + renderRest(told.length, '--json lists them all')
}

/** Zones that are pulled, those first that nobody confirms. */
function renderSecondaries(secondaries: StatusView['secondaries'], nowMs: number, paint: Paint): string {
  if (secondaries.length === 0) return ''
  const isCalm = ({ state }: StatusView['secondaries'][number]) => Number(state === 'current')
  const rows = secondaries
    .toSorted((a, b) => isCalm(a) - isCalm(b))
    .slice(0, linesMax)
    .map(({ zone, state, serial, confirmedAt, failure }): readonly (Cell | string)[] => [
      zone,
      { text: state, paint: state === 'current' ? paint.good : state === 'refreshing' ? paint.doubtful : paint.bad },
      serial === null ? '-' : String(serial),
      confirmedAt === null ? 'never' : `${formatDuration(Math.max(0, nowMs - confirmedAt))} ago`,
      failure === null ? '' : printable(`${failure.primary}: ${failure.detail}`),
    ])
  const header = dimmed(['PULLED', 'STATE', 'SERIAL', 'CONFIRMED', 'TROUBLE'], paint)
  return renderTable([header, ...rows], '') + renderRest(secondaries.length, '--json lists them all')
}

function renderChecks(checks: ChecksView, paint: Paint): string {
  const late = checks.late === 0 ? 'none late' : paint.doubtful(`${checks.late} late`)
  const icmp = checks.icmp === null ? '' : `, ICMP by ${printable(checks.icmp)}`
  const probes = `${count(checks.probes, 'probe')} so far`
  const line = `${count(checks.total, 'check')}, ${checks.inFlight} in flight, ${probes}, ${late}${icmp}\n`
  const broken = checks.broken.map(
    ({ protocol, reason, remedy }) =>
      `  ${paint.bad(`${printable(protocol)} checks are broken: ${printable(reason)}`)}\n    ${printable(remedy)}\n`,
  )
  return line + broken.join('')
}

function renderPools(pools: readonly PoolView[], paint: Paint): string {
  if (pools.length === 0) return ''
  const troubled = pools.filter(pool => !isCalm(pool)).length
  const mood = troubled === 0 ? paint.good('all calm') : paint.bad(`${troubled} not calm`)
  const head = `${count(pools.length, 'pool')}, ${mood}\n`
  const rows = poolsByUrgency(pools)
    .slice(0, linesMax)
    .map((pool): readonly (Cell | string)[] => [
      pool.owner,
      pool.type,
      `${pool.eligible}/${pool.members.length}`,
      String(pool.ttl),
      { text: describeMode(pool.mode), paint: paintOfMode(pool.mode, paint) },
    ])
  const header = dimmed(['POOL', 'TYPE', 'ELIGIBLE', 'TTL', 'MODE'], paint)
  return head + renderTable([header, ...rows], '') + renderRest(pools.length, 'robin states lists them all')
}

/** Counters that have counted; the rest say nothing yet. */
function renderCounters({ counters }: StatusView): string {
  const counted = Object.entries(counters).filter(([, total]) => total !== 0)
  if (counted.length === 0) return 'nothing counted yet\n'
  return renderTable(
    counted.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, total]) => [name, String(total)]),
    '',
  )
}

function dimmed(header: readonly string[], paint: Paint): readonly Cell[] {
  return header.map(text => ({ text, paint: paint.dim }))
}

function renderRest(total: number, where: string): string {
  return total > linesMax ? `  … and ${total - linesMax} more; ${where}\n` : ''
}
