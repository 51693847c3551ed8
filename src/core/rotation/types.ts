/**
 * The words of rotation: a pool as configured, and what of it may be answered now.
 * Members are indexes into the RRset's rdata as compiled; a Rotation is what control publishes and workers read.
 */
import type { Seconds } from '../base/units.ts'

/** What is answered when fewer members than the floor are eligible. */
export type OnAllDown = 'all' | 'values' | 'last_healthy' | 'nodata' | 'servfail' | 'refused'

/** `rotate`: every eligible member of the first tier that has enough; each query starts one further. */
export type AnswerPolicy = 'rotate' | 'failover'

/** The least that must be eligible: a count, or a percentage of the tier's members. */
export interface Floor {
  readonly amount: number
  readonly unit: 'count' | 'percent'
}

export interface PoolMember {
  /** Which RR of the RRset this member answers with. */
  readonly rr: number
  /** 0 is asked first; the next tier serves while this one has nothing eligible (octoDNS `fallback`). */
  readonly tier: number
}

export interface PoolSpec {
  readonly members: readonly PoolMember[]
  /** RRs answered by `on_all_down: values`; never probed. Empty for a plain record. */
  readonly lastResort: readonly number[]
  readonly answer: AnswerPolicy
  readonly maxAnswers: number
  readonly onAllDown: OnAllDown
  readonly floor: Floor
  readonly ttl: Seconds
  /** TTL while any member is pending, unknown or overridden, or while the pool fails open. */
  readonly doubtTtl: Seconds
}

/** How the rotation came about. The first serves what is eligible; the others are what `on_all_down` says. */
export const rotationModes = [
  'normal',
  'fail-open',
  'last-resort',
  'last-healthy',
  'nodata',
  'servfail',
  'refused',
] as const
export type RotationMode = (typeof rotationModes)[number]

/** What may be answered now, in order. `order` is empty exactly for the modes nodata, servfail and refused. */
export interface Rotation {
  readonly mode: RotationMode
  readonly order: readonly number[]
  readonly ttl: Seconds
  readonly maxAnswers: number
  /** True if every answer begins at the first of `order`, whatever the cursor says (`answer: failover`). */
  readonly fixed: boolean
  /** Members that are eligible, and members in all tiers: the evidence for people. */
  readonly eligible: number
  readonly members: number
  /** The tier that serves, or null where no tier does. */
  readonly tier: number | null
}

/** A rotation as the answer path reads it from the board, copied into memory that the reader owns. */
export interface Turn {
  mode: RotationMode
  ttl: number
  maxAnswers: number
  fixed: boolean
  /** How many of `order` are set. */
  count: number
  readonly order: Uint8Array
}

/** RRs in one RRset at most (BIND's figure since CVE-2024-1737); an index fits one octet. */
export const rrsetRecordsMax = 256
