/** A snapshot with a fault in what tells clients apart is never installed. */
import { describe, expect, it } from 'vitest'
import { isNameFault, parseName } from '../../../src/core/name/name.ts'
import { createNameScan, scanName } from '../../../src/core/name/scan.ts'
import { rrType } from '../../../src/core/rdata/table.ts'
import { ruleTableAt, ruleTableHeadWords } from '../../../src/core/zone/layout.ts'
import { createFinding, findZone, lookup } from '../../../src/core/zone/lookup.ts'
import { proveSnapshot } from '../../../src/core/zone/prove.ts'
import { compile } from '../../../src/core/zonefile/index.ts'
import { judge } from '../zonefile/zones.ts'

const records = `  x:
    type: A
    dynamic:
      pools: {a: {values: [{value: 192.0.2.1, weight: 2}, {value: 192.0.2.2}]}, b: {values: [{value: 192.0.2.3}]}}
      rules: [{subnets: [10.0.0.0/8, '2001:db8::/32'], pool: b}, {pool: a}]
  y: {type: ALIAS, value: x.example.test.}`

/** A proved snapshot, and where in its words the RRset and its rule table stand. */
function compiled(owner: string) {
  const { model } = judge(records)
  const { snapshot } = compile(model!, 1, () => 1)
  const wire = parseName(owner, null)
  if (isNameFault(wire)) throw new Error(owner)
  const name = createNameScan()
  scanName(wire, 0, wire.length, name)
  const zone = findZone(snapshot, name, rrType.A)
  const finding = createFinding()
  lookup(snapshot, zone, name, rrType.A, finding)
  const rrset = finding.rrset >>> 2
  const table = (zone + ruleTableAt(snapshot.words[rrset + 3]!)) >>> 2
  return { snapshot, words: snapshot.words, rrset, table, spans: table + ruleTableHeadWords + 2 }
}

describe('proveSnapshot', () => {
  it('passes what compile makes', () => {
    expect(proveSnapshot(compiled('x.example.test.').snapshot)).toBe(5)
  })

  it.each<[string, (at: ReturnType<typeof compiled>) => number, number]>([
    ['a table beyond its image', ({ rrset }) => rrset + 3, 0xffff_fff0],
    ['a table without slots', ({ table }) => table, 0],
    ['more spans than there are', ({ table }) => table + 1, 1_000_000],
    ['no spans', ({ table }) => table + 2, 0],
    ['a slot beyond the board', ({ table }) => table + ruleTableHeadWords, 1_000_000],
    ['a rule without a slot', ({ table }) => table + ruleTableHeadWords, 0],
    ['a first span that begins too late', ({ spans }) => spans, 1],
    ['spans out of order', ({ spans }) => spans + 2, 0],
    ['a span with a slot of nobody', ({ spans }) => spans + 1, 4_711],
    ['a first span of IPv6 that begins too late', ({ spans }) => spans + 6 + 3, 1],
    ['spans of IPv6 out of order', ({ spans }) => spans + 6 + 10, 0x2001_0db7],
  ])('catches %s', (_, wordOf, value) => {
    const at = compiled('x.example.test.')
    at.words[wordOf(at)] = value
    expect(() => proveSnapshot(at.snapshot)).toThrow()
  })

  it('catches an ALIAS without a cursor', () => {
    const { snapshot, words, rrset } = compiled('y.example.test.')
    words[rrset + 3] = 0
    expect(() => proveSnapshot(snapshot)).toThrow()
  })
})
