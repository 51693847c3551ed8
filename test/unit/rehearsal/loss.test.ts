/** What an edit takes away: what counts as an answer, what as lost, and which edits are refused for it. */
import { describe, expect, it } from 'vitest'
import { guardedAnswersMin, judgeChange } from '../../../src/core/rehearsal/change.ts'
import { countPlain, countPooled, measureLoss } from '../../../src/core/rehearsal/loss.ts'
import { readZone } from '../../../src/core/zonefile/index.ts'
import { judgedOf } from '../../../src/core/zonefile/judged.ts'

const top = `zone: ex.test
soa: {mname: ns.example.net., rname: h.example.net.}
checks: {web: {protocol: HTTP, port: 80, path: /up}}
records:
  '@': {type: NS, value: ns.example.net.}
`

function imageOf(records: string) {
  const reading = readZone({ file: 'ex.yaml', text: `${top}${records}` })
  const { image } = judgedOf(reading)
  if (image === null) throw new Error(JSON.stringify(reading.problems))
  return image
}

/** As with every member up. */
const all = (_: unknown, pool: { readonly ordersMax: number }) => [...Array(pool.ordersMax).keys()]
const lossOf = (before: string, after: string | null, answered = all) =>
  measureLoss(imageOf(before), after === null ? null : imageOf(after), answered, 100)

const www = '  www: {type: A, values: [10.0.0.1, 10.0.0.2, 10.0.0.3], check: web}\n'

describe('answers', () => {
  it('are the addresses of plain sets, and sets of other types, but no SOA', () => {
    const one = "  one: {type: A, value: 192.0.2.1}\n  six: {type: AAAA, value: '2001:db8::1'}\n"
    const rest =
      '  mail: {type: MX, value: {preference: 1, exchange: one.ex.test.}}\n  alias: {type: CNAME, value: one.ex.test.}\n'
    // With the NS of the zone.
    expect(countPlain(imageOf(one + rest))).toBe(5)
    expect(countPlain(imageOf(www))).toBe(1)
  })

  it('of pools are those in the rotations, of a record with rules in any of them', () => {
    const { pools } = imageOf(`${www}  near:
    type: A
    dynamic:
      pools: {a: {values: [{value: 10.1.0.1}, {value: 10.1.0.2}]}, b: {values: [{value: 10.1.0.2}, {value: 10.1.0.3}]}}
      rules: [{subnets: [10.0.0.0/8], pool: b}, {pool: a}]
`)
    expect(pools.map(({ plan }) => plan.key)).toEqual(['www.ex.test. A', 'near.ex.test. A', 'near.ex.test. A b'])
    const orders = [[0], [0, 1], [1, 2]]
    expect(countPooled(pools, pool => orders[pool]!)).toBe(4)
  })
})

describe('lost', () => {
  it('is an address that its name has no more, whatever becomes of the others', () => {
    const after = '  www: {type: A, values: [10.0.0.4, 10.0.0.3], check: web}\n'
    expect(lossOf(www, after)).toEqual({
      removed: 2,
      sets: [{ owner: 'www.ex.test.', type: 'A', addresses: ['10.0.0.1', '10.0.0.2'] }],
    })
    expect(lossOf(after, www).removed).toBe(1)
    expect(lossOf(www, www).removed).toBe(0)
  })

  it('is not one that was not answered anyway', () => {
    expect(lossOf(www, '  www: {type: A, values: [10.0.0.2, 10.0.0.3], check: web}\n', () => [1, 2]).removed).toBe(0)
    expect(lossOf(www, null, () => [1]).removed).toBe(2)
  })

  it('is one that is taken out by its status, but not one that is only moved to another pool', () => {
    const down = '  www: {type: A, values: [{value: 10.0.0.1, status: down}, 10.0.0.2, 10.0.0.3], check: web}\n'
    expect(lossOf(www, down)).toMatchObject({ removed: 1, sets: [{ addresses: ['10.0.0.1'] }] })
    const moved = `  www:
    type: A
    check: web
    dynamic:
      pools: {a: {fallback: b, values: [{value: 10.0.0.2}]}, b: {values: [{value: 10.0.0.3}, {value: 10.0.0.1}]}}
      rules: [{pool: a}]
`
    expect(lossOf(www, moved).removed).toBe(0)
  })

  it('is a set of another type as a whole, and the whole of a name, of a type, of a zone', () => {
    const two = '  t: {type: TXT, values: [a, b]}\n  al: {type: CNAME, value: www.ex.test.}\n'
    expect(lossOf(two, '  t: {type: TXT, value: c}\n')).toEqual({
      removed: 1,
      sets: [{ owner: 'al.ex.test.', type: 'CNAME', addresses: [] }],
    })
    expect(lossOf(www, '').removed).toBe(3)
    expect(lossOf(www, "  www: {type: AAAA, values: ['2001:db8::1', '2001:db8::2']}\n").removed).toBe(3)
    // With the NS of the zone.
    expect(lossOf(www, null).removed).toBe(4)
  })

  it('is counted to the end, but told only as far as there is room', () => {
    const many = Array.from({ length: 30 }, (_, i) => `  n${i}: {type: A, value: 10.0.0.${i}}\n`).join('')
    const { removed, sets } = measureLoss(imageOf(many), imageOf(''), all, 4)
    expect([removed, sets.length]).toEqual([30, 4])
  })
})

describe('an edit', () => {
  const loss = (removed: number, file = 'ex.yaml') => ({
    file,
    removed,
    sets: [{ owner: 'www.ex.test.', type: 'A', addresses: ['10.0.0.1'] }],
  })

  it('is refused for more than the share, not for the share itself', () => {
    expect(judgeChange([loss(10)], 0.5, () => 20)).toBeNull()
    const problem = judgeChange([loss(3, 'a.yaml'), loss(8, 'b.yaml')], 0.5, () => 20)
    expect(problem).toMatchObject({ code: 'max-change', severity: 'error', span: { file: 'b.yaml', line: 1 } })
    expect(problem!.text).toContain('11 of all 20')
    expect(problem!.text).toContain('www.ex.test. A 10.0.0.1')
    expect(problem!.hint).toContain('robin reload --force')
  })

  it('is not refused where there is little, or where everything may go', () => {
    expect(judgeChange([loss(9)], 0.5, () => guardedAnswersMin - 1)).toBeNull()
    expect(judgeChange([loss(10)], 0.5, () => guardedAnswersMin)).not.toBeNull()
    expect(judgeChange([loss(100)], 1, () => 100)).toBeNull()
    expect(judgeChange([loss(1)], 0, () => 100)).not.toBeNull()
  })
})
