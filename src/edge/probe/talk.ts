/**
 * One exchange over a connection that may have been kept from an earlier one. Invariants: what is wrong with a kept
 * connection is never the endpoint's failure: its trouble makes a fresh one be opened, and its silence for a while
 * makes a fresh one be opened beside it, once; the first response counts, and what the fresh one says of the endpoint
 * stands. Every connection ends with its exchange or is kept.
 */
import type { Outcome, ReasonCode } from '../../core/health/types.ts'
import type { Run } from './attempt.ts'
import type { Kept } from './kept.ts'
import { describeError, type Settle } from './outcome.ts'

export interface Reuse {
  /** Connections kept under equal keys are interchangeable. */
  readonly key: string
  /** How long a kept connection may be silent before a fresh one is opened beside it. */
  readonly patienceMs: number
}

/** What a protocol must be able to do with its connections. */
export interface Carrier<L> {
  /** Opens a line and sends as soon as it stands. */
  open(): L
  /** Sends once more, on a line that was kept. */
  resume(line: L): void
  /** The line works for nobody now. Returns whether it may be kept. */
  rest(line: L): boolean
  end(line: L): void
  openedMs(line: L): number
  stage(line: L): string
  /** False while the files of the check are read. */
  isBegun(line: L): boolean
}

/** An exchange under way. */
export interface Talk<L> extends Run {
  begin(): void
  /** Trouble on a line of this exchange: settled, unless the line was a kept one. */
  fail(line: L, kind: Outcome['kind'], reason: ReasonCode, detail: string): void
}

/** `kept` is null for a connection of its own. */
export function createTalk<L>(carrier: Carrier<L>, kept: Kept<L> | null, reuse: Reuse | null, settle: Settle): Talk<L> {
  let old: L | null = null
  let fresh: L | null = null
  let isFreshOpened = false
  let isStopped = false
  let patience: NodeJS.Timeout | null = null

  const openFresh = (): void => {
    if (isFreshOpened || isStopped) return
    isFreshOpened = true
    try {
      fresh = carrier.open()
    } catch (error) {
      settle('inconclusive', 'no-prober', describeError(error))
    }
    // It may have come to trouble, and ended the exchange, before it was known here.
    if (isStopped) release(fresh)
  }

  const release = (line: L | null): void => {
    if (line === null) return
    const isReusable = carrier.rest(line)
    if (isReusable && kept !== null && reuse !== null) kept.put(reuse.key, line, carrier.openedMs(line))
    else carrier.end(line)
  }

  return {
    begin: () => {
      old = kept !== null && reuse !== null ? kept.take(reuse.key) : null
      if (old === null || reuse === null) {
        openFresh()
        return
      }
      patience = setTimeout(openFresh, reuse.patienceMs)
      carrier.resume(old)
    },
    fail: (line, kind, reason, detail) => {
      if (line !== old) {
        settle(kind, reason, detail)
        return
      }
      old = null
      carrier.end(line)
      openFresh()
    },
    stop: () => {
      isStopped = true
      if (patience !== null) clearTimeout(patience)
      release(old)
      release(fresh)
    },
    stage: () => {
      const line = fresh ?? old
      return line === null ? null : carrier.stage(line)
    },
    lastLook: () => {
      const line = fresh ?? old
      if (line !== null && carrier.isBegun(line)) return
      settle('inconclusive', 'no-prober', 'the files of the check could not be read in time')
    },
  }
}
