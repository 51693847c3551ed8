/** A puller thread that does by the name of the zone what a puller never should. */
import { parentPort } from 'node:worker_threads'
import type { PullCommand, PullWord } from '../../../src/shell/pullers.ts'

parentPort?.on('message', ({ id, order }: PullCommand) => {
  switch (order?.folder) {
    case 'throws':
      throw new Error('of some bug')
    case 'ends':
      process.exit(3)
      break
    case 'hungry': {
      const held: unknown[] = []
      for (;;) held.push(new Array(1_000).fill(held.length))
    }
    case 'waits':
      return
    default:
      parentPort?.postMessage({ id, result: { kind: 'current' } } satisfies PullWord)
  }
})
