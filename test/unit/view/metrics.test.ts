/** The picture as Prometheus text. */
import { expect, it } from 'vitest'
import { memberSeriesMax, renderMetrics } from '../../../src/core/view/metrics.ts'
import type { PoolView } from '../../../src/core/view/status.ts'
import { poolView, statusView, upMember } from '../cli/views.ts'

const totals = { transitions: { up: 3, down: 4 }, refusals: 1 }

function linesOf(text: string, name: string): readonly string[] {
  return text.split('\n').filter(line => line.startsWith(`${name}{`) || line.startsWith(`${name} `))
}

it('names every series once, behind its HELP and TYPE', () => {
  const lines = renderMetrics(statusView(), totals).trimEnd().split('\n')
  const series = lines.filter(line => !line.startsWith('#'))
  expect(new Set(series.map(line => line.slice(0, line.lastIndexOf(' ')))).size).toBe(series.length)
  const typed = new Set(lines.filter(line => line.startsWith('# TYPE')).map(line => line.split(' ')[2]))
  const helped = new Set(lines.filter(line => line.startsWith('# HELP')).map(line => line.split(' ')[2]))
  expect(helped).toEqual(typed)
  for (const line of series) {
    const name = line.split(/[{ ]/)[0]!
    expect(typed.has(name) || typed.has(name.replace(/_(bucket|sum|count)$/, ''))).toBe(true)
    expect(line).toMatch(/ -?[0-9.e+-]+$/)
  }
})

it('tells queries by transport and what became of verdicts', () => {
  const counters = { queries: 12, queriesTcp: 5, noerror: 11, refused: 1, overflows: 7 }
  const text = renderMetrics(statusView({ counters }), totals)
  expect(linesOf(text, 'robin_dns_queries_total')).toEqual([
    'robin_dns_queries_total{via="udp"} 7',
    'robin_dns_queries_total{via="tcp"} 5',
  ])
  expect(linesOf(text, 'robin_udp_receive_drops_total')).toEqual(['robin_udp_receive_drops_total 7'])
  expect(linesOf(text, 'robin_target_transitions_total')).toEqual([
    'robin_target_transitions_total{to="up"} 3',
    'robin_target_transitions_total{to="down"} 4',
  ])
})

it('cumulates the buckets of a histogram and closes it', () => {
  const counts = [1, 0, 2, ...new Array<number>(9).fill(0), 4]
  const view = statusView()
  const checks = { ...view.checks, latencies: [{ protocol: 'TCP', kind: 'pass', counts, sumSeconds: 9.5 } as const] }
  const text = renderMetrics(statusView({ checks }), totals)
  const buckets = linesOf(text, 'robin_probe_duration_seconds_bucket')
  expect(buckets[0]).toBe('robin_probe_duration_seconds_bucket{protocol="TCP",outcome="pass",le="0.001"} 1')
  expect(buckets[2]).toMatch(/le="0.005"} 3$/)
  expect(buckets.at(-1)).toMatch(/le="\+Inf"} 7$/)
  expect(text).toContain('robin_probe_duration_seconds_sum{protocol="TCP",outcome="pass"} 9.5')
  expect(text).toContain('robin_probe_duration_seconds_count{protocol="TCP",outcome="pass"} 7')
})

it('escapes what a name may hold, and gives an address of two tiers one series', () => {
  const members = [upMember('127.0.0.11'), upMember('127.0.0.11')]
  const odd = poolView('a\\"b.\n.test.', { members })
  const lines = linesOf(renderMetrics(statusView({ pools: [odd] }), totals), 'robin_member_up')
  expect(lines).toHaveLength(1)
  expect(lines[0]).toContain('owner="a\\\\\\"b.\\n.test."')
})

it('leaves members out where there are more than a scrape should carry, and says how many', () => {
  const one = upMember('127.0.0.11')
  const pool: PoolView = { ...poolView('www.demo.test.'), members: new Array(memberSeriesMax + 1).fill(one) }
  const text = renderMetrics(statusView({ pools: [pool] }), totals)
  for (const name of ['up', 'answers_total', 'first_answers_total']) {
    expect(linesOf(text, `robin_member_${name}`)).toEqual([])
  }
  expect(linesOf(text, 'robin_member_series_omitted')).toEqual([`robin_member_series_omitted ${memberSeriesMax + 1}`])
  expect(linesOf(text, 'robin_pool_eligible')).toHaveLength(1)
})

it('tells who was answered how often, and how the answering threads are', () => {
  const members = [upMember('127.0.0.11', { answers: { carried: 9, first: 4 } })]
  const installs = { counts: [0, 2, ...new Array<number>(11).fill(0)], sumSeconds: 0.004 }
  const thread = {
    via: ['udp'],
    silentMs: 100,
    stalls: 1,
    replaced: 2,
    generation: 7,
    servedMs: 1_500,
    installs,
  } as const
  const lost = { ...thread, worker: 1, via: ['udp', 'tcp'], silentMs: null } as const
  const pools = [poolView('www.demo.test.', { answers: 9, members })]
  const text = renderMetrics(statusView({ pools, threads: [{ ...thread, worker: 0 }, lost] }), totals)
  const www = 'owner="www.demo.test.",type="A",pool=""'
  expect(linesOf(text, 'robin_pool_answers_total')).toEqual([`robin_pool_answers_total{${www}} 9`])
  expect(linesOf(text, 'robin_member_first_answers_total')).toEqual([
    `robin_member_first_answers_total{${www},address="127.0.0.11"} 4`,
  ])
  expect(linesOf(text, 'robin_worker_silence_seconds')).toEqual([
    'robin_worker_silence_seconds{worker="0",via="udp"} 0.1',
  ])
  expect(linesOf(text, 'robin_worker_up')).toEqual([
    'robin_worker_up{worker="0",via="udp"} 1',
    'robin_worker_up{worker="1",via="udp+tcp"} 0',
  ])
  expect(linesOf(text, 'robin_worker_install_duration_seconds_count')[0]).toMatch(/worker="0",via="udp"} 2$/)
  expect(text).toContain('robin_worker_stalls_total{worker="0",via="udp"} 1')
  expect(text).toContain('robin_worker_replacements_total{worker="0",via="udp"} 2')
  expect(text).toContain('robin_worker_generation_age_seconds{worker="0",via="udp"} 1.5')
})
