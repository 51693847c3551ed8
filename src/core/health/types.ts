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
  /** A slow leak: so many failures among the newest outcomes turn up into down as well. Absent: no such rule. */
  readonly leak?: Leak
}

/** `failures` within the newest `window` conclusive outcomes. */
export interface Leak {
  readonly failures: number
  readonly window: number
}

/** The longest window of a leak: a track keeps that many outcomes, one bit each. */
export const leakWindowMax = 32

/** Where a probe starts out. */
export interface Origin {
  /** Local address that the probe's socket is bound to; absent, the system chooses. */
  readonly source?: string
}

/** Inclusive range of HTTP status codes. */
export interface StatusRange {
  readonly low: number
  readonly high: number
}

export interface IcmpCheck extends Cadence, Origin {
  readonly protocol: 'ICMP'
  readonly name: string
}

/** How a TLS connection is opened and its certificate judged. Files are PEM. */
export interface TlsSpec {
  /** SNI and the name that the certificate must carry; null verifies against the address. */
  readonly serverName: string | null
  readonly verify: boolean
  /** Authorities to trust instead of the built-in ones, or null. */
  readonly caFile: string | null
  /** Certificate that the probe presents, with its chain, and the private key to it: both or neither. */
  readonly certFile: string | null
  readonly keyFile: string | null
}

/** What is looked for in text of the backend's: a text that it must be or contain, or a regular expression (source). */
export type TextMatch =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'regex'; readonly source: string }

export interface TcpCheck extends Cadence, Origin {
  readonly protocol: 'TCP'
  readonly name: string
  readonly port: number
  /** Written as soon as the connection stands, in UTF-8, or null. */
  readonly send: string | null
  /** What the first 64 KiB that come back must contain, or null for a connection alone. */
  readonly expect: TextMatch | null
  /** Null for plain TCP. */
  readonly tls: TlsSpec | null
}

/** Days that a certificate must still be valid: fewer than `warn` are told in a pass, fewer than `fail` fail. */
export interface CertDays {
  readonly warn: number | null
  readonly fail: number | null
}

/** What may stand in a JSON document at a place that a check looks at. */
export type JsonScalar = string | number | boolean | null

export interface HttpCheck extends Cadence, Origin {
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
    /** Values that the JSON in the body must have, by RFC 6901 pointer. */
    readonly json: readonly (readonly [pointer: string, value: JsonScalar])[]
    /** Header fields that the response must carry: the whole value, or an expression that matches it. Names lowered. */
    readonly headers: readonly (readonly [name: string, match: TextMatch])[]
    /** Longest time from connecting to the end of the response, or null for the timeout alone. */
    readonly withinMs: Millis | null
    /** For HTTPS. */
    readonly certDays: CertDays | null
  }
  readonly tls: TlsSpec
  /** HTTP/2, by ALPN for HTTPS and by prior knowledge for HTTP. */
  readonly http2: boolean
  /** Whether a connection is kept for the next probe of the same endpoint and check. */
  readonly reuse: boolean
}

export interface DnsCheck extends Cadence, Origin {
  readonly protocol: 'DNS'
  readonly name: string
  readonly port: number
  /** Presentation form, lowered, with its closing dot. */
  readonly qname: string
  readonly qtype: number
  readonly expect: {
    /** Response codes that pass, extended ones included. */
    readonly rcodes: readonly number[]
    /** Rdata that must all be among the answers of the asked type; empty accepts any answer. See `core/rdata`. */
    readonly rdatas: readonly string[]
  }
}

export interface GrpcCheck extends Cadence, Origin {
  readonly protocol: 'GRPC'
  readonly name: string
  readonly port: number
  /** The service asked about in grpc.health.v1.Health/Check; '' is the server as a whole. */
  readonly service: string
  /** `:authority`; null sends the endpoint's own address. */
  readonly host: string | null
  /** Null for HTTP/2 in clear text. */
  readonly tls: TlsSpec | null
}

export interface ExecCheck extends Cadence, Origin {
  readonly protocol: 'EXEC'
  readonly name: string
  /** Told to the program; null if the check names none. */
  readonly port: number | null
  /** Program and arguments. `{address}`, `{port}` and `{source}` in them are replaced; no shell looks at them. */
  readonly command: readonly string[]
}

/** What is known of a host by these names wherever node_exporter runs. */
export const namedMetrics = [
  'load1',
  'load1_per_cpu',
  'cpu_percent',
  'memory_used_percent',
  'threads_active',
  'net_rx_mbit',
  'net_tx_mbit',
] as const
export type NamedMetric = (typeof namedMetrics)[number]

/** A label that a series must have with this value or, if not `equal`, must not. */
export interface LabelMatch {
  readonly name: string
  readonly value: string
  readonly equal: boolean
}

/** Where the number of one metric comes from: by its name, as the sum of series, by RFC 6901 pointer. */
export type Reading =
  | { readonly kind: 'named'; readonly metric: NamedMetric }
  /** With `rate`, what the sum grows by in a second. */
  | {
      readonly kind: 'series'
      readonly metric: string
      readonly labels: readonly LabelMatch[]
      readonly rate: boolean
    }
  | { readonly kind: 'pointer'; readonly pointer: string }

/** From `low` on the weight falls, at `high` the check fails. */
export interface Watermark {
  readonly name: string
  readonly reading: Reading
  /** Null: full weight up to `high`. */
  readonly low: number | null
  readonly high: number
}

export interface MetricsCheck extends Cadence, Origin {
  readonly protocol: 'METRICS'
  readonly name: string
  readonly port: number
  readonly page: {
    readonly scheme: 'http' | 'https' | 'tcp'
    /** The address to ask instead of the endpoint's own, or null. */
    readonly address: string | null
    /** Request target, in which `{address}` and `{port}` are replaced; empty for tcp. */
    readonly target: string
  }
  readonly format: 'prometheus' | 'json' | 'agent'
  /** None for an agent, which says itself how its host does. */
  readonly limits: readonly Watermark[]
  /** Written to an agent over TCP as soon as the connection stands, or null. */
  readonly send: string | null
  /** For https. */
  readonly tls: TlsSpec | null
}

export type CheckSpec = IcmpCheck | TcpCheck | HttpCheck | DnsCheck | GrpcCheck | ExecCheck | MetricsCheck
export type Protocol = CheckSpec['protocol']

/**
 * Why an outcome is what it is: a closed list, shown to people and counted.
 *
 *   timeout slow                        no answer in time; an answer later than `within`
 *   refused reset closed unreachable    what the other host, or the network on the way, did
 *   status header body json expect      a response, or words, other than the check expects
 *   rcode data not-serving grpc-status  the same for DNS and for gRPC
 *   protocol                            octets that the protocol does not know
 *   tls-name tls-expired tls-untrusted  a certificate of another name, out of its time, of nobody that is trusted
 *   tls-handshake cert-days             no TLS at all; a certificate that ends soon (in a pass: a warning)
 *   exit signal                         how a program of the user's ended
 *   over-limit no-metric agent          what a host says of itself, or does not
 *   no-permission no-socket no-prober late    trouble of ours: always inconclusive
 */
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
  'json',
  'header',
  'expect',
  'rcode',
  'data',
  'not-serving',
  'grpc-status',
  'protocol',
  'tls-name',
  'tls-expired',
  'tls-untrusted',
  'tls-handshake',
  'cert-days',
  'exit',
  'signal',
  'over-limit',
  'no-metric',
  'agent',
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
  /**
   * What a pass leaves of the member's weight, 0 to 1; absent is 1. Only METRICS checks say less. A failure that says
   * it takes the weight before the verdict turns; any other leaves what the last pass left.
   */
  readonly share?: number
  /** Whole days for which the certificate that was shown is still valid, negative if it is not; absent without one. */
  readonly certDays?: number
}

export type Verdict = 'unknown' | 'up' | 'down'

/**
 * What gave a verdict: nothing yet · the first outcome of all · the first outcome of an edited check · so many in a row
 * against the verdict before · too many failures among the newest outcomes.
 */
export const causes = ['none', 'first', 'edit', 'fall', 'rise', 'leak'] as const
export type Cause = (typeof causes)[number]

/** A check's running memory on one endpoint. A value: `observe` returns the next one. */
export interface Track {
  readonly verdict: Verdict
  readonly cause: Cause
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
  /** The newest conclusive outcomes since the last recovery, one bit each: 1 is a failure, the newest is lowest. */
  readonly misses: number
  /** What the newest pass left of the member's weight, 0 to 1 in whole hundredths. */
  readonly share: number
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
  /** What of its weight the member gets, 0 to 1: what its checks leave of it, less while it has just recovered. */
  readonly share: number
}

/** Fewest checks that must be up: `all` of n is n, `any` is 1. */
export interface Quorum {
  readonly need: number
}
