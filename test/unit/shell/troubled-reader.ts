/** A reading thread that does what the path it is given says. */
import { parentPort } from 'node:worker_threads'
import type { FileOrder, ReaderWord } from '../../../src/shell/readers.ts'

parentPort?.postMessage('ready' satisfies ReaderWord)
parentPort?.on('message', ({ path }: FileOrder) => {
  switch (path) {
    case 'crashes':
      throw new Error('of some bug')
    case 'rejects':
      void Promise.reject(new Error('later'))
      return
    case 'exits':
      process.exit(3)
      return
    case 'hangs':
      for (;;) Math.random()
    default:
      parentPort?.postMessage({ kind: 'same', wanted: [] } satisfies ReaderWord)
  }
})
