/**
 * Draws the pools and members of the status picture from the roster: what is served, who is answered, and on what
 * evidence. Pure, and made only when someone asks.
 */
import type { Millis } from '../base/units.ts'
import type { Endpoint, Standing, Track } from '../health/types.ts'
import { type Roster, rotationOf, standingsOf, tracksOf, worstPoolRemovalMs } from '../roster/index.ts'
import type { DutyModel, MemberModel, PoolPlan } from '../roster/types.ts'
import type { Rotation } from '../rotation/types.ts'
import type { MemberView, PoolView, TrackView } from './status.ts'

/** Pools whose members are probed or overridden, or that have more than one address to rotate. */
export function drawPools(roster: Roster, plans: readonly PoolPlan[], nowMs: Millis): PoolView[] {
  return plans.map((plan, pool) => drawPool(roster, plan, pool, nowMs))
}

/** `address`, `address:port` or `[address]:port`: a target as people write it. */
export function formatEndpoint({ address, port }: Endpoint): string {
  if (port === null) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function drawPool(roster: Roster, plan: PoolPlan, pool: number, nowMs: Millis): PoolView {
  const { spec, members } = plan.pool
  const rotation = rotationOf(roster, pool)
  const standings = standingsOf(roster, pool)
  const tracks = tracksOf(roster, pool)
  return {
    owner: plan.owner,
    type: plan.type,
    mode: rotation?.mode ?? 'normal',
    ttl: rotation?.ttl ?? spec.ttl,
    eligible: rotation?.eligible ?? 0,
    onAllDown: spec.onAllDown,
    worstRemovalMs: worstPoolRemovalMs(plan.pool) ?? 0,
    members: members.map((member, i) => {
      const place = spec.members[i]!
      return drawMember(member, place.rr, place.tier, rotation, standings[i]!, tracks[i]!, nowMs)
    }),
  }
}

function drawMember(
  member: MemberModel,
  rr: number,
  tier: number,
  rotation: Rotation | null,
  standing: Standing,
  tracks: readonly Track[],
  nowMs: Millis,
): MemberView {
  return {
    address: member.address,
    answered: rotation?.order.includes(rr) ?? false,
    verdict: standing.verdict,
    pending: standing.pending,
    override: standing.override,
    tier,
    checks: member.duties.map((duty, i) => drawTrack(duty, tracks[i]!, nowMs)),
  }
}

function drawTrack({ endpoint, check }: DutyModel, track: Track, nowMs: Millis): TrackView {
  return {
    check: check.name,
    protocol: check.protocol,
    target: formatEndpoint(endpoint),
    verdict: track.verdict,
    sinceMs: Math.round(nowMs - track.sinceMs),
    against: track.against,
    needed: track.undecided ? 1 : track.verdict === 'up' ? check.fall : check.rise,
    last: track.obstacle ?? track.last,
    lastAgoMs: track.lastMs === null ? null : Math.round(nowMs - track.lastMs),
  }
}
