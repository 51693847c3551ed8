/**
 * The operator's desk: orders to drain, to force up or down, and to release, each told to the journal. It decides
 * nothing: whom an order names, whether it would hurt and when it ends is the roster's. Answers follow at once: who has
 * been told that an order stands finds it obeyed.
 */
import { type Millis, millis } from '../core/base/units.ts'
import type { Clock, Journal } from '../core/ports.ts'
import {
  type OverrideOutcome,
  type ReleaseOutcome,
  type Roster,
  releaseOverride,
  setOverride,
} from '../core/roster/index.ts'
import type { OverrideOrder } from '../core/roster/types.ts'
import type { OverrideRequest } from '../core/view/orders.ts'
import { drawOrder, drawOverrides, type Moment } from '../core/view/picture.ts'
import type { OverrideView } from '../core/view/status.ts'

export interface OperatorDeps {
  readonly clock: Clock
  readonly journal: Journal
  readonly roster: Roster
  /** Has answers follow what the roster was told; the returned function tells of it. */
  readonly obey: () => () => void
}

export interface Operator {
  override(request: OverrideRequest): OverrideOutcome
  /** Ends orders on a target, or lets the pools of an owner go back to their first tier. */
  release(target: string, author: string): ReleaseOutcome
  overrides(): readonly OverrideView[]
  onOverridesExpired(orders: readonly OverrideOrder[]): void
}

/** The longest that an order may stand without being given again. */
const overrideLongestMs = millis(365 * 86_400_000)

export function createOperator({ clock, journal, roster, obey }: OperatorDeps): Operator {
  const moment = (): Moment => ({ nowMs: clock.now(), at: clock.wall() })
  const tell = (action: 'set' | 'released' | 'expired', order: OverrideOrder, author: string): void => {
    const { target, override, reason, untilAt } = drawOrder(order, moment())
    journal.record({ kind: 'override', action, target, override, reason, author, untilAt })
  }
  return {
    override: ({ target, override, reason, author, forMs, force = false }) => {
      const wish = { target, override, reason, author, forMs: spanOf(forMs), force, sinceAt: clock.wall() }
      const outcome = setOverride(roster, wish, clock.now())
      if (outcome.kind !== 'set') return outcome
      const tellChanges = obey()
      tell('set', outcome.order, outcome.order.author)
      tellChanges()
      return outcome
    },
    release: (target, author) => {
      const outcome = releaseOverride(roster, target, clock.now())
      if (outcome.kind === 'refused') return outcome
      const tellChanges = obey()
      for (const order of outcome.orders) tell('released', order, author)
      if (outcome.pools.length > 0) journal.record({ kind: 'failback', pools: outcome.pools, author })
      tellChanges()
      return outcome
    },
    overrides: () => drawOverrides(roster, moment()),
    onOverridesExpired: orders => {
      for (const order of orders) tell('expired', order, order.author)
    },
  }
}

function spanOf(forMs: number | undefined): Millis | null {
  return forMs === undefined ? null : millis(Math.min(Math.max(0, forMs), overrideLongestMs))
}
