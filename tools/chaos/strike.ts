/**
 * Loaded before the program that is put to the test: SIGUSR2 ends one answering thread after the other, by a fault that
 * nobody catches. The program itself knows nothing of it.
 */
import { BroadcastChannel, isMainThread, workerData } from 'node:worker_threads'

const channelName = `chaos-${process.pid}`

if (isMainThread) awaitSignal()
else if (typeof (workerData as { row?: unknown } | null)?.row === 'number')
  awaitFate((workerData as { row: number }).row)

/** Words that reach nobody, since the thread is being replaced, do no harm. */
function awaitSignal(): void {
  let strikes = 0
  process.on('SIGUSR2', () => {
    const channel = new BroadcastChannel(channelName)
    channel.postMessage(strikes++)
    channel.close()
  })
}

/** The environment says how many threads there are. */
function awaitFate(row: number): void {
  const threads = Number(process.env['CHAOS_THREADS'] ?? '1')
  const channel = new BroadcastChannel(channelName)
  channel.unref()
  channel.onmessage = event => {
    if ((event as { data: number }).data % threads !== row) return
    // Out of the channel's own turn, so that nobody catches it.
    setImmediate(() => {
      throw new Error('struck')
    })
  }
}
