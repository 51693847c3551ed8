/**
 * Why a name is answered as it is: which zone holds it, which pool serves the client, and of each member whether it is
 * answered and for what reason. It says nothing that the StatusView does not hold, so whoever shows it shows the same.
 * Reasons are a closed list; the words for them belong to those who print.
 */
import { never } from '../base/assert.ts'
import { compilePrefixes, matchAddress, parsePrefix } from '../guard/access.ts'
import { addressOctetsMax, readAddress } from '../guard/address.ts'
import type { MemberView, PoolView, StatusView } from './status.ts'

export const memberReasons = [
  /** Healthy, in the tier that serves. */
  'eligible',
  /** Answered although not healthy, since `on_all_down` decides. */
  'fail-open',
  'last-resort',
  'last-healthy',
  /** Answered although down: removals are frozen. */
  'held',
  'forced-up',
  'down',
  'unknown',
  'drained',
  'forced-down',
  /** Healthy, but its weight has come down to nothing. */
  'no-share',
  /** Healthy, in a tier that waits for the one before it to fail. */
  'standby',
  /** Healthy, but `on_all_down` answers without it. */
  'not-answered',
] as const
export type MemberReason = (typeof memberReasons)[number]

export interface ExplainedMember {
  readonly member: MemberView
  readonly reason: MemberReason
}

export interface ExplainedPool {
  readonly pool: PoolView
  readonly members: readonly ExplainedMember[]
}

export interface Explanation {
  /** As asked, with its final dot. */
  readonly name: string
  /** The deepest zone of ours that it lies in; null: we answer REFUSED. */
  readonly zone: string | null
  /** The owner of the pools: the name itself, or the wildcard that covers it; null where health has no part. */
  readonly owner: string | null
  readonly pools: readonly ExplainedPool[]
}

/** `from` picks the pools that a client of this address gets; null: all of them. `type` null: every type. */
export function explain(view: StatusView, name: string, type: string | null, from: string | null): Explanation {
  const asked = name.toLowerCase().replace(/\.?$/, '.')
  const zone = view.zones
    .map(each => each.name.toLowerCase())
    .filter(each => asked === each || asked.endsWith(`.${each}`) || each === '.')
    .reduce<string | null>((deepest, each) => (deepest === null || each.length > deepest.length ? each : deepest), null)
  const owner = zone === null ? null : ownerOf(view.pools, asked, zone)
  const own = view.pools.filter(pool => pool.owner === owner && (type === null || pool.type === type.toUpperCase()))
  const pools = from === null ? own : poolsFor(own, from)
  return {
    name: asked,
    zone,
    owner,
    pools: pools.map(pool => ({
      pool,
      members: pool.members.map(member => ({ member, reason: reasonOf(pool, member) })),
    })),
  }
}

/** True if the text is an address that `explain` can go by. */
export function isClientAddress(text: string): boolean {
  return readAddress(text, new Uint8Array(addressOctetsMax)) !== 0
}

/** The name itself, else the closest wildcard above it that has pools. Records without pools may hide it: see below. */
function ownerOf(pools: readonly PoolView[], asked: string, zone: string): string | null {
  const owners = new Set(pools.map(pool => pool.owner))
  if (owners.has(asked)) return asked
  for (let rest = asked; rest !== zone && rest.includes('.'); ) {
    rest = rest.slice(rest.indexOf('.') + 1)
    // A pooled name above is an encloser: no wildcard further up covers what is below it (RFC 4592 section 3.3.1).
    if (owners.has(`*.${rest}`)) return `*.${rest}`
    if (owners.has(rest)) return null
  }
  return null
}

/**
 * Of the pools of one record the one whose network is the longest that holds the client; others serve the rest. Where
 * places decide, those that may are left to choose from: the picture does not know where a client is.
 */
function poolsFor(pools: readonly PoolView[], from: string): readonly PoolView[] {
  const octets = new Uint8Array(addressOctetsMax)
  const length = readAddress(from, octets)
  return [...Map.groupBy(pools, pool => pool.type).values()].flatMap(alike => {
    const entries = alike.flatMap((pool, value) =>
      (pool.rule?.subnets ?? []).flatMap(text => {
        const prefix = parsePrefix(text)
        return typeof prefix === 'string' ? [] : [{ prefix, value }]
      }),
    )
    const chosen = matchAddress(compilePrefixes(entries), octets, length)
    const isOpen = ({ rule }: PoolView) => rule === null || rule.others || rule.geos !== undefined
    return alike.filter((pool, at) => (chosen >= 0 ? at === chosen : isOpen(pool)))
  })
}

function reasonOf(pool: PoolView, member: MemberView): MemberReason {
  if (member.answered) return reasonOfAnswered(pool, member)
  if (member.override === 'drained' || member.override === 'forced-down') return member.override
  if (member.override === 'none' && member.verdict !== 'up') return member.verdict
  if (member.share === 0) return 'no-share'
  return pool.mode === 'normal' ? 'standby' : 'not-answered'
}

function reasonOfAnswered(pool: PoolView, member: MemberView): MemberReason {
  switch (pool.mode) {
    case 'normal':
      if (member.held) return 'held'
      return member.override === 'forced-up' ? 'forced-up' : 'eligible'
    case 'fail-open':
    case 'last-resort':
    case 'last-healthy':
      return pool.mode
    case 'nodata':
    case 'servfail':
    case 'refused':
      return 'not-answered'
    default:
      return never(pool.mode)
  }
}
