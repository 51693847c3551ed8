/**
 * Where the log leaves the process. A line is written before the call returns, so that the last words of a dying
 * process are there, but nobody waits for whoever reads them: a service manager, a container's logger or a terminal
 * that was stopped may be slow or stuck, and health may not be. What the reader does not take is kept up to a limit and
 * written when it takes again; lines beyond the limit are counted, and the count is told.
 * Invariants: `write` never waits where the descriptor can be asked; lines come whole and in order.
 */
import { writeSync } from 'node:fs'
import { loadIsWritable } from './ffi/poll.ts'

export interface Outlet {
  /** A whole line with its newline. */
  write(line: string): void
  /** True while so much waits that lines of which there may be thousands at once are better left out, by `lose`. */
  isCrowded(): boolean
  /** A line that was not even made is lost too. */
  lose(): void
  /** What waits is written as far as the reader takes it within this time. For the end of the process: it waits. */
  flush(forMs: number): void
  /** Called with a number of lines once the reader takes again what is written; at most one. */
  onLost(tell: (lines: number) => void): void
}

/** The world as an outlet needs it. */
export interface OutletDeps {
  /** Yields how many octets were taken; throws the system's error. */
  readonly put: (octets: Uint8Array) => number
  /** Whether a write of `portionOctets` would not wait. */
  readonly isReady: () => boolean
  readonly later: (act: () => void, afterMs: number) => void
  /** Until it is ready, or for so long. */
  readonly pause: (forMs: number) => void
}

/** A pipe that says it is ready takes a page without a wait (pipe(7)). */
const portionOctets = 4096
const waitingOctetsMax = 1024 * 1024
/** From here on only lines of which there are few: a reload, a fault, an order. */
const crowdedOctets = waitingOctetsMax * 0.75
const retryMs = 5
/** No room on the disk, and the like. */
const troubledRetryMs = 1_000

export function createOutlet({ put, isReady, later, pause }: OutletDeps): Outlet {
  const waiting: Uint8Array[] = []
  let waitingOctets = 0
  let lost = 0
  let isGone = false
  let isDue = false
  let tell: (lines: number) => void = () => undefined

  /** How long to wait for what is left; null if nothing is. */
  const drain = (): number | null => {
    while (waiting.length > 0 && !isGone) {
      if (!isReady()) return retryMs
      const next = waiting[0]!
      try {
        const taken = put(next.subarray(0, portionOctets))
        waitingOctets -= taken
        if (taken === next.length) waiting.shift()
        else waiting[0] = next.subarray(taken)
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code !== 'EPIPE' && code !== 'EBADF') return code === 'EAGAIN' ? retryMs : troubledRetryMs
        // Nobody reads any more (`robin serve | head`), which is no reason to stop serving.
        isGone = true
        waiting.length = 0
      }
    }
    const lines = lost
    lost = 0
    if (lines > 0 && !isGone) tell(lines)
    return null
  }
  const retry = (afterMs: number | null): void => {
    if (afterMs === null || isDue) return
    isDue = true
    later(() => {
      isDue = false
      retry(drain())
    }, afterMs)
  }
  return {
    write: line => {
      if (isGone) return
      const octets = Buffer.from(line)
      if (waitingOctets + octets.length > waitingOctetsMax) {
        lost++
        return
      }
      waiting.push(octets)
      waitingOctets += octets.length
      if (!isDue) retry(drain())
    },
    isCrowded: () => waitingOctets > crowdedOctets,
    lose: () => {
      lost++
    },
    flush: forMs => {
      for (let waited = 0; drain() !== null && waited < forMs; waited += retryMs) pause(retryMs)
    },
    onLost: told => {
      tell = told
    },
  }
}

/** Standard output. What waits there when the process ends has half a second to be taken. */
export async function openStdout(): Promise<Outlet> {
  const descriptor = 1
  const isWritable = await loadIsWritable()
  const outlet = createOutlet({
    put: octets => writeSync(descriptor, octets),
    // Where it cannot be asked, a slow reader is waited for unless the descriptor itself refuses to.
    isReady: () => isWritable?.(descriptor, 0) ?? true,
    later: (act, afterMs) => void setTimeout(act, afterMs).unref(),
    pause: forMs => void isWritable?.(descriptor, forMs),
  })
  process.once('exit', () => outlet.flush(lastWordsMs))
  return outlet
}

const lastWordsMs = 500
