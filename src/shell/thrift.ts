/**
 * Keeps the process small. A server is started once and then does the same few things for months: what the start, a
 * reading of zone files or a burst of probes needed is given back some time after, and the heap of this thread does not
 * grow for the sake of speed that nobody would notice. All of it is best effort and changes nothing that is served.
 */
import type { Journal } from '../core/ports.ts'
import { loadMemoryCalls, type MemoryCalls, readUnfiled } from '../edge/ffi/memory.ts'
import { createReclaim, offerCollector } from './reclaim.ts'
import { keepYoungSpaceSmall, makeYoungSpaceRoomy } from './young-space.ts'

/** Listens for what is over: the start, and each reading of the zone files. */
export interface Thrift extends Journal {
  stop(): void
}

/** V8 keeps the pages of threads that ended for some seconds, for those that may follow. */
const settleAfterMs = 10_000
/** A load leaves something behind as well, mostly what compiling the code that it ran needed. */
const lookMs = 60_000
/** More than heaps swing by while the server does what it did before. */
const grownOctets = 2 * 1024 * 1024
/** Checks from which on probing makes garbage enough for a larger young space. */
const checksMany = 2000
/** Some 50 ms. */
const collectedOctetsMax = 32 * 1024 * 1024

/** The process's own unless given. */
export interface ThriftDeps {
  readonly load?: typeof loadMemoryCalls
  readonly unfiledOctets?: () => number
}

/** To be called before any thread is started. */
export async function createThrift(deps: ThriftDeps = {}): Promise<Thrift> {
  const { load = loadMemoryCalls, unfiledOctets = readUnfiled } = deps
  const loaded = await load()
  const calls: MemoryCalls | null = 'reason' in loaded ? null : loaded
  calls?.shareHeap()
  offerCollector()
  const reclaim = createReclaim()
  let timer: NodeJS.Timeout | null = null
  let endGrowth = keepYoungSpaceSmall
  let checks = 0
  let unfiled = 0
  const giveBack = (): void => {
    calls?.trimHeap()
    void calls?.dropCode()
    unfiled = unfiledOctets()
  }
  const give = (): void => {
    timer = null
    // Collecting a large heap would hold up probes for longer than is worth it.
    if (process.memoryUsage().heapUsed < collectedOctetsMax) reclaim('compact')
    giveBack()
  }
  const looks = setInterval(() => {
    if (timer === null && unfiledOctets() - unfiled > grownOctets) giveBack()
  }, lookMs)
  looks.unref()
  return {
    record: event => {
      const { kind } = event
      if (kind !== 'ready' && kind !== 'installed' && kind !== 'refused') return
      if (kind === 'installed') checks = event.checks
      endGrowth()
      endGrowth = checks < checksMany ? keepYoungSpaceSmall : makeYoungSpaceRoomy()
      if (checks < checksMany) keepYoungSpaceSmall()
      // One that waits already is not put off: edit after edit would put it off for ever.
      if (timer !== null) return
      timer = setTimeout(give, settleAfterMs)
      timer.unref()
    },
    stop: () => {
      endGrowth()
      clearInterval(looks)
      if (timer !== null) clearTimeout(timer)
    },
  }
}
