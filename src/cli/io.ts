/**
 * What a verb may touch of the process, handed in by main.ts, so that every verb runs in a test without one.
 * The exit codes are a contract: scripts depend on them.
 */
import type { Supervision } from '../shell/supervisor.ts'

export const exitCodes = {
  ok: 0,
  /** Findings, a refusal, or something went wrong. */
  failed: 1,
  usage: 2,
  /** The server does not answer on that address. */
  unreachable: 3,
  timeout: 4,
} as const

export interface Io {
  /** To standard output: what was asked for. */
  out(text: string): void
  /** To standard error: why it could not be had. */
  err(text: string): void
  /** True if standard output may carry colours: a terminal, and NO_COLOR unset or empty (no-color.org). */
  readonly color: boolean
  /** True if standard output is a terminal. */
  readonly terminal: boolean
  /** $ROBIN_ADMIN, if set and not empty. */
  readonly adminUrl: string | null
  /** Who gives the command, for the journal; null if that cannot be known. */
  readonly user: string | null
  /** What a service manager said when it started the process. */
  readonly supervision: Supervision
  /** Milliseconds that never go back. */
  now(): number
  /** Calls back at each such signal until the returned function is called. */
  hear(signal: 'SIGTERM' | 'SIGINT' | 'SIGHUP', heard: () => void): () => void
  /** Ends the process at once, without waiting for anything. */
  quit(code: number): void
}

/** A wrong argument that only a verb can see: said on standard error, exit code 2. */
export class UsageFault extends Error {
  override readonly name = 'UsageFault'
}
