/** What holds for every kind of probe: it passes, ends when told, never rejects, leaves nothing open, blames only the backend. */
import { readdirSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CheckSpec, Endpoint } from '../../src/core/health/types.ts'
import { createClock } from '../../src/edge/clock.ts'
import { createIcmpProber } from '../../src/edge/probe/icmp/prober.ts'
import { rawSocketOpener } from '../../src/edge/probe/icmp/raw-socket.ts'
import { detailCharactersMax } from '../../src/edge/probe/outcome.ts'
import { createProbes, type Probes } from '../../src/edge/probe/table.ts'
import { serveHealth } from './probe-health-service.ts'
import { type Answer, type NameServer, respond, startNameServer } from './probe-name-server.ts'
import { mayIsolate, runIsolated, runScript } from './probe-namespace.ts'
import { createFakeNetwork, type FakeNetwork } from './probe-network.ts'
import {
  dnsCheck,
  grpcCheck,
  httpCheck,
  httpsCheck,
  icmpCheck,
  metricsCheck,
  tcpCheck,
  tlsSpec,
} from './probe-specs.ts'
import { createTargets, type ServeStream, type Targets, verdictOf } from './probe-targets.ts'

interface Bench {
  readonly targets: Targets
  readonly network: FakeNetwork
  /** A name server that gives this answer; closed with the bench. */
  nameServer(answer: Answer): Promise<NameServer>
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

const up: RequestListener = (_request, response) => response.end('UP')
const up2: ServeStream = stream => {
  stream.respond({ ':status': 200 })
  stream.end('UP')
}
const alwaysServing = serveHealth(() => 1)
const dead = ({ targets }: Bench): Promise<Endpoint> => targets.closed('127.0.0.9')

const upReading = { kind: 'series', metric: 'up', labels: [], rate: false } as const

const kinds: readonly Kind[] = [
  {
    name: 'DNS',
    spec: dnsCheck(),
    good: async ({ nameServer }) => (await nameServer(query => [respond(query, { rcode: 0 })])).endpoint,
    dead,
    silent: async ({ nameServer }) => {
      const { promise, resolve } = Promise.withResolvers<null>()
      const { endpoint } = await nameServer(() => {
        resolve(null)
        return []
      })
      return { endpoint, reached: promise }
    },
  },
  {
    name: 'GRPC',
    spec: grpcCheck(),
    good: async ({ targets }) => (await targets.http2(alwaysServing)).endpoint,
    dead,
    silent: silentTcp,
  },
  {
    name: 'GRPC over TLS',
    spec: grpcCheck({ tls: tlsSpec() }),
    good: async ({ targets }) => (await targets.http2(alwaysServing, 'good.pem')).endpoint,
    dead,
    silent: silentTcp,
  },
  {
    name: 'METRICS',
    spec: metricsCheck({ limits: [{ name: 'up', reading: upReading, low: null, high: 2 }] }),
    good: async ({ targets }) => (await targets.http((_request, response) => response.end('up 1\n'))).endpoint,
    dead,
    silent: silentTcp,
  },
  {
    name: 'METRICS of an agent',
    spec: metricsCheck({ format: 'agent', page: { scheme: 'tcp', address: null, target: '' } }),
    good: async ({ targets }) => (await targets.tcp(socket => socket.end('up 100%\n'))).endpoint,
    dead,
    silent: silentTcp,
  },
  {
    name: 'HTTP/2',
    spec: httpCheck({ http2: true }),
    good: async ({ targets }) => (await targets.http2(up2)).endpoint,
    dead,
    silent: silentTcp,
  },
  {
    name: 'HTTP/2 over TLS',
    spec: httpsCheck({ http2: true }),
    good: async ({ targets }) => (await targets.http2(up2, 'good.pem')).endpoint,
    dead,
    silent: silentTcp,
  },
  {
    name: 'HTTP/2 kept',
    spec: httpCheck({ http2: true, reuse: true }),
    good: async ({ targets }) => (await targets.http2(up2)).endpoint,
    dead,
    silent: silentTcp,
  },
  {
    name: 'HTTP kept',
    spec: httpCheck({ reuse: true }),
    good: async ({ targets }) => (await targets.http(up)).endpoint,
    dead,
    silent: silentTcp,
  },
  {
    name: 'HTTPS kept',
    spec: httpsCheck({ reuse: true }),
    good: async ({ targets }) => (await targets.https('good.pem', up)).endpoint,
    dead,
    silent: silentTcp,
  },
  {
    name: 'TCP with words',
    spec: { ...tcpCheck, send: 'PING\r\n', expect: { kind: 'text', text: 'PONG' } },
    good: async ({ targets }) => (await targets.raw('+PONG\r\n')).endpoint,
    dead,
    silent: silentTcp,
  },
  {
    name: 'TCP over TLS',
    spec: { ...tcpCheck, tls: tlsSpec() },
    good: async ({ targets }) => (await targets.secure('good.pem', () => {})).endpoint,
    dead,
    silent: silentTcp,
  },
  {
    name: 'HTTP',
    spec: httpCheck(),
    good: async ({ targets }) => (await targets.http(up)).endpoint,
    dead,
    silent: silentTcp,
  },
  {
    name: 'HTTPS',
    spec: httpsCheck(),
    good: async ({ targets }) => (await targets.https('good.pem', up)).endpoint,
    dead,
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
    dead,
    // The connect is under way when the probe returns; the kernel finishes it only in a later turn.
    silent: async ({ targets }) => ({ endpoint: (await targets.tcp(() => {})).endpoint, reached: Promise.resolve() }),
  },
]

describe.each(kinds)('$name probe', ({ spec, good, dead, silent }) => {
  let bench: Bench
  const nameServers: NameServer[] = []
  let probes: Probes
  let probe: Probes['probe']
  const never = (): AbortSignal => new AbortController().signal
  const closeNameServers = () => Promise.all(nameServers.splice(0).map(server => server.close()))

  beforeEach(() => {
    const clock = createClock()
    const network = createFakeNetwork()
    network.serve(echo => {
      if (echo.address === '192.0.2.7') network.reply(echo)
      if (echo.address === '192.0.2.8') network.error(echo, 3, 1)
    })
    const nameServer = async (answer: Answer): Promise<NameServer> => {
      const server = await startNameServer(answer)
      nameServers.push(server)
      return server
    }
    bench = { targets: createTargets(), network, nameServer }
    const openers = [rawSocketOpener({ clock, libc: async () => network.libc })]
    probes = createProbes({ clock, icmp: createIcmpProber({ clock, openers }) })
    probe = probes.probe
  })

  afterEach(async () => {
    probes.close()
    await bench.targets.close()
    await closeNameServers()
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
    probes.close()
    await bench.targets.close()
    await closeNameServers()
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
    EXEC: 'inconclusive no-socket',
    METRICS: 'inconclusive no-socket',
    DNS: 'inconclusive no-socket',
    GRPC: 'inconclusive no-socket',
    pinged: ['inconclusive no-socket'],
    after: 'pass ok',
  })
})

it('does not take itself for the backend, nor a lack of local ports for a fault of it', async () => {
  if (!mayIsolate()) return
  const fewPorts = 'sysctl -qw net.ipv4.ip_local_port_range="50000 50001"'
  const { status, said } = await runIsolated('probe-ports.ts', [fewPorts])
  expect(status).toBe(0)
  expect(JSON.parse(said)).toEqual({ closed: ['fail refused', 'fail refused'], exhausted: 'inconclusive no-socket' })
})
