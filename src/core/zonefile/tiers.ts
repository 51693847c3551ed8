/**
 * octoDNS `dynamic` → tiers: the pool of the rule that is for everyone, then its fallback, then that one's, to the end.
 * Every pool must be reached, and none twice.
 */
import { isMap, type Path, type Reader, refuse, shown } from './doc.ts'
import { suggest } from './issues.ts'
import type { DynamicInput } from './schema/records.ts'

/** Pool names, the first to serve first; null after having reported why there are none. */
export function readTiers(reader: Reader, dynamic: DynamicInput, path: Path): readonly string[] | null {
  const problemsBefore = reader.problems.length
  const names: ReadonlySet<string> = new Set(Object.keys(dynamic.pools))
  const first = readRules(reader, dynamic, names, path)
  for (const name of names) {
    const { fallback } = dynamic.pools[name]!
    if (fallback !== undefined) requirePool(reader, fallback, names, [...path, 'pools', name, 'fallback'])
  }
  if (reader.problems.length > problemsBefore || first === null) return null
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
  refuseUnused(reader, dynamic, names, tiers, path)
  return reader.problems.length > problemsBefore ? null : tiers
}

/** The pool of the rule that is for everyone. Rules that are not are refused by the schema already. */
function readRules(reader: Reader, dynamic: DynamicInput, names: ReadonlySet<string>, path: Path): string | null {
  dynamic.rules.forEach((rule, i) => {
    requirePool(reader, rule.pool, names, [...path, 'rules', i, 'pool'])
    if (i === 0) return
    const text = `rule ${i + 1} is never reached, since the rule before it is for everyone`
    refuse(reader, 'rule-unreachable', reader.doc.valueSpan([...path, 'rules', i]), text, 'remove it')
  })
  const first = dynamic.rules[0]
  if (first !== undefined) return first.pool
  const hint = names.size === 0 ? null : `write \`rules: [{pool: ${[...names][0]}}]\``
  refuse(reader, 'no-catch-all', reader.doc.keySpan([...path, 'rules']), 'no rule is for everyone', hint)
  return null
}

/** A list of rules whose last one is for some clients only leaves the others without an answer. */
export function requireCatchAll(reader: Reader, dynamic: unknown, path: Path): void {
  const rules = isMap(dynamic) ? dynamic['rules'] : undefined
  if (!Array.isArray(rules) || rules.length === 0) return
  const last: unknown = rules[rules.length - 1]
  if (!isMap(last) || (last['subnets'] === undefined && last['geos'] === undefined)) return
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
  dynamic: DynamicInput,
  names: ReadonlySet<string>,
  tiers: readonly string[],
  path: Path,
): void {
  const ruled = new Set(dynamic.rules.map(rule => rule.pool))
  for (const name of names) {
    if (tiers.includes(name) || ruled.has(name)) continue
    const text = `no rule and no fallback leads to the pool ${shown(name)}`
    const hint = `write \`fallback: ${name}\` in the pool before it, or remove it`
    refuse(reader, 'unused-pool', reader.doc.keySpan([...path, 'pools', name]), text, hint)
  }
}
