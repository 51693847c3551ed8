/**
 * How soon a thread that was waiting gets a core again, asked of Linux through koffi (sched_setattr(2)). Since 6.12 a
 * thread of the ordinary class may ask for shorter turns: its share of the time stays what it is, but it comes to its
 * turn sooner, ahead of those that run long. Older kernels take the wish without a word and change nothing.
 */
import { getPriority } from 'node:os'
import { loadKoffi } from './koffi.ts'

/** Number of the call; other processors have others. */
const callNumber: Readonly<Partial<Record<NodeJS.Architecture, number>>> = { x64: 314, arm64: 274 }

/** struct sched_attr in its first version: size, policy, flags, nice, priority, runtime, deadline, period. */
const attributesOctets = 48
const niceAt = 16
const runtimeAt = 24

/** The shortest turn that may be asked for. */
const turnNanoseconds = 100_000n

/** For the calling thread. False where it cannot be had: then it waits like any other. */
export async function shortenTurns(): Promise<boolean> {
  const number = callNumber[process.arch]
  const loaded = await loadKoffi()
  if (number === undefined || 'reason' in loaded) return false
  const call = loaded.self.func('long syscall(long number, int thread, const void *attributes, unsigned int flags)')
  const attributes = new DataView(new ArrayBuffer(attributesOctets))
  attributes.setUint32(0, attributesOctets, true)
  attributes.setInt32(niceAt, getPriority(), true)
  attributes.setBigUint64(runtimeAt, turnNanoseconds, true)
  return call(number, 0, new Uint8Array(attributes.buffer), 0) === 0
}
