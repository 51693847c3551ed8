/**
 * The answering threads as control has them, with each engine: generations and terms reach threads that wait, the load
 * is shared, and a thread that dies or hangs is replaced by one that serves the live generation.
 */
import { BroadcastChannel } from 'node:worker_threads'
import { afterEach, describe, expect, it } from 'vitest'
import { countDescriptors } from '../../bench/support.ts'
import { createBoard } from '../../src/board/board.ts'
import { tallyOf } from '../../src/board/counters.ts'
import { tallyAt } from '../../src/core/answer/tally.ts'
import type { Journal } from '../../src/core/ports.ts'
import type { JournalEvent } from '../../src/core/view/events.ts'
import { compile, readZones } from '../../src/core/zonefile/index.ts'
import { reservePort } from '../../src/edge/transport/listen.ts'
import { type Crew, type CrewOptions, openCrew } from '../../src/shell/crew.ts'
import { ListenError } from '../../src/shell/hand.ts'
import type { GenerationMemory } from '../../src/shell/orders.ts'
import { createReclaim } from '../../src/shell/reclaim.ts'
import { drawCookieSecrets, orderTerms, type TermsOrder, termsDefault } from '../../src/shell/terms.ts'
import { decode } from '../dns/decode.ts'
import type { Fate } from './crew-worker.ts'
import { dialTcp, dialUdp, type Peer, type TcpPeer } from './transport-peers.ts'

const crewWorker = new URL('./crew-worker.ts', import.meta.url)
const secrets = drawCookieSecrets()
const openTerms = orderTerms(termsDefault, [], secrets, 10_000)
const closedTerms: TermsOrder = orderTerms({ ...termsDefault, allow: ['192.0.2.0/24'] }, [], secrets, 10_000)

let opened: (() => unknown)[] = []

afterEach(async () => {
  for (const close of opened.reverse()) await close()
  opened = []
})

/** One name whose only address tells the generation. `paddingOctets` make it larger without meaning anything. */
function generationOf(number: number, paddingOctets = 0): GenerationMemory {
  const text = `
soa: {mname: ns1.crew.test., rname: hostmaster.crew.test.}
records:
  '@': {type: NS, value: ns1.crew.test.}
  ns1: {type: A, value: 127.0.0.1}
  www: {type: A, value: 127.0.0.${number}}
`
  const { model } = readZones([{ file: 'crew.test.yaml', text }])
  const { snapshot } = compile(model!, number, () => number)
  const memory = new SharedArrayBuffer(snapshot.memory.byteLength + paddingOctets)
  const octets = new Uint8Array(memory).fill(1)
  octets.set(new Uint8Array(snapshot.memory))
  return { snapshot: memory, board: createBoard(snapshot.boardWords).memory }
}

interface Stage {
  readonly crew: Crew
  readonly port: number
  readonly strike: (fate: Fate) => void
  /** Resolves with the first event of the kind. */
  readonly event: (kind: JournalEvent['kind']) => Promise<JournalEvent>
  readonly events: readonly JournalEvent[]
}

async function setStage(io: CrewOptions['io'], workers = 1): Promise<Stage> {
  const { journal, event, events } = createEvents()
  const options = { tcpClientsMax: 8, tcpIdleMs: 1000, terms: openTerms }
  const listen = [{ host: '127.0.0.1', port: await findFreePort() }]
  const deps = { journal, workerFile: crewWorker, lookMs: 200 }
  const crew = await openCrew(deps, { ...options, io, workers, listen }, generationOf(1))
  opened.push(() => crew.stop())
  const channel = new BroadcastChannel(`crew-fate-${process.pid}`)
  opened.push(() => channel.close())
  return { crew, port: listen[0]!.port, strike: fate => channel.postMessage(fate), event, events }
}

function createEvents() {
  const events: JournalEvent[] = []
  const waiting = new Set<() => void>()
  const journal: Journal = {
    record: event => {
      events.push(event)
      for (const look of waiting) look()
    },
  }
  const event = (kind: JournalEvent['kind']): Promise<JournalEvent> =>
    new Promise(resolve => {
      const look = (): void => {
        const found = events.find(one => one.kind === kind)
        if (found === undefined) return
        waiting.delete(look)
        resolve(found)
      }
      waiting.add(look)
      look()
    })
  return { journal, event, events }
}

async function findFreePort(): Promise<number> {
  return (await reservePort('127.0.0.1', 0)).port
}

async function dial(port: number): Promise<Peer> {
  const peer = await dialUdp({ host: '127.0.0.1', port })
  opened.push(peer.close)
  return peer
}

async function dialStream(port: number): Promise<TcpPeer> {
  const peer = await dialTcp({ host: '127.0.0.1', port })
  opened.push(peer.close)
  return peer
}

/** www.crew.test A */
function question(id: number): Uint8Array {
  const head = [id >>> 8, id & 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]
  const name = ['www', 'crew', 'test'].flatMap(label => [label.length, ...new TextEncoder().encode(label)])
  return Uint8Array.from([...head, ...name, 0, 0, 1, 0, 1])
}

/** The generation that answered, or its refusal. */
async function ask(peer: Peer, id = 1): Promise<string> {
  peer.send(question(id))
  return told(await peer.next())
}

function told(response: Uint8Array): string {
  const { rcode, answer } = decode(response)
  return rcode === 'NOERROR' ? `${answer[0]?.value}` : String(rcode)
}

describe.each(['batch', 'dgram'] as const)('a crew with io %s', io => {
  it('says which engine it has', async () => {
    const { crew } = await setStage(io)
    expect(crew.engine).toEqual({ io, reason: null })
  })

  it('serves a generation once install has resolved, by every thread', async () => {
    const { crew, port } = await setStage(io, 2)
    expect(await ask(await dial(port))).toBe('127.0.0.1')
    expect(await crew.install(generationOf(2), 2)).toEqual([])
    for (let i = 0; i < 16; i++) expect(await ask(await dial(port), i)).toBe('127.0.0.2')
  })

  it('spreads clients over its threads', async () => {
    const { crew, port } = await setStage(io, 2)
    for (let i = 0; i < 64; i++) await ask(await dial(port), i)
    const queries = [0, 1, 2].map(row => tallyOf(crew.counters.memory, row)[tallyAt.queries]!)
    expect(queries[0]! + queries[1]!).toBe(64)
    // The kernel hashes the client's port: that one of two gets fewer than 8 of 64 has odds of one to ten thousand
    // millions.
    expect(Math.min(queries[0]!, queries[1]!)).toBeGreaterThanOrEqual(8)
    expect(queries[2]).toBe(0)
  })

  it('replaces a thread that dies by one with the live generation and terms', async () => {
    const { crew, port, strike, event } = await setStage(io)
    await crew.install(generationOf(2), 2)
    strike({ row: 0, fate: 'die' })
    expect(await event('worker-lost')).toMatchObject({ worker: 0, text: expect.stringContaining('struck') })
    await crew.install(generationOf(3), 3)
    expect(await ask(await dial(port))).toBe('127.0.0.3')
  })

  it('notices a thread that hangs, says so once, and replaces it', async () => {
    const { crew, port, strike, event, events } = await setStage(io)
    strike({ row: 0, fate: 'hang' })
    expect(await event('worker-lost')).toEqual({ kind: 'worker-lost', worker: 0, text: 'does not answer' })
    // The row is manned again when it takes a generation.
    let silent: readonly number[]
    let number = 2
    do silent = await crew.install(generationOf(number), number++)
    while (silent.length > 0)
    expect(await ask(await dial(port))).toBe(`127.0.0.${number - 1}`)
    expect(events.filter(one => one.kind === 'worker-lost')).toHaveLength(1)
  })

  it('leaves the TCP thread alone when a UDP thread dies, and the reverse', async () => {
    const { crew, port, strike, event, events } = await setStage(io)
    strike({ row: 1, fate: 'die' })
    expect(await event('worker-lost')).toMatchObject({ worker: 1 })
    expect(await ask(await dial(port))).toBe('127.0.0.1')
    expect(await crew.install(generationOf(2), 2)).toEqual([])
    expect(events).toHaveLength(1)
  })

  it('replaces a TCP thread that dies, and leaves nothing of it open', async () => {
    const { crew, port, strike, event } = await setStage(io)
    const peers = [await dialStream(port), await dialStream(port)]
    for (const peer of peers) expect(await ask(peer)).toBe('127.0.0.1')
    await crew.install(generationOf(2), 2)
    strike({ row: 1, fate: 'die' })
    await event('worker-lost')
    for (const peer of peers) expect(await peer.ended()).toBe(0)
    await crew.install(generationOf(3), 3)
    expect(await ask(await dialStream(port))).toBe('127.0.0.3')
  })

  it('lets go of generations that are no longer served', async () => {
    const { crew, port } = await setStage(io, 2)
    const paddingOctets = 16 * 2 ** 20
    const reclaim = createReclaim()
    const residentAfter = async (number: number): Promise<number> => {
      await crew.install(generationOf(number, paddingOctets), number)
      await ask(await dial(port))
      reclaim()
      return process.memoryUsage.rss()
    }
    await residentAfter(2)
    const before = await residentAfter(3)
    let after = 0
    for (let number = 4; number < 24; number++) after = await residentAfter(number)
    expect(after - before).toBeLessThan(5 * paddingOctets)
  })

  it('stops and gives its port back', async () => {
    const { crew, port } = await setStage(io, 2)
    await crew.stop()
    const listen = [{ host: '127.0.0.1', port }]
    const options = { io, workers: 2, listen, tcpClientsMax: 8, tcpIdleMs: 1000, terms: openTerms }
    const again = await openCrew({ journal: createEvents().journal }, options, generationOf(1))
    await again.stop()
  })

  it('leaves nothing open where one address cannot be had', async () => {
    const port = await findFreePort()
    const listen = ['127.0.0.1', '192.0.2.1'].map(host => ({ host, port }))
    const options = { io, workers: 2, listen, tcpClientsMax: 8, tcpIdleMs: 1000, terms: openTerms }
    const { journal } = createEvents()
    await expect(openCrew({ journal }, options, generationOf(1))).rejects.toBeInstanceOf(ListenError)
    const again = await openCrew({ journal }, { ...options, listen: listen.slice(0, 1) }, generationOf(1))
    await again.stop()
  })
})

describe('a thread that reads streams itself', () => {
  it('answers the first query after an install from the new generation, acknowledged or not', async () => {
    const { crew, port } = await setStage('batch')
    const peer = await dialStream(port)
    for (let number = 2; number < 20; number++) {
      const installed = crew.install(generationOf(number), number)
      expect(await ask(peer, number)).toBe(`127.0.0.${number}`)
      expect(await installed).toEqual([])
    }
  })

  it('is replaced when it hangs, and its connections are closed', async () => {
    const { port, strike, event } = await setStage('batch')
    const peer = await dialStream(port)
    await ask(peer)
    strike({ row: 1, fate: 'hang' })
    expect(await event('worker-lost')).toEqual({ kind: 'worker-lost', worker: 1, text: 'does not answer' })
    expect(await peer.ended()).toBe(0)
    expect(await ask(await dialStream(port))).toBe('127.0.0.1')
  })

  it('loses no connection that waited when it died: the next one takes it in', async () => {
    const { port, strike, event } = await setStage('batch')
    strike({ row: 1, fate: 'die' })
    await event('worker-lost')
    const peers = await Promise.all(Array.from({ length: 4 }, () => dialStream(port)))
    for (const peer of peers) expect(await ask(peer)).toBe('127.0.0.1')
  })

  it('leaves no descriptor behind, whether it is asked to end or dies', async () => {
    const live = async (isStruck: boolean): Promise<number> => {
      const { crew, port, strike, event } = await setStage('batch')
      const peer = await dialStream(port)
      await ask(peer)
      if (isStruck) {
        strike({ row: 1, fate: 'die' })
        await event('worker-lost')
      }
      await crew.stop()
      expect(await peer.ended()).toBe(0)
      await peer.close()
      return countDescriptors(process.pid)
    }
    await live(false)
    const before = await live(false)
    expect(await live(true)).toBe(before)
  })
})

describe('threads that wait in the kernel', () => {
  it('answer the first query after an install from the new generation, acknowledged or not', async () => {
    const { crew, port } = await setStage('batch')
    const peer = await dial(port)
    for (let number = 2; number < 20; number++) {
      const installed = crew.install(generationOf(number), number)
      expect(await ask(peer, number)).toBe(`127.0.0.${number}`)
      expect(await installed).toEqual([])
    }
  })

  it('answer the first query after new terms on these', async () => {
    const { crew, port } = await setStage('batch')
    const peer = await dial(port)
    for (let id = 1; id < 10; id++) {
      crew.agree(closedTerms)
      expect(await ask(peer, id)).toBe('REFUSED')
      crew.agree(openTerms)
      expect(await ask(peer, id)).toBe('127.0.0.1')
    }
  })

  it('lose no query to a thread that dies: the next one finds it waiting', async () => {
    const { port, strike, event } = await setStage('batch')
    const peer = await dial(port)
    strike({ row: 0, fate: 'die' })
    await event('worker-lost')
    for (let id = 0; id < 20; id++) peer.send(question(id))
    for (let id = 0; id < 20; id++) expect(told(await peer.next())).toBe('127.0.0.1')
  })
})
