/**
 * An answering thread: opens its listeners, answers from the live generation, swaps to the next one between two
 * packets when control says so. It knows nothing of health, files or time.
 * With the batched engine it waits in the kernel, where no message reaches it, so it looks for orders itself whenever
 * a wait ends: a query that comes after an order is answered as the order says.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { createRotationSource, openBoard } from '../board/board.ts'
import { createBulletinSource, openBulletin } from '../board/bulletin.ts'
import { tallyOf, transportCountersOf, type UdpCounters } from '../board/counters.ts'
import { createEar, type Ear } from '../board/signal.ts'
import { createLive, type Live } from '../core/answer/live.ts'
import { createRecall } from '../core/answer/recall-memory.ts'
import { tallyAt } from '../core/answer/tally.ts'
import { assert } from '../core/base/assert.ts'
import { nameKey } from '../core/name/name.ts'
import type { BulletinSource, Clock, Respond, TakeFeed, Transport } from '../core/ports.ts'
import { type OfferMemory, openOffer } from '../core/transfer/offer.ts'
import { openSnapshot } from '../core/zone/layout.ts'
import { createClock } from '../edge/clock.ts'
import { createDraw } from '../edge/draw.ts'
import { openTcp } from '../edge/transport/tcp.ts'
import { startTcpEpoll } from '../edge/transport/tcp-epoll/open.ts'
import type { TcpLimits } from '../edge/transport/tcp-limits.ts'
import { startUdpBatch } from '../edge/transport/udp-batch/open.ts'
import { openUdpDgram } from '../edge/transport/udp-dgram.ts'
import { createFeeds } from './feeds.ts'
import { createHeed } from './heed.ts'
import type { GenerationMemory, ListenOrder, Order, Report, WorkerStart } from './orders.ts'
import { createReclaim } from './reclaim.ts'
import { createResponder } from './responder.ts'
import { createTerms } from './terms.ts'

/** How often a thread whose event loop runs lets control know that it does. */
const beatMs = 200

/** What a thread has and what it closes before it ends. */
interface Post {
  readonly start: WorkerStart
  readonly live: Live
  readonly ear: Ear
  readonly counters: UdpCounters
  readonly opened: Pick<Transport, 'close'>[]
  readonly report: (message: Report) => void
  /** Takes the orders that wait. */
  readonly takeOrders: () => void
}

async function run(port: MessagePort, start: WorkerStart): Promise<void> {
  const tally = tallyOf(start.counters, start.row)
  const { snapshot, board, bulletin } = start.generation
  const rotation = createRotationSource(openBoard(board))
  // Threads that drew the same numbers would answer `answer: random` alike.
  const luck = Math.floor(createDraw()() * 2 ** 32)
  const live = createLive(openSnapshot(snapshot), rotation, tally, createTerms(start.terms, tally), luck)
  live.bulletin = openNews(bulletin)
  if (start.streams.length === 0) live.recall = createRecall()
  // What the thread before left under way broke off with it.
  tally[tallyAt.transfersFailed] = tally[tallyAt.transfersBegun]! - tally[tallyAt.transfersDone]!
  for (const offer of start.offers) takeOffer(live, offer)
  live.quota.atOnceMax = start.transfers.atOnceMax
  live.quota.perAddressMax = start.transfers.perAddressMax
  // Node keeps what a thread began with for as long as the thread lives; the first generation should not last as long.
  Reflect.deleteProperty(start, 'generation')
  Reflect.deleteProperty(start, 'offers')
  const report = (message: Report): void => port.postMessage(message)
  const opened: Post['opened'] = []
  const leave = async (): Promise<void> => {
    await Promise.all(opened.map(one => one.close()))
    port.close()
  }
  const reclaim = createReclaim()
  const obey = (order: Order): void => {
    switch (order.kind) {
      case 'install':
        install(live, order.generation)
        report({ kind: 'installed', generation: live.snapshot.generation })
        // Not now: there may be a batch to be answered first.
        setImmediate(reclaim)
        return
      case 'terms':
        live.terms = createTerms(order.terms, tally)
        return
      case 'offer':
        if (!takeOffer(live, order.offer)) setImmediate(reclaim)
        report({ kind: 'offered', apex: order.offer.apex, serial: order.offer.serial })
        return
      case 'withdraw':
        live.offers.delete(nameKey(order.apex))
        return
      case 'stop':
        void leave()
    }
  }
  const takeOrders = (): void => {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port))
      obey(next.message)
  }
  port.on('message', obey)
  live.heed = createHeed(createClock(), report)
  const counters = transportCountersOf(start.counters, start.row)
  const post: Post = { start, live, ear: createEar(start.signals, start.row), counters, opened, report, takeOrders }
  // Loading the program made more garbage than years of answering will; nobody waits for an answer yet.
  reclaim('compact')
  const outcome = await answer(post)
  report(outcome)
  if (outcome.kind !== 'open') await leave()
}

/** False if an older snapshot may be let go by it. */
function takeOffer(live: Live, memory: OfferMemory): boolean {
  const key = nameKey(memory.apex)
  const before = live.offers.get(key)
  live.offers.set(key, openOffer(memory))
  return before === undefined || before.version.snapshot.memory === memory.snapshot
}

/** All references change between two packets, so no answer can see half of a generation. */
function install(live: Live, generation: GenerationMemory): void {
  live.snapshot = openSnapshot(generation.snapshot)
  live.rotation = createRotationSource(openBoard(generation.board))
  live.bulletin = openNews(generation.bulletin)
}

function openNews(bulletin: GenerationMemory['bulletin']): BulletinSource | null {
  return bulletin == null ? null : createBulletinSource(openBulletin(bulletin))
}

function answer(post: Post): Promise<Report> {
  if (post.start.sockets.length > 0) return answerBatches(post)
  if (post.start.streams.length > 0) return answerStreams(post)
  return answerSingly(post)
}

async function answerBatches(post: Post): Promise<Report> {
  const { start, live, ear, counters, opened, takeOrders } = post
  const { clock, attend } = createAttention(ear, takeOrders)
  feedsOf(post, clock)
  const engine = await startUdpBatch({ respond: createResponder(live, clock), counters, attend }, start.sockets)
  if ('reason' in engine) return { kind: 'no-engine', reason: engine.reason }
  opened.push(engine)
  return { kind: 'open', bound: start.sockets.map(({ bound }) => ({ via: 'udp', ...bound })) }
}

async function answerStreams(post: Post): Promise<Report> {
  const { start, live, ear, counters, opened, takeOrders } = post
  const { clock, attend } = createAttention(ear, takeOrders)
  const takeFeed = feedsOf(post, clock)
  const deps = { respond: createResponder(live, clock), takeFeed, clock, counters, attend }
  assert(start.descriptors !== null, 'streams whose descriptors nobody would know')
  const engine = await startTcpEpoll(deps, start.streams, start.descriptors, tcpLimitsOf(start))
  if ('reason' in engine) return { kind: 'no-engine', reason: engine.reason }
  opened.push(engine, beatOnTime(ear))
  return { kind: 'open', bound: start.streams.map(({ bound }) => ({ via: 'tcp', ...bound })) }
}

async function answerSingly(post: Post): Promise<Report> {
  const { start, live, ear, counters, opened } = post
  const clock = createClock()
  const takeFeed = feedsOf(post, clock)
  const answering = { clock, respond: createResponder(live, clock), takeFeed, counters }
  const bound: Pick<Transport, 'via' | 'bound'>[] = []
  for (const listen of start.listens) {
    try {
      const transport = await open(listen, answering, start)
      opened.push(transport)
      bound.push(transport)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      return { kind: 'not-open', address: listen.address, code: code ?? 'UNKNOWN', text: message }
    }
  }
  opened.push(beatOnTime(ear))
  return { kind: 'open', bound: bound.map(one => ({ via: one.via, ...one.bound })) }
}

interface Answering {
  readonly clock: Clock
  readonly respond: Respond
  readonly takeFeed: TakeFeed
  readonly counters: UdpCounters
}

function open({ via, address, reusePort }: ListenOrder, answering: Answering, start: WorkerStart): Promise<Transport> {
  switch (via) {
    case 'udp':
      return openUdpDgram(answering, { ...address, reusePort })
    case 'tcp':
      return openTcp(answering, { ...address, ...tcpLimitsOf(start) })
  }
}

function tcpLimitsOf({ tcpClientsMax, tcpIdleMs, transfers }: WorkerStart): Partial<TcpLimits> {
  return { clientsMax: tcpClientsMax, idleMs: tcpIdleMs, feedMs: transfers.longestMs }
}

/** Has control told of transfers; what it returns begins those that take many messages. */
function feedsOf({ live, report }: Post, clock: Clock): TakeFeed {
  const { takeFeed, tell } = createFeeds(live, clock, transfer => report({ kind: 'transfer', transfer }))
  live.quota.tell = tell
  return takeFeed
}

/** For a thread whose event loop runs also when nobody asks. */
function beatOnTime(ear: Ear): Pick<Transport, 'close'> {
  const timer = setInterval(ear.beat, beatMs)
  return { close: async () => clearInterval(timer) }
}

/**
 * What is due between a wait and the first answer after it: a sign of life, the orders that came meanwhile, and the
 * time. One time for all queries of a batch, read when the first asks for it: looking at the clock is not free.
 */
function createAttention(ear: Ear, takeOrders: () => void): { readonly clock: Clock; readonly attend: () => void } {
  const clock = createClock()
  let nowMs: ReturnType<Clock['now']> | null = null
  let wallMs: number | null = null
  return {
    clock: {
      now: () => {
        nowMs ??= clock.now()
        return nowMs
      },
      wall: () => {
        wallMs ??= clock.wall()
        return wallMs
      },
    },
    attend: () => {
      ear.beat()
      nowMs = null
      wallMs = null
      if (ear.rung()) takeOrders()
    },
  }
}

assert(parentPort !== null, 'a worker runs as a thread of the server')
await run(parentPort, workerData as WorkerStart)
