/**
 * What holds for every history of catalogs: each zone has one holder, nothing is lost or doubled on the way, a catalog
 * that says nothing keeps what it has, and what is made reads as what it was made of.
 */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { CatalogMember } from '../../src/core/catalog/catalog.ts'
import { writeCatalog } from '../../src/core/catalog/make.ts'
import { type HeardCatalog, type Memberships, planMembers } from '../../src/core/catalog/plan.ts'
import { formatName, type Name, nameKey } from '../../src/core/name/name.ts'
import { nameOf, readText } from '../unit/catalog/zones.ts'

const seed = 20_261_122
const catalogNames = ['c1.', 'c2.', 'c3.'].map(nameOf)
const zoneNames = ['a.', 'b.', 'd.e.', 'f.'].map(nameOf)

const member = fc.record({
  unique: fc.constantFrom('x', 'y'),
  successor: fc.constantFrom(null, ...catalogNames),
  listed: fc.boolean(),
})
const catalog = fc.option(fc.tuple(member, member, member, member), { freq: 4 })
const step = fc.record({
  catalogs: fc.tuple(catalog, catalog, catalog),
  asked: fc.tuple(fc.boolean(), fc.boolean(), fc.constant(true)),
  own: fc.constantFrom(null, null, null, ...zoneNames),
})

type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

function heardOf({ catalogs, asked }: Step): readonly HeardCatalog[] {
  const all = catalogs.map((members, i): HeardCatalog => {
    const entries = members?.flatMap(({ unique, successor, listed }, zone): [string, CatalogMember][] => {
      const name = zoneNames[zone]!
      return listed ? [[nameKey(name), { zone: name, unique, groups: [], successor }]] : []
    })
    return { name: catalogNames[i]!, members: entries === undefined ? null : new Map(entries) }
  })
  return all.filter((_, i) => asked[i])
}

test('every history of catalogs', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), steps => {
      let before: Memberships = new Map()
      for (const each of steps) {
        const heard = heardOf(each)
        const own = new Set(each.own === null ? [] : [nameKey(each.own)])
        const { after, add, drop, reset, clashes } = planMembers(before, heard, own)
        const keys = (list: readonly { readonly zone: Name }[]) => list.map(({ zone }) => nameKey(zone))
        expect(new Set([...keys(add), ...keys(drop), ...keys(reset)]).size).toBe(
          add.length + drop.length + reset.length,
        )
        expect(new Set(after.keys())).toEqual(
          new Set([...[...before.keys()].filter(key => !keys(drop).includes(key)), ...keys(add)]),
        )
        for (const key of own) expect(after.has(key)).toBe(false)
        for (const [key, { catalog: holder, unique }] of after) {
          const found = heard.find(({ name }) => formatName(name) === formatName(holder))!
          if (found.members !== null) expect(found.members.get(key)!.unique).toBe(unique)
          else expect(before.get(key)).toEqual(after.get(key))
        }
        // Every zone that is listed has a holder, and whoever lists it in vain is told of.
        for (const { name, members } of heard) {
          for (const key of members?.keys() ?? []) {
            const holder = after.get(key)
            const has = holder !== undefined && formatName(holder.catalog) === formatName(name)
            const told = clashes.some(
              clash => nameKey(clash.zone) === key && formatName(clash.catalog) === formatName(name),
            )
            expect(told).toBe(!has)
          }
        }
        before = after
      }
    }),
    { seed, numRuns: 500 },
  )
})

test('every list of zones', () => {
  const label = fc.stringMatching(/^[a-z0-9-]{1,20}$/)
  const zone = fc.tuple(label, label).map(([a, b]) => `${a}.${b}.`)
  const group = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
    .filter(text => !/[\uD800-\uDFFF]/.test(text))
  const list = fc.uniqueArray(fc.record({ zone, groups: fc.uniqueArray(group, { maxLength: 3 }) }), {
    selector: entry => entry.zone,
    maxLength: 20,
  })
  fc.assert(
    fc.property(list, zones => {
      const listed = zones.map(entry => ({ ...entry, zone: nameOf(entry.zone) }))
      const reading = readText(writeCatalog(nameOf('cat.test.'), listed))
      if (reading.kind === 'broken') throw new Error(reading.fault.code)
      const found = [...reading.members.values()].map(({ zone: name, groups }) => [formatName(name), groups] as const)
      const wanted = zones.map(entry => [entry.zone, [...entry.groups].sort()] as const)
      const order = (a: readonly [string, unknown], b: readonly [string, unknown]) => (a[0] < b[0] ? -1 : 1)
      expect(found.sort(order)).toEqual(wanted.sort(order))
    }),
    { seed, numRuns: 100 },
  )
})
