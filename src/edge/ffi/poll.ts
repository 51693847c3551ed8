/**
 * Whether a descriptor takes octets without a wait, asked of the kernel through koffi (poll(2)). It changes nothing of
 * the descriptor: one that others hold too, such as a terminal, must not be made one that refuses to wait.
 */
import { loadKoffi } from './koffi.ts'

/** POLLOUT of Linux. Errors and a reader that is gone come back too, and then a write says at once what it is. */
const writable = 4
/** struct pollfd: descriptor, what is asked, what is so. */
const pollOctets = 8

/** True if a write of some thousand octets would not wait; for that to become so it waits `forMs` at most. */
export type IsWritable = (descriptor: number, forMs: number) => boolean

/** Null where it cannot be asked. */
export async function loadIsWritable(): Promise<IsWritable | null> {
  const loaded = await loadKoffi()
  if ('reason' in loaded) return null
  const poll = loaded.self.func('int poll(void *descriptors, unsigned long count, int timeoutMs)')
  const asked = new Uint8Array(pollOctets)
  const view = new DataView(asked.buffer)
  return (descriptor, forMs) => {
    view.setInt32(0, descriptor, true)
    view.setInt16(4, writable, true)
    return poll(asked, 1, forMs) !== 0
  }
}
