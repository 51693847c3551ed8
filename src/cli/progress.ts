/**
 * How far a long reading of zone files is, in one line of a terminal that is written over and in the end taken away.
 * Nothing of it where nobody looks, or where reading is over before anybody could.
 */
import type { Io } from './io.ts'

/** From this many files on it is worth telling, and so often. */
const filesMin = 100
const filesStep = 25

export interface Progress {
  readonly tell: (done: number, total: number) => void
  /** Takes the line away. */
  readonly end: () => void
}

export function createProgress(io: Pick<Io, 'err' | 'terminal'>): Progress {
  let shown = false
  return {
    tell: (done, total) => {
      if (!io.terminal || total < filesMin || done % filesStep !== 0) return
      shown = true
      io.err(`\rreading ${done} of ${total} files`)
    },
    end: () => {
      if (shown) io.err('\r\u001b[K')
      shown = false
    },
  }
}
