/**
 * Collects the garbage of the thread that calls it, at once. An answering thread makes next to no garbage, so its
 * collector would not run for hours, and the few octets that hold on to an old snapshot in shared memory would keep all
 * of it: each reload would cost a snapshot in every thread. So a thread asks for one collection after it has swapped;
 * its heap is small, and that takes a millisecond or so.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** `compact` gives back more, and takes three times as long. */
export type Reclaim = (compact?: 'compact') => void

/** The threads that are started from now on find the collector among their globals, and need no context made for it. */
export function offerCollector(): void {
  setFlagsFromString('--expose-gc')
}

export function createReclaim(): Reclaim {
  const found = globalThis.gc ?? findCollector()
  return compact => {
    if (typeof found !== 'function') return
    if (compact === undefined) found()
    else found({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  }
}

/** Node offers it to contexts that are made while the flag is set, and in no other way to a thread that runs. */
function findCollector(): unknown {
  offerCollector()
  return runInNewContext('globalThis.gc')
}
