/**
 * What is wrong with a user's file, as data: a closed code, the place, a sentence and a remedy.
 * Problems are collected, never thrown; tests assert code and place, not wording.
 * Lines and columns count from 1, columns in UTF-16 units as editors do; `endColumn` is exclusive.
 */
export interface Span {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly endColumn: number
}

export type Severity = 'error' | 'warning'

export interface Problem {
  readonly code: ProblemCode
  readonly severity: Severity
  readonly span: Span
  /** One sentence that says what is wrong, with the offending value in it. */
  readonly text: string
  /** What to write instead, or null where the text already says it. */
  readonly hint: string | null
}

/** Codes that stop a zone set from being installed. */
export const errorCodes = [
  'unreadable',
  'yaml-syntax',
  'duplicate-key',
  'unknown-key',
  'wrong-type',
  'missing-key',
  'bad-value',
  'bad-duration',
  'bad-ttl',
  'bad-regex',
  'bad-zone-name',
  'duplicate-zone',
  'outside-zone',
  'bad-name',
  'label-too-long',
  'name-too-long',
  'unknown-record-type',
  'bad-rdata',
  'bad-address',
  'wrong-family',
  'duplicate-rrset',
  'duplicate-value',
  'cname-and-other',
  'dname-and-other',
  'ds-misplaced',
  'undefined-check',
  'undefined-metric',
  'bad-selector',
  'check-not-possible',
  'undefined-pool',
  'pool-loop',
  'failover-too-slow',
  'unused-pool',
  'no-catch-all',
  'rule-unreachable',
  'weight-range',
  'missing-soa',
  'missing-ns',
  'ns-pooled',
  'ns-nowhere',
  'target-is-alias',
  'target-loop',
  'alias-nowhere',
  'missing-glue',
  'rrset-too-large',
  'not-supported',
] as const

/** Codes that are reported but do not stop an install. */
export const warningCodes = [
  'ttl-outlives-removal',
  'lone-member',
  'rise-one',
  'path-root',
  'unused-check',
  'fallback-unchecked',
  'below-cut',
  'nothing-to-serve',
  'no-such-member',
  'member-unwatched',
] as const

/** Errors that only master files (RFC 1035 section 5) can have. */
export const masterErrorCodes = ['master-syntax', 'include-loop', 'sidecar-alone', 'no-such-set'] as const

/** Warnings that only master files can have: what other servers load as well, though hardly as it was meant. */
export const masterWarningCodes = [
  'ttl-assumed',
  'ttl-differs',
  'duplicate-record',
  'leads-nowhere',
  'leads-to-alias',
  'idle-set',
] as const

/** Codes that the config file can have, or zone files beside it. */
export const settingsErrorCodes = ['bad-secret', 'undefined-key'] as const
export const settingsWarningCodes = ['short-secret', 'exposed-secret'] as const
/** Warnings that only zones and settings together can have. */
export const joinedWarningCodes = ['serial-not-kept', 'sentinel-served'] as const
/** Warnings of zones with places, where a GeoIP file is configured, and of that file. */
export const geoWarningCodes = ['geo-nowhere', 'geoip-unusable'] as const

/** Errors that only a server can see: nothing is wrong with the files by themselves. */
export const reloadErrorCodes = ['max-change'] as const

export type ErrorCode =
  | (typeof errorCodes)[number]
  | (typeof masterErrorCodes)[number]
  | (typeof reloadErrorCodes)[number]
  | (typeof settingsErrorCodes)[number]
export type WarningCode =
  | (typeof warningCodes)[number]
  | (typeof masterWarningCodes)[number]
  | (typeof settingsWarningCodes)[number]
  | (typeof geoWarningCodes)[number]
  | (typeof joinedWarningCodes)[number]
export type ProblemCode = ErrorCode | WarningCode
