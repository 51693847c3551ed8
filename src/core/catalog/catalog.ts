/**
 * Catalog zones (RFC 9432): a zone whose records list other zones, so that who serves them learns from it what there is
 * to serve. What a consumer makes of one, and the names and values that both sides of it agree on.
 *
 *   version.CATALOG                TXT "2"
 *   UNIQUE.zones.CATALOG           PTR the zone that is a member
 *   group.UNIQUE.zones.CATALOG     TXT words by which consumers may serve it otherwise (section 4.3.2)
 *   coo.UNIQUE.zones.CATALOG       PTR the catalog that may take it over (section 4.3.1)
 */
import type { Name } from '../name/name.ts'

/** What a catalog says of one zone. */
export interface CatalogMember {
  readonly zone: Name
  /** Lowered octets of the label, one character each: another label means that the zone begins anew (section 5.4). */
  readonly unique: string
  readonly groups: readonly string[]
  /** The catalog that may take the zone over, lowered; null: none may. */
  readonly successor: Name | null
}

/** Members by the `nameKey` of their zones. */
export type CatalogMembers = ReadonlyMap<string, CatalogMember>

/** Why a zone is no catalog that anybody may go by (section 5.1). */
export type CatalogFault =
  /** No TXT at `version`, or no single one. */
  | { readonly code: 'no-version' }
  | { readonly code: 'versions'; readonly records: number }
  | { readonly code: 'other-version'; readonly found: string }
  /** A member node with several PTR: which zone it is cannot be said. */
  | { readonly code: 'zones'; readonly unique: string }
  | { readonly code: 'successors'; readonly unique: string }
  /** Two member nodes for one zone. */
  | { readonly code: 'twice'; readonly zone: Name }
  | { readonly code: 'too-many'; readonly membersMax: number }

export const catalogVersion = '2'

export const catalogLabel = { version: 'version', zones: 'zones', group: 'group', successor: 'coo' } as const

/** As many zones as a server is likely to have. */
export const catalogMembersMax = 100_000
