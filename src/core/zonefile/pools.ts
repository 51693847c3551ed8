/**
 * A and AAAA records → RRset and pool. A pool is what health and rotation know; a single address that nothing checks
 * and nothing else is said about has none.
 */
import type { Seconds } from '../base/units.ts'
import { worstMemberRemovalMs } from '../health/removal.ts'
import type { Name } from '../name/name.ts'
import type { MemberModel, PoolModel } from '../roster/types.ts'
import { type Members, readMembers } from './addresses.ts'
import { readHealthcheck } from './checks.ts'
import { type Path, refuse, warn } from './doc.ts'
import { formatDuration } from './duration.ts'
import { type CheckChoice, type Duties, dutiesFor, dutiesOf, noDuties, readCheckRef } from './duties.ts'
import { doubtTtlOf, type Policy, readPolicy } from './policies.ts'
import type { AddressInput } from './schema/records.ts'
import type { Scope } from './scope.ts'
import { readTiers } from './tiers.ts'

export interface AddressSet {
  readonly rdatas: readonly Uint8Array[]
  readonly pool: PoolModel | null
}

/** A record on its way to a pool. */
interface Draft extends Members {
  readonly scope: Scope
  readonly input: AddressInput
  readonly path: Path
  readonly ttl: Seconds
  readonly policy: Policy
  readonly duties: Duties
  readonly tierNames: readonly string[]
}

/** Null after having reported what is wrong. */
export function readAddressSet(
  scope: Scope,
  input: AddressInput,
  owner: Name,
  ttl: Seconds,
  path: Path,
): AddressSet | null {
  const { reader } = scope
  const tiers = input.dynamic === undefined ? [] : readTiers(reader, input.dynamic, [...path, 'dynamic'])
  const members = tiers === null ? null : readMembers(reader, input, tiers, path)
  const given = input.policy
  const policy = given === undefined ? scope.policy : readPolicy(reader, given, scope.policy, [...path, 'policy'])
  const choice = chooseCheck(scope, input, path)
  if (tiers === null || members === null || policy === null || choice === 'faulty') return null
  const duties = choice === 'none' ? noDuties : dutiesFor(reader, choice, owner)
  if (duties === null) return null
  const draft: Draft = { ...members, scope, input, path, ttl, policy, duties, tierNames: tiers }
  const pooled = duties.specs.length > 0 || members.members.length > 1 || members.overridden || tiers.length > 0
  if (!pooled && given === undefined) return { rdatas: members.rdatas, pool: null }
  if (!requireReach(draft)) return null
  warnOfPool(draft)
  return { rdatas: members.rdatas, pool: poolOf(draft) }
}

/** The record's own word, else octoDNS's, else the zone's; a pure octoDNS `dynamic` is checked as octoDNS says. */
function chooseCheck(scope: Scope, input: AddressInput, path: Path): CheckChoice {
  const { reader, form } = scope
  const healthcheck = input.octodns?.healthcheck ?? (form === 'octodns' && input.dynamic !== undefined ? {} : undefined)
  if (input.check !== undefined) {
    if (input.octodns?.healthcheck !== undefined) {
      const span = reader.doc.keySpan([...path, 'octodns', 'healthcheck'])
      refuse(reader, 'bad-value', span, 'the record has both `check` and `octodns.healthcheck`', 'remove one of them')
      return 'faulty'
    }
    return readCheckRef(reader, input.check, scope.checks, scope.usedChecks, [...path, 'check'])
  }
  if (healthcheck === undefined) return scope.check
  const at = [...path, 'octodns', 'healthcheck']
  const plan = readHealthcheck(reader, healthcheck, at)
  return plan === null ? 'faulty' : { plans: [plan], quorum: { need: 1 }, path: at }
}

/** What the policy asks for must be there to be given. */
function requireReach(draft: Draft): boolean {
  const { scope, input, path, policy, members, tierNames } = draft
  const { reader } = scope
  const placeOf = (key: 'min_healthy' | 'on_all_down') =>
    reader.doc.valueSpan(input.policy?.[key] === undefined ? [...path, 'type'] : [...path, 'policy', key])
  if (policy.onAllDown === 'values' && input.dynamic !== undefined && draft.lastResort.length === 0) {
    const text = '`on_all_down: values` needs the addresses to fall back on'
    refuse(reader, 'missing-key', placeOf('on_all_down'), text, 'add `values: [...]` beside `dynamic`')
    return false
  }
  const tiers = tierNames.length === 0 ? ['record'] : tierNames
  for (const [tier, name] of tiers.entries()) {
    const size = members.filter(member => member.tier === tier).length
    if (policy.floor.unit === 'percent' || policy.floor.amount <= size) continue
    const what = tierNames.length === 0 ? 'this record' : `the pool \`${name}\``
    const text = `\`min_healthy\` asks for ${policy.floor.amount} members, but ${what} has ${size}`
    refuse(reader, 'bad-value', placeOf('min_healthy'), text, `give the record \`policy: {min_healthy: ${size}}\``)
    return false
  }
  return true
}

function warnOfPool(draft: Draft): void {
  const { scope, input, path, ttl, duties, members, tierNames, policy } = draft
  const { reader } = scope
  const type = reader.doc.valueSpan([...path, 'type'])
  const worstMs = worstMemberRemovalMs(duties.specs, duties.quorum)
  if (worstMs !== null && ttl * 1000 > worstMs) {
    const span = input.ttl === undefined ? type : reader.doc.valueSpan([...path, 'ttl'])
    const removal = formatDuration(worstMs)
    const text = `caches keep a dead address for ${ttl} s, longer than its removal takes (${removal})`
    warn(
      reader,
      'ttl-outlives-removal',
      span,
      text,
      `write a \`ttl\` of ${Math.max(1, Math.floor(worstMs / 1000))} or less`,
    )
  }
  const hasLastResort = policy.onAllDown === 'values' && draft.lastResort.length > 0
  const addresses = new Set(members.map(member => member.rr)).size
  if (worstMs !== null && addresses === 1 && !hasLastResort) {
    const text = 'one member is all there is: when it fails, nothing can take its place'
    warn(reader, 'lone-member', type, text, 'add a second address, or write `check: none`')
  }
  const firstCanFail = members.some(member => member.tier === 0 && member.override !== 'forced-down')
  if (worstMs === null && tierNames.length > 1 && firstCanFail) {
    const text = `nothing checks the pool \`${tierNames[0]}\`, so its fallback can never serve`
    warn(reader, 'fallback-unchecked', type, text, 'add `check: NAME`')
  }
}

function poolOf(draft: Draft): PoolModel {
  const { input, policy, ttl, duties, tierNames } = draft
  const isPlain = input.dynamic === undefined
  const ownValues = policy.onAllDown === 'values' ? draft.members.map(member => member.rr) : []
  const members: MemberModel[] = draft.members.map(({ address, override }) => ({
    address,
    duties: dutiesOf(duties, address),
    quorum: duties.quorum,
    override,
  }))
  return {
    spec: {
      members: draft.members.map(({ rr, tier }) => ({ rr, tier })),
      lastResort: isPlain ? ownValues : draft.lastResort,
      answer: policy.answer,
      maxAnswers: policy.maxAnswers,
      onAllDown: policy.onAllDown,
      floor: policy.floor,
      ttl,
      doubtTtl: doubtTtlOf(ttl),
    },
    members,
    tierNames,
  }
}
