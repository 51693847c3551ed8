/**
 * What rules by place are read with: where places are, and what was found for one zone so far. A file of its own, since
 * the reader carries it to wherever rules stand.
 */
import type { Mmdb } from '../geo/mmdb.ts'
import type { GeoFound } from '../geo/networks.ts'

/** Opened when it is asked for the first time; a text says why it cannot be used. */
export type OpenGeo = () => Mmdb | string

export interface GeoDesk {
  readonly open: OpenGeo
  /** The same rules stand at A and at AAAA, and often at many names. */
  readonly found: Map<string, GeoSearch>
  networksLeft: number
}

/** `choice` of a network is a rule; `seen` are the places that it has networks in. */
export interface GeoSearch {
  readonly found: GeoFound
  readonly seen: ReadonlySet<string>
}

/** Of one zone: what they take in its image is some tens of megabytes. */
export const geoNetworksMax = 1_000_000

export function createGeoDesk(open: OpenGeo): GeoDesk {
  return { open, found: new Map(), networksLeft: geoNetworksMax }
}
