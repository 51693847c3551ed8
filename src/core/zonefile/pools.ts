/**
 * A, AAAA and CNAME records → RRset and pools, one pool for each chain that some rule leads to. A pool is what health
 * and rotation know; a single address that nothing checks and nothing else is said about has none.
 */
import type { Seconds } from '../base/units.ts'
import type { Name } from '../name/name.ts'
import type { MemberModel, PoolModel } from '../roster/types.ts'
import type { AnswerPolicy, PoolSpec } from '../rotation/types.ts'
import { valueReader } from './addresses.ts'
import { readHealthcheck } from './checks.ts'
import { type Path, refuse } from './doc.ts'
import { type CheckChoice, type Duties, dutiesFor, dutiesOf, noDuties, readCheckRef } from './duties.ts'
import { readFailoverWithin } from './failover-within.ts'
import { type Member, type Members, readMembers } from './members.ts'
import type { RulesModel } from './model.ts'
import { doubtTtlOf, type Policy, readPolicy } from './policies.ts'
import type { PoolDraft } from './pool-draft.ts'
import { requireReach, warnOfPools } from './pool-limits.ts'
import type { AddressInput, CnameInput } from './schema/records.ts'
import type { Scope } from './scope.ts'
import { plainChains, readChains } from './tiers.ts'

export interface PooledSet {
  readonly rdatas: readonly Uint8Array[]
  readonly pool: PoolModel | null
  readonly rules: RulesModel | null
}

/** Null after having reported what is wrong. */
export function readPooledSet(
  scope: Scope,
  input: AddressInput | CnameInput,
  owner: Name,
  ttl: Seconds,
  path: Path,
): PooledSet | null {
  const { reader } = scope
  const chains = input.dynamic === undefined ? plainChains : readChains(reader, input.dynamic, [...path, 'dynamic'])
  const readValue = valueReader(input.type, scope.zone)
  const members = chains === null ? null : readMembers(reader, input, chains, readValue, path)
  const policy = readPolicyOf(scope, input, members, path)
  const choice = chooseCheck(scope, input, path)
  if (chains === null || members === null || policy === null || choice === 'faulty') return null
  const family = input.type === 'AAAA' ? 'v6' : 'v4'
  const duties = choice === 'none' ? noDuties : dutiesFor(reader, choice, owner, family)
  if (duties === null || !requireProbeable(scope, input, members, duties, path)) return null
  const draft: PoolDraft = { ...members, scope, input, path, ttl, policy, duties, tiers: chains.tiers }
  const { failover_within: within, dynamic, policy: own } = input
  const said = duties.specs.length > 0 || dynamic !== undefined || own !== undefined || within !== undefined
  const pooled = said || members.overridden || members.chains[0]!.length > 1
  if (!pooled) return { rdatas: members.rdatas, pool: null, rules: null }
  const failoverWithinMs = readFailoverWithin(draft)
  if (!requireReach(draft) || failoverWithinMs === 'faulty') return null
  warnOfPools(draft)
  const pools = members.chains.map((chain, i) => ({
    ...poolOf(draft, chain, chains.tiers[i]!),
    ...(failoverWithinMs !== null && { failoverWithinMs }),
  }))
  const { routes, geoRoutes, geos } = chains
  const plain = { pools: pools.slice(1), routes }
  const rules = geos.some(named => named.length > 0)
    ? { ...plain, geoRoutes, geos }
    : routes.length === 0
      ? null
      : plain
  return { rdatas: members.rdatas, pool: pools[0]!, rules }
}

/** The record's policy over the zone's; differing weights ask for an answer that heeds them. */
function readPolicyOf(
  { reader, policy: under }: Scope,
  input: AddressInput | CnameInput,
  members: Members | null,
  path: Path,
): Policy | null {
  const at = [...path, 'policy']
  const given = input.policy
  const policy = given === undefined ? under : readPolicy(reader, given, under, at)
  if (policy === null) return null
  if (input.type === 'CNAME') return readAliasPolicy(reader, policy, input, at, members)
  return heedWeights(reader, policy, input, at, members)
}

/** A name is an alias of one other only (RFC 1034 section 3.6.2), so one member is answered. */
function readAliasPolicy(
  reader: Scope['reader'],
  policy: Policy,
  input: CnameInput,
  path: Path,
  members: Members | null,
): Policy | null {
  const { max_answers: most } = input.policy ?? {}
  if (most !== undefined && most !== 1) {
    const span = reader.doc.valueSpan([...path, 'max_answers'])
    refuse(reader, 'bad-value', span, `a CNAME answers one name, not ${most}`, 'remove `max_answers`')
    return null
  }
  return heedWeights(reader, { ...policy, maxAnswers: 1 }, input, path, members)
}

function heedWeights(
  reader: Scope['reader'],
  policy: Policy,
  input: AddressInput | CnameInput,
  path: Path,
  members: Members | null,
): Policy | null {
  const unevenAt = members?.unevenAt ?? null
  if (unevenAt === null || (policy.answer !== 'rotate' && policy.answer !== 'failover')) return policy
  const own = input.policy?.answer
  if (own === undefined && policy.answer === 'rotate') return { ...policy, answer: 'weighted' }
  const span = reader.doc.valueSpan(own === undefined ? unevenAt : [...path, 'answer'])
  const text = `\`answer: ${policy.answer}\` makes no difference between members, but their weights differ`
  refuse(reader, 'bad-value', span, text, 'write `policy: {answer: weighted}`, or remove the weights')
  return null
}

/** The record's own word, else octoDNS's, else the zone's; a pure octoDNS `dynamic` is checked as octoDNS says. */
function chooseCheck(scope: Scope, input: AddressInput | CnameInput, path: Path): CheckChoice {
  const { reader, form } = scope
  if (input.type === 'CNAME') {
    if (input.check === undefined) return 'none'
    return readCheckRef(reader, input.check, scope.checks, scope.usedChecks, [...path, 'check'])
  }
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

/** Probes go to addresses; names are not looked up, which would make health depend on a resolver. */
function requireProbeable(
  { reader }: Scope,
  { type }: AddressInput | CnameInput,
  { chains, checkAddressAt }: Members,
  duties: Duties,
  path: Path,
): boolean {
  if (checkAddressAt !== null && duties.specs.length === 0) {
    const idle = 'nothing checks this record, so `check_address` has no meaning'
    refuse(reader, 'bad-value', reader.doc.keySpan(checkAddressAt), idle, 'add `check: NAME`, or remove it')
    return false
  }
  const at = duties.checkAddresses.indexOf(null)
  const haveOwn = chains.every(chain => chain.every(member => member.checkAddress !== null))
  if (type !== 'CNAME' || at < 0 || haveOwn) return true
  const text = `the check \`${duties.specs[at]!.name}\` has no address to probe, since the members here are names`
  const hint =
    'give the check a `check_address`, or remove it: targets in zones that are served here have health already'
  refuse(reader, 'check-not-possible', reader.doc.valueSpan([...path, 'check']), text, hint)
  return false
}

function poolOf(draft: PoolDraft, chain: readonly Member[], tierNames: readonly string[]): PoolModel {
  const { input, policy, ttl, duties } = draft
  const ownValues = policy.onAllDown === 'values' ? chain.map(member => member.rr) : []
  const members = chain.map((member): MemberModel => {
    const { label, rr, override, checkAddress } = member
    const model = { address: label, duties: dutiesOf(duties, label, checkAddress), quorum: duties.quorum, override }
    return input.type === 'CNAME' ? { ...model, target: draft.rdatas[rr]! } : model
  })
  return {
    spec: {
      members: chain.map(({ rr, tier, weight }) => ({ rr, tier, weight })),
      lastResort: input.dynamic === undefined ? ownValues : draft.lastResort,
      ...rulesOf(draft),
      ttl,
      doubtTtl: doubtTtlOf(ttl),
    },
    members,
    tierNames,
  }
}

/** What the policy and the checks say of the choice, the same for all chains of a record. */
function rulesOf({ policy, duties }: PoolDraft): Omit<PoolSpec, 'members' | 'lastResort' | 'ttl' | 'doubtTtl'> {
  const { answer, maxAnswers, onAllDown, floor, sticky, failback, slowStartMs } = policy
  const sharing = slowStartMs > 0 || duties.specs.some(spec => spec.protocol === 'METRICS')
  const weighed = heeding.includes(answer) || (answer === 'rotate' && sharing)
  return { answer, weighed, maxAnswers, onAllDown, floor, sticky, failback, slowStartMs }
}

/** Answers that depend on weights. */
const heeding: readonly AnswerPolicy[] = ['weighted', 'random', 'sticky']
