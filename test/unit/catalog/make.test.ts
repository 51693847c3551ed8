/** Catalogs that are made: what comes out is what went in, under labels that stay. */
import { expect, test } from 'vitest'
import { labelMembers, uniqueLabel, writeCatalog } from '../../../src/core/catalog/make.ts'
import { membersOf, nameOf, readText } from './zones.ts'

const listed = (zone: string, ...groups: string[]) => ({ zone: nameOf(zone), groups })
const apex = nameOf('cat.test.')

test('a catalog that is made reads as what it was made of', () => {
  const long = 'g'.repeat(300)
  const zones = [
    listed('b.example.'),
    listed('A.Example.', 'gold', 'say "hi" \\ ü'),
    listed('odd\\.name\\032.example.', long),
  ]
  expect(membersOf(readText(writeCatalog(apex, zones)))).toEqual(
    [
      `a.example. ${uniqueLabel(nameOf('a.example.'))} gold say "hi" \\ ü`,
      `b.example. ${uniqueLabel(nameOf('b.example.'))}`,
      `odd\\.name\\032.example. ${uniqueLabel(nameOf('odd\\.name\\032.example.'))} ${long}`,
    ].sort(),
  )
})

test('the order of the list changes nothing, nor does the case of a name', () => {
  const text = writeCatalog(apex, [listed('a.example.'), listed('b.example.')])
  expect(writeCatalog(apex, [listed('B.example.'), listed('a.EXAMPLE.')])).toBe(text)
})

test('labels are what they were in earlier runs', () => {
  expect(uniqueLabel(nameOf('example.com.'))).toBe(uniqueLabel(nameOf('EXAMPLE.com.')))
  expect(uniqueLabel(nameOf('example.com.'))).toMatchInlineSnapshot(`"836308fa0f19db68"`)
})

test('each zone has a label of its own', () => {
  const zones = Array.from({ length: 5_000 }, (_, i) => listed(`z${i}.example.`))
  const labels = [...labelMembers(zones).keys()]
  expect(new Set(labels).size).toBe(5_000)
  expect(labels.every(label => /^[0-9a-f]{16}$/.test(label))).toBe(true)
})
