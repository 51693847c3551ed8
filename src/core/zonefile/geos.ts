/**
 * `geos` of rules → networks, by a GeoIP file: where they are is found when the zone is read, so that answers go by
 * networks as ever. The first rule that names a place has it, as octoDNS takes them; a network that a rule names by
 * itself is never taken from there.
 * Invariant: bounded networks a zone; without a file, or with one that cannot be read, the zone is refused.
 */
import type { Span } from '../base/problem.ts'
import type { Mmdb } from '../geo/mmdb.ts'
import { findNetworks } from '../geo/networks.ts'
import { type GeoPlace, isIn, parseGeo } from '../geo/place.ts'
import { type Path, type Reader, refuse, shown, warn } from './doc.ts'
import { type GeoDesk, type GeoSearch, geoNetworksMax } from './geo-desk.ts'
import type { Subnet, SubnetRoute } from './model.ts'
import type { DynamicInput } from './schema/pools.ts'
import { formatSubnet } from './subnets.ts'

/** A place that a rule names. */
interface Named {
  readonly text: string
  readonly geo: GeoPlace
  readonly rule: number
  readonly span: Span
}

/** Routes to the chains that `chainOf` has for the rules; none after having reported why. */
export function readGeos(
  reader: Reader,
  rules: DynamicInput['rules'],
  chainOf: (pool: string) => number,
  own: readonly SubnetRoute[],
  path: Path,
): readonly SubnetRoute[] {
  const first = rules.findIndex(({ geos }) => geos !== undefined)
  if (first < 0) return []
  const span = reader.doc.keySpan([...path, first, 'geos'])
  const desk = reader.geo ?? null
  if (desk === null) {
    const hint = 'name a GeoIP file: `geoip: FILE` in the config file, --geoip FILE; or write networks under `subnets`'
    refuse(reader, 'not-supported', span, 'a rule with `geos` needs a GeoIP file', hint)
    return []
  }
  const before = reader.problems.length
  const named = readNamed(reader, rules, path)
  if (reader.problems.length > before) return []
  const db = desk.open()
  if (typeof db === 'string') {
    refuse(reader, 'unreadable', span, `the GeoIP file cannot be used: ${db}`, 'put a file in MaxMind format there')
    return []
  }
  const pools = rules.map(({ pool }) => chainOf(pool))
  const { found, seen } = search(desk, db, named)
  if (found.kind === 'no-tree') {
    refuse(reader, 'unreadable', span, 'the GeoIP file cannot be used: it is damaged', 'fetch it again')
    return []
  }
  const networks = found.kind === 'found' ? found.networks : []
  desk.networksLeft -= networks.length
  if (found.kind === 'too-many' || desk.networksLeft < 0) {
    const text = `with the places of these rules the zone has more than ${geoNetworksMax} networks`
    refuse(reader, 'rrset-too-large', span, text, 'name larger places, or fewer of them')
    return []
  }
  for (const { text, span: at } of named) {
    if (seen.has(text)) continue
    warn(reader, 'geo-nowhere', at, `the GeoIP file has no network in ${shown(text)}`, 'look at the code of the place')
  }
  const taken = coverOf(own)
  return networks.flatMap(({ octets, bits, choice }): SubnetRoute[] => {
    const subnet = { octets, bits }
    return taken(subnet) ? [] : [{ subnet, pool: pools[choice]! }]
  })
}

function readNamed(reader: Reader, rules: DynamicInput['rules'], path: Path): readonly Named[] {
  const named: Named[] = []
  rules.forEach(({ geos }, rule) => {
    geos?.forEach((text, i) => {
      const span = reader.doc.valueSpan([...path, rule, 'geos', i])
      const geo = parseGeo(text)
      if (geo === null) {
        const hint = 'write a continent, country and part as EU, NA-US or NA-US-CA'
        refuse(reader, 'bad-value', span, `${shown(text)} is not a place`, hint)
        return
      }
      const earlier = named.find(each => isIn(geo, each.geo))
      if (earlier !== undefined) refuseEarlier(reader, text, span, earlier)
      named.push({ text, geo, rule, span })
    })
  })
  return named
}

function refuseEarlier(reader: Reader, text: string, span: Span, earlier: Named): void {
  if (earlier.text === text) {
    refuse(reader, 'duplicate-value', span, `the place ${shown(text)} stands in the rules twice`, 'remove one')
    return
  }
  const sentence = `${shown(text)} is never reached, since rule ${earlier.rule + 1} has ${shown(earlier.text)}`
  refuse(reader, 'rule-unreachable', span, sentence, 'put it in front of that one')
}

function search(desk: GeoDesk, db: Mmdb, named: readonly Named[]): GeoSearch {
  const key = named.map(({ text, rule }) => `${rule} ${text}`).join()
  const before = desk.found.get(key)
  if (before !== undefined) return before
  const seen = new Set<string>()
  const choose = (place: GeoPlace): number => {
    const first = named.find(({ geo }) => isIn(place, geo))
    if (first !== undefined) seen.add(first.text)
    return first?.rule ?? -1
  }
  const result = { found: findNetworks(db, choose, Math.max(0, desk.networksLeft)), seen }
  desk.found.set(key, result)
  return result
}

/** Whether a network lies in one of those that rules name. */
function coverOf(own: readonly SubnetRoute[]): (subnet: Subnet) => boolean {
  if (own.length === 0) return () => false
  const named = new Set(own.map(({ subnet }) => formatSubnet(subnet)))
  const lengths = [...new Set(own.map(({ subnet }) => `${subnet.octets.length} ${subnet.bits}`))].map(text => {
    const [octets, bits] = text.split(' ').map(Number) as [number, number]
    return { octets, bits }
  })
  return ({ octets, bits }) =>
    lengths.some(length => {
      if (length.octets !== octets.length || length.bits > bits) return false
      return named.has(formatSubnet({ octets: masked(octets, length.bits), bits: length.bits }))
    })
}

function masked(octets: Uint8Array, bits: number): Uint8Array {
  return octets.map((octet, i) => octet & ~(0xff >>> Math.min(8, Math.max(0, bits - i * 8))))
}
