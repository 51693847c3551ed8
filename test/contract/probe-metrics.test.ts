/** METRICS against loopback servers of every format, good and hostile, and the numbers they come to. */
import { afterEach, describe, expect, it } from 'vitest'
import type { Endpoint, MetricsCheck, Outcome, Reading, Watermark } from '../../src/core/health/types.ts'
import { createHttpClient } from '../../src/edge/probe/http-exchange.ts'
import { agentOctetsMax } from '../../src/edge/probe/metrics/agent.ts'
import { jsonOctetsMax, pageOctetsMax } from '../../src/edge/probe/metrics/page.ts'
import { createMetricsProbe } from '../../src/edge/probe/metrics/prober.ts'
import { createSecurer } from '../../src/edge/probe/secure.ts'
import { createTrustStore } from '../../src/edge/probe/trust.ts'
import { metricsCheck, tlsSpec } from './probe-specs.ts'
import { createStillClock, createTargets, verdictOf } from './probe-targets.ts'

const clock = createStillClock()
const targets = createTargets()
const carriers = { clock, trust: createTrustStore({ clock }), securer: createSecurer({ clock }) }
const probe = createMetricsProbe({ ...carriers, http1: createHttpClient(carriers) })
const run = (endpoint: Endpoint, check: MetricsCheck): Promise<Outcome> =>
  probe(endpoint, check, new AbortController().signal)

afterEach(() => targets.close())

const mark = (name: string, high: number, low: number | null = null, reading?: Reading): Watermark => ({
  name,
  high,
  low,
  reading: reading ?? ({ kind: 'named', metric: name } as Reading),
})
const pointer = (name: string, place: string, high: number, low: number | null = null): Watermark =>
  mark(name, high, low, { kind: 'pointer', pointer: place })
const series = (metric: string, high: number, rate = false): Watermark =>
  mark(metric, high, null, { kind: 'series', metric, labels: [], rate })

/** What the probe says of a host whose page this is. */
async function judge(
  page: string,
  limits: readonly Watermark[],
  changes: Partial<MetricsCheck> = {},
): Promise<Outcome> {
  const { endpoint } = await targets.http((_request, response) => response.end(page))
  return run(endpoint, metricsCheck({ limits, ...changes }))
}

const host = `# HELP node_load1 1m load average.
# TYPE node_load1 gauge
node_load1 1.5
node_load15 9
node_cpu_seconds_total{cpu="0",mode="idle"} 700
node_cpu_seconds_total{cpu="0",mode="user"} 100
node_cpu_seconds_total{cpu="1",mode="idle"} 750
node_cpu_seconds_total{cpu="1",mode="iowait"} 50
node_memory_MemAvailable_bytes 2.5e+09
node_memory_MemTotal_bytes 1e+10
node_procs_running 12
`

describe('gauges of node_exporter', () => {
  it.each([
    ['load1', 2, null, 'pass ok', undefined],
    ['load1', 1.5, null, 'fail over-limit', undefined],
    ['load1', 1, null, 'fail over-limit', undefined],
    ['load1', 2, 1, 'pass ok', 0.5],
    ['load1', 1.4, 1, 'fail over-limit', 0],
    ['load1_per_cpu', 1, 0.5, 'pass ok', 0.5],
    ['memory_used_percent', 95, null, 'pass ok', undefined],
    ['memory_used_percent', 75, 70, 'fail over-limit', 0],
    ['memory_used_percent', 85, 65, 'pass ok', 0.5],
    ['threads_active', 12.5, null, 'pass ok', undefined],
    ['threads_active', 12, null, 'fail over-limit', undefined],
  ] as const)('%s below %f, falling from %f: %s, share %f', async (name, high, low, verdict, share) => {
    const outcome = await judge(host, [mark(name, high, low)])
    expect(verdictOf(outcome)).toBe(verdict)
    expect(outcome.share).toBe(share)
  })

  it('of several the fullest decides, and one over its limit beats all', async () => {
    const fullest = [mark('load1', 3, 1), mark('memory_used_percent', 85, 65)]
    expect((await judge(host, fullest)).share).toBe(0.5)
    const over = await judge(host, [mark('cpu_percent', 1), ...fullest, mark('threads_active', 1)])
    expect([verdictOf(over), over.detail]).toEqual(['fail over-limit', 'threads_active 12, limit 1'])
  })

  it('are told in the detail', async () => {
    const outcome = await judge(host, [mark('load1', 3), mark('memory_used_percent', 95), mark('cpu_percent', 95)])
    expect(outcome.detail).toBe('load1 1.5, memory_used_percent 75, cpu_percent not known yet')
  })

  it.each([
    ['a page without it', 'node_load15 9\n', 'inconclusive no-metric'],
    ['an empty page', '', 'inconclusive no-metric'],
    ['NaN', 'node_load1 NaN\n', 'inconclusive no-metric'],
    ['infinity', 'node_load1 +Inf\n', 'fail over-limit'],
    ['less than nothing', 'node_load1 -Inf\n', 'pass ok'],
    ['a word', 'node_load1 high\n', 'inconclusive no-metric'],
    ['no line end', 'node_load1 1', 'pass ok'],
    ['carriage returns', 'node_load1 1\r\n', 'pass ok'],
    ['a timestamp', 'node_load1 1 1700000000000\n', 'pass ok'],
  ])('%s: %s', async (_what, page, verdict) => {
    expect(verdictOf(await judge(page, [mark('load1', 2)]))).toBe(verdict)
  })
})

describe('rates', () => {
  const ticks = (idle: number, busy: number, received: number): string => `
node_cpu_seconds_total{cpu="0",mode="idle"} ${idle}
node_cpu_seconds_total{cpu="0",mode="system"} ${busy}
node_network_receive_bytes_total{device="eth0"} ${received}
node_network_receive_bytes_total{device="lo"} ${received * 1000}
node_network_receive_bytes_total{device="docker0"} ${received * 1000}
node_network_receive_bytes_total{device="eth0.100"} ${received * 1000}
`
  const limits = [mark('cpu_percent', 90, 50), mark('net_rx_mbit', 100)]

  it('say nothing at first, then what happened between two samples', async () => {
    let page = ticks(100, 10, 1_000_000)
    const { endpoint } = await targets.http((_request, response) => response.end(page))
    const first = await run(endpoint, metricsCheck({ limits }))
    expect([verdictOf(first), first.share]).toEqual(['pass ok', undefined])
    clock.advance(10_000)
    page = ticks(103, 17, 26_000_000)
    const second = await run(endpoint, metricsCheck({ limits }))
    expect(second).toMatchObject({ kind: 'pass', share: 0.5, detail: 'cpu_percent 70, net_rx_mbit 20' })
    clock.advance(10_000)
    page = ticks(103.5, 26.5, 200_000_000)
    expect(verdictOf(await run(endpoint, metricsCheck({ limits })))).toBe('fail over-limit')
  })

  it('are apart for each endpoint and check, and forget a counter that was reset', async () => {
    let bytes = 0
    const page = (): string => `sent_total ${bytes}\n`
    const { endpoint } = await targets.http((_request, response) => response.end(page()))
    const check = metricsCheck({ limits: [series('sent_total', 100, true)] })
    const other = metricsCheck({ limits: [series('sent_total', 1000, true)] })
    await run(endpoint, check)
    clock.advance(1000)
    bytes = 500
    expect(verdictOf(await run(endpoint, other))).toBe('pass ok')
    expect(verdictOf(await run(endpoint, check))).toBe('fail over-limit')
    clock.advance(1000)
    bytes = 10
    expect((await run(endpoint, check)).detail).toBe('sent_total not known yet')
    clock.advance(1000)
    bytes = 60
    expect((await run(endpoint, check)).detail).toBe('sent_total 50')
  })
})

describe('JSON', () => {
  const json = { format: 'json' } as const
  it.each([
    ['{"measurements": [{"value": 0.7}]}', pointer('load', '/measurements/0/value', 1, 0.4), 'pass ok', 0.5],
    ['{"value": "0.7"}', pointer('load', '/value', 1), 'pass ok', undefined],
    ['{"value": 7}', pointer('load', '/value', 1), 'fail over-limit', undefined],
    ['7', pointer('load', '', 1), 'fail over-limit', undefined],
    ['{"value": null}', pointer('load', '/value', 1), 'inconclusive no-metric', undefined],
    ['{"value": true}', pointer('load', '/value', 1), 'inconclusive no-metric', undefined],
    ['{"value": "much"}', pointer('load', '/value', 1), 'inconclusive no-metric', undefined],
    ['{}', pointer('load', '/constructor/length', 1), 'inconclusive no-metric', undefined],
    ['<html>', pointer('load', '/value', 1), 'inconclusive no-metric', undefined],
    ['', pointer('load', '/value', 1), 'inconclusive no-metric', undefined],
  ])('%s at %o: %s', async (page, limit, verdict, share) => {
    const outcome = await judge(page, [limit], json)
    expect(verdictOf(outcome)).toBe(verdict)
    expect(outcome.share === undefined ? undefined : Number(outcome.share.toFixed(6))).toBe(share)
  })

  it('longer than is read is not judged', async () => {
    const long = `{"value": 0.5, "filler": "${'x'.repeat(jsonOctetsMax)}"}`
    expect(verdictOf(await judge(long, [pointer('load', '/value', 1)], json))).toBe('inconclusive no-metric')
  })
})

describe('an agent', () => {
  const tcp = { scheme: 'tcp', address: null, target: '' } as const
  const agent = metricsCheck({ format: 'agent', page: tcp })

  it.each([
    ['75%\n', 'pass ok', 0.75],
    ['up 50%\r\nignored down\n', 'pass ok', 0.5],
    ['ready\n', 'pass ok', undefined],
    ['drain\n', 'pass ok', 0],
    ['down#disk full\n', 'fail agent', undefined],
    ['hello\n', 'inconclusive protocol', undefined],
    ['75%', 'pass ok', 0.75],
  ])('that says %o over TCP: %s', async (line, verdict, share) => {
    const { endpoint } = await targets.tcp(socket => socket.end(line))
    const outcome = await run(endpoint, agent)
    expect(verdictOf(outcome)).toBe(verdict)
    expect(outcome.share).toBe(share)
  })

  it('may keep the connection open, and want to be spoken to first', async () => {
    const { endpoint } = await targets.tcp(socket => {
      socket.once('data', words => socket.write(`${words.toString() === 'how?\n' ? '20' : '90'}%\n`))
    })
    const outcome = await run(endpoint, { ...agent, send: 'how?\n' })
    expect(outcome.share).toBe(0.2)
  })

  it('may speak HTTP', async () => {
    expect((await judge('maint\n', [], { format: 'agent' })).share).toBe(0)
    expect(verdictOf(await judge('down\n', [], { format: 'agent' }))).toBe('fail agent')
  })

  it('that says nothing, or no end of it', async () => {
    const silent = await targets.tcp(socket => socket.end())
    expect(verdictOf(await run(silent.endpoint, agent))).toBe('fail closed')
    const chatty = await targets.tcp(socket => socket.write('x'.repeat(agentOctetsMax * 2)))
    expect(verdictOf(await run(chatty.endpoint, agent))).toBe('inconclusive protocol')
    expect(verdictOf(await run(await targets.closed('127.0.0.9'), agent))).toBe('fail refused')
    const waiting = await targets.tcp(() => {})
    const deadline = new AbortController()
    const outcome = probe(waiting.endpoint, agent, deadline.signal)
    await waiting.reached
    deadline.abort('timeout')
    expect(verdictOf(await outcome)).toBe('fail timeout')
  })
})

describe('the request', () => {
  it('goes to the endpoint, with its address and port filled in', async () => {
    const asked: string[] = []
    const { endpoint } = await targets.http((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.host} ${request.headers.accept}`)
      response.end(host)
    })
    const page = { scheme: 'http', address: null, target: '/query?of={address}:{port}&{address}' } as const
    await run(endpoint, metricsCheck({ page, limits: [mark('load1', 9)] }))
    const port = endpoint.port
    expect(asked).toEqual([
      `GET /query?of=127.0.0.1:${port}&127.0.0.1 127.0.0.1:${port} text/plain;version=0.0.4, */*;q=0.1`,
    ])
  })

  it('may go to another address that knows of the endpoint', async () => {
    const asked: (string | undefined)[] = []
    const { endpoint } = await targets.http((request, response) => {
      asked.push(request.url)
      response.end(host)
    })
    const page = { scheme: 'http', address: '127.0.0.1', target: '/of/{address}' } as const
    const outcome = await run(
      { address: '192.0.2.7', port: endpoint.port },
      metricsCheck({ page, limits: [mark('load1', 9)] }),
    )
    expect([verdictOf(outcome), asked]).toEqual(['pass ok', ['/of/192.0.2.7']])
  })

  it('speaks TLS where the URL says so', async () => {
    const { endpoint } = await targets.https('good.pem', (_request, response) => response.end(host))
    const page = { scheme: 'https', address: null, target: '/metrics' } as const
    const limits = [mark('load1', 9)]
    expect(verdictOf(await run(endpoint, metricsCheck({ page, limits, tls: tlsSpec() })))).toBe('pass ok')
    const stranger = tlsSpec({ caFile: null })
    expect(verdictOf(await run(endpoint, metricsCheck({ page, limits, tls: stranger })))).toBe('fail tls-untrusted')
  })

  it('starts from the source, and a source that is not there is inconclusive', async () => {
    const from: (string | undefined)[] = []
    const { endpoint } = await targets.http((request, response) => {
      from.push(request.socket.remoteAddress)
      response.end(host)
    })
    const check = metricsCheck({ limits: [mark('load1', 9)] })
    expect(verdictOf(await run(endpoint, { ...check, source: '127.0.0.77' }))).toBe('pass ok')
    expect(from).toEqual(['127.0.0.77'])
    expect((await run(endpoint, { ...check, source: '192.0.2.99' })).kind).toBe('inconclusive')
  })
})

describe('a hostile page', () => {
  it('is read up to its limit, and never held', async () => {
    const block = Buffer.alloc(64 * 1024, 'x')
    let pushed = 0
    const { endpoint } = await targets.http((_request, response) => {
      const push = (): void => {
        pushed += block.length
        if (!response.destroyed) response.write(block, push)
      }
      response.write('node_load1 1\n')
      push()
    })
    const outcome = await run(endpoint, metricsCheck({ limits: [mark('load1', 2)] }))
    expect(verdictOf(outcome)).toBe('inconclusive no-metric')
    expect(pushed).toBeGreaterThanOrEqual(pageOctetsMax - block.length)
    // What lies in the two sockets' buffers was pushed as well.
    expect(pushed).toBeLessThan(64 * 1024 * 1024)
  })

  it.each([
    [404, 'fail status'],
    [204, 'inconclusive no-metric'],
    [302, 'fail status'],
  ])('with status %i: %s', async (status, verdict) => {
    const { endpoint } = await targets.http((_request, response) => response.writeHead(status).end())
    expect(verdictOf(await run(endpoint, metricsCheck({ limits: [mark('load1', 2)] })))).toBe(verdict)
  })

  it('that is cut off is no page', async () => {
    const { endpoint } = await targets.tcp(socket => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\nnode_load1 1\n'))
    })
    expect(verdictOf(await run(endpoint, metricsCheck({ limits: [mark('load1', 2)] })))).toBe('fail closed')
  })
})
