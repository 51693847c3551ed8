/**
 * The seams between the core and the world: types only. The edge implements them, the shell joins them.
 */
import type { Problem } from './base/problem.ts'
import type { Millis } from './base/units.ts'
import type { CheckSpec, Endpoint, Outcome } from './health/types.ts'
import type { Turn } from './rotation/types.ts'
import type { JournalEvent } from './view/events.ts'
import type { Client, Via } from './wire/query.ts'

/** `now` never goes back and has no epoch; `wall` is Unix time in milliseconds, for people and serials. */
export interface Clock {
  now(): Millis
  wall(): number
}

/** A number in [0, 1). */
export type Draw = () => number

/**
 * Runs one probe. Never rejects: trouble of ours is an inconclusive Outcome. Ends soon after `signal` aborts, which
 * happens at the check's timeout (outcome `timeout`) or at shutdown.
 */
export type Probe<S extends CheckSpec = CheckSpec> = (
  endpoint: Endpoint,
  spec: S,
  signal: AbortSignal,
) => Promise<Outcome>

export interface Journal {
  record(event: JournalEvent): void
}

export type { Turn } from './rotation/types.ts'

/** Where the answer path learns what is eligible. Implemented by the board; by a table in tests. */
export interface RotationSource {
  /**
   * Fills `turn` with what was last published for the slot of an RRset of `records` RRs, and returns where its cursor
   * stands (unsigned 32 bits, wraps), which moves by `step`: 1 for an answer, so that the next caller on any thread
   * gets the next number; 0 to look only. Bounded work, no waiting.
   */
  take(slot: number, records: number, turn: Turn, step: 0 | 1): number
}

export type { Client, Via } from './wire/query.ts'

export interface SocketAddress {
  readonly host: string
  readonly port: number
}

/**
 * Answers one query. `query` holds exactly the message; the response is written to `out`, whose length is the most
 * that may be written. Returns the octets written; 0 means silence. Never throws.
 */
export type Respond = (query: Uint8Array, via: Via, out: Uint8Array, client: Client) => number

/** An open listener. */
export interface Transport {
  readonly via: Via
  readonly bound: SocketAddress
  /** Stops reading, lets what is being sent go out, closes. Idempotent. */
  close(): Promise<void>
}

/** What transports count about themselves; each worker owns one such table. */
export interface TransportCounters {
  /** Datagrams or frames thrown away before or instead of an answer: source port 0, full send queue. */
  dropped(): void
  /** A send that the system refused. */
  sendFailed(): void
  tcpOpened(): void
  tcpClosed(): void
  /** A TCP client ended by one of our limits. */
  tcpEvicted(): void
}

/** Zone files as bytes, read once each. */
export interface ZoneFileText {
  /** As people would name it: relative to where they stand if below it. */
  readonly file: string
  readonly text: string
  /** Texts of the files that it includes, by path; empty for most. */
  readonly includes: ReadonlyMap<string, string>
  /** Hex SHA-256 of the bytes, and of those of the included files. */
  readonly digest: string
  /** Last modification of any of them, Unix seconds. */
  readonly modified: number
}

export interface ZoneSource {
  /** Every zone file, sorted by name. What cannot be read comes as a fault, not as a throw. */
  read(): Promise<{ files: readonly ZoneFileText[]; faults: readonly Problem[] }>
  /** Calls back, debounced, after something in the folder may have changed. Returns a function that stops it. */
  watch(changed: () => void): () => void
}
