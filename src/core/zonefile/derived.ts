/**
 * Pools of records that only lead to addresses: the members are what SRV, SVCB and HTTPS records point at, and their
 * health is that of the pools which answer for those names (link.ts). All that are up are answered, in the order of the
 * file; where none is, all are.
 */
import { seconds } from '../base/units.ts'
import { formatName, lowerName, type Name } from '../name/name.ts'
import { rrType } from '../rdata/table.ts'
import type { MemberModel, PoolModel } from '../roster/types.ts'
import type { SetContents } from './model.ts'
import { doubtTtlOf, policyDefaults } from './policies.ts'

/** True for types whose records drop out with their targets. An MX does not: senders try the next one by themselves. */
export function isDerivedType(type: number): boolean {
  return type === rrType.SRV || type === rrType.SVCB || type === rrType.HTTPS
}

/** Null where health can make no difference: other types, and a record alone, which is answered in any case. */
export function derivedPoolOf({ owner, type, ttl, rdatas }: SetContents): PoolModel | null {
  if (!isDerivedType(type) || rdatas.length < 2) return null
  return {
    spec: {
      members: rdatas.map((_, rr) => ({ rr, tier: 0, weight: 1 })),
      lastResort: [],
      answer: 'failover',
      weighed: false,
      maxAnswers: rdatas.length,
      onAllDown: 'all',
      floor: policyDefaults.floor,
      sticky: policyDefaults.sticky,
      failback: 'auto',
      slowStartMs: policyDefaults.slowStartMs,
      ttl: seconds(ttl),
      doubtTtl: doubtTtlOf(ttl),
    },
    members: rdatas.map(rdata => memberOf(targetOf(owner, type, rdata))),
    tierNames: [],
  }
}

function memberOf(target: Name | null): MemberModel {
  const model = { duties: [], quorum: { need: 0 }, override: 'none' } as const
  return target === null ? { address: '.', ...model } : { address: formatName(lowerName(target)), ...model, target }
}

/** The root: of SRV and of an alias "no such service", else the owner itself (RFC 2782; RFC 9460 section 2.5). */
function targetOf(owner: Name, type: number, rdata: Uint8Array): Name | null {
  const targetAt = type === rrType.SRV ? 6 : 2
  if (rdata[targetAt] !== 0) return rdata.slice(targetAt, targetEnd(rdata, targetAt)) as Name
  const isService = type !== rrType.SRV && (rdata[0] !== 0 || rdata[1] !== 0)
  return isService ? owner : null
}

function targetEnd(rdata: Uint8Array, at: number): number {
  while (rdata[at] !== 0) at += rdata[at]! + 1
  return at + 1
}
