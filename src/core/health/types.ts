/**
 * The words of health: what is checked, what one probe said, what a check concludes over time.
 * Data only. Invariant: a probe that could not run is `inconclusive` and never counts against an endpoint.
 */
import type { Millis } from '../base/units.ts'

/** What is probed. `address` is canonical text (RFC 5952 for IPv6); `port` is null for ICMP. */
export interface Endpoint {
  readonly address: string
  readonly port: number | null
}

/** How often, how patiently and how stubbornly a check judges. */
export interface Cadence {
  readonly intervalMs: Millis
  readonly timeoutMs: Millis
  /** Interval while the verdict is being overturned. */
  readonly fastIntervalMs: Millis
  /** Failures in a row that turn up into down. */
  readonly fall: number
  /** Passes in a row that turn down into up. */
  readonly rise: number
}

/** Inclusive range of HTTP status codes. */
export interface StatusRange {
  readonly low: number
  readonly high: number
}

export interface IcmpCheck extends Cadence {
  readonly protocol: 'ICMP'
  readonly name: string
}

export interface TcpCheck extends Cadence {
  readonly protocol: 'TCP'
  readonly name: string
  readonly port: number
}

export interface HttpCheck extends Cadence {
  readonly protocol: 'HTTP' | 'HTTPS'
  readonly name: string
  readonly port: number
  readonly method: string
  readonly path: string
  /** The Host header; null sends the endpoint's own address. For HTTPS the record's owner was filled in already. */
  readonly host: string | null
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly expect: {
    readonly status: readonly StatusRange[]
    /** Text that the first 64 KiB of the body must contain, or null. */
    readonly body: string | null
    /** Regular expression (source) that the first 64 KiB of the body must match, or null. */
    readonly regex: string | null
    /** Longest time from connecting to the end of the response, or null for the timeout alone. */
    readonly withinMs: Millis | null
  }
  readonly tls: {
    /** SNI and the name that the certificate must carry; null verifies against the address. */
    readonly serverName: string | null
    readonly verify: boolean
    /** PEM file of the authorities to trust instead of the built-in ones, or null. */
    readonly caFile: string | null
  }
}

export type CheckSpec = IcmpCheck | TcpCheck | HttpCheck
export type Protocol = CheckSpec['protocol']

/** Why an outcome is what it is: a closed list, shown to people and counted. */
export const reasonCodes = [
  'ok',
  'timeout',
  'slow',
  'refused',
  'reset',
  'closed',
  'unreachable',
  'status',
  'body',
  'protocol',
  'tls-name',
  'tls-expired',
  'tls-untrusted',
  'tls-handshake',
  'no-permission',
  'no-socket',
  'no-prober',
  'late',
] as const
export type ReasonCode = (typeof reasonCodes)[number]

/** What one probe said. `detail` is short, printable and bounded (at most 200 characters), or null. */
export interface Outcome {
  readonly kind: 'pass' | 'fail' | 'inconclusive'
  readonly reason: ReasonCode
  readonly latencyMs: number
  readonly detail: string | null
}

export type Verdict = 'unknown' | 'up' | 'down'

/** A check's running memory on one endpoint. A value: `observe` returns the next one. */
export interface Track {
  readonly verdict: Verdict
  /** Outcomes in a row against the verdict; 0 when calm. */
  readonly against: number
  /** When the verdict last changed; for unknown, when the track began. */
  readonly sinceMs: Millis
  /** True if the next conclusive outcome decides at once: a new track, or one whose check was edited. */
  readonly undecided: boolean
  /** The newest conclusive outcome: the evidence that the verdict rests on. */
  readonly last: Outcome | null
  readonly lastMs: Millis | null
  /** Why the newest probe could not judge; null if it could. Kept apart so that it never flushes evidence. */
  readonly obstacle: Outcome | null
}

export type Transition = 'unchanged' | 'pending' | 'changed'

/** The operator's word on a member; `status: up | down` in a zone file says the same from the file. */
export type Override = 'none' | 'forced-up' | 'forced-down' | 'drained'

/** Checks joined with the operator's word: what the choice of answers goes by. */
export interface Standing {
  readonly verdict: Verdict
  /** True while some check is on its way to another verdict. */
  readonly pending: boolean
  readonly override: Override
}

/** Fewest checks that must be up: `all` of n is n, `any` is 1. */
export interface Quorum {
  readonly need: number
}
