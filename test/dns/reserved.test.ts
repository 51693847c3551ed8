/** Zones that only those may ask about who may have them: catalogs (RFC 9432 section 7). */
import { describe, expect, test } from 'vitest'
import { plainTerms } from '../../src/core/answer/live.ts'
import { writeCatalog } from '../../src/core/catalog/make.ts'
import { parseAccess } from '../../src/core/guard/access.ts'
import { nameOf } from '../unit/catalog/zones.ts'
import { createBench, encodeQuery } from './bench.ts'
import { decode } from './decode.ts'

const apex = nameOf('cat.test.')
const zones = {
  'cat.test.zone': writeCatalog(apex, [{ zone: nameOf('a.test.'), groups: [] }]),
  'a.test.zone': '$TTL 60\n@ SOA ns1 h 1 60 60 600 5\n@ NS ns1\nns1 A 192.0.2.1\n',
}
const benchFor = (...from: readonly string[]) => {
  const access = from.length === 0 ? [] : [{ key: null, from: parseAccess(from).table }]
  return createBench(zones, () => ({ ...plainTerms, reserved: [{ apex, access }] }))
}

describe('a reserved zone', () => {
  test.each(['cat.test.', 'CAT.test.', 'version.cat.test.', 'none.cat.test.'])('is refused to others at %s', name => {
    const bench = benchFor('10.0.0.0/8')
    bench.from('192.0.2.9', 5353, 0)
    const answer = bench.query(name, 'TXT', { edns: {} })
    expect([answer.rcode, answer.answer, answer.authority]).toEqual(['REFUSED', [], []])
    expect(answer.flags).not.toContain('aa')
  })

  test('is answered to those who may have it, and the others to all', () => {
    const bench = benchFor('10.0.0.0/8')
    bench.from('10.1.2.3', 5353, 0)
    expect(bench.query('version.cat.test.', 'TXT').answer).toMatchObject([{ value: '"2"' }])
    bench.from('192.0.2.9', 5353, 0)
    expect(bench.query('ns1.a.test.', 'A').rcode).toBe('NOERROR')
  })

  test('is not recalled for others, whatever those were answered who may have it', () => {
    const pooled = `soa: {mname: ns1.cat.test., rname: h.cat.test., serial: 1}
checks: {port: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, value: ns1.cat.test.}
  ns1: {type: A, value: 192.0.2.53}
  x.ext: {type: A, check: port, values: [192.0.2.1, 192.0.2.2]}
`
    const access = [{ key: null, from: parseAccess(['10.0.0.0/8']).table }]
    const bench = createBench({ 'cat.test.yaml': pooled }, () => ({ ...plainTerms, reserved: [{ apex, access }] }))
    const asked = encodeQuery('x.ext.cat.test.', 'A')
    bench.from('10.1.2.3', 5353, 0)
    for (let i = 0; i < 3; i++) expect(decode(bench.raw(asked)!).answer).toHaveLength(2)
    bench.from('192.0.2.9', 5353, 0)
    expect(decode(bench.raw(asked)!)).toMatchObject({ rcode: 'REFUSED', answer: [] })
  })

  test('is refused to all where nobody may have it, by IXFR over UDP too', () => {
    const bench = benchFor()
    bench.from('10.1.2.3', 5353, 0)
    expect(bench.query('cat.test.', 'SOA').rcode).toBe('REFUSED')
    expect(bench.query('cat.test.', 'IXFR').rcode).toBe('REFUSED')
  })
})
