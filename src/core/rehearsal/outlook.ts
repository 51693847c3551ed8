/**
 * What pools would be answered with, were they served now. A check that runs already keeps what it knows, by the same
 * rules by which a server carries it over an edit (core/health/identity); one that nobody has asked yet is taken to
 * pass, and what hangs on it is told apart.
 */
import { editKey, targetKey } from '../health/identity.ts'
import type { CheckSpec, Endpoint, Verdict } from '../health/types.ts'
import { rotationOf } from '../roster/index.ts'
import { parseTarget } from '../roster/target.ts'
import type { PoolPlan } from '../roster/types.ts'
import type { OverrideView, PoolView } from '../view/status.ts'
import type { PoolSlot } from '../zonefile/image.ts'
import { type GivenOrder, settleOnce } from './settled.ts'

/** What a running server knows. */
export interface Knowledge {
  readonly verdictOf: (endpoint: Endpoint, check: CheckSpec) => Verdict | null
  readonly orders: readonly GivenOrder[]
}

export interface Outlook {
  /** RRs by index of the pool. */
  readonly orderOf: (pool: number) => readonly number[]
  /** False for an RR that is answered only once a check has passed that nobody has asked yet. */
  readonly isProven: (pool: number, rr: number) => boolean
}

/** Nobody was asked: every check is taken to pass. */
export const noKnowledge: Knowledge = { verdictOf: () => null, orders: [] }

/** `pools` are those that the server serves, as read from the files that it serves. */
export function recall(
  pools: readonly PoolSlot[],
  views: readonly PoolView[],
  overrides: readonly OverrideView[],
): Knowledge {
  const byKey = new Map(views.map(view => [keyOf(view), view]))
  const byTarget = new Map<string, Verdict>()
  const byEdit = new Map<string, Verdict>()
  for (const { plan } of pools) {
    const members = byKey.get(plan.key)?.members ?? []
    plan.pool.members.forEach(({ duties }, i) => {
      duties.forEach(({ endpoint, check }, j) => {
        const verdict = members[i]?.checks[j]?.verdict ?? 'unknown'
        byTarget.set(targetKey(endpoint, check), verdict)
        byEdit.set(editKey(endpoint, check), verdict)
      })
    })
  }
  return {
    verdictOf: (endpoint, check) =>
      byTarget.get(targetKey(endpoint, check)) ?? byEdit.get(editKey(endpoint, check)) ?? null,
    orders: overrides.flatMap(({ target, override }) => {
      return override === 'none' || parseTarget(target) === null ? [] : [{ target, override }]
    }),
  }
}

/** What a server says that it answers with, by index of the pool. */
export function answeredNow(pools: readonly PoolSlot[], views: readonly PoolView[]): Outlook['orderOf'] {
  const byKey = new Map(views.map(view => [keyOf(view), view]))
  return pool => {
    const { plan } = pools[pool]!
    const view = byKey.get(plan.key)
    return view === undefined ? [] : rrsOf(plan, view)
  }
}

function rrsOf({ pool: { spec } }: PoolPlan, { mode, members }: PoolView): readonly number[] {
  if (mode === 'last-resort') return [...new Set(spec.lastResort)]
  const answered = spec.members.filter((_, i) => members[i]?.answered === true)
  return [...new Set(answered.map(({ rr }) => rr))]
}

/** As a plan has it: the pool of everyone has no name of its own. */
function keyOf({ owner, type, rule }: PoolView): string {
  return rule === null || rule.others ? `${owner} ${type}` : `${owner} ${type} ${rule.pool}`
}

export function foresee(pools: readonly PoolSlot[], { verdictOf, orders }: Knowledge): Outlook {
  const plans = pools.map(({ plan }) => plan)
  const isOpen = (verdict: Verdict | null) => verdict === null || verdict === 'unknown'
  const roster = settleOnce(plans, (endpoint, check) => (verdictOf(endpoint, check) === 'down' ? 'down' : 'up'), orders)
  return {
    orderOf: pool => rotationOf(roster, pool)?.order ?? [],
    isProven: (pool, rr) => {
      const { spec, members } = plans[pool]!.pool
      const at = spec.members.findIndex(member => member.rr === rr)
      const duties = members[at]?.duties ?? []
      return !duties.some(({ endpoint, check }) => isOpen(verdictOf(endpoint, check)))
    },
  }
}
