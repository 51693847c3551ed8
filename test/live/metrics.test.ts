/**
 * METRICS against a real node_exporter on this very machine: every named metric is found, and says what the system
 * itself says. The exporter is asked over HTTP as a probe asks it.
 */
import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type MetricsCheck, type NamedMetric, namedMetrics, type Outcome } from '../../src/core/health/types.ts'
import { createClock } from '../../src/edge/clock.ts'
import { createProbes, type Probes } from '../../src/edge/probe/table.ts'
import { metricsCheck } from '../contract/probe-specs.ts'
import { verdictOf } from '../contract/probe-targets.ts'
import { type Exporter, exporterProgram, startExporter } from './node-exporter.ts'
import { needs } from './program.ts'

let exporter: Exporter | null = null
let probes: Probes

beforeAll(async () => {
  if (needs(exporterProgram)) exporter = await startExporter()
  probes = createProbes({ clock: createClock() })
})

afterAll(async () => {
  probes.close()
  await exporter?.stop()
})

async function run(check: MetricsCheck): Promise<Outcome> {
  return probes.probe({ address: '127.0.0.1', port: exporter!.port }, check, new AbortController().signal)
}

/** What the probe says that the metric is. */
async function numberOf(metric: NamedMetric): Promise<number> {
  const outcome = await run(
    metricsCheck({ limits: [{ name: metric, reading: { kind: 'named', metric }, low: null, high: 1e15 }] }),
  )
  expect(verdictOf(outcome)).toBe('pass ok')
  return Number(outcome.detail?.slice(metric.length + 1))
}

function loadNow(): number {
  return Number(readFileSync('/proc/loadavg', 'utf8').split(' ')[0])
}

it('finds every metric that has a name, rates with the second look', async () => {
  if (exporter === null) return
  const limits = namedMetrics.map(metric => ({
    name: metric,
    reading: { kind: 'named', metric } as const,
    low: null,
    high: 1e15,
  }))
  const check = metricsCheck({ limits })
  const first = await run(check)
  expect(verdictOf(first)).toBe('pass ok')
  expect(first.detail).toContain('cpu_percent not known yet')
  // Counters of processor time tick in hundredths of a second; until one has, there is nothing to tell.
  let second = first
  while (second.detail?.includes('not known yet')) second = await run(check)
  const values = new Map(second.detail?.split(', ').map(each => each.split(' ') as [string, string]))
  expect([...values.keys()]).toEqual([...namedMetrics])
  expect(Number(values.get('cpu_percent'))).toBeGreaterThanOrEqual(0)
  expect(Number(values.get('cpu_percent'))).toBeLessThanOrEqual(100)
  expect(Number(values.get('net_rx_mbit'))).toBeGreaterThanOrEqual(0)
  expect(Number(values.get('net_tx_mbit'))).toBeGreaterThanOrEqual(0)
})

it('says what the system says', async () => {
  if (exporter === null) return
  // The kernel changes it every five seconds; what it was before and after the question it was in between.
  let before = loadNow()
  let load1 = await numberOf('load1')
  let perCpu = await numberOf('load1_per_cpu')
  while (loadNow() !== before) {
    before = loadNow()
    load1 = await numberOf('load1')
    perCpu = await numberOf('load1_per_cpu')
  }
  expect(load1).toBe(before)
  expect(perCpu).toBeCloseTo(before / cpus().length, 3)
  const used = await numberOf('memory_used_percent')
  const memory = new Map(
    readFileSync('/proc/meminfo', 'utf8')
      .split('\n')
      .map(line => [line.split(':')[0]!, Number(/[0-9]+/.exec(line)?.[0])] as const),
  )
  expect(Math.abs(used - 100 * (1 - memory.get('MemAvailable')! / memory.get('MemTotal')!))).toBeLessThan(10)
  expect(await numberOf('threads_active')).toBeGreaterThanOrEqual(1)
})

it('moves the weight, and fails over the limit', async () => {
  if (exporter === null) return
  const memory = { name: 'memory_used_percent', reading: { kind: 'named', metric: 'memory_used_percent' } } as const
  const share = (await run(metricsCheck({ limits: [{ ...memory, low: 0, high: 100 }] }))).share
  const used = await numberOf('memory_used_percent')
  expect(Math.abs(share! - (1 - used / 100))).toBeLessThan(0.1)
  expect(verdictOf(await run(metricsCheck({ limits: [{ ...memory, low: null, high: used / 10 }] })))).toBe(
    'fail over-limit',
  )
})

it('reads series of a name of ones own, by label and as a rate', async () => {
  if (exporter === null) return
  const reading = { kind: 'series', metric: 'node_cpu_seconds_total', rate: false } as const
  const modes = (equal: boolean) => [{ name: 'mode', value: 'idle', equal }]
  const limits = [
    { name: 'idle', reading: { ...reading, labels: modes(true) }, low: null, high: 1e15 },
    { name: 'busy', reading: { ...reading, labels: modes(false) }, low: null, high: 1e15 },
    { name: 'all', reading: { ...reading, labels: [] }, low: null, high: 1e15 },
  ]
  const [idle, busy, all] = (await run(metricsCheck({ limits })))
    .detail!.split(', ')
    .map(each => Number(each.split(' ')[1]))
  expect(Math.abs(idle! + busy! - all!)).toBeLessThanOrEqual(2)
  const missing = { ...reading, metric: 'node_no_such_total', labels: [] }
  const outcome = await run(metricsCheck({ limits: [{ name: 'x', reading: missing, low: null, high: 1 }] }))
  expect(verdictOf(outcome)).toBe('inconclusive no-metric')
})
