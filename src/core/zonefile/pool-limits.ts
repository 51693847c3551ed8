/**
 * What a pool as a whole cannot do, and what it hardly is meant to: a floor that no tier can meet, a last resort that
 * is not there, one member alone.
 */
import { worstMemberRemovalMs } from '../health/removal.ts'
import { refuse, warn } from './doc.ts'
import { formatDuration } from './duration.ts'
import type { PoolDraft } from './pool-draft.ts'

/** False after having reported that the policy asks for what is not there. */
export function requireReach(draft: PoolDraft): boolean {
  const { scope, input, path, policy } = draft
  const { reader } = scope
  const placeOf = (key: 'min_healthy' | 'on_all_down') =>
    reader.doc.valueSpan(input.policy?.[key] === undefined ? [...path, 'type'] : [...path, 'policy', key])
  if (policy.onAllDown === 'values' && input.dynamic !== undefined && draft.lastResort.length === 0) {
    const text = '`on_all_down: values` needs the values to fall back on'
    refuse(reader, 'missing-key', placeOf('on_all_down'), text, 'add `values: [...]` beside `dynamic`')
    return false
  }
  for (const [name, size] of sizesOf(draft)) {
    if (policy.floor.unit === 'percent' || policy.floor.amount <= size) continue
    const what = name === '' ? 'this record' : `the pool \`${name}\``
    const text = `\`min_healthy\` asks for ${policy.floor.amount} members, but ${what} has ${size}`
    refuse(reader, 'bad-value', placeOf('min_healthy'), text, `give the record \`policy: {min_healthy: ${size}}\``)
    return false
  }
  return true
}

/** Members by the name of their pool; a record without pools has one that is called nothing. */
function sizesOf({ chains, tiers }: PoolDraft): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>()
  chains.forEach((members, chain) => {
    const names = tiers[chain]!.length === 0 ? [''] : tiers[chain]!
    names.forEach((name, tier) => {
      sizes.set(name, members.filter(member => member.tier === tier).length)
    })
  })
  return sizes
}

export function warnOfPools(draft: PoolDraft): void {
  const { scope, input, path, ttl, duties, chains, tiers, policy } = draft
  const { reader } = scope
  const type = reader.doc.valueSpan([...path, 'type'])
  const worstMs = worstMemberRemovalMs(duties.specs, duties.quorum)
  if (worstMs !== null && ttl * 1000 > worstMs) {
    const span = input.ttl === undefined ? type : reader.doc.valueSpan([...path, 'ttl'])
    const text = `caches keep a dead member for ${ttl} s, longer than its removal takes (${formatDuration(worstMs)})`
    const hint = `write a \`ttl\` of ${Math.max(1, Math.floor(worstMs / 1000))} or less`
    warn(reader, 'ttl-outlives-removal', span, text, hint)
  }
  const hasLastResort = policy.onAllDown === 'values' && draft.lastResort.length > 0
  const isLone = chains.some(members => new Set(members.map(member => member.rr)).size === 1)
  if (worstMs !== null && isLone && !hasLastResort) {
    const text = 'one member is all there is: when it fails, nothing can take its place'
    warn(reader, 'lone-member', type, text, 'add a second one, or write `check: none`')
  }
  if (input.type === 'CNAME' || worstMs !== null) return
  const stuck = chains.findIndex(
    (members, chain) =>
      tiers[chain]!.length > 1 && members.some(member => member.tier === 0 && member.override !== 'forced-down'),
  )
  if (stuck < 0) return
  const text = `nothing checks the pool \`${tiers[stuck]![0]}\`, so its fallback can never serve`
  warn(reader, 'fallback-unchecked', type, text, 'add `check: NAME`')
}
