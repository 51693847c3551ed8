/**
 * Gives back the memory of generations that are no longer served. An answering thread makes next to no garbage, so its
 * collector would not run for hours, and the few octets that hold on to an old snapshot in shared memory would keep all
 * of it: each reload would cost a snapshot in every thread. So a thread asks for one collection after it has swapped;
 * its heap is small, and that takes a millisecond or so.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** Collects the garbage of the thread that calls it, at once. */
export type Reclaim = () => void

export function createReclaim(): Reclaim {
  // Node offers the collector to contexts that are made while this flag is set, and in no other way to a thread.
  setFlagsFromString('--expose-gc')
  const collect: unknown = runInNewContext('globalThis.gc')
  return () => {
    if (typeof collect === 'function') collect()
  }
}
