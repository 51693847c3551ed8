/**
 * Catalog zones (RFC 9432) as settings have them: those that this server makes of its zones, and those that it takes
 * zones from.
 */
import type { Problem } from '../core/base/problem.ts'
import type { Memberships } from '../core/catalog/plan.ts'
import type { CatalogChoice } from '../core/catalog/select.ts'
import { formatName, type Name, nameKey } from '../core/name/name.ts'
import type { TransferPlan } from '../core/zonefile/transfer-plan.ts'
import type { PullTerms, SecondaryPlan } from './secondary-plans.ts'

export interface CatalogSettings {
  readonly produced: readonly ProducedCatalog[]
  /** In the order in which they have a say. */
  readonly consumed: readonly ConsumedCatalog[]
}

/** A catalog that this server makes of its own zones. */
export interface ProducedCatalog {
  /** Lowered. */
  readonly name: Name
  readonly choice: CatalogChoice
  /** Who may have it; null: whoever may have zones that say nothing of it. */
  readonly transfer: TransferPlan | null
}

/** A catalog that is pulled, and whose zones are pulled too. */
export interface ConsumedCatalog {
  readonly plan: SecondaryPlan
  /** How its zones are pulled. */
  readonly members: PullTerms
  /** How those of a group are; of several groups the first here counts. */
  readonly groups: readonly { readonly group: string; readonly terms: PullTerms }[]
}

export const noCatalogs: CatalogSettings = { produced: [], consumed: [] }

/** Keys of the zones that are catalogs. */
export function catalogKeys({ produced, consumed }: CatalogSettings): ReadonlySet<string> {
  return new Set([...produced.map(({ name }) => name), ...consumed.map(({ plan }) => plan.apex)].map(nameKey))
}

/** The zones that catalogs bring, as zones to be pulled. */
export function planPulls(consumed: readonly ConsumedCatalog[], memberships: Memberships): readonly SecondaryPlan[] {
  const catalogs = new Map(consumed.map(catalog => [nameKey(catalog.plan.apex), catalog]))
  return [...memberships.values()].flatMap(({ zone, catalog: name, groups }) => {
    const catalog = catalogs.get(nameKey(name))
    if (catalog === undefined) return []
    const terms = catalog.groups.find(({ group }) => groups.includes(group))?.terms ?? catalog.members
    return [{ apex: zone, ...terms }]
  })
}

/** Catalogs that are pulled twice: as such, and as plain zones. */
export function judgeTwice({ consumed }: CatalogSettings, secondaries: readonly SecondaryPlan[]): readonly Problem[] {
  const plain = new Set(secondaries.map(({ apex }) => nameKey(apex)))
  return consumed.flatMap(({ plan: { apex, span } }): Problem[] => {
    if (!plain.has(nameKey(apex))) return []
    const text = `${formatName(apex)} is under \`secondary\` as well`
    return [{ code: 'duplicate-zone', severity: 'error', span, text, hint: 'leave one of the two' }]
  })
}

/** How catalogs and their zones are pulled, as plans to be judged. */
export function catalogPlans({ consumed }: CatalogSettings): readonly SecondaryPlan[] {
  return consumed.flatMap(({ plan, members, groups }) => {
    return [plan, ...[members, ...groups.map(({ terms }) => terms)].map(terms => ({ ...terms, apex: plan.apex }))]
  })
}
