/** GeoIP files: what their trees say, of any width and version, and that no file can do harm. */
import { describe, expect, it, test } from 'vitest'
import { type Mmdb, openMmdb } from '../../../src/core/geo/mmdb.ts'
import { findNetworks } from '../../../src/core/geo/networks.ts'
import { type GeoPlace, isIn, parseGeo } from '../../../src/core/geo/place.ts'
import { formatSubnet } from '../../../src/core/zonefile/subnets.ts'
import { type MmdbOptions, type Networks, place, writeMmdb } from './mmdb-writer.ts'

function open(networks: Networks, options?: MmdbOptions): Mmdb {
  const db = openMmdb(writeMmdb(networks, options))
  if (typeof db === 'string') throw new Error(db)
  return db
}

/** `network choice` of each, sorted. */
function networksIn(db: Mmdb, geos: readonly string[], networksMax = 1_000): readonly string[] {
  const wanted = geos.map(text => parseGeo(text)!)
  const choose = (found: GeoPlace) => wanted.findIndex(geo => isIn(found, geo))
  const found = findNetworks(db, choose, networksMax)
  if (found.kind !== 'found') throw new Error(found.kind)
  return found.networks.map(({ choice, ...subnet }) => `${formatSubnet(subnet)} ${geos[choice]}`).sort()
}

const some: Networks = {
  '10.0.0.0/8': place('EU', 'DE'),
  '10.64.0.0/10': place('EU', 'FR'),
  '192.0.2.0/25': place('NA', 'US', 'CA'),
  '192.0.2.128/25': place('NA', 'US', 'NY'),
  '198.51.100.0/24': place('AS', 'KR'),
  '2001:db8::/32': place('EU', 'DE'),
  '2001:db9::/32': place('EU', 'FR'),
}

describe.each([24, 28, 32] as const)('a tree of %i bits', recordBits => {
  it('has the networks of places, neighbours joined', () => {
    const db = open(some, { recordBits })
    expect(networksIn(db, ['EU'])).toEqual(['10.0.0.0/8 EU', '2001:db8::/31 EU'])
    expect(networksIn(db, ['EU-FR', 'EU'])).toEqual([
      '10.0.0.0/10 EU',
      '10.128.0.0/9 EU',
      '10.64.0.0/10 EU-FR',
      '2001:db8::/32 EU',
      '2001:db9::/32 EU-FR',
    ])
    expect(networksIn(db, ['NA-US-CA', 'NA'])).toEqual(['192.0.2.0/25 NA-US-CA', '192.0.2.128/25 NA'])
    expect(networksIn(db, ['NA', 'NA-US-CA'])).toEqual(['192.0.2.0/24 NA'])
    expect(networksIn(db, ['SA', 'AS-JP'])).toEqual([])
  })
})

test('IPv4 alone, and IPv4 that IPv6 repeats', () => {
  const { '2001:db8::/32': _, '2001:db9::/32': __, ...four } = some
  expect(networksIn(open(four, { ipVersion: 4 }), ['EU', 'AS'])).toEqual(['10.0.0.0/8 EU', '198.51.100.0/24 AS'])
  const repeated = open(some, { sixToFour: true })
  expect(networksIn(repeated, ['EU'])).toEqual(['10.0.0.0/8 EU', '2001:db8::/31 EU'])
  expect(networksIn(open({ '::/1': place('EU') }), ['EU'])).toEqual(['0.0.0.0/0 EU', '::/1 EU'])
})

test('plainer files, and countries that are only registered', () => {
  const db = open({
    '10.0.0.0/8': { continent_code: 'EU', country_code: 'DE' },
    '11.0.0.0/8': { continent: { code: 'EU' }, registered_country: { iso_code: 'FR' } },
    '12.0.0.0/8': { names: ['nothing of use'], asn: 64_500, anycast: true },
  })
  expect(networksIn(db, ['EU-DE', 'EU-FR'])).toEqual(['10.0.0.0/8 EU-DE', '11.0.0.0/8 EU-FR'])
})

test('a country is where it is, whatever continent somebody counts it to', () => {
  expect(networksIn(open({ '10.0.0.0/8': place('AS', 'TR') }), ['EU-TR'])).toEqual(['10.0.0.0/8 EU-TR'])
})

test.each(['EU', 'NA-US', 'NA-US-CA', 'EU-GB-ENG', 'OC-AU-7'])('%s is a place', text => {
  expect(parseGeo(text)).not.toBeNull()
})

test.each(['', 'eu', 'XX', 'EU-', 'EU-D', 'EUDE', 'NA-US-', 'NA-US-CALI', 'NA-US-CA-1', 'EU DE', 'US'])(
  '%s is none',
  text => {
    expect(parseGeo(text)).toBeNull()
  },
)

describe('a file that is none', () => {
  const octets = writeMmdb(some)

  it('is told from one', () => {
    expect(openMmdb(new Uint8Array(0))).toBe('not-mmdb')
    expect(openMmdb(new TextEncoder().encode('zone: a.test\n'))).toBe('not-mmdb')
    expect(openMmdb(writeMmdb(some, { version: 3 }))).toBe('other-version')
    expect(openMmdb(octets.slice(400))).toBe('cut-short')
  })

  it('has no more networks than allowed', () => {
    const choose = (found: GeoPlace) => (found.country === 'DE' ? 0 : 1)
    expect(findNetworks(open(some), choose, 2)).toEqual({ kind: 'too-many' })
  })

  it('cannot lead in circles', () => {
    const looped = octets.slice()
    // Both records of the first node lead to itself, by 28 bits.
    looped.fill(0, 0, 7)
    const db = openMmdb(looped)
    if (typeof db === 'string') throw new Error(db)
    expect(findNetworks(db, () => 0, 1_000).kind).toBe('no-tree')
  })

  it('does nothing worse than to say nonsense, with any octet another one', () => {
    let opened = 0
    for (let at = 0; at < octets.length; at++) {
      for (const change of [0x01, 0x80, 0xff]) {
        const other = octets.slice()
        other[at]! ^= change
        const db = openMmdb(other)
        if (typeof db === 'string') continue
        opened++
        const found = findNetworks(db, ({ continent }) => (continent === 'EU' ? 0 : 1), 500)
        if (found.kind === 'found') for (const { bits } of found.networks) expect(bits).toBeLessThanOrEqual(128)
      }
    }
    expect(opened).toBeGreaterThan(octets.length)
  })
})
