/**
 * The server's own answering thread, and beside it an ear for a word from the test: to die of a fault, or to hang in a
 * loop that never ends. Nothing else about it is special.
 */
import { BroadcastChannel, workerData } from 'node:worker_threads'

export interface Fate {
  readonly row: number
  readonly fate: 'die' | 'hang'
}

const channel = new BroadcastChannel(`crew-fate-${process.pid}`)
channel.unref()
channel.onmessage = event => {
  const { row, fate } = (event as { data: Fate }).data
  if (row !== (workerData as { row: number }).row) return
  if (fate === 'hang') for (;;) hang()
  // Out of the channel's own turn, so that nobody catches it.
  setImmediate(() => {
    throw new Error('struck')
  })
}

/** A call, so that the loop can be interrupted as any real one. */
function hang(): void {
  Math.imul(1, 1)
}

// Only now, so that the ear is there before the thread says that it is open.
await import('../../src/shell/worker.ts')
