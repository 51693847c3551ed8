/**
 * What is configured, as a flat list of words and values: so that two versions are compared word by word, and told as
 * people write them.
 */
import type { CheckSpec } from '../health/types.ts'
import { formatName } from '../name/name.ts'
import { decodeSoa } from '../rdata/soa.ts'
import type { MemberModel, PoolPlan } from '../roster/types.ts'
import type { PoolMember } from '../rotation/types.ts'
import type { ZoneImage } from '../zonefile/image.ts'

/** A value that differs; null where there is none. */
export interface SettingChange {
  readonly key: string
  readonly from: string | null
  readonly to: string | null
}

export type Settings = ReadonlyMap<string, string>

export function compareSettings(from: Settings, to: Settings): readonly SettingChange[] {
  const keys = [...new Set([...from.keys(), ...to.keys()])]
  return keys
    .filter(key => from.get(key) !== to.get(key))
    .map(key => ({ key, from: from.get(key) ?? null, to: to.get(key) ?? null }))
}

/** `ttl` is that of the set. Of a pool that nobody configured there is nothing but that. */
export function settingsOf(ttl: number, plan: PoolPlan | null): Settings {
  const settings = new Map([['ttl', String(ttl)]])
  if (plan === null) return settings
  const { spec, members, tierNames, failoverWithinMs } = plan.pool
  settings.set('answer', spec.answer)
  settings.set('max_answers', String(spec.maxAnswers))
  settings.set('on_all_down', spec.onAllDown)
  settings.set('min_healthy', `${spec.floor.amount}${spec.floor.unit === 'percent' ? '%' : ''}`)
  settings.set('failback', spec.failback)
  settings.set('slow_start', `${spec.slowStartMs}ms`)
  if (spec.answer === 'sticky') settings.set('sticky', `/${spec.sticky.v4} /${spec.sticky.v6}`)
  if (failoverWithinMs !== undefined) settings.set('failover_within', `${failoverWithinMs}ms`)
  if (plan.rule !== undefined) {
    const { subnets, geos = [] } = plan.rule
    settings.set('subnets', [...subnets, ...geos].join(' ') || 'all others')
  }
  members.forEach((member, i) => {
    const place = spec.members[i]!
    const tier = tierNames[place.tier] ?? null
    settings.set(`member ${member.address}${tier === null ? '' : ` in ${tier}`}`, describeMember(member, place))
  })
  return settings
}

function describeMember({ duties, quorum, override }: MemberModel, { tier, weight }: PoolMember): string {
  const checks = duties.map(({ check }) => check.name)
  const need = quorum.need === checks.length ? '' : ` (${quorum.need} of ${checks.length})`
  return [
    ...(tier === 0 ? [] : [`after ${tier}`]),
    ...(weight === 1 ? [] : [`weight ${weight}`]),
    ...(override === 'none' ? [] : [override]),
    checks.length === 0 ? 'not checked' : `${checks.join(' + ')}${need}`,
  ].join(', ')
}

/** By name, each as its own words. Of several that are called the same the first counts. */
export function checksOf({ pools }: ZoneImage): ReadonlyMap<string, Settings> {
  const checks = new Map<string, Settings>()
  for (const { plan } of pools) {
    for (const { check } of plan.pool.members.flatMap(({ duties }) => duties)) {
      if (!checks.has(check.name)) checks.set(check.name, wordsOf(check))
    }
  }
  return checks
}

function wordsOf({ name: _, ...spec }: CheckSpec): Settings {
  const words = new Map<string, string>()
  const enter = (key: string, value: unknown): void => {
    const isMap = typeof value === 'object' && value !== null && !Array.isArray(value)
    if (!isMap) words.set(key, typeof value === 'string' ? value : JSON.stringify(value))
    else for (const [inner, each] of Object.entries(value)) enter(`${key}.${inner}`, each)
  }
  for (const [key, value] of Object.entries(spec)) if (value !== undefined) enter(key, value)
  return words
}

export function soaSettings(rdata: Uint8Array, ttl: number): Settings {
  const { mname, rname, ...numbers } = decodeSoa(rdata)
  const names = { mname: formatName(mname), rname: formatName(rname) }
  return new Map(Object.entries({ ttl, ...names, ...numbers }).map(([key, value]) => [key, String(value)]))
}
