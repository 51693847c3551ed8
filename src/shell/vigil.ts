/**
 * Watches that the answering threads still look up: each beats at least several times a second, busy or idle. A thread
 * whose beats stand still for several looks in a row hangs. Looks are counted, not time, so a machine that was asleep,
 * or control itself held up, makes nobody suspect: one late look is one look.
 */
import type { Signals } from '../board/signal.ts'

export interface VigilOptions {
  readonly rows: number
  readonly lookMs?: number
}

export interface Vigil {
  /** From now on the row is watched: its thread has begun. */
  watch(row: number): void
  /** Its thread is gone, or not there yet. */
  leave(row: number): void
  /** Rows that are not watched, or whose last looks brought nothing. */
  silent(): readonly number[]
  stop(): void
}

const lookMsDefault = 1_000
/** Looks without a beat before a thread counts as hanging. */
const silentLooksMax = 5
/** Looks without a beat before a thread counts as silent: a busy machine may owe one. */
const silentLooksMin = 2

interface Watched {
  beats: number
  silentLooks: number
}

/** `silent` is called once for a row, which is not watched any more then. */
export function keepVigil(
  signals: Signals,
  { rows, lookMs = lookMsDefault }: VigilOptions,
  silent: (row: number) => void,
): Vigil {
  const watched = new Array<Watched | null>(rows).fill(null)
  const look = (row: number, state: Watched): void => {
    const beats = signals.beats(row)
    state.silentLooks = beats === state.beats ? state.silentLooks + 1 : 0
    state.beats = beats
    if (state.silentLooks < silentLooksMax) return
    watched[row] = null
    silent(row)
  }
  const timer = setInterval(() => {
    watched.forEach((state, row) => {
      if (state !== null) look(row, state)
    })
  }, lookMs)
  timer.unref()
  return {
    watch: row => {
      watched[row] = { beats: signals.beats(row), silentLooks: 0 }
    },
    leave: row => {
      watched[row] = null
    },
    silent: () => watched.flatMap((state, row) => (state === null || state.silentLooks >= silentLooksMin ? [row] : [])),
    stop: () => clearInterval(timer),
  }
}
