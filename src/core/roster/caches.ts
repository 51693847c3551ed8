/**
 * Until when a cache may still hold an address that left the answers: what `drain --wait` waits for. An answer given at
 * the last instant before the address left, or before its TTL was lowered, lives for the TTL of then; the latest of
 * these ends counts (RFC 1035 section 3.2.1, RFC 2181 section 8). What resolvers add of their own cannot be known.
 */
import { type Millis, millis } from '../base/units.ts'
import type { Rotation } from '../rotation/types.ts'
import { matchesTarget, parseTarget } from './target.ts'
import type { PoolPlan } from './types.ts'

/** Pools by owner and type, and in each the ends by address. Written by this file alone. */
export interface Caches {
  readonly ends: Map<string, Map<string, number>>
  /** Ends before this were thrown away. */
  sweptMs: number
}

export interface Cached {
  /** Members that answers may carry at this moment, as `owner type`. */
  readonly answered: readonly string[]
  /** When the last cache has let go, if it is answered no more; in the past where none holds it. */
  readonly untilMs: Millis
}

const sweepEveryMs = 60_000

export function createCaches(): Caches {
  return { ends: new Map(), sweptMs: 0 }
}

/**
 * Notes that the answers of a pool change now from `from` to `to`, which is null where it is answered no more. The two
 * may be of different generations: members are told apart by their address.
 */
export function noteAnswerChange(
  caches: Caches,
  plan: PoolPlan,
  from: Rotation,
  to: { readonly plan: PoolPlan; readonly rotation: Rotation } | null,
  nowMs: Millis,
): void {
  sweep(caches, nowMs)
  const stays = new Set(to === null || to.rotation.ttl < from.ttl ? [] : answeredBy(to.plan, to.rotation))
  for (const address of answeredBy(plan, from)) {
    if (stays.has(address)) continue
    const ends = endsOf(caches, plan.key)
    ends.set(address, Math.max(ends.get(address) ?? 0, nowMs + from.ttl * 1000))
  }
}

function answeredBy({ pool }: PoolPlan, { order }: Rotation): readonly string[] {
  const rrs = new Set(order)
  return pool.members.flatMap(({ address }, at) => (rrs.has(pool.spec.members[at]!.rr) ? [address] : []))
}

/** How it stands with a target; null if the text names nobody that is or was answered lately. */
export function lookAtCaches(
  caches: Caches,
  text: string,
  served: readonly { readonly plan: PoolPlan; readonly rotation: Rotation | null }[],
): Cached | null {
  const target = parseTarget(text)
  if (target === null) return null
  const answered = new Set<string>()
  let untilMs = 0
  let known = false
  for (const { plan, rotation } of served) {
    const order = new Set(rotation?.order ?? [])
    plan.pool.members.forEach((member, at) => {
      if (!matchesTarget(target, plan, member)) return
      known = true
      if (order.has(plan.pool.spec.members[at]!.rr)) answered.add(`${plan.owner} ${plan.type}`)
      untilMs = Math.max(untilMs, caches.ends.get(plan.key)?.get(member.address) ?? 0)
    })
  }
  return known ? { answered: [...answered], untilMs: millis(untilMs) } : null
}

function endsOf({ ends }: Caches, key: string): Map<string, number> {
  const known = ends.get(key)
  if (known !== undefined) return known
  const fresh = new Map<string, number>()
  ends.set(key, fresh)
  return fresh
}

/** No TTL is for ever, so what is kept is bounded by what was answered lately. */
function sweep(caches: Caches, nowMs: Millis): void {
  if (nowMs - caches.sweptMs < sweepEveryMs) return
  caches.sweptMs = nowMs
  for (const [key, ends] of caches.ends) {
    for (const [address, endMs] of ends) if (endMs <= nowMs) ends.delete(address)
    if (ends.size === 0) caches.ends.delete(key)
  }
}
