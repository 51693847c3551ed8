/**
 * Places as octoDNS writes them in `geos`: `EU`, `NA-US`, `NA-US-CA`: a continent, a country (ISO 3166-1), a part of it
 * (ISO 3166-2); and what a GeoIP file says of a network in the same terms.
 */
import { findValue, firstEntry, readText, type Values } from './values.ts'

export interface GeoPlace {
  /** Two capital letters each; '' where it is not known. */
  readonly continent: string
  readonly country: string
  readonly part: string
}

const continents: readonly string[] = ['AF', 'AN', 'AS', 'EU', 'NA', 'OC', 'SA']

/** Null for what is no such text. */
export function parseGeo(text: string): GeoPlace | null {
  const parts = /^([A-Z]{2})(?:-([A-Z]{2})(?:-([A-Z0-9]{1,3}))?)?$/.exec(text)
  if (parts === null || !continents.includes(parts[1]!)) return null
  return { continent: parts[1]!, country: parts[2] ?? '', part: parts[3] ?? '' }
}

/** True if `place` is in `geo`. A country is one whatever continent somebody counts it to. */
export function isIn(place: GeoPlace, geo: GeoPlace): boolean {
  if (geo.country === '') return place.continent === geo.continent
  return place.country === geo.country && (geo.part === '' || place.part === geo.part)
}

/** What the record at `at` says, by the names that MaxMind's own files use, or those of plainer ones. */
export function readPlace(values: Values, at: number): GeoPlace {
  const text = (...path: readonly string[]): string | null => {
    const place = path.reduce((held, key) => (held < 0 ? -1 : findValue(values, held, key)), at)
    return place < 0 ? null : readText(values, place)
  }
  const country = text('country', 'iso_code') ?? text('registered_country', 'iso_code') ?? text('country_code')
  const parts = findValue(values, at, 'subdivisions')
  const part = parts < 0 ? -1 : firstEntry(values, parts)
  const code = part < 0 ? -1 : findValue(values, part, 'iso_code')
  return {
    continent: text('continent', 'code') ?? text('continent_code') ?? '',
    country: country ?? '',
    part: (code < 0 ? null : readText(values, code)) ?? '',
  }
}
