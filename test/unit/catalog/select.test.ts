/** Which zones stand in a catalog. */
import { expect, test } from 'vitest'
import { type CatalogChoice, chooseZones } from '../../../src/core/catalog/select.ts'
import { formatName, nameKey } from '../../../src/core/name/name.ts'
import { nameOf } from './zones.ts'

const zones = ['a.test.', 'sub.a.test.', 'B.test.', 'ba.test.', 'cat.test.'].map(nameOf)
const catalogs = new Set([nameKey(nameOf('cat.test.'))])

function chosen(wanted: readonly string[] | null, groups: Readonly<Record<string, readonly string[]>> = {}) {
  const choice: CatalogChoice = {
    zones: wanted === null ? null : wanted.map(nameOf),
    groups: Object.entries(groups).map(([group, patterns]) => ({ group, zones: patterns.map(nameOf) })),
  }
  return chooseZones(choice, zones, catalogs).map(({ zone, groups: own }) => [formatName(zone), ...own].join(' '))
}

test('all but catalogs, unless said otherwise', () => {
  expect(chosen(null)).toEqual(['a.test.', 'sub.a.test.', 'B.test.', 'ba.test.'])
  expect(chosen(['cat.test.'])).toEqual([])
  expect(chosen(['b.test.', 'none.test.'])).toEqual(['B.test.'])
})

test('an asterisk is for what is below, and not for the name itself', () => {
  expect(chosen(['*.a.test.'])).toEqual(['sub.a.test.'])
  expect(chosen(['*.test.'])).toHaveLength(4)
  expect(chosen(['a.test.', '*.a.test.'])).toEqual(['a.test.', 'sub.a.test.'])
})

test('a zone is in each group that names it', () => {
  expect(chosen(['a.test.', '*.a.test.'], { gold: ['*.test.'], slow: ['sub.a.test.'] })).toEqual([
    'a.test. gold',
    'sub.a.test. gold slow',
  ])
})
