/** What an edit takes away, counted on images, is what a count on names and texts comes to. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { countPlain, measureLoss } from '../../src/core/rehearsal/loss.ts'
import { readZone } from '../../src/core/zonefile/index.ts'
import { judgedOf } from '../../src/core/zonefile/judged.ts'

/** Last octets by name. */
type Zone = ReadonlyMap<string, readonly number[]>

const zones = fc
  .array(
    fc.tuple(
      fc.constantFrom('a', 'b', 'c', 'deep.a', '*.b', 'x.y.z'),
      fc.uniqueArray(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 }),
    ),
    { maxLength: 6 },
  )
  .map((entries): Zone => new Map(entries))

function imageOf(zone: Zone, isChecked: boolean) {
  const policy = isChecked ? ', check: web' : ', policy: {max_answers: 8}'
  const records = [...zone].map(([owner, values]) => {
    return `  '${owner}': {type: A, values: [${values.map(value => `10.0.0.${value}`).join(', ')}]${policy}}\n`
  })
  const header =
    'zone: ex.test\nsoa: {mname: n.example.net., rname: h.example.net.}\nchecks: {web: {protocol: TCP, port: 1}}\n'
  const text = `${header}records:\n  '@': {type: NS, value: n.example.net.}\n${records.join('')}`
  const { image } = judgedOf(readZone({ file: 'ex.yaml', text }))
  if (image === null) throw new Error(text)
  return image
}

it('counts every address that its name no longer has', () => {
  fc.assert(
    fc.property(zones, zones, fc.boolean(), fc.boolean(), (before, after, wasChecked, isChecked) => {
      const expected = [...before].flatMap(([owner, values]) =>
        values.filter(value => !(after.get(owner) ?? []).includes(value)),
      )
      const from = imageOf(before, wasChecked)
      const everyone = (_: unknown, pool: { readonly ordersMax: number }) => [...Array(pool.ordersMax).keys()]
      const loss = measureLoss(from, imageOf(after, isChecked), everyone, 100)
      expect(loss.removed).toBe(expected.length)
      expect(loss.sets.reduce((sum, { addresses }) => sum + addresses.length, 0)).toBe(expected.length)
      const pooled = from.pools.reduce((sum, { ordersMax }) => sum + ordersMax, 0)
      expect(countPlain(from) + pooled).toBe(1 + [...before.values()].reduce((sum, values) => sum + values.length, 0))
    }),
    { seed: 5, numRuns: 150 },
  )
})
