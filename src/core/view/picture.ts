/**
 * Draws the pools and members of the status picture from the roster: what is served, who is answered, and on what
 * evidence. Pure, and made only when someone asks.
 */
import type { Millis } from '../base/units.ts'
import { missesWithin } from '../health/observe.ts'
import type { Endpoint, Track } from '../health/types.ts'
import { type Roster, rotationOf, standingsOf, tracksOf, waitsForRelease, worstPoolRemovalMs } from '../roster/index.ts'
import type { DutyModel, MemberModel, MemberStanding, OverrideOrder, PoolPlan } from '../roster/types.ts'
import type { PoolMember, Rotation } from '../rotation/types.ts'
import type { FreezeView, MemberView, OverrideView, PoolView, TrackView } from './status.ts'

/** One instant on both clocks. */
export interface Moment {
  readonly nowMs: Millis
  /** Unix milliseconds. */
  readonly at: number
}

/** Pools whose members are probed or overridden, or that have more than one address to rotate. */
export function drawPools(roster: Roster, plans: readonly PoolPlan[], moment: Moment): PoolView[] {
  return plans.map((plan, pool) => drawPool(roster, plan, pool, moment))
}

export function drawFreeze({ freeze: { freeze } }: Roster, { nowMs }: Moment): FreezeView | null {
  if (freeze === null) return null
  const { cause, sinceMs, thawMs } = freeze
  return {
    cause,
    sinceMs: Math.round(nowMs - sinceMs),
    thawInMs: thawMs === null ? null : Math.max(0, Math.round(thawMs - nowMs)),
  }
}

export function drawSentinels({ sentinelDuties }: Roster, { nowMs }: Moment): readonly TrackView[] {
  return sentinelDuties.map(duty => drawTrack(duty, duty.track, nowMs))
}

export function drawOverrides({ orders }: Roster, moment: Moment): readonly OverrideView[] {
  return orders.map(order => drawOrder(order, moment))
}

export function drawOrder({ target, override, reason, author, sinceAt, untilMs }: OverrideOrder, moment: Moment) {
  const untilAt = untilMs === null ? null : Math.round(moment.at + untilMs - moment.nowMs)
  return { target, override, reason, author, sinceAt, untilAt } satisfies OverrideView
}

/** `address`, `address:port` or `[address]:port`: a target as people write it. */
export function formatEndpoint({ address, port }: Endpoint): string {
  if (port === null) return address
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`
}

function drawPool(roster: Roster, plan: PoolPlan, pool: number, moment: Moment): PoolView {
  const { spec, members } = plan.pool
  const rotation = rotationOf(roster, pool)
  const standings = standingsOf(roster, pool, moment.nowMs)
  const tracks = tracksOf(roster, pool)
  return {
    owner: plan.owner,
    type: plan.type,
    rule: plan.rule === undefined ? null : { pool: plan.pool.tierNames[0] ?? '', ...plan.rule },
    answer: spec.answer,
    mode: rotation?.mode ?? 'normal',
    ttl: rotation?.ttl ?? spec.ttl,
    eligible: rotation?.eligible ?? 0,
    onAllDown: spec.onAllDown,
    worstRemovalMs: worstPoolRemovalMs(plan.pool) ?? 0,
    failoverWithinMs: plan.pool.failoverWithinMs ?? null,
    waitsForRelease: waitsForRelease(roster, pool, moment.nowMs),
    members: members.map((member, i) => {
      const place = spec.members[i]!
      const tierName = plan.pool.tierNames[place.tier] ?? null
      return drawMember(member, place, tierName, rotation, standings[i]!, tracks[i]!, moment)
    }),
  }
}

function drawMember(
  member: MemberModel,
  { rr, tier, weight }: PoolMember,
  pool: string | null,
  rotation: Rotation | null,
  standing: MemberStanding,
  tracks: readonly Track[],
  moment: Moment,
): MemberView {
  return {
    address: member.address,
    answered: rotation?.order.includes(rr) ?? false,
    verdict: standing.verdict,
    pending: standing.pending,
    override: standing.override,
    status: member.override,
    order: standing.order === null ? null : drawOrder(standing.order, moment),
    share: standing.share,
    held: standing.held,
    tier,
    pool,
    weight,
    follows: member.dependsOn ?? null,
    checks: member.duties.map((duty, i) => drawTrack(duty, tracks[i]!, moment.nowMs)),
  }
}

function drawTrack({ endpoint, check }: Pick<DutyModel, 'endpoint' | 'check'>, track: Track, nowMs: Millis): TrackView {
  return {
    check: check.name,
    protocol: check.protocol,
    target: formatEndpoint(endpoint),
    verdict: track.verdict,
    sinceMs: Math.round(nowMs - track.sinceMs),
    against: track.against,
    needed: track.undecided ? 1 : track.verdict === 'up' ? check.fall : check.rise,
    cause: track.cause,
    leak: check.leak === undefined ? null : { seen: missesWithin(track.misses, check.leak.window), ...check.leak },
    share: track.share,
    last: track.obstacle ?? track.last,
    lastAgoMs: track.lastMs === null ? null : Math.round(nowMs - track.lastMs),
  }
}
