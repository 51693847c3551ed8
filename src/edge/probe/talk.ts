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

/** What a protocol must be able to do with its connections. `T` is what it has to know of the exchange. */
export interface Carrier<L, T> {
  /** Opens a line and sends as soon as it stands. */
  open(turn: T): L
  /** Sends once more, on a line that was kept. */
  resume(line: L, turn: T): void
  /** The line works for nobody now. Returns whether it may be kept. */
  rest(line: L): boolean
  end(line: L): void
  openedMs(line: L): number
  stage(line: L): string
  /** False while the files of the check are read. */
  isBegun(line: L): boolean
  /** Takes what has come on it and was not told yet. */
  look?(line: L): void
}

/** An exchange under way. */
export interface Talk<L> extends Run {
  begin(): void
  /** Trouble on a line of this exchange: settled, unless the line was a kept one. */
  fail(line: L, kind: Outcome['kind'], reason: ReasonCode, detail: string): void
}

/** `kept` is null for a connection of its own. */
export function createTalk<L, T>(
  carrier: Carrier<L, T>,
  turn: T,
  kept: Kept<L> | null,
  reuse: Reuse | null,
  settle: Settle,
): Talk<L> {
  return new OwnTalk(carrier, turn, kept, reuse, settle)
}

/** A class, since an object of closures would be built anew for each of thousands of probes a second. */
class OwnTalk<L, T> implements Talk<L> {
  private old: L | null = null
  private fresh: L | null = null
  private isFreshOpened = false
  private isStopped = false
  private patience: NodeJS.Timeout | null = null
  private readonly carrier: Carrier<L, T>
  private readonly turn: T
  private readonly kept: Kept<L> | null
  private readonly reuse: Reuse | null
  private readonly settle: Settle

  constructor(carrier: Carrier<L, T>, turn: T, kept: Kept<L> | null, reuse: Reuse | null, settle: Settle) {
    this.carrier = carrier
    this.turn = turn
    this.kept = kept
    this.reuse = reuse
    this.settle = settle
  }

  begin(): void {
    const { kept, reuse } = this
    const old = kept !== null && reuse !== null ? kept.take(reuse.key) : null
    if (old === null || reuse === null) {
      this.openFresh()
      return
    }
    this.old = old
    this.patience = setTimeout(() => this.openFresh(), reuse.patienceMs)
    this.carrier.resume(old, this.turn)
  }

  fail(line: L, kind: Outcome['kind'], reason: ReasonCode, detail: string): void {
    if (line !== this.old) {
      this.settle(kind, reason, detail)
      return
    }
    this.old = null
    this.carrier.end(line)
    this.openFresh()
  }

  stop(): void {
    this.isStopped = true
    if (this.patience !== null) clearTimeout(this.patience)
    this.release(this.old)
    this.release(this.fresh)
  }

  stage(): string | null {
    const line = this.fresh ?? this.old
    return line === null ? null : this.carrier.stage(line)
  }

  lastLook(): void {
    const line = this.fresh ?? this.old
    if (line !== null) this.carrier.look?.(line)
    if (line !== null && this.carrier.isBegun(line)) return
    this.settle('inconclusive', 'no-prober', 'the files of the check could not be read in time')
  }

  private openFresh(): void {
    if (this.isFreshOpened || this.isStopped) return
    this.isFreshOpened = true
    try {
      this.fresh = this.carrier.open(this.turn)
    } catch (error) {
      this.settle('inconclusive', 'no-prober', describeError(error))
    }
    // It may have come to trouble, and ended the exchange, before it was known here.
    if (this.isStopped) this.release(this.fresh)
  }

  private release(line: L | null): void {
    if (line === null) return
    const { carrier, kept, reuse } = this
    const isReusable = carrier.rest(line)
    if (isReusable && kept !== null && reuse !== null) kept.put(reuse.key, line, carrier.openedMs(line))
    else carrier.end(line)
  }
}
