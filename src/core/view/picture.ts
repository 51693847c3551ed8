/**
 * Draws the pools and members of the status picture from the roster: what is served, who is answered, and on what
 * evidence. Pure, and made only when someone asks.
 */
import type { Millis } from '../base/units.ts'
import { type Evidence, recentOutcomes } from '../health/evidence.ts'
import { missesWithin } from '../health/observe.ts'
import type { Endpoint, Track } from '../health/types.ts'
import {
  evidenceOf,
  type Roster,
  rotationOf,
  standingsOf,
  tracksOf,
  waitsForRelease,
  worstPoolRemovalMs,
} from '../roster/index.ts'
import type { DutyModel, MemberModel, MemberStanding, OverrideOrder, PoolPlan } from '../roster/types.ts'
import type { Served } from '../rotation/reckon.ts'
import type { PoolMember, Rotation } from '../rotation/types.ts'
import type { FreezeView, MemberView, OverrideView, PoolView, TrackView } from './status.ts'

/** One instant on both clocks. */
export interface Moment {
  readonly nowMs: Millis
  /** Unix milliseconds. */
  readonly at: number
}

/** What is drawn beside the roster. */
export interface Drawing {
  /** Asked for each pool: its ages count from when its turn came. */
  readonly moment: () => Moment
  /** Who of a pool was answered how often; null: nobody. */
  readonly served: (pool: number) => Served | null
  /** Whether the newest outcomes of each check are drawn, which are many. */
  readonly evidence: boolean
}

/** Pools, and beside each the instant that its ages count from, in Unix milliseconds. */
export interface DrawnPools {
  readonly pools: readonly PoolView[]
  readonly poolsAt: readonly number[]
}

/** Pools whose members are probed or overridden, or that have more than one address to rotate. */
export function drawPools(roster: Roster, plans: readonly PoolPlan[], drawing: Drawing): readonly PoolView[] {
  return plans.map((plan, pool) => drawPool(roster, plan, pool, drawing, drawing.moment()))
}

/** The same a pool at a time. */
export function* drawPoolsInSteps(
  roster: Roster,
  plans: readonly PoolPlan[],
  drawing: Drawing,
): Generator<void, DrawnPools> {
  const pools: PoolView[] = []
  const poolsAt: number[] = []
  for (const [pool, plan] of plans.entries()) {
    const moment = drawing.moment()
    pools.push(drawPool(roster, plan, pool, drawing, moment))
    poolsAt.push(moment.at)
    yield
  }
  return { pools, poolsAt }
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
  return sentinelDuties.map(duty => drawTrack(duty, duty.track, duty.evidence, false, nowMs))
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

function drawPool(roster: Roster, plan: PoolPlan, pool: number, drawing: Drawing, moment: Moment): PoolView {
  const { spec, members } = plan.pool
  const rotation = rotationOf(roster, pool)
  const standings = standingsOf(roster, pool, moment.nowMs)
  const tracks = tracksOf(roster, pool)
  const evidence = evidenceOf(roster, pool)
  const served = drawing.served(pool)
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
    answers: served?.answers ?? 0,
    members: members.map((member, i) => {
      const place = spec.members[i]!
      const tierName = plan.pool.tierNames[place.tier] ?? null
      const checks = member.duties.map((duty, at) =>
        drawTrack(duty, tracks[i]![at]!, evidence[i]![at]!, drawing.evidence, moment.nowMs),
      )
      return { ...drawMember(member, place, tierName, rotation, standings[i]!, served, moment), checks }
    }),
  }
}

function drawMember(
  member: MemberModel,
  { rr, tier, weight }: PoolMember,
  pool: string | null,
  rotation: Rotation | null,
  standing: MemberStanding,
  served: Served | null,
  moment: Moment,
): Omit<MemberView, 'checks'> {
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
    answers: { carried: served?.carried[rr] ?? 0, first: served?.first[rr] ?? 0 },
    follows: member.dependsOn ?? null,
  }
}

function drawTrack(
  { endpoint, check }: Pick<DutyModel, 'endpoint' | 'check'>,
  track: Track,
  evidence: Evidence,
  whole: boolean,
  nowMs: Millis,
): TrackView {
  const ago = (atMs: Millis): number => Math.max(0, Math.round(nowMs - atMs))
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
    failures: evidence.failures.toReversed().map(({ firstMs, lastMs, ...run }) => ({
      ...run,
      firstAgoMs: ago(firstMs),
      lastAgoMs: ago(lastMs),
    })),
    ...(whole
      ? { outcomes: recentOutcomes(evidence).map(({ atMs, ...said }) => ({ ...said, agoMs: ago(atMs) })) }
      : {}),
  }
}
