/**
 * Who is on duty: the pools of all zones, their members, and the checks that judge each member. This is what health
 * is told of the zones; it knows nothing of names, packets or files.
 */
import type { Millis } from '../base/units.ts'
import type { FreezeTurn } from '../health/freeze.ts'
import type { Cause, CheckSpec, Endpoint, Outcome, Override, Quorum, Standing, Verdict } from '../health/types.ts'
import type { PoolSpec, Rotation } from '../rotation/types.ts'

export interface PoolModel {
  readonly spec: PoolSpec
  /** One for each of `spec.members`, same order. */
  readonly members: readonly MemberModel[]
  /** octoDNS pool names by tier, for people; empty for a plain record. */
  readonly tierNames: readonly string[]
  /** `failover_within` of the record: it was proved that removal and TTL keep to it. */
  readonly failoverWithinMs?: Millis
}

export interface MemberModel {
  /** What people call it: the address as canonical text. */
  readonly address: string
  /** The checks that judge it; empty means always up. */
  readonly duties: readonly DutyModel[]
  readonly quorum: Quorum
  /** `status: up | down` in the file; `obey` and none are 'none'. */
  readonly override: Override
  /** The name that this member leads to, in wire form; absent where the member is an address. */
  readonly target?: Uint8Array
  /**
   * Keys of the pools that its target answers from: it is down while none of them has anything eligible. Absent where
   * its health does not hang on pools of ours.
   */
  readonly dependsOn?: readonly string[]
}

/** One check on one endpoint. Equal pairs of any records, zones or files are probed once. */
export interface DutyModel {
  readonly endpoint: Endpoint
  readonly check: CheckSpec
}

/** A pool as one generation wants it. `key` says which pool of the last generation it continues. */
export interface PoolPlan {
  /** Owner (lowered, presentation form) and type, `www.demo.test. A`; of a rule with its pool behind: `… A busan`. */
  readonly key: string
  readonly owner: string
  readonly type: string
  /** Whom it serves; absent where all clients get the same pool. */
  readonly rule?: RuleModel
  readonly pool: PoolModel
}

/** Which clients the rules of a record give to one of its pools. */
export interface RuleModel {
  /** Networks as `10.8.0.0/16`. */
  readonly subnets: readonly string[]
  /** Places as `EU` or `NA-US`; absent where none is named. */
  readonly geos?: readonly string[]
  /** True for the pool of everyone that no rule of the record names. */
  readonly others: boolean
}

/** A probe that is to be started now. `id` names the duty until its outcome is absorbed. */
export interface DueProbe {
  readonly id: number
  readonly endpoint: Endpoint
  readonly check: CheckSpec
}

export interface TrackChange {
  readonly endpoint: Endpoint
  readonly check: CheckSpec
  readonly from: Verdict
  readonly to: Verdict
  /** The rule that turned it. */
  readonly cause: Cause
  readonly outcome: Outcome
}

export interface RotationChange {
  /** Index into the plans that were adopted last. */
  readonly pool: number
  /** What it served before, an earlier generation included, in the RR indexes of this one; null for a new pool. */
  readonly from: Rotation | null
  readonly to: Rotation
}

/** The operator's word on every member that the target names, until it is released or its time is up. */
export interface OverrideOrder {
  /** As it is written everywhere: an address, a member name, `address:port` or `owner=address`. */
  readonly target: string
  readonly override: Exclude<Override, 'none'>
  readonly reason: string
  readonly author: string
  /** When it was given, in Unix milliseconds. */
  readonly sinceAt: number
  /** When it expires; null: never. */
  readonly untilMs: Millis | null
}

/** A member's standing with what made it. */
export interface MemberStanding extends Standing {
  /** True while only a freeze keeps the member in the answers: its verdict is down. */
  readonly held: boolean
  /** The operator's order behind `override`; null where the zone file says it, or nobody. */
  readonly order: OverrideOrder | null
}

/** Is told of what evidence comes in, as it does: for those who show it. Duties and pools by number. */
export interface Witness {
  onHeard(duty: number, outcome: Outcome): void
  /** The pool was decided anew, whatever came of it. */
  onDecided(pool: number, standings: readonly MemberStanding[]): void
}

/** The freeze began, changed its cause or ended. */
export interface FreezeChange {
  readonly turn: FreezeTurn
  readonly endpoints: number
  readonly down: number
  /** How long removals were frozen; 0 where that begins. */
  readonly frozenMs: number
}
