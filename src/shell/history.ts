/**
 * The journal with its readers: every event goes to each of them and, bounded, into history. One record, many readers:
 * log, API and later metrics cannot disagree about what happened.
 */
import type { Clock, Journal } from '../core/ports.ts'
import { historyEventsMax, type RecordedEvent } from '../core/view/events.ts'

export interface History extends Journal {
  /** Oldest first. */
  events(): readonly RecordedEvent[]
  /** Tells of each event from now on, after its readers; returns how to stop. */
  follow(ear: (recorded: RecordedEvent) => void): () => void
}

export function createHistory(clock: Clock, readers: readonly Journal[]): History {
  const kept: RecordedEvent[] = []
  const ears = new Set<(recorded: RecordedEvent) => void>()
  return {
    record: event => {
      const recorded = { at: clock.wall(), event }
      kept.push(recorded)
      // Cutting in blocks keeps the cost of one event constant.
      if (kept.length >= historyEventsMax * 2) kept.splice(0, kept.length - historyEventsMax)
      for (const reader of readers) reader.record(event)
      for (const ear of ears) ear(recorded)
    },
    events: () => kept.slice(-historyEventsMax),
    follow: ear => {
      ears.add(ear)
      return () => void ears.delete(ear)
    },
  }
}
