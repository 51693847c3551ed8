/**
 * The picture as Prometheus text (exposition format 0.0.4): base units, totals that only grow, a HELP for each name.
 * Labels are bounded by what is configured; where there are more members than a scrape should carry, members and checks
 * are left out and their number says so. It is drawn from the one StatusView, so it cannot disagree with the page.
 */
import { type Histogram, latencyBucketsSeconds } from '../health/latency.ts'
import { secondarySeries } from './metrics-secondary.ts'
import type { PoolView, StatusView, TrackView } from './status.ts'

/** Members beyond which no series of their own are given; pools always have theirs. */
export const memberSeriesMax = 20_000

/** What is counted by others than the answering threads. */
export interface EventTotals {
  /** Verdicts that turned, by what they turned to. */
  readonly transitions: Readonly<Record<'up' | 'down', number>>
  /** Looks at the files that were refused. */
  readonly refusals: number
}

type Labels = Readonly<Record<string, string>>
type Sample = readonly [labels: Labels, value: number]

const none: Labels = {}

export function renderMetrics(view: StatusView, totals: EventTotals): string {
  return [...metricsPieces(view, totals)].join('')
}

/** The same text a piece at a time: whole lines, not many, and made when they are asked for. */
export function* metricsPieces(view: StatusView, totals: EventTotals): Generator<string> {
  const page = createPage()
  putServer(page, view, totals)
  putThreads(page, view)
  putAnswers(page, view)
  putPools(page, view.pools)
  putChecks(page, view, totals)
  yield* page.pieces()
}

interface MetricsPage {
  /** The samples are looked at when the text is made. */
  put(name: string, type: 'counter' | 'gauge', help: string, samples: Iterable<Sample>): void
  raw(line: string): void
  pieces(): Generator<string>
}

/** About as many as are made within a millisecond. */
const pieceLines = 500

function createPage(): MetricsPage {
  const parts: Iterable<string>[] = []
  return {
    put: (name, type, help, samples) => void parts.push(linesOf(name, type, help, samples)),
    raw: line => void parts.push([line]),
    pieces: function* () {
      let lines: string[] = []
      for (const part of parts) {
        for (const line of part) {
          if (lines.push(line) < pieceLines) continue
          yield `${lines.join('\n')}\n`
          lines = []
        }
      }
      yield `${lines.join('\n')}\n`
    },
  }
}

function* linesOf(name: string, type: string, help: string, samples: Iterable<Sample>): Generator<string> {
  yield `# HELP ${name} ${help}`
  yield `# TYPE ${name} ${type}`
  for (const [labels, value] of samples) yield `${name}${formatLabels(labels)} ${value}`
}

function putServer(
  page: MetricsPage,
  { server, reload, zones, secondaries, freeze, overrides, state }: StatusView,
  totals: EventTotals,
): void {
  const gauge = (name: string, help: string, value: number, labels: Labels = none): void =>
    page.put(name, 'gauge', help, [[labels, value]])
  gauge('robin_build_info', 'Version of the server, as a label.', 1, { version: server.version, io: server.io ?? '' })
  gauge('robin_start_time_seconds', 'When the server began, Unix time.', server.startedAt / 1000)
  gauge('robin_ready', '1 while the server answers and is not stopping.', flag(server.ready))
  gauge('robin_workers', 'Answering threads.', server.workers)
  gauge('robin_generation', 'Number of the generation of zones that is served.', reload.generation)
  gauge('robin_config_last_reload_successful', '0 while the files on disk were refused.', flag(reload.ok))
  gauge(
    'robin_config_last_reload_success_timestamp_seconds',
    'When what is served was installed.',
    reload.installedAt / 1000,
  )
  page.put('robin_config_reload_refusals_total', 'counter', 'Looks at the files that were refused.', [
    [none, totals.refusals],
  ])
  page.put(
    'robin_zone_serial',
    'gauge',
    'Serial of the SOA.',
    zones.map(zone => [{ zone: zone.name }, zone.serial]),
  )
  page.put(
    'robin_zone_rrsets',
    'gauge',
    'Record sets of the zone.',
    zones.map(zone => [{ zone: zone.name }, zone.rrsets]),
  )
  for (const { name, help, samples } of secondarySeries(secondaries)) page.put(name, 'gauge', help, samples)
  gauge('robin_freeze', '1 while removals are frozen.', flag(freeze !== null))
  gauge('robin_overrides', 'Orders of operators that stand.', overrides.length)
  if (state !== null)
    gauge(
      'robin_state_writable',
      '0 while what should outlive a restart cannot be saved.',
      flag(state.trouble === null),
    )
}

/** How the answering threads are, each under its number. */
function putThreads(page: MetricsPage, { threads }: StatusView): void {
  type Thread = StatusView['threads'][number]
  const labels = ({ worker, via }: Thread): Labels => ({ worker: `${worker}`, via: via.join('+') })
  const each = (name: string, type: 'counter' | 'gauge', help: string, value: (thread: Thread) => number): void =>
    page.put(
      name,
      type,
      help,
      threads.map((thread): Sample => [labels(thread), value(thread)]),
    )
  page.put(
    'robin_worker_silence_seconds',
    'gauge',
    'Since the thread last gave a sign of life, to a tenth of a second; no sample while it is being replaced.',
    threads.flatMap((thread): Sample[] => (thread.silentMs === null ? [] : [[labels(thread), thread.silentMs / 1000]])),
  )
  each('robin_worker_up', 'gauge', '0 while the thread is lost and not replaced yet.', ({ silentMs }) =>
    flag(silentMs !== null),
  )
  each('robin_worker_stalls_total', 'counter', 'Silences of more than a second.', ({ stalls }) => stalls)
  each('robin_worker_replacements_total', 'counter', 'Threads that were lost.', ({ replaced }) => replaced)
  each(
    'robin_worker_generation',
    'gauge',
    'Number of the generation that the thread serves.',
    ({ generation }) => generation,
  )
  each(
    'robin_worker_generation_age_seconds',
    'gauge',
    'For how long the thread has served its generation.',
    ({ servedMs }) => servedMs / 1000,
  )
  const took = 'robin_worker_install_duration_seconds'
  putHistogramHead(page, took, 'From the order to serve a generation to the word that the thread does.')
  for (const thread of threads) putHistogram(page, took, labels(thread), thread.installs)
}

/** Counters of the answering threads, each under the name that it has in the status. */
function putAnswers(page: MetricsPage, { counters }: StatusView): void {
  const total = (key: string): number => counters[key] ?? 0
  const one = (name: string, help: string, key: string): void => page.put(name, 'counter', help, [[none, total(key)]])
  page.put('robin_dns_queries_total', 'counter', 'Queries that were understood or answered with an error.', [
    [{ via: 'udp' }, total('queries') - total('queriesTcp')],
    [{ via: 'tcp' }, total('queriesTcp')],
  ])
  page.put('robin_dns_responses_total', 'counter', 'Responses by what they said.', [
    ...outcomes.map((outcome): Sample => [{ outcome }, total(outcome)]),
  ])
  one('robin_dns_truncated_total', 'Responses with TC set.', 'truncated')
  one('robin_dns_shed_total', 'Responses that left members of a rotation out for want of room.', 'shed')
  one('robin_dns_withheld_total', 'Queries for zones that are not there or too old: SERVFAIL.', 'withheld')
  one('robin_dns_notifies_total', 'NOTIFYs that were believed.', 'notifies')
  one('robin_dns_ignored_total', 'Datagrams that were no queries.', 'ignored')
  one('robin_dns_internal_errors_total', 'Queries that met a fault of ours.', 'internalErrors')
  page.put('robin_dns_cookies_total', 'counter', 'Server cookies shown by clients.', [
    [{ verdict: 'good' }, total('cookiesGood')],
    [{ verdict: 'bad' }, total('cookiesBad')],
  ])
  page.put('robin_dns_guard_total', 'counter', 'What the guard held back or cut, by its reason.', [
    ...guardReasons.map(([reason, key]): Sample => [{ reason }, total(key)]),
  ])
  putTransfers(page, total)
  one('robin_udp_receive_drops_total', 'Datagrams that the kernel threw away, the queue being full.', 'overflows')
  one('robin_udp_dropped_total', 'Datagrams thrown away by the transport.', 'dropped')
  one('robin_send_failures_total', 'Sends that the system refused.', 'sendFailures')
  one('robin_tcp_connections_opened_total', 'TCP connections accepted.', 'tcpOpened')
  one('robin_tcp_connections_closed_total', 'TCP connections that ended.', 'tcpClosed')
  one('robin_tcp_connections_evicted_total', 'TCP connections ended by a limit of ours.', 'tcpEvicted')
}

/** Signatures, and zones that others took. */
function putTransfers(page: MetricsPage, total: (key: string) => number): void {
  page.put('robin_dns_signatures_total', 'counter', 'Signed queries (TSIG) by what became of the signature.', [
    [{ verdict: 'good' }, total('tsigGood')],
    [{ verdict: 'bad' }, total('tsigBad')],
  ])
  page.put('robin_transfers_total', 'counter', 'Zone transfers out that ended, and requests refused.', [
    [{ outcome: 'done' }, total('transfersDone')],
    [{ outcome: 'failed' }, total('transfersFailed')],
    [{ outcome: 'refused' }, total('transfersRefused')],
  ])
  const running = total('transfersBegun') - total('transfersDone') - total('transfersFailed')
  page.put('robin_transfers_running', 'gauge', 'Zone transfers out under way.', [[none, Math.max(0, running)]])
  page.put('robin_transfer_octets_total', 'counter', 'Octets of messages of zone transfers out.', [
    [none, total('transferOctets')],
  ])
}

const outcomes = [
  'noerror',
  'nodata',
  'nxdomain',
  'referral',
  'refused',
  'servfail',
  'formerr',
  'notimp',
  'badvers',
  'badcookie',
  'notauth',
  'chaos',
] as const

const guardReasons = [
  ['source_port_zero', 'sourcePortZero'],
  ['source_is_ours', 'sourceIsOurs'],
  ['client_refused', 'clientRefused'],
  ['rate_held', 'rateHeld'],
  ['rate_slipped', 'rateSlipped'],
  ['amplification_capped', 'amplificationCapped'],
] as const

function putPools(page: MetricsPage, pools: readonly PoolView[]): void {
  const each = (name: string, help: string, value: (pool: PoolView) => number): void =>
    page.put(
      name,
      'gauge',
      help,
      pools.map(pool => [labelsOf(pool), value(pool)]),
    )
  each('robin_pool_eligible', 'Members that may be answered.', pool => pool.eligible)
  each('robin_pool_members', 'Members as configured, in all tiers.', pool => pool.members.length)
  each('robin_pool_ttl_seconds', 'TTL of an answer given now.', pool => pool.ttl)
  page.put(
    'robin_pool_answers_total',
    'counter',
    'Answers given from the pool; not those beside other records, nor by an ALIAS of a pool that is random, sticky ' +
      'or has rules.',
    pools.map(pool => [labelsOf(pool), pool.answers]),
  )
  each('robin_pool_degraded', '1 while on_all_down decides the answer.', pool => flag(pool.mode !== 'normal'))
  const members = pools.reduce((sum, pool) => sum + pool.members.length, 0)
  const shown = members <= memberSeriesMax ? pools : []
  page.put('robin_member_series_omitted', 'gauge', 'Members without series of their own, there being too many.', [
    [none, shown.length === 0 ? members : 0],
  ])
  const perMember = (
    name: string,
    help: string,
    value: (member: PoolView['members'][number]) => number,
    type: 'counter' | 'gauge' = 'gauge',
  ): void => page.put(name, type, help, memberSamples(shown, value))
  perMember('robin_member_answered', '1 if the next answers may carry the address.', member => flag(member.answered))
  perMember('robin_member_up', '1 if its checks say up.', member => flag(member.verdict === 'up'))
  perMember('robin_member_overridden', '1 while an operator or the zone file speaks for it.', member =>
    flag(member.override !== 'none'),
  )
  perMember(
    'robin_member_answers_total',
    'Answers of the pool that carried the address, counted and not estimated; one under way while its pool changed ' +
      'may be counted by the order before.',
    member => member.answers.carried,
    'counter',
  )
  perMember(
    'robin_member_first_answers_total',
    'Of these, answers that began with the address.',
    member => member.answers.first,
    'counter',
  )
  perMember('robin_member_share', 'What is left of its weight, 0 to 1.', member => member.share)
}

function* memberSamples(
  pools: readonly PoolView[],
  value: (member: PoolView['members'][number]) => number,
): Generator<Sample> {
  for (const pool of pools) {
    for (const member of distinctMembers(pool)) yield [{ ...labelsOf(pool), address: member.address }, value(member)]
  }
}

function putChecks(page: MetricsPage, { checks, pools, sentinels }: StatusView, totals: EventTotals): void {
  const total = (name: string, help: string, value: number): void => page.put(name, 'counter', help, [[none, value]])
  total('robin_probes_total', 'Probes started.', checks.probes)
  total('robin_probes_late_total', 'Probes that began more than 100 ms after their time.', checks.late)
  page.put('robin_probes_in_flight', 'gauge', 'Probes under way.', [[none, checks.inFlight]])
  page.put('robin_checks', 'gauge', 'Endpoints and checks, each pair probed once.', [[none, checks.total]])
  page.put('robin_check_broken', 'gauge', '1 for a kind of probe that cannot be run on this host.', [
    ...checks.broken.map(({ protocol, reason }): Sample => [{ protocol, reason }, 1]),
  ])
  page.put('robin_target_transitions_total', 'counter', 'Verdicts that turned.', [
    [{ to: 'up' }, totals.transitions.up],
    [{ to: 'down' }, totals.transitions.down],
  ])
  const began = 'robin_probe_lateness_seconds'
  putHistogramHead(page, began, 'How long after their time probes began.')
  putHistogram(page, began, none, checks.lateness)
  const took = 'robin_probe_duration_seconds'
  putHistogramHead(page, took, 'How long probes took.')
  for (const { protocol, kind, ...rest } of checks.latencies)
    putHistogram(page, took, { protocol, outcome: kind }, rest)
  const members = pools.reduce((sum, pool) => sum + pool.members.length, 0)
  const tracks = (): Iterable<TrackView> => distinctTracks(members <= memberSeriesMax ? pools : [], sentinels)
  const each = (value: (track: TrackView) => number | null) => trackSamples(tracks, value)
  page.put(
    'robin_check_up',
    'gauge',
    '1 if the check on this target says up.',
    each(({ verdict }) => flag(verdict === 'up')),
  )
  page.put(
    'robin_check_last_duration_seconds',
    'gauge',
    'How long the newest probe took.',
    each(({ last }) => (last === null ? null : last.latencyMs / 1000)),
  )
}

function putHistogramHead(page: MetricsPage, name: string, help: string): void {
  page.raw(`# HELP ${name} ${help}`)
  page.raw(`# TYPE ${name} histogram`)
}

function putHistogram(page: MetricsPage, name: string, labels: Labels, { counts, sumSeconds }: Histogram): void {
  let sum = 0
  counts.forEach((count, bucket) => {
    sum += count
    const le = latencyBucketsSeconds[bucket] === undefined ? '+Inf' : String(latencyBucketsSeconds[bucket])
    page.raw(`${name}_bucket${formatLabels({ ...labels, le })} ${sum}`)
  })
  page.raw(`${name}_sum${formatLabels(labels)} ${sumSeconds}`)
  page.raw(`${name}_count${formatLabels(labels)} ${sum}`)
}

function labelsOf({ owner, type, rule }: PoolView): Labels {
  return { owner, type, pool: rule?.pool ?? '' }
}

/** An address may stand in several tiers; a series may not stand twice. */
function distinctMembers({ members }: PoolView): readonly PoolView['members'][number][] {
  return [...new Map(members.map(member => [member.address, member])).values()]
}

function* trackSamples(
  tracks: () => Iterable<TrackView>,
  value: (track: TrackView) => number | null,
): Generator<Sample> {
  for (const track of tracks()) {
    const sample = value(track)
    if (sample !== null) yield [trackLabels(track), sample]
  }
}

/** The same check on the same target serves many members. */
function* distinctTracks(pools: readonly PoolView[], sentinels: readonly TrackView[]): Generator<TrackView> {
  const seen = new Set<string>()
  const isNew = ({ check, protocol, target }: TrackView): boolean => {
    const before = seen.size
    return seen.add(`${check} ${protocol} ${target}`).size > before
  }
  for (const { members } of pools) {
    for (const { checks } of members) for (const track of checks) if (isNew(track)) yield track
  }
  for (const track of sentinels) if (isNew(track)) yield track
}

function trackLabels({ check, protocol, target }: TrackView): Labels {
  return { check, protocol, target }
}

function flag(value: boolean): number {
  return value ? 1 : 0
}

/** `{a="b"}` with what the format escapes escaped; nothing where there are no labels. */
function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${value.replace(/[\\\n"]/g, escapeOne)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

function escapeOne(character: string): string {
  return character === '\n' ? '\\n' : `\\${character}`
}
