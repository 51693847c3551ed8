/**
 * What there is to tell of catalogs that zones are taken from: events of the journal, and their sentences.
 */
import type { CatalogFault } from './catalog.ts'

export const catalogFaultCodes = [
  'no-version',
  'versions',
  'other-version',
  'zones',
  'successors',
  'twice',
  'too-many',
] as const satisfies readonly CatalogFault['code'][]

/** `catalog` is its name. */
export type CatalogEvent =
  | {
      readonly kind: 'catalog-members'
      readonly catalog: string
      readonly added: number
      readonly dropped: number
      readonly reset: number
      /** Some of those that changed. */
      readonly zones: readonly string[]
    }
  /** Nothing that it says is acted on; its zones stay as they are. */
  | {
      readonly kind: 'catalog-broken'
      readonly catalog: string
      readonly fault: CatalogFault['code']
      readonly text: string
    }
  | { readonly kind: 'catalog-mended'; readonly catalog: string }
  /** It lists a zone that is somebody else's: another catalog's, or, null, the server's own. */
  | {
      readonly kind: 'catalog-clash'
      readonly catalog: string
      readonly zone: string
      readonly holder: string | null
    }
  /** Which zones come from catalogs cannot be kept over a restart, and why. */
  | { readonly kind: 'catalog-not-kept'; readonly text: string }

/** Zones named in one event. */
export const eventZonesMax = 20

/** How much it matters, and the sentence. */
export function describeCatalogEvent(event: CatalogEvent): {
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
} {
  switch (event.kind) {
    case 'catalog-members': {
      const { catalog, added, dropped, reset, zones } = event
      const more = added + dropped + reset - zones.length
      const counts = `${added} added, ${dropped} removed, ${reset} begun anew`
      const named = `${zones.join(', ')}${more > 0 ? `, and ${more} more` : ''}`
      return { level: 'info', text: `zones by the catalog ${catalog}: ${counts} (${named})` }
    }
    case 'catalog-broken':
      return {
        level: 'error',
        text: `the catalog ${event.catalog} is broken: ${event.text}; its zones stay as they are`,
      }
    case 'catalog-mended':
      return { level: 'info', text: `the catalog ${event.catalog} is whole again` }
    case 'catalog-clash': {
      const holder =
        event.holder === null ? 'this server has from elsewhere' : `the catalog ${event.holder} brought first`
      return {
        level: 'warn',
        text: `the catalog ${event.catalog} lists ${event.zone}, which ${holder}: it stays as it is`,
      }
    }
    case 'catalog-not-kept':
      return { level: 'error', text: `which zones come from catalogs cannot be kept over a restart: ${event.text}` }
    default:
      return event satisfies never
  }
}
