/** What a zone says as a catalog (RFC 9432 sections 3 to 5.1). */
import { expect, test } from 'vitest'
import { describeCatalogFault } from '../../../src/core/catalog/read.ts'
import { catalogHead, membersOf, plainHead, readText } from './zones.ts'

test('members, groups and who may take over', () => {
  const reading = readText(`${catalogHead}
a1.zones PTR One.example.
a2.zones PTR two.example.
group.a2.zones TXT "gold"
group.a2.zones TXT "a long " "name"
coo.a2.zones PTR Other.test.
B3.zones 3600 PTR three.example.
`)
  expect(membersOf(reading)).toEqual([
    'one.example. a1',
    'three.example. b3',
    'two.example. a2 a long name gold > other.test.',
  ])
})

test('a catalog may list nothing', () => {
  expect(membersOf(readText(catalogHead))).toEqual([])
})

test('what the schema does not know is passed over', () => {
  const reading = readText(`${catalogHead}
a1.zones PTR one.example.
a1.zones TXT "a remark"
primaries.ext A 192.0.2.1
label.ext.a1.zones TXT "x"
deep.er.a1.zones PTR two.example.
coo.gone.zones PTR cat2.test.
group.a1.zones PTR no.group.
a2.zones TXT "no member"
zones PTR none.example.
other PTR none.example.
`)
  expect(membersOf(reading)).toEqual(['one.example. a1'])
})

test.each([
  ['no-version', plainHead],
  ['no-version', `${plainHead}version PTR two.\n`],
  ['versions', `${catalogHead}version TXT "1"\n`],
  ['other-version', `${plainHead}version TXT "1"\n`],
  ['other-version', `${plainHead}version TXT "2" "2"\n`],
  ['zones', `${catalogHead}a1.zones PTR one.example.\na1.zones PTR two.example.\n`],
  ['successors', `${catalogHead}a1.zones PTR one.example.\ncoo.a1.zones PTR x.test.\ncoo.a1.zones PTR y.test.\n`],
  ['twice', `${catalogHead}a1.zones PTR one.example.\na2.zones PTR ONE.example.\n`],
] as const)('broken: %s', (code, text) => {
  const reading = readText(text)
  expect(reading).toMatchObject({ kind: 'broken', fault: { code } })
  if (reading.kind === 'broken') expect(describeCatalogFault(reading.fault)).not.toBe('')
})

test('more members than allowed', () => {
  const text = `${catalogHead}a1.zones PTR one.example.\na2.zones PTR two.example.\n`
  expect(readText(text, 1)).toEqual({ kind: 'broken', fault: { code: 'too-many', membersMax: 1 } })
  expect(membersOf(readText(text, 2))).toHaveLength(2)
})
