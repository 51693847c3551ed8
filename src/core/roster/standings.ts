/**
 * The standing of each member of a pool: its checks, what it leads to, the operator's order or the zone file's word,
 * how far it has come back since it was down, and whether a freeze holds it. An order beats the file, and both stay
 * beside the verdict.
 */
import type { Millis } from '../base/units.ts'
import { type Freeze, isHeld } from '../health/freeze.ts'
import { rampShare } from '../health/ramp.ts'
import { joinStanding } from '../health/standing.ts'
import type { Standing, Track, Verdict } from '../health/types.ts'
import { type PoolState, poolAt, type Roster, trackOf } from './roster.ts'
import { joinBehind, verdictBehind } from './ties.ts'
import type { MemberStanding } from './types.ts'

/** One for each member, in the order of the plan. */
export function standingsOf(roster: Roster, pool: number, nowMs: Millis): readonly MemberStanding[] {
  const state = poolAt(roster, pool)
  return state.duties.map((_, at) =>
    standingAt(state, at, verdictBehind(roster, state, at), roster.freeze.freeze, nowMs),
  )
}

/** What may be answered goes by this: what a freeze holds counts as up, and the answer is in doubt. */
export function servedStandings(standings: readonly MemberStanding[]): readonly Standing[] {
  return standings.map(standing => (standing.held ? { ...standing, verdict: 'up', pending: true } : standing))
}

function standingAt(
  state: PoolState,
  at: number,
  behind: Verdict,
  freeze: Freeze | null,
  nowMs: Millis,
): MemberStanding {
  const { spec, members } = state.plan.pool
  const { quorum, override } = members[at]!
  const tracks = state.duties[at]!.map(trackOf)
  const order = state.orders?.get(at) ?? null
  const upMs = state.ramps?.get(at) ?? null
  const ramp = upMs === null ? 1 : rampShare(upMs, spec.slowStartMs, nowMs)
  const own = joinStanding(tracks, quorum, order?.override ?? override, ramp)
  const standing = { ...own, verdict: joinBehind(own.verdict, behind) }
  if (freeze === null || standing.verdict !== 'down') return { ...standing, held: false, order }
  const asBefore = joinStanding(
    tracks.map(track => (isHeld(freeze, track) ? heldUp(track) : track)),
    quorum,
    'none',
  )
  return { ...standing, held: joinBehind(asBefore.verdict, behind) === 'up', order }
}

function heldUp(track: Track): Track {
  return { ...track, verdict: 'up' }
}
