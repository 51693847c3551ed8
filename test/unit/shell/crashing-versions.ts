/** A versions thread that ends as soon as it is told of a change. */
import { parentPort } from 'node:worker_threads'
import { createVersionDesk } from '../../../src/shell/version-desk.ts'
import type { VersionsOrder } from '../../../src/shell/version-orders.ts'

const desk = createVersionDesk(
  report => parentPort?.postMessage(report),
  () => 'mark',
)
parentPort?.on('message', (order: VersionsOrder) => {
  if (order.kind === 'changed') throw new Error('of some bug')
  desk.take(order, 0)
  desk.work(0)
})
