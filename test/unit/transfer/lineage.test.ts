/** How versions of a zone follow each other: what makes a new one, and which serial it gets. */
import { describe, expect, test } from 'vitest'
import { beginLineage, continueLineage, type Lineage } from '../../../src/core/transfer/lineage.ts'
import { moveVersion, withSerial } from '../../../src/core/transfer/version.ts'
import { createBench } from '../../dns/bench.ts'
import { flatLines, versionOf, versionOfText } from './zones.ts'

const head = (soa = '') => `
soa: {mname: ns1.a.test., rname: hostmaster.a.test., serial: 1${soa}}
checks: {tcp: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, values: [ns1.a.test.]}
  ns1: {type: A, value: 192.0.2.53}
  www: {type: A, values: [10.0.0.1, 10.0.0.2], check: tcp}
`
const limits = { versionsMax: 3, octetsMax: 10_000 }
const of = (text: string, ...down: string[]) => versionOfText(text, 0, down)
const asked = (serial: number, isFixed = true) => ({ serial, isFixed })
const serialsOf = ({ version, journal }: Lineage) => [
  version.serial,
  ...journal.diffs.map(({ from, to }) => `${from}-${to}`),
]

describe('a version', () => {
  const first = beginLineage(of(head()), 10)

  test('begins with the serial that it is given', () => {
    expect(serialsOf(first)).toEqual([10])
    expect(flatLines(first.version.soa)[0]).toContain(' 10 60 15 ')
  })

  test('is not made where nothing differs', () => {
    expect(serialsOf(continueLineage(first, of(head()), null, limits))).toEqual([10])
  })

  test('is made by health, by an edit of records and by one of the SOA alone', () => {
    expect(serialsOf(continueLineage(first, of(head(), '10.0.0.1'), null, limits))).toEqual([11, '10-11'])
    const edited = `${head()}  x: {type: TXT, value: hi}\n`
    expect(serialsOf(continueLineage(first, of(edited), asked(1), limits))).toEqual([11, '10-11'])
    const soa = continueLineage(first, of(head(', refresh: 7')), asked(1), limits)
    expect(serialsOf(soa)).toEqual([11, '10-11'])
    expect([soa.journal.diffs[0]!.gone.length, soa.journal.diffs[0]!.come.length]).toEqual([0, 0])
  })

  test('gets the serial that the file asks for, if that is later', () => {
    const edited = of(`${head()}  x: {type: TXT, value: hi}\n`)
    const to = (before: number, wanted: number, isFixed = true) =>
      continueLineage(beginLineage(of(head()), before), edited, asked(wanted, isFixed), limits).version.serial
    expect([to(10, 500), to(10, 500, false), to(10, 9), to(10, 10), to(10, 0)]).toEqual([500, 500, 11, 11, 11])
    expect([to(0xffff_ffff, 5), to(0xffff_ffff, 0xffff_fff0)]).toEqual([5, 1])
  })

  test('is made of an edit that changes nothing only if its file asks for a later serial', () => {
    expect(continueLineage(first, of(head()), asked(500), limits).version.serial).toBe(500)
    expect(continueLineage(first, of(head()), asked(9), limits).version.serial).toBe(10)
    expect(continueLineage(first, of(head()), asked(500, false), limits).version.serial).toBe(10)
  })

  test('stands in the newest snapshot, also if nothing differs', () => {
    const later = of(head())
    expect(continueLineage(first, later, null, limits).version.snapshot).toBe(later.snapshot)
  })

  test('is in shared memory with its octets', () => {
    expect(first.version.records.buffer).toBeInstanceOf(SharedArrayBuffer)
    expect(first.version.soa.buffer).toBeInstanceOf(SharedArrayBuffer)
  })
})

describe('the journal', () => {
  test('holds the newest versions, in a chain', () => {
    let lineage = beginLineage(of(head()), 1)
    for (let i = 0; i < 5; i++) {
      lineage = continueLineage(lineage, of(head(), ...(i % 2 === 0 ? ['10.0.0.1'] : [])), null, limits)
    }
    expect(serialsOf(lineage)).toEqual([6, '3-4', '4-5', '5-6'])
  })

  test('begins anew behind a difference that is too large', () => {
    const tight = { versionsMax: 3, octetsMax: 100 }
    const first = continueLineage(beginLineage(of(head()), 1), of(head(), '10.0.0.1'), null, tight)
    expect(serialsOf(first)).toEqual([2])
    const large = `${head()}${Array.from({ length: 20 }, (_, i) => `  x${i}: {type: A, value: 192.0.2.9}\n`).join('')}`
    expect(serialsOf(continueLineage(beginLineage(of(head()), 1), of(large), asked(1), tight))).toEqual([2])
  })
})

test('a version moves with its image, wherever that stands in the next snapshot', () => {
  const a = head()
  const alone = createBench({ 'a.test.yaml': a })
  const other = head().replaceAll('a.test', 'b.test').replaceAll('ns1.b', 'ns1.b')
  const beside = createBench({ '0.test.yaml': other.replaceAll('b.test', '0.test'), 'a.test.yaml': a })
  for (const bench of [alone, beside]) bench.down('10.0.0.2')
  const before = versionOf(alone, 'a.test.', 7)
  const there = versionOf(beside, 'a.test.', 7)
  const moved = moveVersion(before, there.snapshot, there.zone)
  expect(moved.zone).not.toBe(before.zone)
  expect(moved.moving).toEqual(there.moving)
  expect([moved.records, moved.soa]).toEqual([there.records, there.soa])
  expect(withSerial(moved, 7)).toBe(moved)
})
