/**
 * Who takes part: the pools of a generation by their place on the board, by key, and by the members that rehearsals
 * name. Made once for any number of tests, since a set may have a million pools and a test concerns a few.
 */
import { memberKey, parseTarget, type Target } from '../roster/target.ts'
import type { MemberModel, PoolPlan } from '../roster/types.ts'
import type { PoolSlot } from '../zonefile/image.ts'
import type { ZoneTest } from '../zonefile/zone-test.ts'

export interface Cast {
  /** By rising slot. */
  readonly pools: readonly PoolSlot[]
  /** Empty where no member leads to another pool. */
  readonly byKey: ReadonlyMap<string, number>
  /** Members that some test names, by what they are called. */
  readonly named: ReadonlyMap<string, readonly Named[]>
}

interface Named {
  readonly plan: PoolPlan
  readonly member: MemberModel
}

export function createCast(pools: readonly PoolSlot[], tests: readonly ZoneTest[]): Cast {
  const leads = pools.some(({ plan }) => plan.pool.members.some(({ dependsOn }) => dependsOn !== undefined))
  const byKey = new Map(leads ? pools.map(({ plan }, pool): [string, number] => [plan.key, pool]) : [])
  const wanted = new Set(tests.flatMap(({ given }) => given.map(({ target }) => parseTarget(target)!.member)))
  const named = new Map<string, Named[]>()
  if (wanted.size === 0) return { pools, byKey, named }
  for (const { plan } of pools) {
    for (const member of plan.pool.members) {
      const key = memberKey(member.address)
      if (!wanted.has(key)) continue
      const list = named.get(key)
      if (list === undefined) named.set(key, [{ plan, member }])
      else list.push({ plan, member })
    }
  }
  return { pools, byKey, named }
}

/** The members that the target names. */
export function findNamed({ named }: Cast, target: Target): readonly MemberModel[] {
  const found = named.get(target.member) ?? []
  return found
    .filter(({ plan, member }) => {
      if (target.owner !== null && target.owner !== plan.owner) return false
      return target.port === null || member.duties.some(({ endpoint }) => endpoint.port === target.port)
    })
    .map(({ member }) => member)
}

/** The pool and all that its members lead to. */
export function poolsBehind({ pools, byKey }: Cast, pool: number): readonly number[] {
  const found = new Set([pool])
  for (const each of found) {
    for (const { dependsOn } of pools[each]!.plan.pool.members) {
      for (const key of dependsOn ?? []) {
        const behind = byKey.get(key)
        if (behind !== undefined) found.add(behind)
      }
    }
  }
  return [...found]
}
