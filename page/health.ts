/**
 * How things stand at a glance, from the live picture alone: which state a member or a service is shown in, what comes
 * first, and what part of the answers a member gets. Pure; every state is one of a closed list that has a word, a shape
 * and a colour.
 */
import type { LiveMember, LivePool } from '../src/core/view/live.ts'
import type { StatusView } from '../src/core/view/status.ts'

export type Tone = 'good' | 'doubt' | 'bad' | 'taken' | 'plain'

export interface State {
  readonly tone: Tone
  readonly word: string
}

export interface ZoneGroup {
  readonly name: string
  readonly serial: number | null
  readonly pools: readonly LivePool[]
  readonly troubled: number
}

/** 0 serves other than as configured, 1 short of a member, 2 calm. */
export function urgencyOf(pool: LivePool): 0 | 1 | 2 {
  if (pool.mode !== 'normal') return 0
  return pool.members.every(isCalm) && !pool.waitsForRelease ? 2 : 1
}

export function stateOfPool(pool: LivePool): State {
  switch (pool.mode) {
    case 'normal':
      break
    case 'nodata':
    case 'servfail':
    case 'refused':
      return { tone: 'bad', word: `answers ${pool.mode.toUpperCase()}` }
    case 'fail-open':
      return { tone: 'bad', word: 'failing open' }
    case 'last-resort':
      return { tone: 'bad', word: 'last resort' }
    case 'last-healthy':
      return { tone: 'bad', word: 'last healthy' }
  }
  if (pool.members.some(({ verdict, override }) => verdict === 'down' && override === 'none')) {
    return { tone: 'doubt', word: 'degraded' }
  }
  if (pool.members.some(({ override }) => override !== 'none')) return { tone: 'taken', word: 'overridden' }
  if (pool.waitsForRelease) return { tone: 'taken', word: 'awaits release' }
  return pool.members.every(isCalm) ? { tone: 'good', word: 'healthy' } : { tone: 'doubt', word: 'in doubt' }
}

export function stateOfMember(member: LiveMember): State {
  const { override, verdict, held, pending } = member
  if (override === 'drained') return { tone: 'taken', word: 'drained' }
  if (override === 'forced-down') return { tone: 'taken', word: 'forced down' }
  if (override === 'forced-up') return { tone: 'taken', word: 'forced up' }
  if (held) return { tone: 'bad', word: 'down, held' }
  if (verdict === 'down') return { tone: 'bad', word: pending ? 'down, rising' : 'down' }
  if (verdict === 'unknown') return { tone: 'doubt', word: 'unknown' }
  return pending ? { tone: 'doubt', word: 'up, failing' } : { tone: 'good', word: 'up' }
}

/**
 * In which part of the answers each member comes first, 0 to 1, by weight and what is left of it. Sticky clients spread
 * by weight too, as long as there are many.
 */
export function sharesOf({ answer, members }: LivePool): readonly number[] {
  const answered = members.filter(member => member.answered)
  if (answer === 'failover') {
    const first = answered.reduce<LiveMember | null>(
      (least, one) => (least === null || one.tier < least.tier ? one : least),
      null,
    )
    return members.map(member => (member === first ? 1 : 0))
  }
  const byWeight = answer !== 'rotate'
  const parts = members.map(({ answered: is, weight, share }) =>
    is ? (byWeight ? weight : 1) * (share > 0 ? share : 1) : 0,
  )
  const sum = parts.reduce((total, part) => total + part, 0)
  return parts.map(part => (sum === 0 ? 0 : part / sum))
}

/** Zones with trouble first, then by name; in each the urgent services first. Zones without services come last. */
export function groupByZone(
  pools: readonly LivePool[],
  zones: StatusView['zones'],
  pattern: string,
): readonly ZoneGroup[] {
  const wanted = pattern.trim().toLowerCase()
  const shown = pools.filter(pool => wanted === '' || isWanted(pool, wanted))
  const byName = new Map(zones.map(zone => [zone.name.toLowerCase(), zone]))
  const held = Map.groupBy(shown, ({ owner }) => zoneOf(owner, byName))
  const groups = [...held].map(([name, own]): ZoneGroup => {
    const sorted = own.toSorted(
      (a, b) => urgencyOf(a) - urgencyOf(b) || compareNames(a.owner, b.owner) || compareNames(a.key, b.key),
    )
    const troubled = own.filter(pool => urgencyOf(pool) < 2).length
    return { name, serial: byName.get(name)?.serial ?? null, pools: sorted, troubled }
  })
  const worst = (group: ZoneGroup): number => Math.min(...group.pools.map(urgencyOf))
  return groups.toSorted((a, b) => worst(a) - worst(b) || compareNames(a.name, b.name))
}

/** The deepest zone that the owner lies in. */
function zoneOf(owner: string, zones: ReadonlyMap<string, unknown>): string {
  const labels = owner.toLowerCase().split('.')
  for (let from = 0; from < labels.length; from++) {
    const name = labels.slice(from).join('.')
    if (zones.has(name)) return name
  }
  return '.'
}

function isWanted({ owner, type, members }: LivePool, wanted: string): boolean {
  return `${owner} ${type}`.toLowerCase().includes(wanted) || members.some(member => member.address.includes(wanted))
}

function isCalm({ verdict, pending, held, override }: LiveMember): boolean {
  return verdict === 'up' && !pending && !held && override === 'none'
}

function compareNames(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
