/**
 * octoDNS `dynamic` → chains: the pool that a rule names, then its fallback, then that one's, to the end. Rules that
 * name the same pool share its chain. Chain 0 is that of the rule for everyone; every pool must be reached.
 */
import type { Problem } from '../base/problem.ts'
import { isMap, type Path, type Reader, refuse, shown } from './doc.ts'
import { readGeos } from './geos.ts'
import { suggest } from './issues.ts'
import type { SubnetRoute } from './model.ts'
import type { DynamicInput } from './schema/pools.ts'
import { readSubnets } from './subnets.ts'

export interface Chains {
  /** Pool names by chain, the first to serve first; one empty chain for a record without pools. */
  readonly tiers: readonly (readonly string[])[]
  /** Which clients other rules than the last one are for, and the chain that serves them. */
  readonly routes: readonly SubnetRoute[]
  /** Those that follow from places. */
  readonly geoRoutes: readonly SubnetRoute[]
  /** The places that rules name, by chain. */
  readonly geos: readonly (readonly string[])[]
}

export const plainChains: Chains = { tiers: [[]], routes: [], geoRoutes: [], geos: [] }

/** Null after having reported why there are none. */
export function readChains(reader: Reader, dynamic: DynamicInput, path: Path): Chains | null {
  const problemsBefore = reader.problems.length
  const names: ReadonlySet<string> = new Set(Object.keys(dynamic.pools))
  readRulePools(reader, dynamic, names, path)
  for (const name of names) {
    const { fallback } = dynamic.pools[name]!
    if (fallback !== undefined) requirePool(reader, fallback, names, [...path, 'pools', name, 'fallback'])
  }
  const catchAll = dynamic.rules.find(isForEveryone)
  if (reader.problems.length > problemsBefore || catchAll === undefined) return null
  const firsts = new Map([[catchAll.pool, 0]])
  for (const { pool } of dynamic.rules) if (!firsts.has(pool)) firsts.set(pool, firsts.size)
  const tiers: (readonly string[])[] = []
  for (const first of firsts.keys()) {
    const chain = chainFrom(reader, dynamic, first, path)
    if (chain === null) return null
    tiers.push(chain)
  }
  const seen = new Set<string>()
  const routes = dynamic.rules.flatMap(({ subnets, pool }, i) => {
    const read = readSubnets(reader, subnets ?? [], seen, [...path, 'rules', i, 'subnets'])
    return read.map((subnet): SubnetRoute => ({ subnet, pool: firsts.get(pool)! }))
  })
  const chainOf = (pool: string): number => firsts.get(pool)!
  const geoRoutes = readGeos(reader, dynamic.rules, chainOf, routes, [...path, 'rules'])
  const geos = tiers.map((_, chain) => {
    return dynamic.rules.flatMap(({ geos: named, pool }) => (chainOf(pool) === chain ? (named ?? []) : []))
  })
  refuseUnused(reader, names, tiers, path)
  return reader.problems.slice(problemsBefore).some(isError) ? null : { tiers, routes, geoRoutes, geos }
}

function isError({ severity }: Problem): boolean {
  return severity === 'error'
}

function isForEveryone({ subnets, geos }: DynamicInput['rules'][number]): boolean {
  return subnets === undefined && geos === undefined
}

/** Null after having reported a loop. */
function chainFrom(reader: Reader, dynamic: DynamicInput, first: string, path: Path): readonly string[] | null {
  const tiers: string[] = []
  for (let name: string | undefined = first; name !== undefined; name = dynamic.pools[name]!.fallback) {
    if (tiers.includes(name)) {
      const last = tiers[tiers.length - 1]!
      const text = `the pool ${shown(name)} comes again after ${tiers.map(shown).join(', ')}`
      const hint = 'remove this `fallback`: the last pool has none'
      refuse(reader, 'pool-loop', reader.doc.valueSpan([...path, 'pools', last, 'fallback']), text, hint)
      return null
    }
    tiers.push(name)
  }
  return tiers
}

/** Each rule's pool must exist; behind the rule for everyone no other is reached. */
function readRulePools(reader: Reader, dynamic: DynamicInput, names: ReadonlySet<string>, path: Path): void {
  let catchAllAt = -1
  dynamic.rules.forEach((rule, i) => {
    requirePool(reader, rule.pool, names, [...path, 'rules', i, 'pool'])
    if (catchAllAt >= 0) {
      const text = `rule ${i + 1} is never reached, since rule ${catchAllAt + 1} is for everyone`
      const hint = isForEveryone(rule) ? 'remove it' : 'put it in front of that one'
      refuse(reader, 'rule-unreachable', reader.doc.valueSpan([...path, 'rules', i]), text, hint)
    } else if (isForEveryone(rule)) catchAllAt = i
  })
  if (dynamic.rules.length > 0) return
  const hint = names.size === 0 ? null : `write \`rules: [{pool: ${[...names][0]}}]\``
  refuse(reader, 'no-catch-all', reader.doc.keySpan([...path, 'rules']), 'no rule is for everyone', hint)
}

/** A list of rules whose last one is for some clients only leaves the others without an answer. */
export function requireCatchAll(reader: Reader, dynamic: unknown, path: Path): void {
  const rules = isMap(dynamic) ? dynamic['rules'] : undefined
  if (!Array.isArray(rules) || rules.length === 0) return
  const last: unknown = rules[rules.length - 1]
  if (!isMap(last) || (last['subnets'] === undefined && last['geos'] === undefined)) return
  // One that stands further up makes the last rule unreachable, which is reported as such.
  if (rules.some(rule => isMap(rule) && rule['subnets'] === undefined && rule['geos'] === undefined)) return
  const text = 'the last rule is not for everyone, so some clients would get no pool'
  const hint = `add \`- {pool: ${typeof last['pool'] === 'string' ? last['pool'] : 'NAME'}}\` after it`
  refuse(reader, 'no-catch-all', reader.doc.valueSpan([...path, 'rules', rules.length - 1]), text, hint)
}

function requirePool(reader: Reader, name: string, names: ReadonlySet<string>, path: Path): void {
  if (names.has(name)) return
  const text = `there is no pool ${shown(name)} in this record`
  refuse(reader, 'undefined-pool', reader.doc.valueSpan(path), text, suggest(name, [...names]))
}

function refuseUnused(
  reader: Reader,
  names: ReadonlySet<string>,
  tiers: readonly (readonly string[])[],
  path: Path,
): void {
  const reached = new Set(tiers.flat())
  for (const name of names) {
    if (reached.has(name)) continue
    const text = `no rule and no fallback leads to the pool ${shown(name)}`
    const hint = `write \`fallback: ${name}\` in the pool before it, or remove it`
    refuse(reader, 'unused-pool', reader.doc.keySpan([...path, 'pools', name]), text, hint)
  }
}
