/**
 * An answer that is recalled is the answer that would have been found: two servers of the same zones, one that recalls
 * and one that does not, are asked the same and told the same of health, in any order, and nobody could tell them apart.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBoard, createRotationSource } from '../../src/board/board.ts'
import { plainTerms } from '../../src/core/answer/live.ts'
import { tallyAt } from '../../src/core/answer/tally.ts'
import { createCookies } from '../../src/core/guard/cookie.ts'
import { createBench, type EdnsOptions, encodeQuery, type QueryOptions } from '../dns/bench.ts'

const seed = 20_261_122

const zone = `
soa: {mname: ns1.recalled.test., rname: hostmaster.recalled.test., serial: 1}
defaults: {ttl: 30}
checks: {port: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, value: ns1.recalled.test.}
  ns1: {type: A, value: 127.0.0.1}
  www:
    - {type: A, check: port, values: [127.0.0.11, 127.0.0.12, 127.0.0.13]}
    - {type: AAAA, check: port, values: ['2001:db8::1', '2001:db8::2']}
  few: {type: A, check: port, values: [127.0.0.11, 127.0.0.12, 127.0.0.13, 127.0.0.14], policy: {max_answers: 2}}
  none: {type: A, check: port, values: [127.0.0.11], policy: {on_all_down: nodata}}
  weighed: {type: A, check: port, values: [{value: 127.0.0.11, weight: 3}, {value: 127.0.0.12}]}
  many: {type: A, check: port, values: [${Array.from({ length: 40 }, (_, i) => `127.0.1.${i}`)}]}
  '*.wild': {type: A, check: port, values: [127.0.0.11, 127.0.0.12]}
  alias: {type: CNAME, value: www.recalled.test.}
  borrowed: {type: ALIAS, value: www.recalled.test.}
  ruled:
    type: A
    check: port
    dynamic:
      pools: {near: {values: [{value: 127.0.0.12}]}, all: {values: [{value: 127.0.0.11}, {value: 127.0.0.13}]}}
      rules: [{subnets: [192.0.2.0/24], pool: near}, {pool: all}]
`
const files = { 'recalled.test.yaml': zone }
const owners = 'www www www few few none none many weighed a-name.wild alias borrowed ruled nope'.split(' ')
const addresses = ['127.0.0.11', '127.0.0.12', '127.0.0.13', '2001:db8::1']

interface Question {
  readonly kind: 'ask'
  readonly owner: string
  readonly type: string
  readonly upper: boolean
  readonly options: QueryOptions
}

const edns = fc.constantFrom<EdnsOptions>({}, {}, {}, { payload: 512 }, { dnssecOk: true }, { subnet: '192.0.2.0/24' })
const question: fc.Arbitrary<Question> = fc.record({
  kind: fc.constant('ask' as const),
  owner: fc.constantFrom(...owners),
  type: fc.constantFrom('A', 'A', 'A', 'A', 'AAAA', 'TXT'),
  upper: fc.constantFrom(false, false, true),
  options: fc.record(
    { id: fc.nat(0xffff), flags: fc.constantFrom(0, 0, 0x100), via: fc.constantFrom('udp', 'udp', 'tcp'), edns },
    { requiredKeys: ['id'] },
  ),
})
const step = fc.oneof(
  { weight: 12, arbitrary: question },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('down' as const), down: fc.subarray(addresses) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('terms' as const), explains: fc.boolean() }) },
)

function queryOf({ owner, type, upper, options }: Question): Uint8Array {
  const name = `${owner}.recalled.test`
  return encodeQuery(upper ? name.toUpperCase() : name, type, options)
}

describe('recalled answers', () => {
  it('are the answers that would have been found', () => {
    let recalled = 0
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), steps => {
        const one = createBench(files)
        const other = createBench(files)
        other.live.recall = null
        for (const each of steps) {
          switch (each.kind) {
            case 'down':
              one.down(...each.down)
              other.down(...each.down)
              break
            case 'terms': {
              const terms = { ...plainTerms, explains: each.explains }
              one.live.terms = terms
              other.live.terms = terms
              break
            }
            case 'ask': {
              const { via } = each.options
              for (let time = 0; time < 4; time++) {
                one.live.desk.recallable = untouched
                const answer = one.raw(queryOf(each), via)
                if (one.live.desk.recallable === untouched && via !== 'tcp') recalled++
                expect(answer).toEqual(other.raw(queryOf(each), via))
              }
            }
          }
        }
        expect(one.live.tally).toEqual(other.live.tally)
      }),
      { numRuns: 150, seed },
    )
    expect(recalled).toBeGreaterThan(500)
  })

  it('are none of a generation that is gone', () => {
    const bench = createBench(files)
    const query = encodeQuery('www.recalled.test', 'A', {})
    for (let i = 0; i < 5; i++) bench.raw(query)
    const next = createBench({ 'recalled.test.yaml': zone.replaceAll('127.0.0.1', '127.0.9.1') })
    bench.live.snapshot = next.live.snapshot
    bench.live.rotation = next.live.rotation
    expect([...bench.raw(query)!].join()).toContain('127,0,9,1')
  })

  it('move the cursor as any answer does', () => {
    const { live, raw } = createBench(files)
    const query = encodeQuery('www.recalled.test', 'A', {})
    const firsts = Array.from({ length: 9 }, () => raw(query)!).map(octets => octets[query.length + 15])
    expect(firsts).toEqual([11, 12, 13, 11, 12, 13, 11, 12, 13])
    expect(live.tally[tallyAt.queries]).toBe(9)
    expect(live.tally[tallyAt.noerror]).toBe(9)
  })

  it('are kept for nobody who shows a cookie or whom a guard judges', () => {
    const { live, raw } = createBench(files)
    live.terms = { ...plainTerms, cookies: createCookies(new Uint8Array(16), null) }
    const plain = encodeQuery('www.recalled.test', 'A', { edns: {} })
    const query = Uint8Array.from([...plain, 0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8])
    query[plain.length - 1] = 12
    for (let i = 0; i < 3; i++) {
      live.desk.recallable = untouched
      raw(query)
      expect(live.desk.recallable).toBe(-1)
    }
  })

  it('do not outlive what was published', () => {
    const source = createRotationSource(createBoard(16))
    expect(source.advance(0, 1)).toBe(-1)
    expect(source.advance(0, 0)).toBe(0)
    expect(source.advance(0, 0)).toBe(1)
  })
})

/** A value that finding an answer would have overwritten. */
const untouched = -7
