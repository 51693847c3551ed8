/**
 * The journal with its readers: every event goes to each of them and, bounded, into history. One record, many readers:
 * log, API and later metrics cannot disagree about what happened.
 */
import type { Clock, Journal } from '../core/ports.ts'
import { historyEventsMax, type RecordedEvent } from '../core/view/events.ts'

export interface History extends Journal {
  /** Oldest first. */
  events(): readonly RecordedEvent[]
}

export function createHistory(clock: Clock, readers: readonly Journal[]): History {
  const kept: RecordedEvent[] = []
  return {
    record: event => {
      kept.push({ at: clock.wall(), event })
      // Cutting in blocks keeps the cost of one event constant.
      if (kept.length >= historyEventsMax * 2) kept.splice(0, kept.length - historyEventsMax)
      for (const reader of readers) reader.record(event)
    },
    events: () => kept.slice(-historyEventsMax),
  }
}
