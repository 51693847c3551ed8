/** A versions thread that makes three versions in one breath, and ends. */
import { parentPort } from 'node:worker_threads'
import { createVersionDesk } from '../../../src/shell/version-desk.ts'
import type { VersionsOrder, VersionsReport } from '../../../src/shell/version-orders.ts'

parentPort?.once('message', (order: VersionsOrder) => {
  const desk = createVersionDesk(
    ({ kind, offer, mark }) => {
      for (const step of [0, 1, 2]) {
        parentPort?.postMessage({
          kind,
          offer: { ...offer, serial: offer.serial + step },
          mark,
        } satisfies VersionsReport)
      }
    },
    () => 'mark',
  )
  desk.take(order, 0)
  desk.work(0)
  // Not with the messages still on their way.
  setImmediate(() => parentPort?.close())
})
