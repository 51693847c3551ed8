/**
 * From the zone file to the reason code: for each protocol, a backend that is well, slow, half-open, refusing,
 * resetting, closing, lying, or shows a certificate that is expired, of another name, or of nobody we trust.
 */
import type { RequestListener } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { Endpoint, Outcome } from '../../src/core/health/types.ts'
import { readZones } from '../../src/core/zonefile/index.ts'
import { createClock } from '../../src/edge/clock.ts'
import { createIcmpProber } from '../../src/edge/probe/icmp/prober.ts'
import { createProbes, type Probes } from '../../src/edge/probe/table.ts'
import { replyWith, serveHealth, statusFrame } from './probe-health-service.ts'
import { addressAnswer, type NameServer, respond, startNameServer } from './probe-name-server.ts'
import { mayWire, runIsolated } from './probe-namespace.ts'
import { certificate } from './probe-specs.ts'
import { createTargets, type ServeStream, verdictOf } from './probe-targets.ts'

const targets = createTargets()
const nameServers: NameServer[] = []
let probes: Probes

beforeAll(() => {
  const clock = createClock()
  probes = createProbes({ clock, icmp: createIcmpProber({ clock, openers: [] }) })
})
afterAll(() => probes.close())
afterEach(async () => {
  await targets.close()
  await Promise.all(nameServers.splice(0).map(server => server.close()))
})

/** Reads a zone whose one member is this address, and probes it as the shell would, deadline included. */
async function probe({ address, port }: Endpoint, definition: string): Promise<Outcome> {
  const check = definition.replace('PORT', String(port)).replaceAll('CA', certificate('ca.pem'))
  const text = `zone: demo.test
soa: {mname: ns1.demo.test., rname: hostmaster.demo.test.}
checks: {c: ${check}}
records:
  '@': {type: NS, values: [ns1.demo.test.]}
  ns1: {type: A, value: 192.0.2.1}
  web: {type: A, ttl: 1, values: [${address}, 192.0.2.2], check: c}
`
  const { model, problems } = readZones([{ file: 'demo.test.yaml', text }])
  expect(problems.filter(problem => problem.severity === 'error')).toEqual([])
  const rrset = model!.zones[0]!.rrsets.find(each => each.pool !== null)!
  const duty = rrset.pool!.members[0]!.duties[0]!
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort('timeout'), duty.check.timeoutMs)
  const outcome = await probes.probe(duty.endpoint, duty.check, abort.signal)
  clearTimeout(timer)
  return outcome
}

type Open = () => Promise<Endpoint>

interface Row {
  readonly name: string
  /** Keys of the check; PORT and CA are filled in. */
  readonly keys: string
  /** A certificate is named for a row of `tls`. */
  good(certificateFile?: string): Promise<Endpoint>
  /** A backend that serves, but not what is asked for, and what that is called. */
  readonly lying: readonly (readonly [what: string, open: Open, verdict: string])[]
  readonly tls: boolean
}

const web =
  (status: number, body: string): RequestListener =>
  (_request, response) => {
    response.writeHead(status).end(body)
  }
const web2 =
  (status: number, body: string): ServeStream =>
  stream => {
    stream.respond({ ':status': status })
    stream.end(body)
  }
const http =
  (status: number, body: string): Open =>
  async () =>
    (await targets.http(web(status, body))).endpoint
const https =
  (status: number, body: string): Open =>
  async () =>
    (await targets.https('good.pem', web(status, body))).endpoint
const http2 =
  (serve: ServeStream, file?: string): Open =>
  async () =>
    (await targets.http2(serve, file)).endpoint
const banner =
  (words: string): Open =>
  async () =>
    (await targets.tcp(socket => socket.resume().end(words))).endpoint
const named = (answer: Parameters<typeof startNameServer>[0]): Open => {
  return async () => {
    const server = await startNameServer(answer)
    nameServers.push(server)
    return server.endpoint
  }
}

const rows: readonly Row[] = [
  {
    name: 'TCP',
    keys: 'protocol: TCP, port: PORT, send: "PING\\r\\n", expect: {text: +PONG}',
    good: async () => (await targets.raw('+PONG\r\n')).endpoint,
    lying: [['the wrong words', banner('-LOADING\r\n'), 'fail expect']],
    tls: false,
  },
  {
    name: 'TCP over TLS',
    keys: 'protocol: TCP, port: PORT, expect: {regex: "^220 "}, tls: {ca: CA}',
    good: async (file = 'good.pem') => (await targets.secure(file, socket => socket.write('220 ready\r\n'))).endpoint,
    lying: [
      [
        'the wrong words',
        async () => (await targets.secure('good.pem', socket => socket.end('554 no\r\n'))).endpoint,
        'fail expect',
      ],
      ['clear text', banner('220 ready\r\n'), 'fail tls-handshake'],
    ],
    tls: true,
  },
  {
    name: 'HTTP',
    keys: "protocol: HTTP, port: PORT, path: /up, expect: {body: UP, json: {'/status': UP}}",
    good: async () => http(200, '{"status": "UP"}')(),
    lying: [
      ['200 with the wrong body', http(200, 'DOWN'), 'fail body'],
      ['200 with the wrong JSON', http(200, '{"status": "OUT", "was": "UP"}'), 'fail json'],
      ['the right body with 503', http(503, '{"status": "UP"}'), 'fail status'],
      ['something that is no HTTP', async () => (await targets.raw('+PONG\r\n')).endpoint, 'fail protocol'],
    ],
    tls: false,
  },
  {
    name: 'HTTP/2',
    keys: 'protocol: HTTP, port: PORT, path: /up, http2: true, expect: {body: UP}',
    good: async () => http2(web2(200, 'UP'))(),
    lying: [
      ['200 with the wrong body', http2(web2(200, 'DOWN')), 'fail body'],
      ['the right body with 503', http2(web2(503, 'UP')), 'fail status'],
      ['HTTP/1.1', async () => (await targets.raw('HTTP/1.1 200 OK\r\n\r\nUP')).endpoint, 'fail protocol'],
    ],
    tls: false,
  },
  {
    name: 'HTTPS',
    keys: 'protocol: HTTPS, port: PORT, path: /up, expect: {body: UP}, tls: {ca: CA}',
    good: async (file = 'good.pem') => (await targets.https(file, web(200, 'UP'))).endpoint,
    lying: [
      ['200 with the wrong body', https(200, 'DOWN'), 'fail body'],
      ['the right body with 503', https(503, 'UP'), 'fail status'],
      ['clear text', async () => (await targets.raw('HTTP/1.1 200 OK\r\n\r\nUP')).endpoint, 'fail tls-handshake'],
    ],
    tls: true,
  },
  {
    name: 'HTTPS kept',
    keys: 'protocol: HTTPS, port: PORT, path: /up, reuse: true, expect: {body: UP}, tls: {ca: CA}',
    good: async (file = 'good.pem') => (await targets.https(file, web(200, 'UP'))).endpoint,
    lying: [['200 with the wrong body', https(200, 'DOWN'), 'fail body']],
    tls: true,
  },
  {
    name: 'GRPC',
    keys: 'protocol: GRPC, port: PORT, service: shop.Cart',
    good: async () => http2(serveHealth(() => 1))(),
    lying: [
      ['not serving', http2(serveHealth(() => 2)), 'fail not-serving'],
      ['a service it does not know', http2(serveHealth(() => null)), 'fail grpc-status'],
      [
        'SERVING and trouble',
        http2(stream => replyWith(stream, statusFrame(1), { 'grpc-status': '14' })),
        'fail grpc-status',
      ],
      ['a page', http2(web2(200, 'SERVING')), 'fail protocol'],
    ],
    tls: false,
  },
  {
    name: 'GRPC over TLS',
    keys: 'protocol: GRPC, port: PORT, tls: {ca: CA}',
    good: async (file = 'good.pem') =>
      http2(
        serveHealth(() => 1),
        file,
      )(),
    lying: [
      [
        'not serving',
        http2(
          serveHealth(() => 2),
          'good.pem',
        ),
        'fail not-serving',
      ],
    ],
    tls: true,
  },
]

const quick = 'timeout: 60ms'
const patient = 'timeout: 10s'

describe.each(rows)('$name, where the backend', ({ keys, good, lying, tls }) => {
  const verdict = async (endpoint: Endpoint, pace = patient): Promise<string> =>
    verdictOf(await probe(endpoint, `{${keys}, ${pace}}`))
  const tcp = async (...args: Parameters<typeof targets.tcp>): Promise<Endpoint> =>
    (await targets.tcp(...args)).endpoint

  it('is well', async () => {
    expect(await verdict(await good())).toBe('pass ok')
  })

  it('is slow', async () => {
    const late = await tcp(socket => {
      socket.on('data', () => setTimeout(() => socket.destroyed || socket.write('+PONG\r\n'), 500).unref())
    })
    expect(await verdict(late, quick)).toBe('fail timeout')
  })

  it('is half-open: takes the connection and says nothing', async () => {
    expect(await verdict(await tcp(() => {}), quick)).toBe('fail timeout')
  })

  it('refuses', async () => {
    expect(await verdict(await targets.closed('127.0.0.9'))).toBe('fail refused')
  })

  it('resets', async () => {
    const resetting = await tcp(socket => socket.once('data', () => socket.resetAndDestroy()))
    expect(await verdict(resetting)).toBe('fail reset')
  })

  it('closes', async () => {
    expect(await verdict(await tcp(socket => socket.once('data', () => socket.end())))).toBe('fail closed')
  })

  it.each(lying)('lies: %s', async (_what, open, expected) => {
    expect(await verdict(await open())).toBe(expected)
  })

  const shown = [
    ['expired.pem', keys, 'fail tls-expired'],
    ['early.pem', keys, 'fail tls-expired'],
    ['self-signed.pem', keys, 'fail tls-untrusted'],
    ['good.pem', keys.replace('ca: CA', 'ca: CA, server_name: api.demo.test'), 'fail tls-name'],
    ['good.pem', keys.replace('ca: CA', 'verify: true'), 'fail tls-untrusted'],
    ['expired.pem', keys.replace('ca: CA', 'verify: false'), 'pass ok'],
  ] as const
  it.each(tls ? shown : [])('shows %s to %s', async (file, definition, expected) => {
    expect(verdictOf(await probe(await good(file), `{${definition}, ${patient}}`))).toBe(expected)
  })
})

describe('DNS, where the name server', () => {
  const check = (more = '') =>
    `{protocol: DNS, port: PORT, question: www.demo.test A, expect: {data: 192.0.2.80}${more}}`

  it.each([
    ['is well', named(query => [respond(query, {}, [addressAnswer('192.0.2.80')])]), 'pass ok'],
    ['lies', named(query => [respond(query, {}, [addressAnswer('192.0.2.81')])]), 'fail data'],
    ['knows nothing', named(query => [respond(query, { rcode: 3 })]), 'fail rcode'],
    ['is broken', named(query => [respond(query, { rcode: 2 })]), 'fail rcode'],
    [
      'answers something else',
      named(query => Array(100).fill(respond(query, { id: query.header.id ^ 1 }))),
      'fail protocol',
    ],
    [
      'speaks in tongues',
      named((_query, _via, raw) => [
        Buffer.concat([
          raw.subarray(0, 2),
          Buffer.from([0x80, 0]),
          raw.subarray(4, 6),
          Buffer.from([0, 9, 0, 0, 0, 0]),
          raw.subarray(12),
        ]),
      ]),
      'fail protocol',
    ],
  ] as const)('%s', async (_what, open, expected) => {
    expect(verdictOf(await probe(await open(), check()))).toBe(expected)
  })

  it('is silent or slow', async () => {
    expect(verdictOf(await probe(await named(() => [])(), check(`, ${quick}`)))).toBe('fail timeout')
  })

  it('refuses', async () => {
    const { endpoint, close } = await startNameServer(() => [])
    await close()
    expect(verdictOf(await probe(endpoint, check()))).toBe('fail refused')
  })
})

describe('TCP without words, where the backend', () => {
  const check = '{protocol: TCP, port: PORT, timeout: 10s}'

  it.each([
    ['is well', async () => (await targets.tcp(() => {})).endpoint, 'pass ok'],
    // What a bare connect cannot see, as its documentation says.
    ['is half-open', async () => (await targets.tcp(() => {})).endpoint, 'pass ok'],
    ['refuses', () => targets.closed('127.0.0.9'), 'fail refused'],
  ] as const)('%s', async (_what, open, expected) => {
    expect(verdictOf(await probe(await open(), check))).toBe(expected)
  })
})

it('into a black hole, every protocol times out', async () => {
  if (!mayWire()) return
  const hole = ['192.0.2.9', '2001:db8::9'].map(address => `ip neigh add ${address} lladdr 02:00:00:00:00:09 dev near`)
  const { status, said } = await runIsolated('probe-blackhole.ts', [
    'sysctl -qw net.ipv4.ping_group_range="0 2147483647"',
    'ip link add near type veth peer name far',
    'ip addr add 192.0.2.1/24 dev near',
    'ip addr add 2001:db8::1/64 dev near nodad',
    'ip link set near up',
    'ip link set far up',
    ...hole.map(line => `${line} nud permanent`),
  ])
  expect(status).toBe(0)
  const verdicts = Object.entries(JSON.parse(said) as Record<string, string>)
  expect(verdicts).toHaveLength(18)
  expect(verdicts.filter(([, verdict]) => verdict !== 'fail timeout')).toEqual([])
})
