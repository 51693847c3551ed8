/** A reading thread that does what the path it is given says. */
import { parentPort, threadId } from 'node:worker_threads'
import type { FileOrder, ReaderWord } from '../../../src/shell/reading-words.ts'

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
    case 'leaves':
      parentPort?.postMessage({ kind: 'same', wanted: [] } satisfies ReaderWord)
      setImmediate(() => process.exit(0))
      return
    case 'who':
      parentPort?.postMessage({ kind: 'same', wanted: [String(threadId)] } satisfies ReaderWord)
      return
    default:
      parentPort?.postMessage({ kind: 'same', wanted: [] } satisfies ReaderWord)
  }
})
