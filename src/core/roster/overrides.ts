/**
 * The operator's orders: drain, force up, force down, release. An order stands on its target and not on the members
 * that it names today, so it holds over every edit and for members that come later. Where several name a member the
 * newest counts. The list is bounded, each order has a reason and an author, and may have an end.
 */
import { type Millis, millis } from '../base/units.ts'
import { hurtBy } from './harm.ts'
import { markDirty, noteRevision, type PoolState, type Roster } from './roster.ts'
import { waitsForRelease } from './settle.ts'
import { canonicalOwner, formatTarget, matchesTarget, memberKey, parseTarget, type Target } from './target.ts'
import type { OverrideOrder, PoolPlan } from './types.ts'

/** Orders that may stand at once. */
export const overridesMax = 1_000
/** Characters of a reason or an author that are kept. */
const overrideTextMax = 200

export interface OverrideWish {
  readonly target: string
  readonly override: OverrideOrder['override']
  readonly reason: string
  readonly author: string
  /** Null: until it is released. */
  readonly forMs: Millis | null
  /** True if pools may be left without their floor. */
  readonly force: boolean
  /** Now, in Unix milliseconds. */
  readonly sinceAt: number
}

/** A member as it is named to people. */
export interface MemberName {
  readonly owner: string
  readonly type: string
  readonly address: string
}

export type OverrideOutcome =
  | { readonly kind: 'set'; readonly order: OverrideOrder; readonly members: readonly MemberName[] }
  /** `pools` are those that would be left without their floor, as `owner type`. */
  | { readonly kind: 'refused'; readonly code: OverrideRefusal; readonly pools: readonly string[] }

export type OverrideRefusal = 'bad-target' | 'no-such-member' | 'would-hurt' | 'too-many'

export type ReleaseOutcome =
  | { readonly kind: 'released'; readonly orders: readonly OverrideOrder[]; readonly pools: readonly string[] }
  /** `by` are the targets of orders that still name the member: those are what to release. */
  | {
      readonly kind: 'refused'
      readonly code: 'bad-target' | 'nothing-to-release'
      readonly by: readonly string[]
    }

/** Takes an order, in place of an older one on the same target. Pools are decided at the next `settle`. */
export function setOverride(roster: Roster, wish: OverrideWish, nowMs: Millis): OverrideOutcome {
  const target = parseTarget(wish.target)
  if (target === null) return { kind: 'refused', code: 'bad-target', pools: [] }
  const members = membersOf(roster, target)
  if (members.length === 0) return { kind: 'refused', code: 'no-such-member', pools: [] }
  const text = formatTarget(target)
  const others = roster.orders.filter(order => order.target !== text)
  if (others.length >= overridesMax) return { kind: 'refused', code: 'too-many', pools: [] }
  const hurt = wish.force ? [] : hurtBy(roster, target, wish.override, nowMs)
  if (hurt.length > 0) return { kind: 'refused', code: 'would-hurt', pools: hurt }
  const order: OverrideOrder = {
    target: text,
    override: wish.override,
    reason: wish.reason.slice(0, overrideTextMax),
    author: wish.author.slice(0, overrideTextMax),
    sinceAt: wish.sinceAt,
    untilMs: wish.forMs === null ? null : millis(nowMs + wish.forMs),
  }
  replaceOrders(roster, [...others, order])
  return { kind: 'set', order, members }
}

/**
 * Ends the orders on the target and those on parts of it; of an owner, lets its pools go back to the first tier that
 * can serve (`failback: manual`).
 */
export function releaseOverride(roster: Roster, text: string, nowMs: Millis): ReleaseOutcome {
  const target = parseTarget(text)
  if (target === null) return { kind: 'refused', code: 'bad-target', by: [] }
  const orders = roster.orders.filter(order => isWithin(parseTarget(order.target), target))
  const owner = canonicalOwner(text)
  const pools = roster.pools.flatMap(({ plan }, pool) => {
    return plan.owner === owner && waitsForRelease(roster, pool, nowMs) ? [pool] : []
  })
  if (orders.length === 0 && pools.length === 0) {
    const by = roster.orders.filter(order => isWithin(target, parseTarget(order.target)))
    return { kind: 'refused', code: 'nothing-to-release', by: by.map(order => order.target) }
  }
  for (const pool of pools) letGo(roster, pool)
  if (orders.length > 0)
    replaceOrders(
      roster,
      roster.orders.filter(order => !orders.includes(order)),
    )
  return { kind: 'released', orders, pools: pools.map(pool => nameOf(roster.pools[pool]!.plan)) }
}

/** Ends the orders whose time is up, and returns them. */
export function expireOverrides(roster: Roster, nowMs: Millis): readonly OverrideOrder[] {
  if (nowMs < roster.nextExpiryMs) return []
  const isOver = ({ untilMs }: OverrideOrder) => untilMs !== null && untilMs <= nowMs
  const over = roster.orders.filter(isOver)
  replaceOrders(
    roster,
    roster.orders.filter(order => !isOver(order)),
  )
  return over
}

/** Orders from before a restart. Those that say nothing that we understand are left out. */
export function restoreOrders(roster: Roster, orders: readonly OverrideOrder[]): void {
  const known = orders.filter(({ target }) => parseTarget(target) !== null)
  replaceOrders(roster, known.slice(-overridesMax))
}

/** Every member that the target names. */
function membersOf(roster: Roster, target: Target): readonly MemberName[] {
  return roster.pools.flatMap(({ plan }) =>
    plan.pool.members
      .filter(member => matchesTarget(target, plan, member))
      .map(({ address }) => ({ owner: plan.owner, type: plan.type, address })),
  )
}

/** Gives every member the order that names it. For this room: pools came and went. */
export function assignOrders(roster: Roster): void {
  const byMember = new Map<string, { target: Target; order: OverrideOrder }[]>()
  for (const order of roster.orders) {
    const target = parseTarget(order.target)
    if (target === null) continue
    const list = byMember.get(target.member) ?? []
    list.unshift({ target, order })
    byMember.set(target.member, list)
  }
  roster.pools.forEach((state, pool) => {
    if (byMember.size === 0 && state.orders === null) return
    const orders = new Map<number, OverrideOrder>()
    state.plan.pool.members.forEach((member, at) => {
      const named = byMember.get(memberKey(member.address))
      const newest = named?.find(({ target }) => matchesTarget(target, state.plan, member))
      if (newest !== undefined) orders.set(at, newest.order)
    })
    if (sameOrders(state, orders)) return
    state.orders = orders.size === 0 ? null : orders
    markDirty(roster, pool)
  })
}

function replaceOrders(roster: Roster, orders: readonly OverrideOrder[]): void {
  roster.orders = orders
  roster.nextExpiryMs = millis(Math.min(...orders.map(({ untilMs }) => untilMs ?? Number.POSITIVE_INFINITY)))
  noteRevision(roster)
  assignOrders(roster)
}

function sameOrders({ orders: before }: PoolState, after: ReadonlyMap<number, OverrideOrder>): boolean {
  if ((before?.size ?? 0) !== after.size) return false
  return [...after].every(([at, order]) => before?.get(at) === order)
}

function letGo(roster: Roster, pool: number): void {
  const state = roster.pools[pool]!
  state.memory = { ...state.memory, heldTier: null }
  noteRevision(roster)
  markDirty(roster, pool)
}

/** True if every member that `inner` can name is one that `outer` names. */
function isWithin(inner: Target | null, outer: Target | null): boolean {
  if (inner === null || outer === null || inner.member !== outer.member) return false
  return (outer.port === null || outer.port === inner.port) && (outer.owner === null || outer.owner === inner.owner)
}

function nameOf({ owner, type }: PoolPlan): string {
  return `${owner} ${type}`
}
