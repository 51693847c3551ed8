/**
 * Who is on duty: the pools of all zones, their members, and the checks that judge each member. This is what health
 * is told of the zones; it knows nothing of names, packets or files.
 */
import type { CheckSpec, Endpoint, Outcome, Override, Quorum, Verdict } from '../health/types.ts'
import type { PoolSpec, Rotation } from '../rotation/types.ts'

export interface PoolModel {
  readonly spec: PoolSpec
  /** One for each of `spec.members`, same order. */
  readonly members: readonly MemberModel[]
  /** octoDNS pool names by tier, for people; empty for a plain record. */
  readonly tierNames: readonly string[]
}

export interface MemberModel {
  /** What people call it: the address as canonical text. */
  readonly address: string
  /** The checks that judge it; empty means always up. */
  readonly duties: readonly DutyModel[]
  readonly quorum: Quorum
  /** `status: up | down` in the file; `obey` and none are 'none'. */
  readonly override: Override
}

/** One check on one endpoint. Equal pairs of any records, zones or files are probed once. */
export interface DutyModel {
  readonly endpoint: Endpoint
  readonly check: CheckSpec
}

/** A pool as one generation wants it. `key` says which pool of the last generation it continues. */
export interface PoolPlan {
  /** Owner (lowered, presentation form) and type: `www.demo.test. A`. */
  readonly key: string
  readonly owner: string
  readonly type: string
  readonly pool: PoolModel
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
  readonly outcome: Outcome
}

export interface RotationChange {
  /** Index into the plans that were adopted last. */
  readonly pool: number
  /** What it served before, an earlier generation included, in the RR indexes of this one; null for a new pool. */
  readonly from: Rotation | null
  readonly to: Rotation
}
