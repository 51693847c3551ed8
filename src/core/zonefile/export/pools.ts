/**
 * What export asks of a pool, whatever the format: is it more than a set of addresses, and what would be answered of it
 * when all is well.
 */
import { rrType } from '../../rdata/table.ts'
import type { PoolModel } from '../../roster/types.ts'
import type { RRsetModel } from '../model.ts'
import { policyDefaults } from '../policies.ts'
import type { LossCode } from './notes.ts'

/** True if a plain set of the same records would be answered in the same way, but for their order. */
export function isPlainPool({ pool, rules }: RRsetModel): boolean {
  if (pool === null) return true
  return rules === undefined && lossesOf(pool).length === 0 && pool.tierNames.length === 0
}

/** What a plain set of records could not say. A cap on answers counts where it leaves something out. */
export function lossesOf(pool: PoolModel): readonly LossCode[] {
  const { spec, members } = pool
  const losses: LossCode[] = []
  if (members.some(member => member.duties.length > 0)) losses.push('checks')
  if (members.some(member => member.override !== 'none')) losses.push('status')
  if (spec.members.some(({ weight }) => weight !== 1)) losses.push('weights')
  if (spec.members.some(({ tier }) => tier !== 0)) losses.push('fallback')
  if (hasPolicy(pool)) losses.push('policy')
  return losses
}

/** True if something differs from the built-in policy that changes answers. */
export function hasPolicy({ spec, members }: PoolModel): boolean {
  const { answer, maxAnswers, onAllDown, floor, failback, slowStartMs } = spec
  const checked = members.some(member => member.duties.length > 0)
  const ofHealth =
    onAllDown !== policyDefaults.onAllDown ||
    floor.unit !== policyDefaults.floor.unit ||
    floor.amount !== policyDefaults.floor.amount ||
    failback !== policyDefaults.failback ||
    slowStartMs !== policyDefaults.slowStartMs
  const isOrdered = answer !== 'rotate' && answer !== 'weighted'
  const isCapped = maxAnswers < Math.min(members.length, policyDefaults.maxAnswers)
  return (isOrdered && members.length > 1) || isCapped || (checked && ofHealth)
}

/** RR indexes that are answered when all is well: the members of the first tier that are not down by their status. */
export function calmRecords(set: RRsetModel): readonly number[] {
  if (set.pool === null) return set.rdatas.map((_, rr) => rr)
  const { spec, members } = set.pool
  const first = Math.min(...spec.members.map(({ tier }) => tier))
  const inFirst = spec.members.filter(({ tier }) => tier === first)
  const up = inFirst.filter(member => members[spec.members.indexOf(member)]!.override !== 'forced-down')
  const rrs = [...new Set((up.length > 0 ? up : inFirst).map(({ rr }) => rr))]
  return set.type === rrType.CNAME ? rrs.slice(0, 1) : rrs
}
