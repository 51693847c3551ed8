/**
 * The journal with its readers: every event goes to each of them and, bounded, into history. One record, many readers:
 * log, API and later metrics cannot disagree about what happened.
 * History has an event at once. Readers hear it before `record` returns as well, unless one moment brings more than a
 * few: thousands of members that fall together would take longer to tell than the next verdicts may wait, so the rest
 * is told in turns of their own.
 * Invariant: readers hear every event, in order; what ends the server is heard at once, and all that was before it.
 */
import type { Clock, Journal } from '../core/ports.ts'
import { historyEventsMax, type JournalEvent, type RecordedEvent } from '../core/view/events.ts'

export interface History extends Journal {
  /** Oldest first. */
  events(): readonly RecordedEvent[]
  /** Tells of each event from now on, before its readers; returns how to stop. */
  follow(ear: (recorded: RecordedEvent) => void): () => void
}

export const historyLimits = {
  /** Told to the readers in one turn: a few milliseconds' work, nearly all of it the log's. */
  perTurn: 64,
  /** Events that wait for their turn; one more, and the oldest is told at once. */
  waitingMax: 50_000,
} as const

export function createHistory(clock: Clock, readers: readonly Journal[]): History {
  const kept: RecordedEvent[] = []
  const ears = new Set<(recorded: RecordedEvent) => void>()
  const tell = createTelling(event => {
    for (const reader of readers) reader.record(event)
  })
  return {
    record: event => {
      const recorded = { at: clock.wall(), event }
      kept.push(recorded)
      // Cutting in blocks keeps the cost of one event constant.
      if (kept.length >= historyEventsMax * 2) kept.splice(0, kept.length - historyEventsMax)
      for (const ear of ears) ear(recorded)
      tell(event)
    },
    events: () => kept.slice(-historyEventsMax),
    follow: ear => {
      ears.add(ear)
      return () => void ears.delete(ear)
    },
  }
}

/** After one of these there may be no further turn. */
const last: ReadonlySet<JournalEvent['kind']> = new Set(['stopping', 'fault'])

/** Passes on events in order: the first of a turn at once, others in the turns that follow. */
function createTelling(pass: (event: JournalEvent) => void): (event: JournalEvent) => void {
  const { perTurn, waitingMax } = historyLimits
  let waiting: JournalEvent[] = []
  let passed = 0
  let told = 0
  let isDue = false

  const passOldest = (): void => {
    pass(waiting[passed++]!)
    // Cutting now and then keeps the cost of one event constant.
    if (passed < waiting.length && passed < waitingMax) return
    waiting = waiting.slice(passed)
    passed = 0
  }
  const work = (): void => {
    for (told = 0; told < perTurn && waiting.length > 0; told++) passOldest()
    isDue = told > 0
    if (isDue) setImmediate(work)
  }
  return event => {
    waiting.push(event)
    const isLast = last.has(event.kind)
    while (waiting.length > 0 && (isLast || waiting.length - passed > waitingMax)) passOldest()
    if (waiting.length - passed === 1 && told < perTurn) {
      told++
      passOldest()
    }
    if (isDue) return
    isDue = true
    setImmediate(work)
  }
}
