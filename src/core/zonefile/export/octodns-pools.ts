/**
 * A pool in octoDNS's words: `dynamic` with pools, fallbacks and rules, and the `healthcheck` that judges them. octoDNS
 * checks every pool, over HTTPS unless it is told otherwise, so members that nothing checks here say `status: up`.
 */
import type { CheckSpec } from '../../health/types.ts'
import { formatIpv4 } from '../../rdata/a.ts'
import { formatIpv6 } from '../../rdata/aaaa.ts'
import type { PoolModel } from '../../roster/types.ts'
import type { RRsetModel, Subnet } from '../model.ts'
import type { Tell } from './notes.ts'
import { hasPolicy } from './pools.ts'

export interface OctodnsDynamic {
  readonly pools: Readonly<Record<string, unknown>>
  readonly rules: readonly unknown[]
}

export interface OctodnsPool {
  readonly dynamic: OctodnsDynamic
  readonly octodns: { readonly healthcheck: Readonly<Record<string, unknown>> } | null
}

/** What a pool is called that has no name here. */
const onlyPool = 'main'

/** `set` has a pool. */
export function octodnsPool(set: RRsetModel, tell: Tell): OctodnsPool {
  const { owner, type, rules } = set
  const pool = set.pool!
  if ([pool, ...(rules?.pools ?? [])].some(hasPolicy)) tell('policy', owner, type)
  const healthcheck = healthcheckOf(set, pool, tell)
  const pools: Record<string, unknown> = {}
  for (const chain of [pool, ...(rules?.pools ?? [])]) Object.assign(pools, poolsOf(chain, healthcheck !== null))
  const dynamic = { pools, rules: rulesOf(set) }
  return { dynamic, octodns: healthcheck === null ? null : { healthcheck } }
}

function poolsOf({ spec, members, tierNames }: PoolModel, checked: boolean): Readonly<Record<string, unknown>> {
  const names = namesOf(tierNames)
  return Object.fromEntries(
    names.map((name, tier) => {
      const values = spec.members.flatMap((member, i) => {
        if (member.tier !== tier) return []
        const { address, override } = members[i]!
        const status = override === 'forced-down' ? 'down' : override === 'forced-up' || !checked ? 'up' : null
        return [{ value: address, ...(member.weight !== 1 && { weight: member.weight }), ...(status && { status }) }]
      })
      // Of one alone octoDNS refuses a weight, which says nothing anyway.
      const [only] = values
      const plain = values.length === 1 && only !== undefined ? [withoutWeight(only)] : values
      const fallback = names[tier + 1]
      return [name, { ...(fallback !== undefined && { fallback }), values: plain }]
    }),
  )
}

function namesOf(tierNames: readonly string[]): readonly string[] {
  return tierNames.length === 0 ? [onlyPool] : tierNames
}

function withoutWeight({ weight: _, ...rest }: { readonly weight?: number }): object {
  return rest
}

/**
 * Networks in the order that octoDNS wants, the more specific ones first, since it takes the first rule that fits; the
 * rule for everyone last.
 */
function rulesOf({ pool, rules }: RRsetModel): readonly unknown[] {
  const firstOf = (chain: PoolModel) => namesOf(chain.tierNames)[0]!
  const routes = [...(rules?.routes ?? [])].sort((a, b) => b.subnet.bits - a.subnet.bits)
  const own: { subnets: string[]; pool: string }[] = []
  for (const { subnet, pool: number } of routes) {
    const name = firstOf(number === 0 ? pool! : rules!.pools[number - 1]!)
    const last = own.at(-1)
    if (last?.pool === name) last.subnets.push(formatSubnet(subnet))
    else own.push({ subnets: [formatSubnet(subnet)], pool: name })
  }
  const places = (rules?.geos ?? []).flatMap((geos, number) => {
    if (geos.length === 0) return []
    const name = firstOf(number === 0 ? pool! : rules!.pools[number - 1]!)
    // Beside a rule by place octoDNS wants no other for the same pool.
    const subnets = own.filter(rule => rule.pool === name).flatMap(rule => rule.subnets)
    return [subnets.length === 0 ? { geos, pool: name } : { geos, pool: name, subnets }]
  })
  const placed = new Set(places.map(rule => rule.pool))
  const mixed = places.filter(rule => 'subnets' in rule)
  const plain = places.filter(rule => !('subnets' in rule))
  return [...own.filter(rule => !placed.has(rule.pool)), ...mixed, ...plain, { pool: firstOf(pool!) }]
}

function formatSubnet({ octets, bits }: Subnet): string {
  return `${octets.length === 4 ? formatIpv4(octets) : formatIpv6(octets)}/${bits}`
}

/** Null where members are to be marked as up. */
function healthcheckOf(
  { owner, type }: RRsetModel,
  { members }: PoolModel,
  tell: Tell,
): Readonly<Record<string, unknown>> | null {
  const duties = members[0]?.duties ?? []
  const [duty] = duties
  if (duty === undefined) {
    tell('unchecked', owner, type)
    return null
  }
  const healthcheck = duties.length === 1 ? wordsOf(duty.check) : null
  tell(healthcheck === null ? 'several-checks' : 'check-details', owner, type)
  return healthcheck
}

/** Null for what octoDNS does not speak. */
function wordsOf(check: CheckSpec): Readonly<Record<string, unknown>> | null {
  switch (check.protocol) {
    case 'ICMP':
      return { protocol: 'ICMP' }
    case 'TCP':
      return { protocol: 'TCP', port: check.port }
    case 'HTTP':
    case 'HTTPS':
      // Without a host it is the address that is asked for, which octoDNS has to be told.
      return { protocol: check.protocol, port: check.port, path: check.path, host: check.host }
    default:
      return null
  }
}
