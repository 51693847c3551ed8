/**
 * Two words for each answering thread, for when messages do not reach it: a thread that waits in the kernel or answers
 * without a pause gets no turn of the event loop. Control rings after it has posted an order; the thread looks before
 * it answers, and if the bell was rung takes its messages itself. The thread beats whenever it looks, so control can
 * tell a thread that waits for queries from one that hangs.
 * Each thread's words have a cache line of their own, since one is written with every batch.
 */
const rowWords = 16
const ringsAt = 0
const beatsAt = 1

export function createSignals(rows: number): SharedArrayBuffer {
  return new SharedArrayBuffer(rows * rowWords * 4)
}

/** Control's side. */
export interface Signals {
  /** Post the order first. */
  ring(row: number): void
  /** Another number than before, if the thread has looked meanwhile. */
  beats(row: number): number
}

export function openSignals(memory: SharedArrayBuffer): Signals {
  const words = new Int32Array(memory)
  return {
    ring: row => void Atomics.add(words, row * rowWords + ringsAt, 1),
    beats: row => Atomics.load(words, row * rowWords + beatsAt),
  }
}

/** The thread's side. */
export interface Ear {
  /** True if the bell was rung since the last look, and at the first. */
  rung(): boolean
  beat(): void
}

export function createEar(memory: SharedArrayBuffer, row: number): Ear {
  const words = new Int32Array(memory)
  const at = row * rowWords
  // The first look finds it rung: something may have been posted before there was an ear.
  let heard: number | null = null
  return {
    rung: () => {
      const rings = Atomics.load(words, at + ringsAt)
      if (rings === heard) return false
      heard = rings
      return true
    },
    beat: () => void Atomics.add(words, at + beatsAt, 1),
  }
}
