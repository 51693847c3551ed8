/** What holds for every kind of probe: it passes, ends when told, never rejects, leaves nothing open, blames only the backend. */
import { readdirSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CheckSpec, Endpoint } from '../../src/core/health/types.ts'
import { createClock } from '../../src/edge/clock.ts'
import { createIcmpProber } from '../../src/edge/probe/icmp/prober.ts'
import { rawSocketOpener } from '../../src/edge/probe/icmp/raw-socket.ts'
import { detailCharactersMax } from '../../src/edge/probe/outcome.ts'
import { createProbes, type Probes } from '../../src/edge/probe/table.ts'
import { mayIsolate, runIsolated, runScript } from './probe-namespace.ts'
import { createFakeNetwork, type FakeNetwork } from './probe-network.ts'
import { httpCheck, httpsCheck, icmpCheck, tcpCheck } from './probe-specs.ts'
import { createTargets, type Targets, verdictOf } from './probe-targets.ts'

interface Bench {
  readonly targets: Targets
  readonly network: FakeNetwork
}

/** An endpoint that takes the probe and says nothing; `reached` tells that it has it. */
interface Silence {
  readonly endpoint: Endpoint
  readonly reached: Promise<unknown>
}

interface Kind {
  readonly name: string
  readonly spec: CheckSpec
  good(bench: Bench): Promise<Endpoint>
  dead(bench: Bench): Promise<Endpoint>
  silent(bench: Bench): Promise<Silence>
}

const silentTcp = async ({ targets }: Bench): Promise<Silence> => targets.tcp(() => {})

const kinds: readonly Kind[] = [
  {
    name: 'HTTP',
    spec: httpCheck(),
    good: async ({ targets }) => (await targets.http((_request, response) => response.end('UP'))).endpoint,
    dead: ({ targets }) => targets.closed('127.0.0.9'),
    silent: silentTcp,
  },
  {
    name: 'HTTPS',
    spec: httpsCheck(),
    good: async ({ targets }) => (await targets.https('good.pem', (_request, response) => response.end('UP'))).endpoint,
    dead: ({ targets }) => targets.closed('127.0.0.9'),
    silent: silentTcp,
  },
  {
    name: 'ICMP',
    spec: icmpCheck,
    good: async () => ({ address: '192.0.2.7', port: null }),
    dead: async () => ({ address: '192.0.2.8', port: null }),
    silent: async ({ network }) => ({
      endpoint: { address: '192.0.2.9', port: null },
      reached: network.heard('192.0.2.9'),
    }),
  },
  {
    name: 'TCP',
    spec: tcpCheck,
    good: async ({ targets }) => (await targets.tcp(() => {})).endpoint,
    dead: ({ targets }) => targets.closed('127.0.0.9'),
    // The connect is under way when the probe returns; the kernel finishes it only in a later turn.
    silent: async ({ targets }) => ({ endpoint: (await targets.tcp(() => {})).endpoint, reached: Promise.resolve() }),
  },
]

describe.each(kinds)('$name probe', ({ spec, good, dead, silent }) => {
  let bench: Bench
  let probes: Probes
  let probe: Probes['probe']
  const never = (): AbortSignal => new AbortController().signal

  beforeEach(() => {
    const clock = createClock()
    const network = createFakeNetwork()
    network.serve(echo => {
      if (echo.address === '192.0.2.7') network.reply(echo)
      if (echo.address === '192.0.2.8') network.error(echo, 3, 1)
    })
    bench = { targets: createTargets(), network }
    const openers = [rawSocketOpener({ clock, libc: async () => network.libc })]
    probes = createProbes({ clock, icmp: createIcmpProber({ clock, openers }) })
    probe = probes.probe
  })

  afterEach(async () => {
    probes.close()
    await bench.targets.close()
  })

  it('passes on a good target, with a latency', async () => {
    const outcome = await probe(await good(bench), spec, never())
    expect(verdictOf(outcome)).toBe('pass ok')
    expect(outcome.latencyMs).toBeGreaterThan(0)
    expect(outcome.latencyMs).toBeLessThan(5000)
  })

  it('fails on a dead one', async () => {
    const outcome = await probe(await dead(bench), spec, never())
    expect(outcome.kind).toBe('fail')
    expect(['refused', 'unreachable']).toContain(outcome.reason)
    expect(outcome.detail?.length).toBeLessThanOrEqual(detailCharactersMax)
  })

  it.each([
    ['timeout', 'fail timeout'],
    ['stopping', 'inconclusive no-prober'],
  ])('ends when the signal aborts for %s', async (reason, verdict) => {
    const deadline = new AbortController()
    const { endpoint, reached } = await silent(bench)
    const outcome = probe(endpoint, spec, deadline.signal)
    await reached
    deadline.abort(reason)
    // No further turn of the event loop: only promises may run between the abort and the outcome.
    let turned = false
    setImmediate(() => {
      turned = true
    })
    expect(verdictOf(await outcome)).toBe(verdict)
    expect(turned).toBe(false)
  })

  it('blames nobody if it was aborted before it began', async () => {
    const outcome = await probe(await good(bench), spec, AbortSignal.abort('timeout'))
    expect(verdictOf(outcome)).toBe('inconclusive late')
  })

  it('does not reject what cannot be probed', async () => {
    for (const endpoint of [
      { address: 'name.demo.test', port: 80 },
      { address: '', port: 80 },
      { address: '127.0.0.1 ', port: 65536 },
    ]) {
      const outcome = await probe(endpoint, spec, never())
      expect(outcome.kind).toBe('inconclusive')
    }
  })

  it('leaves no descriptor open', async () => {
    const endpoints = [await good(bench), await dead(bench)]
    const quiet = await silent(bench)
    for (const endpoint of endpoints) await probe(endpoint, spec, never())
    const before = readdirSync('/proc/self/fd').length
    for (let round = 0; round < 20; round++) {
      const deadline = new AbortController()
      const waiting = probe(quiet.endpoint, spec, deadline.signal)
      await Promise.all(endpoints.map(endpoint => probe(endpoint, spec, never())))
      deadline.abort('timeout')
      await waiting
    }
    await bench.targets.close()
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(before)
  })

  it('is inconclusive after close', async () => {
    const endpoint = await good(bench)
    probes.close()
    expect(verdictOf(await probe(endpoint, spec, never()))).toBe('inconclusive no-prober')
    expect(bench.network.open()).toBe(0)
  })
})

it('without descriptors, every probe that needs one is inconclusive', async () => {
  const { status, said } = await runScript('probe-starved.ts', 'sh', ['-c', 'ulimit -n 64; exec "$0" "$1"'])
  expect(status).toBe(0)
  expect(JSON.parse(said)).toEqual({
    TCP: 'inconclusive no-socket',
    HTTP: 'inconclusive no-socket',
    HTTPS: 'inconclusive no-socket',
  })
})

it('does not take itself for the backend, nor a lack of local ports for a fault of it', async () => {
  if (!mayIsolate()) return
  const fewPorts = 'sysctl -qw net.ipv4.ip_local_port_range="50000 50001"'
  const { status, said } = await runIsolated('probe-ports.ts', [fewPorts])
  expect(status).toBe(0)
  expect(JSON.parse(said)).toEqual({ closed: ['fail refused', 'fail refused'], exhausted: 'inconclusive no-socket' })
})
