/**
 * Counts events for the metrics: one more reader of the journal, which keeps numbers instead of sentences.
 */
import type { Journal } from '../core/ports.ts'
import type { EventTotals } from '../core/view/metrics.ts'

export interface Totals extends Journal {
  read(): EventTotals
}

export function createTotals(): Totals {
  const transitions = { up: 0, down: 0 }
  let refusals = 0
  return {
    record: event => {
      if (event.kind === 'refused') refusals++
      if (event.kind === 'transition' && event.to !== 'unknown') transitions[event.to]++
    },
    read: () => ({ transitions: { ...transitions }, refusals }),
  }
}
