/**
 * An answering thread: opens its listeners, answers from the live generation, swaps to the next one between two
 * packets when control says so. It knows nothing of health, files or time.
 * With the batched engine it waits in the kernel, where no message reaches it, so it looks for orders itself whenever
 * a wait ends: a query that comes after an order is answered as the order says.
 */
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { createRotationSource, openBoard } from '../board/board.ts'
import { tallyOf, transportCountersOf, type UdpCounters } from '../board/counters.ts'
import { createEar, type Ear } from '../board/signal.ts'
import { createLive, type Live } from '../core/answer/live.ts'
import { assert } from '../core/base/assert.ts'
import type { Clock, Respond, SocketAddress, Transport } from '../core/ports.ts'
import { openSnapshot } from '../core/zone/layout.ts'
import { createClock } from '../edge/clock.ts'
import { openTcp } from '../edge/transport/tcp.ts'
import { startUdpBatch } from '../edge/transport/udp-batch/open.ts'
import { openUdpDgram } from '../edge/transport/udp-dgram.ts'
import type { GenerationMemory, ListenOrder, Order, Report, WorkerStart } from './orders.ts'
import { createResponder } from './responder.ts'
import { createTerms } from './terms.ts'

/** How often a thread whose event loop runs lets control know that it does. */
const beatMs = 200

/** What a thread closes before it ends. */
type Closable = Pick<Transport, 'close'>

async function run(port: MessagePort, start: WorkerStart): Promise<void> {
  const live = createLive(
    openSnapshot(start.generation.snapshot),
    createRotationSource(openBoard(start.generation.board)),
    tallyOf(start.counters, start.row),
    createTerms(start.terms, tallyOf(start.counters, start.row)),
  )
  const ear = createEar(start.signals, start.row)
  const opened: Closable[] = []
  const obey = (order: Order): void => {
    switch (order.kind) {
      case 'install':
        install(live, order.generation)
        report(port, { kind: 'installed', generation: live.snapshot.generation })
        return
      case 'terms':
        live.terms = createTerms(order.terms, live.tally)
        return
      case 'stop':
        void closeAll(opened).then(() => port.close())
    }
  }
  port.on('message', obey)
  const failure =
    start.sockets.length > 0
      ? await answerInBatches(live, ear, start, opened, () => takeOrders(port, ear, obey))
      : await answerOneByOne(live, start, opened)
  if (failure !== null) {
    await closeAll(opened)
    report(port, failure)
    port.close()
    return
  }
  opened.push(keepBeating(ear))
}

/** Reports what is open, or returns why nothing is. */
async function answerOneByOne(live: Live, start: WorkerStart, opened: Closable[]): Promise<Report | null> {
  const respond = createResponder(live, createClock())
  const counters = transportCountersOf(start.counters, start.row)
  const transports: Transport[] = []
  for (const listen of start.listens) {
    try {
      const transport = await open(listen, respond, counters, start)
      transports.push(transport)
      opened.push(transport)
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      return { kind: 'not-open', address: listen.address, code: code ?? 'UNKNOWN', text: message }
    }
  }
  report(parent(), { kind: 'open', bound: transports.map(({ via, bound }) => ({ via, ...bound })) })
  return null
}
