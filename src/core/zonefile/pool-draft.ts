/**
 * A record on its way to pools: what it says, its members by chain, and what is asked of them.
 */
import type { Seconds } from '../base/units.ts'
import type { Path } from './doc.ts'
import type { Duties } from './duties.ts'
import type { Members } from './members.ts'
import type { Policy } from './policies.ts'
import type { AddressInput, CnameInput } from './schema/records.ts'
import type { Scope } from './scope.ts'
import type { Chains } from './tiers.ts'

export interface PoolDraft extends Members {
  readonly scope: Scope
  readonly input: AddressInput | CnameInput
  readonly path: Path
  readonly ttl: Seconds
  readonly policy: Policy
  readonly duties: Duties
  readonly tiers: Chains['tiers']
}
