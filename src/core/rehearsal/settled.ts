/**
 * Pools as they stand after one round of probes whose outcomes are given: a roster of their own, on a clock that stands
 * still, with orders given as an operator would give them.
 */
import { millis } from '../base/units.ts'
import type { CheckSpec, Endpoint, Outcome } from '../health/types.ts'
import { absorb, adopt, createRoster, type Roster, setOverride, settle, takeDue } from '../roster/index.ts'
import type { OverrideOrder, PoolPlan } from '../roster/types.ts'
import type { VerdictWord } from '../zonefile/zone-test.ts'

export interface GivenOrder {
  readonly target: string
  readonly override: OverrideOrder['override']
}

export const startMs = millis(0)
const noLuck = (): number => 0
/** All checks are asked at once. */
const probesMax = 100_000_000

/** `wordOf` is what a check comes to; orders on members that no plan has are passed over. */
export function settleOnce(
  plans: readonly PoolPlan[],
  wordOf: (endpoint: Endpoint, check: CheckSpec) => VerdictWord,
  orders: readonly GivenOrder[],
): Roster {
  const roster = createRoster({ probesInFlightMax: probesMax, startedMs: startMs })
  adopt(roster, plans, startMs, noLuck)
  // All are asked before any of them says something, or those that did would be asked again.
  const asked = []
  for (let due = takeDue(roster, startMs); due.length > 0; due = takeDue(roster, startMs)) asked.push(...due)
  for (const { id, endpoint, check } of asked) {
    const word = wordOf(endpoint, check)
    if (word !== 'unknown') absorb(roster, id, outcomeOf(word), startMs, noLuck)
  }
  for (const { target, override } of orders) {
    const order = { target, override, reason: '', author: '', forMs: null, force: true, sinceAt: 0 }
    setOverride(roster, order, startMs)
  }
  settle(roster, startMs)
  return roster
}

function outcomeOf(word: 'up' | 'down'): Outcome {
  const nothing = { latencyMs: 0, detail: null }
  return word === 'up' ? { kind: 'pass', reason: 'ok', ...nothing } : { kind: 'fail', reason: 'refused', ...nothing }
}
