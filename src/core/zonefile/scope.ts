/**
 * What the records of one zone are read with: its name, its checks, what it says for records that say nothing.
 */
import type { Seconds } from '../base/units.ts'
import type { Name } from '../name/name.ts'
import { type Checks, readChecks } from './checks.ts'
import { isMap, type Reader } from './doc.ts'
import { type CheckChoice, readCheckRef } from './duties.ts'
import { judge } from './issues.ts'
import { type Policy, policyDefaults, readPolicy, recordTtlDefault } from './policies.ts'
import { defaults as defaultsSchema } from './schema/zone.ts'
import { readTtl } from './times.ts'

export interface Scope {
  readonly reader: Reader
  readonly zone: Name
  /** `octodns`: every top-level key is an owner, and octoDNS's own defaults hold. */
  readonly form: 'full' | 'octodns'
  readonly checks: Checks
  /** Names of checks that something refers to. */
  readonly usedChecks: Set<string>
  readonly ttl: Seconds
  readonly policy: Policy
  /** `none` if the zone names no check for its records. */
  readonly check: CheckChoice
}

export function readScope(reader: Reader, zone: Name, form: 'full' | 'octodns'): Scope {
  const usedChecks = new Set<string>()
  const header = form === 'full' && isMap(reader.doc.tree) ? reader.doc.tree : {}
  const checks = header['checks'] === undefined ? new Map() : readChecks(reader, header['checks'], ['checks'])
  const plain: Scope = {
    reader,
    zone,
    form,
    checks,
    usedChecks,
    ttl: recordTtlDefault,
    policy: policyDefaults,
    check: 'none',
  }
  if (header['defaults'] === undefined) return plain
  const given = judge(reader, defaultsSchema, header['defaults'], ['defaults'])
  if (given === null) return plain
  const { ttl, policy, check } = given
  return {
    ...plain,
    ttl: (ttl === undefined ? null : readTtl(reader, ttl, ['defaults', 'ttl'])) ?? recordTtlDefault,
    policy:
      (policy === undefined ? null : readPolicy(reader, policy, policyDefaults, ['defaults', 'policy'])) ??
      policyDefaults,
    check: check === undefined ? 'none' : readCheckRef(reader, check, checks, usedChecks, ['defaults', 'check']),
  }
}
