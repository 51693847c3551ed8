/** Differences between versions: within a generation, after an edit, and told as IXFR. */
import { expect, test } from 'vitest'
import { diffOctets, diffVersions, type ZoneDiff } from '../../../src/core/transfer/diff.ts'
import { changesSince, emptyJournal, extendJournal } from '../../../src/core/transfer/journal.ts'
import { planIxfr, zoneChanges } from '../../../src/core/transfer/sequence.ts'
import { createBench } from '../../dns/bench.ts'
import { flatLines, lines, versionOf, versionOfText } from './zones.ts'

const head = `
soa: {mname: ns1.a.test., rname: hostmaster.a.test., serial: 1}
checks: {tcp: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, values: [ns1.a.test.]}
  ns1: {type: A, value: 192.0.2.53}
`
const www = '  www: {type: A, values: [10.0.0.1, 10.0.0.2, 10.0.0.3], check: tcp, ttl: 5}\n'
const octetsMax = 1_000_000

test('a member that fails is one record that went, and one that comes when it is back', () => {
  const bench = createBench({ 'a.test.yaml': head + www })
  const up = versionOf(bench, 'a.test.', 1)
  bench.down('10.0.0.2')
  const down = versionOf(bench, 'a.test.', 2)
  const fall = diffVersions(up, down, octetsMax)!
  expect([flatLines(fall.gone), flatLines(fall.come)]).toEqual([['www.a.test. 5 A 10.0.0.2'], []])
  const rise = diffVersions(down, up, octetsMax)!
  expect([flatLines(rise.gone), flatLines(rise.come)]).toEqual([[], ['www.a.test. 5 A 10.0.0.2']])
  expect([fall.from, fall.to]).toEqual([1, 2])
})

test('another TTL takes the whole set out and brings it in', () => {
  const bench = createBench({ 'a.test.yaml': head + www.replace('ttl: 5', 'ttl: 30') })
  const calm = versionOf(bench, 'a.test.', 1)
  bench.down('10.0.0.1', '10.0.0.2', '10.0.0.3')
  const open = versionOf(bench, 'a.test.', 2)
  const diff = diffVersions(calm, open, octetsMax)!
  expect(flatLines(diff.gone)).toEqual([1, 2, 3].map(i => `www.a.test. 30 A 10.0.0.${i}`))
  expect(flatLines(diff.come)).toEqual([1, 2, 3].map(i => `www.a.test. 5 A 10.0.0.${i}`))
})

test('an edit is compared name by name, still and moving sets alike', () => {
  const before = versionOfText(`${head}${www}  old: {type: TXT, value: x}\n  same: {type: TXT, values: [a, b]}\n`, 1)
  const after = versionOfText(
    `${head}${www.replace('10.0.0.3', '10.0.0.4')}  new: {type: TXT, value: x}\n  same: {type: TXT, values: [b, a]}\n`,
    2,
  )
  const diff = diffVersions(before, after, octetsMax)!
  expect(flatLines(diff.gone).sort()).toEqual(['old.a.test. 10 TXT "x"', 'www.a.test. 5 A 10.0.0.3'])
  expect(flatLines(diff.come).sort()).toEqual(['new.a.test. 10 TXT "x"', 'www.a.test. 5 A 10.0.0.4'])
})

test('too many changes are none', () => {
  const names = Array.from({ length: 50 }, (_, i) => `  h${i}: {type: TXT, value: t}\n`).join('')
  const before = versionOfText(head, 1)
  const after = versionOfText(head + names, 2)
  expect(diffVersions(before, after, 200)).toBeNull()
  expect(diffVersions(after, before, 200)).toBeNull()
  expect(flatLines(diffVersions(before, after, octetsMax)!.come)).toHaveLength(50)
})

test('IXFR tells the changes one after the other, between SOAs', () => {
  const bench = createBench({ 'a.test.yaml': head + www })
  const first = versionOf(bench, 'a.test.', 1)
  bench.down('10.0.0.2')
  const second = versionOf(bench, 'a.test.', 2)
  bench.down('10.0.0.2', '10.0.0.1')
  const third = versionOf(bench, 'a.test.', 3)
  const limits = { versionsMax: 10, octetsMax }
  let journal = extendJournal(emptyJournal, diffVersions(first, second, octetsMax)!, limits)
  journal = extendJournal(journal, diffVersions(second, third, octetsMax)!, limits)

  const plan = planIxfr(third, journal, 1)
  if (plan.kind !== 'changes') throw new Error(plan.kind)
  const soa = (serial: number) => `a.test. 300 SOA ns1.a.test. hostmaster.a.test. ${serial} 60 15 86400 5`
  expect(lines(zoneChanges(third, plan.changes))).toEqual([
    soa(3),
    soa(1),
    'www.a.test. 5 A 10.0.0.2',
    soa(2),
    soa(2),
    'www.a.test. 5 A 10.0.0.1',
    soa(3),
    soa(3),
  ])
  expect(planIxfr(third, journal, 3).kind).toBe('current')
  expect(planIxfr(third, journal, 4).kind).toBe('current')
  expect(planIxfr(third, journal, 0xffff_ffff).kind).toBe('whole')
  expect(planIxfr(second, journal, 1).kind).toBe('whole')
})

test('changes longer than the zone are told as a whole zone', () => {
  const bench = createBench({ 'a.test.yaml': head + www })
  let journal = emptyJournal
  let before = versionOf(bench, 'a.test.', 1)
  for (let serial = 2; serial < 60; serial++) {
    bench.down(serial % 2 === 0 ? '10.0.0.1' : '10.0.0.2')
    const after = versionOf(bench, 'a.test.', serial)
    journal = extendJournal(journal, diffVersions(before, after, octetsMax)!, { versionsMax: 100, octetsMax })
    before = after
  }
  expect(planIxfr(before, journal, 58).kind).toBe('changes')
  expect(planIxfr(before, journal, 1).kind).toBe('whole')
})

test('a journal forgets the oldest, by versions and by octets', () => {
  const diff = (from: number): ZoneDiff => {
    const octets = new Uint8Array(25)
    return { from, to: from + 1, fromSoa: octets, toSoa: octets, gone: octets, come: octets }
  }
  expect(diffOctets(diff(1))).toBe(100)
  const fill = (versionsMax: number, limit: number) =>
    [1, 2, 3, 4, 5].reduce((j, from) => extendJournal(j, diff(from), { versionsMax, octetsMax: limit }), emptyJournal)
  expect(fill(3, 10_000)).toMatchObject({ octets: 300, diffs: [{ from: 3 }, { from: 4 }, { from: 5 }] })
  expect(fill(9, 250)).toMatchObject({ octets: 200, diffs: [{ from: 4 }, { from: 5 }] })
  expect(fill(9, 99)).toMatchObject({ octets: 0, diffs: [] })
  expect(changesSince(fill(9, 10_000), 4)).toHaveLength(2)
  expect(changesSince(fill(3, 10_000), 2)).toBeNull()
  expect(() => extendJournal(fill(3, 10_000), diff(9), { versionsMax: 3, octetsMax: 1 })).toThrow('go on')
})
