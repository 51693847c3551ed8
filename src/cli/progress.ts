/**
 * How far a long reading of zone files is, in one line of a terminal that is written over and in the end taken away.
 * Nothing of it where nobody looks, or where reading is over before anybody could.
 */
import { basename } from 'node:path'
import type { ReadProgress } from '../shell/reading-words.ts'
import type { Io } from './io.ts'

/** From this many files on it is worth telling, and so often. */
const filesMin = 100
const filesStep = 25

export interface Progress {
  readonly tell: ReadProgress
  /** Takes the line away. */
  readonly end: () => void
}

const eraseLine = '\r\u001b[K'

export function createProgress(io: Pick<Io, 'err' | 'terminal'>): Progress {
  let shown = ''
  const show = (line: string): void => {
    if (line === shown) return
    io.err(`${eraseLine}${line}`)
    shown = line
  }
  return {
    tell: (done, total, within) => {
      if (!io.terminal) return
      if (within !== null) {
        const share = Math.floor((within.done / within.total) * 100)
        show(`reading ${basename(within.path)}: ${share} %${total > 1 ? `, ${done} of ${total} files done` : ''}`)
      } else if (total >= filesMin && done % filesStep === 0) show(`reading ${done} of ${total} files`)
    },
    end: () => {
      if (shown !== '') io.err(eraseLine)
      shown = ''
    },
  }
}
