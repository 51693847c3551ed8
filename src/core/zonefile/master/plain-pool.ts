/**
 * Several addresses of one owner → a pool that nothing checks: they take turns like any other pool, but every answer
 * holds all of them, as of any server that serves the same file.
 */
import type { Seconds } from '../../base/units.ts'
import { formatIpv4 } from '../../rdata/a.ts'
import { formatIpv6 } from '../../rdata/aaaa.ts'
import { rrType } from '../../rdata/table.ts'
import type { PoolModel } from '../../roster/types.ts'
import { noDuties } from '../duties.ts'
import { doubtTtlOf, policyDefaults } from '../policies.ts'

/** Null for what does not take turns: other types, and one address alone. */
export function plainPoolOf(type: number, rdatas: readonly Uint8Array[], ttl: Seconds): PoolModel | null {
  if (rdatas.length < 2 || (type !== rrType.A && type !== rrType.AAAA)) return null
  const format = type === rrType.A ? formatIpv4 : formatIpv6
  return {
    spec: {
      members: rdatas.map((_, rr) => ({ rr, tier: 0, weight: 1 })),
      lastResort: [],
      answer: policyDefaults.answer,
      weighed: false,
      maxAnswers: rdatas.length,
      onAllDown: policyDefaults.onAllDown,
      floor: policyDefaults.floor,
      sticky: policyDefaults.sticky,
      failback: policyDefaults.failback,
      slowStartMs: policyDefaults.slowStartMs,
      ttl,
      doubtTtl: doubtTtlOf(ttl),
    },
    members: rdatas.map(rdata => ({
      address: format(rdata),
      duties: [],
      quorum: noDuties.quorum,
      override: 'none',
    })),
    tierNames: [],
  }
}
