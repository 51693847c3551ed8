/**
 * The server's side of a service manager: a journal whose reader is the manager (ready, reloading, stopping, one line
 * of status), and the sign of life that it waits for. The sign is given only while control beats and every answering
 * thread looks up: a manager that hears nothing for its time ends the server and starts it again, which is right for a
 * hang and for nothing else.
 */
import type { Journal } from '../core/ports.ts'
import type { JournalEvent } from '../core/view/events.ts'
import { formatProblem } from '../core/zonefile/format.ts'
import { createNotify, monotonicMicros, type Notify } from '../edge/supervisor/notify.ts'

/** What a service manager says to a process that it starts. */
export interface Supervision {
  /** Where to tell how the server is; null: nobody wants to know. */
  readonly notifySocket: string | null
  /** The longest silence after which the manager ends the server; null: it does not watch. */
  readonly watchdogMs: number | null
  /** Descriptors of sockets that were opened for us. */
  readonly handed: readonly number[]
}

export const unsupervised: Supervision = { notifySocket: null, watchdogMs: null, handed: [] }

/** What tells that the server lives. */
export interface Signs {
  /** Another number than before if control has worked meanwhile. */
  readonly beats: () => number
  /** Answering threads that do not look up. */
  readonly silent: () => readonly number[]
}

export interface Supervisor extends Journal {
  /** From now on signs of life are given; the returned function ends them. */
  watch(signs: Signs): () => void
  /** The manager knows that `work` is a reload, and when it is over. */
  reloading(work: () => Promise<void>): Promise<void>
}

/** Signs in the time that the manager waits for one: two may fail to come. */
const signsInTime = 3

/** A supervisor that nobody listens to costs nothing. */
export async function createSupervisor({ notifySocket, watchdogMs }: Supervision): Promise<Supervisor> {
  const notify = notifySocket === null ? null : await createNotify(notifySocket)
  return notify === null ? deaf : attend(notify, watchdogMs)
}

const deaf: Supervisor = { record: () => {}, watch: () => () => {}, reloading: work => work() }

export function attend(notify: Notify, watchdogMs: number | null): Supervisor {
  return {
    record: event => {
      const lines = tell(event)
      if (lines.length > 0) notify(lines)
    },
    watch: signs => (watchdogMs === null ? () => {} : giveSigns(notify, watchdogMs, signs)),
    reloading: async work => {
      notify(['RELOADING=1', `MONOTONIC_USEC=${monotonicMicros()}`])
      try {
        await work()
      } finally {
        notify(['READY=1'])
      }
    },
  }
}

function giveSigns(notify: Notify, watchdogMs: number, { beats, silent }: Signs): () => void {
  let beatsBefore = beats()
  notify(['WATCHDOG=1'])
  const timer = setInterval(() => {
    const beatsNow = beats()
    if (beatsNow !== beatsBefore && silent().length === 0) notify(['WATCHDOG=1'])
    beatsBefore = beatsNow
  }, watchdogMs / signsInTime)
  return () => clearInterval(timer)
}

function tell(event: JournalEvent): readonly string[] {
  switch (event.kind) {
    case 'installed': {
      const { generation, zones, rrsets, checks } = event
      return [`STATUS=serving generation ${generation}: ${zones} zones, ${rrsets} RRsets, ${checks} checks`]
    }
    case 'refused': {
      const fault = event.problems.find(problem => problem.severity === 'error')
      const first = fault === undefined ? '' : `: ${formatProblem(fault, null)}`
      return [`STATUS=zone files refused, generation ${event.generation} is served${first}`]
    }
    case 'ready':
      return ['READY=1']
    case 'stopping':
      return ['STOPPING=1', `STATUS=stopping on ${event.signal}`]
    default:
      return []
  }
}
