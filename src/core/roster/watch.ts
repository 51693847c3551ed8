/**
 * Looks at the evidence of each beat and freezes or thaws removals (core/health/freeze has the rule). Pools whose
 * members are held from now on, or no longer, are decided anew; nothing else is touched.
 */
import { type Millis, millis } from '../base/units.ts'
import { clearSchedule, putDue } from '../health/due.ts'
import { type Evidence, type Freeze, isHeld, judgeFreeze } from '../health/freeze.ts'
import { fallenAddresses, forgetFalls } from './census.ts'
import { markDirty, noteRevision, type Roster } from './roster.ts'
import type { FreezeChange } from './types.ts'

/** To be called once a beat, before `settle`. Null while nothing turns. */
export function assess(roster: Roster, nowMs: Millis): FreezeChange | null {
  forgetFalls(roster.census, nowMs)
  const before = roster.freeze
  const { state, turn } = judgeFreeze(before, evidenceOf(roster), nowMs)
  if (state === before) return null
  roster.freeze = state
  noteRevision(roster)
  const { freeze } = state
  // The word that we are well has come: what is held gets its chance now, however seldom it was asked.
  if (freeze !== null && before.freeze !== null && endsSooner(before.freeze, freeze)) hasten(roster, freeze, nowMs)
  if (turn === null) return null
  if (freeze === null || before.freeze === null) stir(roster, freeze ?? before.freeze)
  const { census } = roster
  const frozenMs = freeze === null && before.freeze !== null ? nowMs - before.freeze.sinceMs : 0
  return { turn, endpoints: census.places.size, down: census.down, frozenMs }
}

function endsSooner(before: Freeze, after: Freeze): boolean {
  const endMs = ({ thawMs }: Freeze) => thawMs ?? Number.POSITIVE_INFINITY
  return endMs(after) < endMs(before) || (before.calmMs === null && after.calmMs !== null)
}

function evidenceOf({ census, sentinelDuties, freezeLongestMs }: Roster): Evidence {
  let sentinels: Evidence['sentinels'] = 'none'
  let passedMs: Millis | null = null
  for (const { track } of sentinelDuties) {
    const { verdict, cause, last, lastMs } = track
    if (verdict === 'up') sentinels = 'up'
    else if (verdict === 'down' && cause !== 'first' && sentinels === 'none') sentinels = 'down'
    if (last?.kind === 'pass' && lastMs !== null && lastMs > (passedMs ?? Number.NEGATIVE_INFINITY)) passedMs = lastMs
  }
  return {
    sentinels,
    passedMs,
    endpoints: census.places.size,
    down: census.down,
    fallen: census.fallen,
    fallenAddresses: () => fallenAddresses(census),
    longestMs: freezeLongestMs,
  }
}

/** Has every pool decided anew that the freeze has a say in. */
function stir(roster: Roster, freeze: Freeze | null): void {
  if (freeze === null) return
  for (const { track, pools } of roster.duties) {
    if (isHeld(freeze, track)) for (const pool of pools) markDirty(roster, pool)
  }
}

/** Makes held duties due at once; `takeDue` sees to it that they do not all start in one beat. */
function hasten(roster: Roster, freeze: Freeze, nowMs: Millis): void {
  clearSchedule(roster.schedule)
  for (const duty of roster.duties) {
    if (isHeld(freeze, duty.track)) duty.dueMs = millis(Math.min(duty.dueMs, nowMs))
    if (!duty.inFlight) putDue(roster.schedule, duty.at, duty.dueMs)
  }
}
