/**
 * The versions thread: keeps what secondaries are to get, so that neither control nor an answer waits for a zone to be
 * compared. It sleeps while nothing changes, and runs only while some zone may be transferred.
 * The first generation comes as an order, not with the start: Node keeps what a thread began with for as long as it
 * lives.
 */
import { createHash } from 'node:crypto'
import { type MessagePort, parentPort } from 'node:worker_threads'
import { assert } from '../core/base/assert.ts'
import { createClock } from '../edge/clock.ts'
import { giveWay } from './give-way.ts'
import { createReclaim } from './reclaim.ts'
import { createVersionDesk } from './version-desk.ts'
import type { VersionsOrder, VersionsReport } from './version-orders.ts'

/** There are queries to be answered meanwhile. */
const niceness = 3

function run(port: MessagePort): void {
  giveWay(niceness)
  const clock = createClock()
  const reclaim = createReclaim()
  const desk = createVersionDesk((report: VersionsReport) => port.postMessage(report), digest)
  let timer: NodeJS.Timeout | null = null
  let holdsOlder = false
  const work = (): void => {
    timer = null
    const dueMs = desk.work(clock.now())
    if (dueMs !== null) {
      timer = setTimeout(work, Math.max(0, dueMs - clock.now()))
      return
    }
    // All was compared: what the snapshots before the newest took can be given back.
    if (holdsOlder) setImmediate(reclaim)
    holdsOlder = false
  }
  port.on('message', (order: VersionsOrder) => {
    desk.take(order, clock.now())
    if (order.kind === 'generation') holdsOlder = true
    if (timer !== null) clearTimeout(timer)
    work()
  })
}

function digest(parts: readonly Uint8Array[]): string {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest('hex')
}

assert(parentPort !== null, 'the versions thread runs as a thread of the server')
run(parentPort)
