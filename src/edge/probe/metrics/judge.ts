/**
 * Numbers against their marks. A number at `high` or above fails, whatever the others say; else the one that is
 * furthest between `low` and `high` decides how much weight is left. Invariants: a metric that is not there is our
 * trouble, for somebody misspelled it, and takes nobody out; a metric that only a second sample can tell is held
 * against nobody.
 */
import type { Outcome, Watermark } from '../../../core/health/types.ts'
import type { Measured } from './measures.ts'

export interface Judged extends Pick<Outcome, 'kind' | 'reason' | 'detail'> {
  /** What is left of the weight, 0 to 1. */
  readonly share: number
}

/** `values` in the order of the marks. */
export function judgeMarks(marks: readonly Watermark[], values: readonly Measured[]): Judged {
  let share = 1
  let over: Judged | null = null
  const missing: string[] = []
  const told: string[] = []
  marks.forEach((mark, i) => {
    const value = values[i] ?? 'missing'
    if (value === 'missing') missing.push(mark.name)
    else if (value === 'first') told.push(`${mark.name} not known yet`)
    else {
      told.push(`${mark.name} ${shownNumber(value)}`)
      share = Math.min(share, shareOf(mark, value))
      if (value >= mark.high) over ??= overLimit(mark, value)
    }
  })
  if (over !== null) return over
  if (missing.length > 0) {
    return { kind: 'inconclusive', reason: 'no-metric', detail: `not told: ${missing.join(', ')}`, share: 1 }
  }
  return { kind: 'pass', reason: 'ok', detail: told.join(', '), share }
}

/** 1 up to `low`, 0 at `high`, a straight line between them. */
export function shareOf({ low, high }: Watermark, value: number): number {
  if (low === null) return 1
  return Math.min(1, Math.max(0, (high - value) / (high - low)))
}

/** A weight that was falling towards the mark does not come back by going over it. */
function overLimit({ name, low, high }: Watermark, value: number): Judged {
  const detail = `${name} ${shownNumber(value)}, limit ${high}`
  return { kind: 'fail', reason: 'over-limit', detail, share: low === null ? 1 : 0 }
}

/** Four digits, or all that stand before the point. */
function shownNumber(value: number): string {
  if (!Number.isFinite(value)) return value > 0 ? 'infinite' : '-infinite'
  return Math.abs(value) >= 1000 ? String(Math.round(value)) : String(Number(value.toPrecision(4)))
}
