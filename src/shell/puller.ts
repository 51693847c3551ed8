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
import type { PullCommand, PullWord } from './pullers.ts'

/** There are queries to be answered meanwhile. */
const niceness = 3

function run(port: MessagePort): void {
  giveWay(niceness)
  // A thread that is ended takes its sockets with it: nobody has to call a pull off.
  const { signal } = new AbortController()
  const obey = async ({ id, order: { key, ...rest } }: PullCommand): Promise<void> => {
    const ring = key === null ? null : createKeyRing([key])
    const tsig = ring === null ? null : [...ring.values()][0]
    assert(tsig !== undefined, 'a key whose name is none')
    port.postMessage({ id, result: await pull({ ...rest, key: tsig }, signal) } satisfies PullWord)
  }
  port.on('message', (command: PullCommand) => void obey(command))
}

assert(parentPort !== null, 'a puller runs as a thread of the server')
run(parentPort)
