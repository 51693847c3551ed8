/** Offers on their way between threads, and whom they are for. */
import { expect, test } from 'vitest'
import { parseAccess } from '../../../src/core/guard/access.ts'
import { readAddress } from '../../../src/core/guard/address.ts'
import { type Name, parseName } from '../../../src/core/name/name.ts'
import { beginLineage, continueLineage } from '../../../src/core/transfer/lineage.ts'
import { isOfferedTo, openOffer, packOffer, type TransferAccess } from '../../../src/core/transfer/offer.ts'
import { planIxfr, wholeZone, zoneChanges } from '../../../src/core/transfer/sequence.ts'
import { lines, versionOfText } from './zones.ts'

const name = (text: string) => parseName(text, null) as Name
const head = `
soa: {mname: ns1.a.test., rname: hostmaster.a.test., serial: 1}
checks: {tcp: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, values: [ns1.a.test.]}
  ns1: {type: A, value: 192.0.2.53}
  www: {type: A, values: [10.0.0.1, 10.0.0.2], check: tcp}
`
const limits = { versionsMax: 10, octetsMax: 10_000 }

test('what goes between threads comes to the same zone and the same changes', () => {
  let lineage = beginLineage(versionOfText(head, 0), 5)
  for (const down of [['10.0.0.1'], [], ['10.0.0.2']]) {
    lineage = continueLineage(lineage, versionOfText(head, 0, down), null, limits)
  }
  const offer = { apex: name('a.test.'), access: [], ...lineage }
  const packed = packOffer(offer)
  expect([packed.records.buffer, packed.soa.buffer]).toEqual([
    lineage.version.records.buffer,
    lineage.version.soa.buffer,
  ])
  expect(packed.journal).toBeInstanceOf(SharedArrayBuffer)
  const opened = openOffer(structuredClone(packed))
  expect(opened.journal).toEqual(lineage.journal)
  expect(lines(wholeZone(opened.version))).toEqual(lines(wholeZone(lineage.version)))
  const plan = planIxfr(opened.version, opened.journal, 6)
  expect(plan.kind === 'changes' && lines(zoneChanges(opened.version, plan.changes))).toEqual(
    lines(zoneChanges(lineage.version, lineage.journal.diffs.slice(1))),
  )
})

test('a rule admits who signed with its key from an address of its own; one rule is enough', () => {
  const table = (...prefixes: string[]) => parseAccess(prefixes).table
  const access: TransferAccess = [
    { key: name('xfr.'), from: null },
    { key: null, from: table('10.0.0.0/8', '!10.0.0.1', '2001:db8::/32') },
    { key: name('both.'), from: table('192.0.2.0/24') },
  ]
  const octets = new Uint8Array(16)
  const may = (address: string, key: string | null = null, rules = access) =>
    isOfferedTo(rules, key === null ? null : name(key), octets, readAddress(address, octets))
  expect([may('198.51.100.1', 'xfr.'), may('198.51.100.1'), may('198.51.100.1', 'xfr2.')]).toEqual([true, false, false])
  expect([may('10.2.3.4'), may('10.0.0.1'), may('2001:db8::9'), may('2001:db9::9')]).toEqual([true, false, true, false])
  expect([may('192.0.2.1', 'both.'), may('192.0.2.1'), may('192.0.3.1', 'both.')]).toEqual([true, false, false])
  expect(may('10.2.3.4', 'both.')).toBe(true)
  expect(may('10.2.3.4', 'xfr.', [])).toBe(false)
})
