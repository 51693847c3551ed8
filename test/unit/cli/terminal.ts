/**
 * A terminal for verbs under test: keeps what was printed, and lets the test send signals. Nothing of the real process
 * is touched.
 */
import type { Io } from '../../../src/cli/io.ts'
import { unsupervised } from '../../../src/shell/supervisor.ts'

export interface Terminal extends Io {
  readonly printed: { out: string; err: string }
  /** Exit codes of `quit`, in order. */
  readonly quits: number[]
  send(signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP'): void
  /** Lets time pass. */
  elapse(ms: number): void
  /** Signals that somebody still listens to. */
  heard(): readonly string[]
}

export function createTerminal(settings: Partial<Pick<Io, 'color' | 'terminal' | 'adminUrl'>> = {}): Terminal {
  const printed = { out: '', err: '' }
  const quits: number[] = []
  let nowMs = 0
  const ears = new Map<string, Set<() => void>>()
  return {
    printed,
    quits,
    out: text => {
      printed.out += text
    },
    err: text => {
      printed.err += text
    },
    color: settings.color ?? false,
    terminal: settings.terminal ?? false,
    adminUrl: settings.adminUrl ?? null,
    user: 'tess',
    supervision: unsupervised,
    now: () => nowMs,
    elapse: ms => {
      nowMs += ms
    },
    hear: (signal, heard) => {
      const ear = () => heard()
      const set = ears.get(signal) ?? new Set()
      ears.set(signal, set.add(ear))
      return () => void set.delete(ear)
    },
    quit: code => {
      quits.push(code)
    },
    send: signal => {
      for (const ear of [...(ears.get(signal) ?? [])]) ear()
    },
    heard: () => [...ears].filter(([, set]) => set.size > 0).map(([signal]) => signal),
  }
}
