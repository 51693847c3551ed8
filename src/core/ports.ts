/**
 * The seams between the core and the world: types only. The edge implements them, the shell joins them.
 */
import type { Problem } from './base/problem.ts'
import type { Millis } from './base/units.ts'
import type { CheckSpec, Endpoint, Outcome, Standing } from './health/types.ts'
import type { Turn } from './rotation/types.ts'
import type { JournalEvent } from './view/events.ts'
import type { Client, Via } from './wire/query.ts'
import type { JudgedZone } from './zonefile/judged.ts'

/** `now` never goes back and has no epoch; `wall` is Unix time in milliseconds, for people and serials. */
export interface Clock {
  now(): Millis
  wall(): number
}

/** A number in [0, 1). */
export type Draw = () => number

/** What ends a probe from outside. An AbortSignal is one; one that is made for each probe should cost less. */
export interface StopSignal {
  readonly aborted: boolean
  readonly reason: unknown
  addEventListener(type: 'abort', listener: () => void): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/**
 * Runs one probe. Never rejects: trouble of ours is an inconclusive Outcome. Ends soon after `signal` aborts, which
 * happens at the check's timeout (outcome `timeout`) or at shutdown.
 */
export type Probe<S extends CheckSpec = CheckSpec> = (
  endpoint: Endpoint,
  spec: S,
  signal: StopSignal,
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
  /** As `take` with step 1, for a turn that the caller still has; -1 if something was published since its `stamp`. */
  advance(slot: number, stamp: number): number
  /**
   * Notes who was answered where the cursor does not tell it: the turn's order is the answer's. `whole`: every member
   * that might have been is in it, so that only who came first is worth a note.
   */
  note(slot: number, records: number, turn: Turn, whole: boolean): void
  /** The live serial of the zone whose place on the board begins at `base`; 0: the one in its SOA. */
  serial(base: number): number
}

/** Where the answer path learns on what evidence members are in or out. Implemented by the board's room. */
export interface BulletinSource {
  /**
   * Puts the name of the pool at a slot, in UTF-8 and at most 63 octets, into `out` at `at`; returns the offset behind
   * it: `at` where it has none. Allocates nothing.
   */
  putName(slot: number, out: Uint8Array, at: number): number
  /** In the order of the zone file; null for a pool whose members nobody watches. Allocates by members of the pool. */
  read(slot: number): readonly MemberNews[] | null
}

export interface MemberNews extends Standing {
  readonly rr: number
  /** The pool that it is of, behind the one that falls back on it; '' where the record has one pool only. */
  readonly pool: string
  /** True while only a freeze keeps the member in the answers. */
  readonly held: boolean
  /** Neither checks nor what it leads to say anything of it. */
  readonly unwatched: boolean
  readonly checks: readonly CheckNews[]
}

/** What a check said last. */
export interface CheckNews extends Pick<Outcome, 'kind' | 'reason' | 'latencyMs'> {
  readonly check: string
  /** When that was, on the clock of `Clock.now`, to a tenth of a second; null: never. */
  readonly heardMs: number | null
}

export type { Client, Via } from './wire/query.ts'

export interface SocketAddress {
  readonly host: string
  readonly port: number
}

/**
 * Answers one query. `query` holds exactly the message; the response is written to `out`, whose length is the most
 * that may be written. Returns the octets written; 0 means silence. Over TCP less than 0 means: so many octets are the
 * first message of several, and the others are to be had by `TakeFeed`. Never throws.
 */
export type Respond = (query: Uint8Array, via: Via, out: Uint8Array, client: Client) => number

/** The rest of an answer that is too long for one message: its messages, one at a time. Nothing of it throws. */
export interface Feed {
  /** Writes the next message into `out`; returns its octets. 0: it is over. Less: it broke off, as the stream must. */
  next(out: Uint8Array): number
  /** No more will be asked for, be it over or not. To be called once. */
  close(): void
}

/** The feed that the last answer began; null if it began none. */
export type TakeFeed = () => Feed | null

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

/** A zone file as bytes, read once. */
export interface ZoneFileText {
  /** As people would name it: relative to where they stand if below it. */
  readonly file: string
  readonly text: string
  /** Texts of the files that it includes, by path; empty for most. */
  readonly includes: ReadonlyMap<string, string>
  /** The path of the sidecar of a zone that is pulled; others have it beside them. */
  readonly sidecar?: string
  /** Paths of all files that it asks for, those that cannot be read as well. */
  readonly wanted: readonly string[]
  /** Hex SHA-256 of the bytes, and of those of the included files. */
  readonly digest: string
  /** Last modification of any of them, Unix seconds. */
  readonly modified: number
}

/** A zone file and what it came to; the same object for as long as the file stays as it is. */
export interface JudgedFile extends Pick<ZoneFileText, 'file' | 'digest' | 'modified'> {
  readonly zone: JudgedZone
  /** Absent for a file that people edit: what else there is follows another server, or what is served already. */
  readonly origin?: 'catalog' | 'secondary'
}

export interface ZoneSource {
  /** Every zone file, sorted by name. What cannot be read comes as a fault, not as a throw. */
  read(): Promise<{ files: readonly JudgedFile[]; faults: readonly Problem[] }>
  /** Calls back, debounced, after something in the folder may have changed. Returns a function that stops it. */
  watch(changed: () => void): () => void
  /** Ends a reading under way, which then rejects. */
  close(): Promise<void>
}
