/** Changes applied to what we have are the zone that a whole transfer would have brought; a text reads back as it was. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { Name } from '../../src/core/name/name.ts'
import { applyDifferences, recordsOf, type ZoneContent } from '../../src/core/secondary/content.ts'
import type { Difference } from '../../src/core/secondary/incoming.ts'
import { formatZoneText, readZoneText } from '../../src/core/secondary/zone-text.ts'
import { createFlatList, createRecordRef, type FlatList, pushRecord } from '../../src/core/transfer/record.ts'
import { name, soa } from '../unit/secondary/wire.ts'

const apex = name('a.test')

interface Item {
  readonly owner: Name
  readonly type: number
  readonly ttl: number
  readonly rdata: Uint8Array
}

const label = fc.uint8Array({ minLength: 1, maxLength: 4 })
const owner = fc.array(label, { maxLength: 2 }).map(labels => {
  return Uint8Array.from([...labels.flatMap(octets => [octets.length, ...octets]), ...apex]) as Name
})
const rdataOf = (type: number): fc.Arbitrary<Uint8Array> => {
  if (type === 1) return fc.uint8Array({ minLength: 4, maxLength: 4 })
  if (type === 2) return owner.map(octets => new Uint8Array(octets))
  if (type === 16) return fc.uint8Array({ maxLength: 9 }).map(octets => Uint8Array.from([octets.length, ...octets]))
  return fc.uint8Array({ maxLength: 12 })
}
const item: fc.Arbitrary<Item> = fc
  .constantFrom(1, 2, 16, 65_280)
  .chain(type => fc.record({ owner, type: fc.constant(type), ttl: fc.nat(3), rdata: rdataOf(type) }))

/** What tells records apart: an owner in any case, rdata with its names in any case. */
const keyOf = ({ owner: own, type, rdata }: Item): string => {
  const lowered = (octets: Uint8Array) =>
    Buffer.from(octets)
      .toString('latin1')
      .replace(/[A-Z]/g, c => c.toLowerCase())
  return `${lowered(own)} ${type} ${type === 2 ? lowered(rdata) : Buffer.from(rdata).toString('hex')}`
}

function listOf(items: Iterable<Item>): FlatList {
  const list = createFlatList()
  const ref = createRecordRef()
  for (const { owner: own, type, ttl, rdata } of items) {
    Object.assign(ref, { ownerBytes: own, ownerAt: 0, ownerOctets: own.length, type, ttl })
    Object.assign(ref, { rdataBytes: rdata, rdataAt: 0, rdataOctets: rdata.length })
    pushRecord(list, ref)
  }
  return list
}

function itemsOf({ records }: ZoneContent): Item[] {
  const items: Item[] = []
  // One reference is filled again and again.
  for (const ref of recordsOf(records, createRecordRef())) {
    items.push({
      owner: ref.ownerBytes.slice(ref.ownerAt, ref.ownerAt + ref.ownerOctets) as Name,
      type: ref.type,
      ttl: ref.ttl,
      rdata: ref.rdataBytes.slice(ref.rdataAt, ref.rdataAt + ref.rdataOctets),
    })
  }
  return items
}

const sorted = (items: Iterable<Item>): string[] => [...items].map(each => `${keyOf(each)} ${each.ttl}`).sort()
const distinct = (items: readonly Item[]): Map<string, Item> => new Map(items.map(each => [keyOf(each), each]))

test('changes step by step lead to the newest zone', () => {
  fc.assert(
    fc.property(fc.array(fc.array(item, { maxLength: 12 }), { minLength: 1, maxLength: 5 }), versions => {
      const zones = versions.map(distinct)
      const differences = zones.slice(1).map((next, i): Difference => {
        const before = zones[i]!
        const isSame = (a: Item | undefined, b: Item) => a !== undefined && a.ttl === b.ttl
        const gone = [...before].filter(([key, each]) => !isSame(next.get(key), each)).map(([, each]) => each)
        const come = [...next].filter(([key, each]) => !isSame(before.get(key), each)).map(([, each]) => each)
        return { from: i, to: i + 1, gone: listOf(gone), come: listOf(come) }
      })
      const result = applyDifferences({ records: listOf(zones[0]!.values()) }, differences)
      expect(result === null ? null : sorted(itemsOf(result))).toEqual(sorted(zones.at(-1)!.values()))
    }),
    { seed: 7, numRuns: 400 },
  )
})

test('a record that goes and was not there is found out, wherever in the steps it is', () => {
  fc.assert(
    fc.property(fc.array(item, { maxLength: 8 }), item, fc.boolean(), (items, stranger, isLater) => {
      const zone = distinct(items)
      fc.pre(!zone.has(keyOf(stranger)))
      const none = listOf([])
      const wrong: Difference = { from: 1, to: 2, gone: listOf([stranger]), come: none }
      const twice: Difference = { from: 1, to: 2, gone: listOf([stranger]), come: none }
      const added: Difference = { from: 0, to: 1, gone: none, come: listOf([stranger]) }
      const steps = isLater ? [added, twice, { ...wrong, from: 2, to: 3 }] : [wrong]
      expect(applyDifferences({ records: listOf(zone.values()) }, steps)).toBeNull()
    }),
    { seed: 8, numRuns: 200 },
  )
})

test('a zone written as text reads back to the same records', () => {
  const { ttl, rdata } = soa('a.test', 7)
  fc.assert(
    fc.property(fc.array(item, { maxLength: 20 }), items => {
      const zone = { apex, soa: { ttl, rdata }, content: { records: listOf(items) } }
      const back = readZoneText([...formatZoneText(zone)].join(''), apex)
      expect(back?.soa).toEqual({ ttl, rdata })
      expect(back === null ? null : sorted(itemsOf(back.content))).toEqual(sorted(items))
    }),
    { seed: 9, numRuns: 400 },
  )
})
