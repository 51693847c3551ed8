/** Catalogs of settings as zones to be pulled. */
import { expect, test } from 'vitest'
import { planMembers } from '../../../src/core/catalog/plan.ts'
import { formatName } from '../../../src/core/name/name.ts'
import { noSources } from '../../../src/core/zonefile/route.ts'
import { type ConsumedCatalog, judgeTwice, planPulls } from '../../../src/shell/catalogs.ts'
import type { PullTerms } from '../../../src/shell/secondary-plans.ts'
import { nameOf } from '../catalog/zones.ts'

const span = { file: 'robin.yaml', line: 1, column: 1, endColumn: 2 }
const terms = (host: string): PullTerms => ({
  primaries: [{ host, port: 53 }],
  key: null,
  sources: noSources,
  notifyFrom: [],
  signed: 'refuse',
  span,
})
const consumed: readonly ConsumedCatalog[] = [
  {
    plan: { apex: nameOf('cat.test.'), ...terms('192.0.2.1') },
    members: terms('192.0.2.2'),
    groups: [
      { group: 'gold', terms: terms('192.0.2.3') },
      { group: 'slow', terms: terms('192.0.2.4') },
    ],
  },
]
const member = (zone: string, ...groups: string[]) => {
  return [zone, { zone: nameOf(zone), unique: zone, groups, successor: null }] as const
}

test('a zone is pulled as its catalog says, or the first of its groups that is known', () => {
  const members = new Map([member('a.'), member('b.', 'slow', 'gold'), member('c.', 'unknown')])
  const { after } = planMembers(new Map(), [{ name: nameOf('cat.test.'), members }], new Set())
  const plans = planPulls(consumed, after)
  expect(plans.map(({ apex, primaries }) => [formatName(apex), primaries[0]!.host])).toEqual([
    ['a.', '192.0.2.2'],
    ['b.', '192.0.2.3'],
    ['c.', '192.0.2.2'],
  ])
})

test('a catalog is not pulled as a plain zone as well', () => {
  const settings = { produced: [], consumed }
  expect(judgeTwice(settings, [{ apex: nameOf('other.test.'), ...terms('192.0.2.1') }])).toEqual([])
  expect(judgeTwice(settings, [{ apex: nameOf('cat.test.'), ...terms('192.0.2.1') }])).toMatchObject([
    { code: 'duplicate-zone', span },
  ])
})
