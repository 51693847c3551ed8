/** Zones at random, edited at random, with members failing at random: what a secondary makes of the transfers. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffVersions } from '../../src/core/transfer/diff.ts'
import { emptyJournal, extendJournal } from '../../src/core/transfer/journal.ts'
import { planIxfr, wholeZone, zoneChanges } from '../../src/core/transfer/sequence.ts'
import type { ZoneVersion } from '../../src/core/transfer/version.ts'
import { createBench } from '../dns/bench.ts'
import { lines, messages, unpacked, versionOf } from '../unit/transfer/zones.ts'

const address = fc.integer({ min: 1, max: 9 }).map(i => `10.0.0.${i}`)
const addresses = fc.uniqueArray(address, { minLength: 1, maxLength: 5 })
const record = fc.oneof(
  fc
    .record({ values: addresses, answer: fc.constantFrom('rotate', 'failover'), max: fc.integer({ min: 1, max: 4 }) })
    .map(
      ({ values, answer, max }) =>
        `{type: A, values: [${values}], check: tcp, policy: {answer: ${answer}, max_answers: ${max}, on_all_down: nodata}}`,
    ),
  fc
    .record({ values: addresses, ttl: fc.integer({ min: 1, max: 3 }) })
    .map(({ values, ttl }) => `{type: A, values: [${values}], ttl: ${ttl}}`),
  fc
    .uniqueArray(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 3 })
    .map(texts => `{type: TXT, values: [${texts.map(text => `t${text}`)}]}`),
)
const owner = fc.constantFrom('www', 'a.b', 'b', "'*.w'", 'x', 'y.x')
const zone = fc.dictionary(owner, record, { maxKeys: 6 })
const step = fc.oneof(fc.record({ edit: zone }), fc.record({ down: fc.uniqueArray(address, { maxLength: 9 }) }))

function textOf(records: Readonly<Record<string, string>>): string {
  const head = `
soa: {mname: ns1.a.test., rname: hostmaster.a.test., serial: 1}
checks: {tcp: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, values: [ns1.a.test.]}
  ns1: {type: A, value: 192.0.2.53}
  www2: {type: A, values: [10.0.0.1, 10.0.0.2], check: tcp}
`
  return (
    head +
    Object.entries(records)
      .map(([name, value]) => `  ${name}: ${value}\n`)
      .join('')
  )
}

/** A secondary's copy: what it makes of a stream, by RFC 1995 section 4 if it is one of changes. */
function applyStream(before: readonly string[], stream: readonly string[]): string[] {
  const isSoa = (line: string) => line.includes(' SOA ')
  if (stream.length < 2 || !isSoa(stream[1]!)) return stream.slice(0, -1)
  const records = new Set(before)
  let at = 1
  while (at < stream.length - 1) {
    records.delete(stream[at++]!)
    while (!isSoa(stream[at]!)) expect(records.delete(stream[at++]!)).toBe(true)
    records.add(stream[at++]!)
    while (!isSoa(stream[at]!)) {
      expect(records.has(stream[at]!)).toBe(false)
      records.add(stream[at++]!)
    }
  }
  return [...records]
}

const sorted = (records: readonly string[]) => [...records].sort()

test('a secondary that follows by IXFR holds what one that takes the whole zone does', () => {
  fc.assert(
    fc.property(fc.array(step, { minLength: 1, maxLength: 5 }), fc.nat(4), (steps, from) => {
      let bench = createBench({ 'a.test.yaml': textOf({}) })
      let down: readonly string[] = []
      const versions: ZoneVersion[] = [versionOf(bench, 'a.test.', 1)]
      let journal = emptyJournal
      for (const next of steps) {
        if ('edit' in next) bench = createBench({ 'a.test.yaml': textOf(next.edit) })
        else down = next.down
        bench.down(...down)
        const before = versions.at(-1)!
        const after = versionOf(bench, 'a.test.', before.serial + 1)
        versions.push(after)
        const diff = diffVersions(before, after, 1_000_000)!
        journal = extendJournal(journal, diff, { versionsMax: 100, octetsMax: 1_000_000 })
      }
      const start = versions[Math.min(from, versions.length - 2)]!
      const newest = versions.at(-1)!
      const whole = unpacked(messages(wholeZone(newest), 600))
      expect(new Set(whole.slice(0, -1)).size).toBe(whole.length - 1)
      const copy = applyStream([], whole)
      const plan = planIxfr(newest, journal, start.serial)
      if (plan.kind === 'changes') {
        const told = unpacked(messages(zoneChanges(newest, plan.changes), 600))
        const had = applyStream([], lines(wholeZone(start)))
        expect(sorted(applyStream(had, told))).toEqual(sorted(copy))
      } else {
        expect(plan.kind).toBe('whole')
      }
    }),
    { seed: 1995, numRuns: 300 },
  )
})
