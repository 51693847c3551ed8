/** ICMP on a pretended network: whose reply counts, what errors mean, and which means is chosen. */
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import type { Endpoint } from '../../src/core/health/types.ts'
import { createEchoes, type Echoes } from '../../src/edge/probe/icmp/echoes.ts'
import { flightsMax } from '../../src/edge/probe/icmp/flights.ts'
import type { EchoMeans, MeansName, MeansOpener } from '../../src/edge/probe/icmp/means.ts'
import { echoOctets, type Family, readIcmp } from '../../src/edge/probe/icmp/packet.ts'
import { createIcmpProber, retryChoiceMs } from '../../src/edge/probe/icmp/prober.ts'
import { rawSocketOpener } from '../../src/edge/probe/icmp/raw-socket.ts'
import { createProbes } from '../../src/edge/probe/table.ts'
import { checksumHolds, createFakeNetwork, type FakeNetwork } from './probe-network.ts'
import { icmpCheck } from './probe-specs.ts'
import { createStillClock, verdictOf } from './probe-targets.ts'

const never = new AbortController().signal
const host: Endpoint = { address: '192.0.2.7', port: null }
const host6: Endpoint = { address: '2001:db8::7', port: null }

function openEchoes(network: FakeNetwork, family: Family = 'v4'): Echoes {
  return createEchoes(
    { libc: network.libc, clock: createStillClock(), sent: () => {} },
    { fd: 1, family, source: null, id: 0x4242 },
  )
}

describe('whose reply counts', () => {
  it.each([
    ['its own', {}, 'pass ok'],
    ['another address', { source: '192.0.2.8' }, 'fail timeout'],
    ['another identifier', { flipOctet: 5 }, 'fail timeout'],
    ['another sequence number', { flipOctet: 7 }, 'fail timeout'],
    ['another cookie', { flipOctet: 15 }, 'fail timeout'],
    ['no cookie', { length: 8 }, 'fail timeout'],
    ['half a header', { length: 5 }, 'fail timeout'],
  ])('%s: %o', async (_what, changes, verdict) => {
    const network = createFakeNetwork()
    network.serve(echo => network.reply(echo, changes))
    const echoes = openEchoes(network)
    const deadline = new AbortController()
    const outcome = echoes.echo(host, deadline.signal)
    echoes.drain()
    deadline.abort('timeout')
    expect(verdictOf(await outcome)).toBe(verdict)
    expect(echoes.count()).toBe(0)
  })

  it('each of many gets its own, in whatever order', async () => {
    const network = createFakeNetwork('v6')
    network.serve(() => {})
    const echoes = openEchoes(network, 'v6')
    const outcomes = Array.from({ length: 500 }, (_, i) =>
      echoes.echo({ address: `2001:db8::${(i % 50).toString(16)}`, port: null }, never),
    )
    for (const echo of [...network.sent].reverse()) {
      network.reply(echo)
      echoes.drain()
    }
    for (const outcome of await Promise.all(outcomes)) expect(verdictOf(outcome)).toBe('pass ok')
  })

  it('none is lost while many are sent in one go, although the queue is short', async () => {
    const network = createFakeNetwork()
    const echoes = openEchoes(network)
    const outcomes = Array.from({ length: 2000 }, () => echoes.echo(host, never))
    echoes.drain()
    expect(echoes.count()).toBe(0)
    for (const outcome of await Promise.all(outcomes)) expect(outcome.kind).toBe('pass')
  })

  it('what waits in the socket counts before the deadline does', async () => {
    const network = createFakeNetwork()
    const echoes = openEchoes(network)
    const deadline = new AbortController()
    const outcome = echoes.echo(host, deadline.signal)
    deadline.abort('timeout')
    expect(verdictOf(await outcome)).toBe('pass ok')
  })

  it('a request is a whole echo with a right checksum and a fresh cookie', async () => {
    const network = createFakeNetwork()
    const echoes = openEchoes(network)
    const outcomes = [echoes.echo(host, never), echoes.echo(host, never)]
    echoes.drain()
    await Promise.all(outcomes)
    const [first, second] = network.sent
    expect(first?.message.length).toBe(echoOctets)
    expect(checksumHolds(first!.message)).toBe(true)
    expect(first!.message.subarray(8, 16)).not.toEqual(second!.message.subarray(8, 16))
  })
})

describe('errors', () => {
  it.each([
    [host, 3, 1, 64, 'fail unreachable'],
    [host, 3, 13, 8, 'fail unreachable'],
    [host, 11, 0, 64, 'fail unreachable'],
    [host, 3, 4, 64, 'fail timeout'],
    [host, 3, 1, 4, 'fail timeout'],
    [host6, 1, 3, 64, 'fail unreachable'],
    [host6, 3, 0, 64, 'fail unreachable'],
    [host6, 2, 0, 64, 'fail timeout'],
  ])('%o: type %i code %i quoting %i octets', async (endpoint, type, code, quoted, verdict) => {
    const family = endpoint === host ? 'v4' : 'v6'
    const network = createFakeNetwork(family)
    network.serve(echo => network.error(echo, type, code, quoted))
    const deadline = new AbortController()
    const outcome = openEchoes(network, family).echo(endpoint, deadline.signal)
    deadline.abort('timeout')
    expect(verdictOf(await outcome)).toBe(verdict)
  })

  it('are told of an address on a link that is not there now: who lost the link is not well', async () => {
    const network = createFakeNetwork('v6')
    const outcome = await openEchoes(network, 'v6').echo({ address: 'fe80::1%nosuch0', port: null }, never)
    expect(verdictOf(outcome)).toBe('fail unreachable')
    expect(network.sent).toEqual([])
  })

  it('about an echo to somebody else do not count', async () => {
    const network = createFakeNetwork()
    network.serve(echo => network.error({ ...echo, address: '192.0.2.99' }, 3, 1))
    const deadline = new AbortController()
    const outcome = openEchoes(network).echo(host, deadline.signal)
    deadline.abort('timeout')
    expect(verdictOf(await outcome)).toBe('fail timeout')
  })

  it.each([
    [1, 'inconclusive no-permission'],
    [11, 'inconclusive no-socket'],
    [13, 'inconclusive no-permission'],
    [22, 'inconclusive no-prober'],
    [101, 'fail unreachable'],
    [105, 'inconclusive no-socket'],
    [113, 'fail unreachable'],
  ])('of the send, number %i: %s', async (errno, verdict) => {
    const network = createFakeNetwork()
    network.fail('send', errno)
    expect(verdictOf(await openEchoes(network).echo(host, never))).toBe(verdict)
  })

  it('of the receive end a look into the socket', async () => {
    const network = createFakeNetwork()
    const echoes = openEchoes(network)
    network.fail('receive', 113)
    const outcome = echoes.echo(host, never)
    echoes.drain()
    network.fail('receive', 0)
    echoes.drain()
    expect(verdictOf(await outcome)).toBe('pass ok')
  })

  it('no message whatever throws', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(0, 3, 11, 1, 129), (octets, type) => {
        for (const family of ['v4', 'v6'] as const) {
          readIcmp(Uint8Array.from([type, ...octets]), family)
          readIcmp(octets, family)
        }
      }),
      { seed: 792, numRuns: 2000 },
    )
  })
})

it('sequence numbers are never in use twice, and run out before they wrap', async () => {
  const network = createFakeNetwork()
  network.serve(() => {})
  const echoes = openEchoes(network)
  const outcomes = Array.from({ length: flightsMax }, () => echoes.echo(host, new AbortController().signal))
  expect(verdictOf(await echoes.echo(host, never))).toBe('inconclusive no-socket')
  const sequences = new Set(network.sent.map(({ message }) => (message[6]! << 8) | message[7]!))
  expect(sequences.size).toBe(flightsMax)
  echoes.close()
  expect(verdictOf(await outcomes[0]!)).toBe('inconclusive no-prober')
  expect(echoes.count()).toBe(0)
})

describe('the choice of means', () => {
  const clock = createStillClock()
  let closed: string[] = []
  afterEach(() => {
    closed = []
  })

  const opens =
    (name: MeansName): MeansOpener =>
    async family => ({
      name,
      echo: async () => ({ kind: 'pass', reason: 'ok', latencyMs: 1, detail: family }),
      close: () => closed.push(`${name} ${family}`),
    })
  const refuses =
    (name: MeansName, reason: 'no-permission' | 'no-prober' = 'no-permission'): MeansOpener =>
    async () => ({ name, reason, detail: 'EACCES' })

  it('is none before the first probe, and apart for each family', async () => {
    const onlyV6: MeansOpener = family =>
      family === 'v6' ? opens('ping-socket')(family, null) : refuses('ping-socket')(family, null)
    const prober = createIcmpProber({ clock, openers: [onlyV6, opens('raw-socket')] })
    expect(prober.means()).toEqual({ v4: null, v6: null })
    await prober.probe(host, icmpCheck, never)
    expect(prober.means()).toEqual({ v4: 'raw-socket', v6: null })
    await prober.probe(host6, icmpCheck, never)
    expect(prober.means()).toEqual({ v4: 'raw-socket', v6: 'ping-socket' })
    prober.close()
    expect(closed).toEqual(['raw-socket v4', 'ping-socket v6'])
  })

  it('falls through to the ping program', async () => {
    const openers = [refuses('ping-socket'), refuses('raw-socket'), opens('ping-program')]
    const prober = createIcmpProber({ clock, openers })
    expect((await prober.probe(host, icmpCheck, never)).kind).toBe('pass')
    expect(prober.means().v4).toBe('ping-program')
    expect(prober.remedy()).toBe(null)
  })

  it('where nothing is allowed is inconclusive, says what to change, and is made again', async () => {
    let allowed = false
    const later: MeansOpener = family => (allowed ? opens('ping-socket') : refuses('ping-socket'))(family, null)
    const icmp = createIcmpProber({ clock, openers: [later, refuses('ping-program', 'no-prober')] })
    const probes = createProbes({ clock, icmp })
    expect(probes.broken()).toEqual([])
    expect(verdictOf(await probes.probe(host, icmpCheck, never))).toBe('inconclusive no-permission')
    expect(probes.icmpMeans().v4).toBe('none')
    const [broken] = probes.broken()
    expect(broken).toMatchObject({ protocol: 'ICMP', reason: 'no-permission' })
    expect(broken?.remedy).toContain('net.ipv4.ping_group_range="0 2147483647"')
    expect(broken?.remedy).toContain('AmbientCapabilities=CAP_NET_RAW')
    allowed = true
    expect((await probes.probe(host, icmpCheck, never)).kind).toBe('inconclusive')
    clock.advance(retryChoiceMs)
    expect((await probes.probe(host, icmpCheck, never)).kind).toBe('pass')
    expect(probes.broken()).toEqual([])
  })

  it('is made once for echoes that come together, and ends with their deadline', async () => {
    let asked = 0
    let decide: (means: EchoMeans) => void = () => {}
    const slow: MeansOpener = () => {
      asked++
      return new Promise(resolve => {
        decide = resolve
      })
    }
    const prober = createIcmpProber({ clock, openers: [slow] })
    const deadline = new AbortController()
    const outcomes = [prober.probe(host, icmpCheck, never), prober.probe(host, icmpCheck, deadline.signal)]
    deadline.abort('timeout')
    expect(verdictOf(await outcomes[1]!)).toBe('inconclusive late')
    decide((await opens('raw-socket')('v4', null)) as EchoMeans)
    expect(verdictOf(await outcomes[0]!)).toBe('pass ok')
    expect(asked).toBe(1)
  })

  it('a raw socket that is refused is told with its reason, and none stays open', async () => {
    const network = createFakeNetwork()
    network.fail('open', 1)
    const opener = rawSocketOpener({ clock, libc: async () => network.libc })
    expect(await opener('v4', null)).toMatchObject({ name: 'raw-socket', reason: 'no-permission', detail: 'EPERM' })
    const missing = rawSocketOpener({ clock, libc: async () => null })
    expect(await missing('v6', null)).toMatchObject({ reason: 'no-prober' })
    expect(network.open()).toBe(0)
  })
})
