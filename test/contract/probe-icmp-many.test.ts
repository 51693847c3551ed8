/**
 * ICMP for ten thousand endpoints over one socket, and from several sources: whose reply is whose, what is kept for how
 * many, and what becomes of a source that is not there. On a pretended network.
 */
import { afterEach, describe, expect, it } from 'vitest'
import type { Endpoint, IcmpCheck } from '../../src/core/health/types.ts'
import { createEchoes } from '../../src/edge/probe/icmp/echoes.ts'
import { createFlights, flightsMax } from '../../src/edge/probe/icmp/flights.ts'
import type { EchoMeans, MeansOpener } from '../../src/edge/probe/icmp/means.ts'
import type { Family } from '../../src/edge/probe/icmp/packet.ts'
import {
  choicesMax,
  createIcmpProber,
  idleChoiceMs,
  retryChoiceMs,
  retrySourceMs,
} from '../../src/edge/probe/icmp/prober.ts'
import { rawSocketOpener } from '../../src/edge/probe/icmp/raw-socket.ts'
import { createFakeNetwork, type SentEcho } from './probe-network.ts'
import { icmpCheck } from './probe-specs.ts'
import { createStillClock, verdictOf } from './probe-targets.ts'

const never = new AbortController().signal
const endpointsMany = 10_000

function endpointsOf(family: Family): readonly Endpoint[] {
  return Array.from({ length: endpointsMany }, (_, i) => ({
    address:
      family === 'v4' ? `127.1.${i >> 8}.${i & 255}` : `2001:db8::${(i >> 8).toString(16)}:${(i & 255).toString(16)}`,
    port: null,
  }))
}

describe.each(['v4', 'v6'] as const)('ten thousand endpoints (%s)', family => {
  it('in flight at once over one socket are told apart, each by the moment of its own reply', async () => {
    const clock = createStillClock()
    const network = createFakeNetwork(family)
    network.serve(() => {})
    const echoes = createEchoes({ libc: network.libc, clock, sent: () => {} }, { fd: 1, family, source: null, id: 7 })
    const outcomes = endpointsOf(family).map(endpoint => echoes.echo(endpoint, new AbortController().signal))
    expect(echoes.count()).toBe(endpointsMany)
    const sequenceOf = ({ message }: SentEcho): number => (message[6]! << 8) | message[7]!
    expect(new Set(network.sent.map(sequenceOf)).size).toBe(endpointsMany)
    // Every second one from the front, then the rest from the back: no order that they were sent in.
    const order = network.sent.map((_, i) => i)
    const shuffled = [...order.filter(i => i % 2 === 0), ...order.filter(i => i % 2 === 1).reverse()]
    shuffled.forEach(i => {
      clock.advance(1)
      const echo = network.sent[i]!
      // What a neighbour says first with the same number and cookie is not this endpoint's reply.
      network.reply(echo, { source: network.sent[(i + 1) % endpointsMany]!.address })
      network.reply(echo)
      echoes.drain()
    })
    expect(echoes.count()).toBe(0)
    const found = await Promise.all(outcomes)
    shuffled.forEach((i, turn) => {
      expect(found[i]).toMatchObject({ kind: 'pass', latencyMs: turn + 1 })
    })
  })
})

describe('what is kept of echoes in flight', () => {
  it('grows with how many there are at once and not with how many there were', () => {
    const flights = createFlights(4)
    const target = Uint8Array.of(127, 0, 0, 1)
    const settle = (): void => {}
    let highest = 0
    for (let round = 0; round < 100_000; round++) {
      const sequence = flights.add(target, settle)
      highest = Math.max(highest, sequence)
      flights.remove(sequence)
    }
    expect(highest).toBeLessThan(256)
    expect(flights.count()).toBe(0)
    const taken = new Set(Array.from({ length: flightsMax }, () => flights.add(target, settle)))
    expect(taken.size).toBe(flightsMax)
    expect(Math.max(...taken)).toBeLessThan(65_536)
    expect(() => flights.add(target, settle)).toThrow()
  })

  it('is found by number, address and cookie together, and by no number twice', () => {
    const flights = createFlights(16)
    const target = Uint8Array.from({ length: 16 }, (_, i) => i)
    const message = new Uint8Array(64)
    const settle = (): void => {}
    const sequence = flights.add(target, settle)
    flights.copyCookie(sequence, message, 8)
    expect(flights.find(sequence, target, 0, message, 8)).toBe(settle)
    expect(flights.find(sequence, target, 0, message, 9)).toBeNull()
    expect(flights.find(sequence, Uint8Array.of(9, ...target), 1, message, 8)).toBe(settle)
    expect(flights.find(sequence, message, 0, message, 8)).toBeNull()
    expect(flights.find(sequence + 1, target, 0, message, 8)).toBeNull()
    expect(flights.find(65_535, target, 0, message, 8)).toBeNull()
    flights.remove(sequence)
    flights.remove(sequence)
    expect(flights.find(sequence, target, 0, message, 8)).toBeNull()
    expect(flights.count()).toBe(0)
  })
})

describe('a source', () => {
  const clock = createStillClock()
  const host: Endpoint = { address: '192.0.2.7', port: null }
  const from = (source: string): IcmpCheck => ({ ...icmpCheck, source })
  const probers: { close(): void }[] = []

  afterEach(() => {
    for (const prober of probers.splice(0)) prober.close()
  })

  const proberOf = (...openers: readonly MeansOpener[]) => {
    const prober = createIcmpProber({ clock, openers })
    probers.push(prober)
    return prober
  }

  it('has a socket of its own, one for all its endpoints, and is handed to the means', async () => {
    const opened: (string | null)[] = []
    const opener: MeansOpener = async (_family, source): Promise<EchoMeans> => {
      opened.push(source)
      const echo: EchoMeans['echo'] = async () => ({ kind: 'pass', reason: 'ok', latencyMs: 1, detail: source })
      return { name: 'ping-socket', echo, close: () => {} }
    }
    const prober = proberOf(opener)
    for (const source of ['10.0.0.5', '10.0.0.6', '10.0.0.5', '10.0.0.6']) {
      expect((await prober.probe(host, from(source), never)).detail).toBe(source)
    }
    expect((await prober.probe(host, icmpCheck, never)).detail).toBeNull()
    expect(opened).toEqual(['10.0.0.5', '10.0.0.6', null])
    expect(prober.means()).toEqual({ v4: 'ping-socket', v6: null })
  })

  it('that is not there is inconclusive, is looked for again soon, and breaks nothing else', async () => {
    const network = createFakeNetwork()
    const prober = proberOf(rawSocketOpener({ clock, libc: async () => network.libc }))
    network.fail('bind', 99)
    const gone = await prober.probe(host, from('192.0.2.99'), never)
    expect([verdictOf(gone), gone.detail]).toEqual(['inconclusive no-socket', '192.0.2.99: EADDRNOTAVAIL'])
    expect(network.open()).toBe(0)
    expect([prober.remedy(), prober.reason(), prober.means().v4]).toEqual([null, null, null])
    expect((await prober.probe(host, icmpCheck, never)).kind).toBe('pass')
    network.fail('bind', 0)
    expect((await prober.probe(host, from('192.0.2.99'), never)).kind).toBe('inconclusive')
    expect(retrySourceMs).toBeLessThan(retryChoiceMs)
    clock.advance(retrySourceMs)
    expect((await prober.probe(host, from('192.0.2.99'), never)).kind).toBe('pass')
  })

  it('that went away while its socket stayed bound is not the endpoint that cannot be reached', async () => {
    const network = createFakeNetwork()
    const prober = proberOf(rawSocketOpener({ clock, libc: async () => network.libc }))
    expect((await prober.probe(host, from('192.0.2.5'), never)).kind).toBe('pass')
    network.fail('send', 101)
    expect(verdictOf(await prober.probe(host, from('192.0.2.5'), never))).toBe('fail unreachable')
    network.fail('bind', 99)
    expect(verdictOf(await prober.probe(host, from('192.0.2.5'), never))).toBe('inconclusive no-socket')
    expect(network.open()).toBe(1)
  })

  it('beyond those that there is room for is inconclusive', async () => {
    let opened = 0
    const opener: MeansOpener = async (): Promise<EchoMeans> => {
      opened++
      const echo: EchoMeans['echo'] = async () => ({ kind: 'pass', reason: 'ok', latencyMs: 1, detail: null })
      return { name: 'raw-socket', echo, close: () => opened-- }
    }
    const prober = proberOf(opener)
    for (let i = 0; i < choicesMax; i++) {
      expect((await prober.probe(host, from(`10.0.0.${i}`), never)).kind).toBe('pass')
    }
    expect(verdictOf(await prober.probe(host, from('10.0.1.0'), never))).toBe('inconclusive no-socket')
    expect(opened).toBe(choicesMax)
    // Sources that no check starts from any more make room, and take their sockets with them; those in use stay.
    clock.advance(idleChoiceMs - 1)
    expect((await prober.probe(host, from('10.0.0.0'), never)).kind).toBe('pass')
    clock.advance(1)
    for (let i = 0; i < choicesMax - 1; i++) {
      expect((await prober.probe(host, from(`10.0.1.${i}`), never)).kind).toBe('pass')
    }
    expect(opened).toBe(choicesMax)
    expect(verdictOf(await prober.probe(host, from('10.0.2.0'), never))).toBe('inconclusive no-socket')
    prober.close()
    expect(opened).toBe(0)
  })
})
