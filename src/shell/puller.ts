/**
 * The thread that pulls zones: what a primary sends is read, applied, judged and written here, so that neither an
 * answer nor a probe waits for a zone of a million records. It loads what reads zone files, and ends when there is
 * nothing to be pulled (pullers.ts).
 */
import { type MessagePort, parentPort } from 'node:worker_threads'
import { assert } from '../core/base/assert.ts'
import { pull } from '../edge/secondary/pull.ts'
import { giveWay } from './give-way.ts'
import { createKeyRing } from './keys.ts'
import type { PullCommand, PullRequest, PullWord } from './pullers.ts'

/** There are queries to be answered meanwhile. */
const niceness = 3

function run(port: MessagePort): void {
  giveWay(niceness)
  const underWay = new Map<number, AbortController>()
  const obey = async (id: number, { key, ...rest }: PullRequest): Promise<void> => {
    const calling = new AbortController()
    underWay.set(id, calling)
    const ring = key === null ? null : createKeyRing([key])
    const tsig = ring === null ? null : [...ring.values()][0]
    assert(tsig !== undefined, 'a key whose name is none')
    port.postMessage({ id, result: await pull({ ...rest, key: tsig }, calling.signal) } satisfies PullWord)
  }
  port.on('message', ({ id, order }: PullCommand) => {
    if (order === null) {
      underWay.get(id)?.abort()
      return
    }
    const ending = obey(id, order).catch((error: unknown) => {
      // A bug that one zone meets is not to take along those that are pulled beside it.
      const detail = error instanceof Error ? error.message : String(error)
      port.postMessage({ id, result: { kind: 'failed', failure: { reason: 'fault', detail } } } satisfies PullWord)
    })
    void ending.finally(() => underWay.delete(id))
  })
}

assert(parentPort !== null, 'a puller runs as a thread of the server')
run(parentPort)
