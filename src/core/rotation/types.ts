/**
 * The words of rotation: a pool as configured, and what of it may be answered now.
 * Members are indexes into the RRset's rdata as compiled; a Rotation is what control publishes and workers read.
 */
import type { Millis, Seconds } from '../base/units.ts'

/** What is answered when fewer members than the floor are eligible. */
export type OnAllDown = 'all' | 'values' | 'last_healthy' | 'nodata' | 'servfail' | 'refused'

/**
 * Which of the eligible members of the serving tier come first in an answer. `rotate`: each answer starts one further ·
 * `weighted`: a smooth order in which each starts as often as its weight says · `random`: drawn by weight · `failover`:
 * always the first in the file · `sticky`: by rendezvous of the client's network, so that a client keeps its member.
 */
export const answerPolicies = ['rotate', 'failover', 'weighted', 'random', 'sticky'] as const
export type AnswerPolicy = (typeof answerPolicies)[number]

/** Whether a recovered tier serves again by itself, or waits for the operator's word. */
export type Failback = 'auto' | 'manual'

/** How many address bits make one client of `sticky`. */
export interface StickyPrefixes {
  readonly v4: number
  readonly v6: number
}

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
  /** Its part of the answers beside that of the others, 1 to 100. */
  readonly weight: number
}

export interface PoolSpec {
  readonly members: readonly PoolMember[]
  /** RRs answered by `on_all_down: values`; never probed. Empty for a plain record. */
  readonly lastResort: readonly number[]
  readonly answer: AnswerPolicy
  /**
   * True if members may count differently, now or later: always for weighted, random and sticky, and for others where
   * members come back slowly or a check says how much is left of them. The board has room for weights in these only.
   */
  readonly weighed: boolean
  readonly maxAnswers: number
  readonly onAllDown: OnAllDown
  readonly floor: Floor
  readonly sticky: StickyPrefixes
  readonly failback: Failback
  /** Over how long a recovered member's share grows from nothing to the whole; 0: at once. */
  readonly slowStartMs: Millis
  readonly ttl: Seconds
  /** TTL while any member is pending, unknown or overridden, or while the pool fails open. */
  readonly doubtTtl: Seconds
}

/** What a pool has to remember from one decision to the next. */
export interface PoolMemory {
  /** RRs that were served when the pool was last normal; empty if it never was. */
  readonly lastHealthy: readonly number[]
  /** The tier that served then, for `failback: manual`; null: the first that can is free to serve. */
  readonly heldTier: number | null
}

export const noMemory: PoolMemory = { lastHealthy: [], heldTier: null }

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
  /** Whole numbers above 0, one for each of `order`; empty where all count the same. */
  readonly weights: readonly number[]
  readonly ttl: Seconds
  readonly maxAnswers: number
  /** How `order` is read. A pool that rotates reads as `weighted` while its members count differently, and back. */
  readonly answer: AnswerPolicy
  readonly sticky: StickyPrefixes
  /** Members that are eligible, and members in all tiers: the evidence for people. */
  readonly eligible: number
  readonly members: number
  /** The tier that serves, or null where no tier does. */
  readonly tier: number | null
}

/** A rotation as the answer path reads it from the board, copied into memory that the reader owns. */
export interface Turn {
  /** Which publish it is of; -1 where that cannot be told. */
  stamp: number
  mode: RotationMode
  ttl: number
  /** 0 where all members are eligible; else how many of how many (core/rotation/slot). */
  lacking: number
  maxAnswers: number
  answer: AnswerPolicy
  /** True if the answer begins at the first of `order`, whatever the cursor says. */
  fixed: boolean
  /** How many of `order` are set. */
  count: number
  readonly order: Uint8Array
  /** 0 where all count the same; else how far the walk over the weights goes at each answer (core/rotation/weights). */
  stride: number
  /** Weights summed up, in step with `order`; meaningless while `stride` is 0. */
  readonly ends: Uint32Array
  /** Address bits that make one client of `sticky`. */
  stickyV4: number
  stickyV6: number
}

/** RRs in one RRset at most (BIND's figure since CVE-2024-1737); an index fits one octet. */
export const rrsetRecordsMax = 256

export function createTurn(): Turn {
  return {
    stamp: -1,
    mode: 'normal',
    ttl: 0,
    lacking: 0,
    maxAnswers: 0,
    answer: 'rotate',
    fixed: false,
    count: 0,
    order: new Uint8Array(rrsetRecordsMax),
    stride: 0,
    ends: new Uint32Array(rrsetRecordsMax),
    stickyV4: 0,
    stickyV6: 0,
  }
}
