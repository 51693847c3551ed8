/**
 * An answering thread: opens its listeners, answers from the live generation, swaps to the next one between two
 * packets when control says so. It knows nothing of health, files or time.
 */
import { type MessagePort, parentPort, workerData } from 'node:worker_threads'
import { createRotationSource, openBoard } from '../board/board.ts'
import { tallyOf, transportCountersOf } from '../board/counters.ts'
import { createLive, type Live } from '../core/answer/live.ts'
import { assert } from '../core/base/assert.ts'
import type { Respond, SocketAddress, Transport } from '../core/ports.ts'
import { openSnapshot } from '../core/zone/layout.ts'
import { createClock } from '../edge/clock.ts'
import { openTcp } from '../edge/transport/tcp.ts'
import { openUdpDgram } from '../edge/transport/udp-dgram.ts'
import type { GenerationMemory, ListenOrder, Order, Report, WorkerStart } from './orders.ts'
import { createResponder } from './responder.ts'
import { createTerms } from './terms.ts'

async function run(port: MessagePort, start: WorkerStart): Promise<void> {
  const live = createLive(
    openSnapshot(start.generation.snapshot),
    createRotationSource(openBoard(start.generation.board)),
    tallyOf(start.counters, start.row),
    createTerms(start.terms, tallyOf(start.counters, start.row)),
  )
  const transports: Transport[] = []
  port.on('message', (order: Order) => {
    if (order.kind === 'install') {
      install(live, order.generation)
      report(port, { kind: 'installed', generation: live.snapshot.generation })
    } else if (order.kind === 'terms') {
      live.terms = createTerms(order.terms, live.tally)
    } else {
      void closeAll(transports).then(() => port.close())
    }
  })
  const respond = createResponder(live, createClock())
  for (const listen of start.listens) {
    try {
      transports.push(await open(listen, respond, start))
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException
      await closeAll(transports)
      report(port, { kind: 'not-open', address: listen.address, code: code ?? 'UNKNOWN', text: message })
      port.close()
      return
    }
  }
  report(port, { kind: 'open', bound: transports.map(({ via, bound }) => ({ via, ...bound })) })
}

/** Both references change in one turn of the event loop, so no answer can see half of a generation. */
function install(live: Live, generation: GenerationMemory): void {
  live.snapshot = openSnapshot(generation.snapshot)
  live.rotation = createRotationSource(openBoard(generation.board))
}

function open(listen: ListenOrder, respond: Respond, start: WorkerStart): Promise<Transport> {
  const counters = transportCountersOf(start.counters, start.row)
  const address: SocketAddress = listen.address
  switch (listen.via) {
    case 'udp':
      return openUdpDgram({ respond, counters }, { ...address, reusePort: listen.reusePort })
    case 'tcp':
      return openTcp(
        { clock: createClock(), respond, counters },
        { ...address, clientsMax: start.tcpClientsMax, idleMs: start.tcpIdleMs },
      )
  }
}

async function closeAll(transports: readonly Transport[]): Promise<void> {
  await Promise.all(transports.map(transport => transport.close()))
}

function report(port: MessagePort, message: Report): void {
  port.postMessage(message)
}

assert(parentPort !== null, 'a worker runs as a thread of the server')
await run(parentPort, workerData as WorkerStart)
