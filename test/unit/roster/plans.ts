/**
 * Pools as a generation wants them, in short form, and a roster on a clock that the test turns by hand.
 */
import { type Millis, millis } from '../../../src/core/base/units.ts'
import type { CheckSpec, Outcome, Override } from '../../../src/core/health/types.ts'
import {
  absorb,
  adopt,
  assess,
  createRoster,
  expire,
  expireOverrides,
  type Roster,
  settle,
  takeDue,
} from '../../../src/core/roster/index.ts'
import type {
  DueProbe,
  FreezeChange,
  MemberModel,
  OverrideOrder,
  PoolPlan,
  RotationChange,
  TrackChange,
} from '../../../src/core/roster/types.ts'
import type { PoolSpec } from '../../../src/core/rotation/types.ts'
import { passed, tcpCheck } from '../health/specs.ts'
import { poolOf } from '../rotation/pools.ts'

export interface MemberShape {
  readonly address: string
  /** Keys of the pools that it leads to. */
  readonly dependsOn?: readonly string[]
  readonly checks?: readonly CheckSpec[]
  /** Checks that must be up; all of them if not given. */
  readonly need?: number
  readonly override?: Override
  readonly tier?: number
}

/** One pool; members given as a bare address have one TCP check. RR indexes follow the order of the members. */
export function planOf(
  owner: string,
  members: readonly (string | MemberShape)[],
  changes: Partial<PoolSpec> = {},
  tierNames: readonly string[] = [],
): PoolPlan {
  const shapes = members.map(member => (typeof member === 'string' ? { address: member } : member))
  const spec = poolOf(
    shapes.map(({ tier }) => tier ?? 0),
    changes,
  )
  return {
    key: `${owner} A`,
    owner,
    type: 'A',
    pool: { spec, members: shapes.map(memberOf), tierNames },
  }
}

function memberOf({ address, checks = [tcpCheck()], need, override = 'none', dependsOn }: MemberShape): MemberModel {
  const duties = checks.map(check => ({
    endpoint: { address, port: check.protocol === 'ICMP' ? null : check.port },
    check,
  }))
  const quorum = { need: need ?? checks.length }
  return { address, duties, quorum, override, ...(dependsOn !== undefined && { dependsOn }) }
}

/** A roster whose clock and world the test moves. */
export interface Bench {
  readonly roster: Roster
  nowMs: Millis
  /** What a probe of an address says when `elapse` reports it; null: nothing, ever. Not listed: pass. */
  readonly world: Map<string, Outcome | null>
  /** Probes that were started and have not been reported. */
  readonly running: DueProbe[]
  adopt(plans: readonly PoolPlan[]): readonly RotationChange[]
  /** Starts what is due, and returns it. */
  start(): readonly DueProbe[]
  /** Reports every running probe of these addresses, or of all, and settles. */
  report(outcome: Outcome, ...addresses: readonly string[]): Reported
  /** Lets time pass beat by beat; what is due is started, and reported at once as the world has it. */
  elapse(spanMs: number): Elapsed
}

export interface Reported {
  readonly tracks: readonly TrackChange[]
  readonly rotations: readonly RotationChange[]
}

/** What came to pass while time went by. */
export interface Elapsed extends Reported {
  readonly freezes: readonly FreezeChange[]
  readonly expired: readonly OverrideOrder[]
}

const beatMs = 50

export function createBench(probesInFlightMax = 4_096, draw = () => 0): Bench {
  const roster = createRoster({ probesInFlightMax, startedMs: millis(0) })
  const say = ({ id }: DueProbe, outcome: Outcome) => absorb(roster, id, outcome, bench.nowMs, draw)
  const bench: Bench = {
    roster,
    nowMs: millis(1_000),
    world: new Map(),
    running: [],
    adopt(plans) {
      adopt(roster, plans, bench.nowMs, draw)
      return settle(roster, bench.nowMs)
    },
    start() {
      const due = takeDue(roster, bench.nowMs)
      bench.running.push(...due)
      return due
    },
    report(outcome, ...addresses) {
      const meant = ({ endpoint }: DueProbe) => addresses.length === 0 || addresses.includes(endpoint.address)
      const all = bench.running.splice(0)
      bench.running.push(...all.filter(probe => !meant(probe)))
      const tracks = all.filter(meant).map(probe => say(probe, outcome))
      return { tracks: tracks.filter(change => change !== null), rotations: settle(roster, bench.nowMs) }
    },
    elapse(spanMs) {
      const tracks: TrackChange[] = []
      const rotations: RotationChange[] = []
      const freezes: FreezeChange[] = []
      const expired: OverrideOrder[] = []
      for (const endMs = bench.nowMs + spanMs; bench.nowMs < endMs; ) {
        bench.nowMs = millis(Math.min(bench.nowMs + beatMs, endMs))
        expire(roster, bench.nowMs)
        for (const probe of takeDue(roster, bench.nowMs)) {
          const outcome = bench.world.get(probe.endpoint.address)
          const change = outcome === null ? null : say(probe, outcome ?? passed)
          if (change !== null) tracks.push(change)
        }
        expired.push(...expireOverrides(roster, bench.nowMs))
        const freeze = assess(roster, bench.nowMs)
        if (freeze !== null) freezes.push(freeze)
        rotations.push(...settle(roster, bench.nowMs))
      }
      return { tracks, rotations, freezes, expired }
    },
  }
  return bench
}
