/**
 * Keeps the book on the answering threads for those who watch: when each last gave a sign of life, how often it stalled
 * or was replaced, which generation it serves, and how long it took to take one. It only looks; who hangs is for the
 * vigil to say. Looks are counted, not time, so that a thread is not blamed for control having been held up itself.
 */
import type { Signals } from '../board/signal.ts'
import { createHistogram, type GrowingHistogram, noteSeconds } from '../core/health/latency.ts'
import type { Clock, Via } from '../core/ports.ts'
import type { ThreadView } from '../core/view/status.ts'
import type { Post } from './listeners.ts'

export interface Attendance {
  /** The row has a thread that serves this generation. */
  begin(row: number, generation: number): void
  /** Its thread is gone. */
  lose(row: number): void
  installed(row: number, generation: number, tookMs: number): void
  threads(): readonly ThreadView[]
  stop(): void
}

/** A thread gives at least five signs a second, busy or idle. */
const lookMs = 100
/** Looks without a sign that make a stall: a second of them. */
const stallLooks = 10

interface Line {
  readonly via: readonly Via[]
  readonly installs: GrowingHistogram
  present: boolean
  beats: number
  silentLooks: number
  stalls: number
  replaced: number
  generation: number
  servedSinceMs: number
}

export function keepAttendance(signals: Signals, posts: readonly Post[], clock: Pick<Clock, 'now'>): Attendance {
  const lines = posts.map(
    (post): Line => ({
      via: viaOf(post),
      installs: createHistogram(),
      present: false,
      beats: 0,
      silentLooks: 0,
      stalls: 0,
      replaced: 0,
      generation: 0,
      servedSinceMs: clock.now(),
    }),
  )
  const look = (line: Line, row: number): void => {
    if (!line.present) return
    const beats = signals.beats(row)
    line.silentLooks = beats === line.beats ? line.silentLooks + 1 : 0
    line.beats = beats
    if (line.silentLooks === stallLooks) line.stalls++
  }
  const serve = (line: Line, generation: number): void => {
    line.generation = generation
    line.servedSinceMs = clock.now()
  }
  const timer = setInterval(() => lines.forEach(look), lookMs)
  timer.unref()
  return {
    begin: (row, generation) => {
      const line = lines[row]!
      line.present = true
      line.beats = signals.beats(row)
      line.silentLooks = 0
      // It may have taken a later one before it said that it has begun.
      serve(line, Math.max(line.generation, generation))
    },
    lose: row => {
      const line = lines[row]!
      line.present = false
      line.replaced++
    },
    installed: (row, generation, tookMs) => {
      serve(lines[row]!, generation)
      noteSeconds(lines[row]!.installs, tookMs / 1000)
    },
    threads: () => lines.map((line, worker) => drawThread(line, worker, clock.now())),
    stop: () => clearInterval(timer),
  }
}

function drawThread(line: Line, worker: number, nowMs: number): ThreadView {
  const { via, stalls, replaced, generation, servedSinceMs, present, silentLooks, installs } = line
  return {
    worker,
    via,
    silentMs: present ? silentLooks * lookMs : null,
    stalls,
    replaced,
    generation,
    servedMs: Math.round(nowMs - servedSinceMs),
    installs: { counts: [...installs.counts], sumSeconds: installs.sumSeconds },
  }
}

function viaOf({ listens, sockets, streams }: Post): readonly Via[] {
  const vias = new Set<Via>(listens.map(({ via }) => via))
  if (sockets.length > 0) vias.add('udp')
  if (streams.length > 0) vias.add('tcp')
  return [...vias]
}
