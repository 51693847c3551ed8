import { describe, expect, it } from 'vitest'
import { createTerms, orderTerms, type TermsSettings, termsDefault } from '../../src/shell/terms.ts'
import { type Bench, createBench, encodeQuery } from './bench.ts'
import { decode } from './decode.ts'

const all = ['192.0.2.1', '192.0.2.2', '192.0.2.3']
const other = 0

function zoneWith(policy: string): string {
  const record = `type: A, check: port, values: [${all}], policy: {${policy}}`
  return `
soa: {mname: ns.example.net., rname: hostmaster.example.net., serial: 1, negative_ttl: 5}
checks: {port: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, value: ns.example.net.}
  www: {${record}}
  '*.any': {${record}}
  'a\\.b\\000': {${record}}
  ${'x'.repeat(60)}.${'y'.repeat(60)}: {${record}}
  alias: {type: CNAME, value: www.short.test.}
  borrowed: {type: ALIAS, value: www.short.test.}
  plain: {type: A, value: 192.0.2.9}
  wide: {type: AAAA, check: port, values: [${Array.from({ length: 60 }, (_, i) => `'2001:db8::${i + 1}'`)}], policy: {max_answers: 60}}
`
}

function benchWith(policy = '', settings: Partial<TermsSettings> = {}): Bench {
  const order = orderTerms({ ...termsDefault, ...settings }, [], { current: new Uint8Array(16), other: null }, 1_000)
  return createBench({ 'short.test.yaml': zoneWith(policy) }, tally => createTerms(order, tally))
}

function errorOf(bench: Bench, name = 'www.short.test', type = 'A') {
  return bench.query(name, type, { edns: {} }).opt?.error
}

describe('an answer that health changed (RFC 8914)', () => {
  it('says of which pool how many are healthy, and nothing while all are', () => {
    const bench = benchWith()
    expect(errorOf(bench)).toBeNull()
    bench.down('192.0.2.2', '192.0.2.3')
    expect(errorOf(bench)).toEqual({ code: other, text: 'www.short.test. A: 1 of 3 healthy' })
    expect(errorOf(bench, 'plain.short.test')).toBeNull()
    expect(errorOf(bench, 'www.short.test', 'MX')).toBeNull()
    bench.down()
    expect(errorOf(bench)).toBeNull()
  })

  it.each([
    ['', 'NOERROR', 'all'],
    ['on_all_down: last_healthy', 'NOERROR', 'last_healthy'],
    ['on_all_down: nodata', 'NOERROR', 'nodata'],
    ['on_all_down: servfail', 'SERVFAIL', 'servfail'],
    ['on_all_down: refused', 'REFUSED', 'refused'],
  ])('names the policy that decides: %s', (policy, rcode, word) => {
    const bench = benchWith(policy)
    bench.down(...all)
    const response = bench.query('www.short.test', 'A', { edns: {} })
    expect(response.rcode).toBe(rcode)
    expect(response.opt?.error).toEqual({ code: other, text: `www.short.test. A: 0 of 3 healthy, on_all_down ${word}` })
  })

  it('names the owner of the pool, whatever was asked; one that is too long to repeat is left out', () => {
    const bench = benchWith()
    bench.down('192.0.2.2')
    const text = (owner: string) => ({ code: other, text: `${owner}A: 2 of 3 healthy` })
    expect(errorOf(bench, 'x.y.any.short.test')).toEqual(text('*.any.short.test. '))
    expect(errorOf(bench, 'alias.short.test')).toEqual(text('www.short.test. '))
    expect(errorOf(bench, 'borrowed.short.test')).toEqual(text('www.short.test. '))
    expect(errorOf(bench, 'a\\.b\\000.short.test')).toEqual(text('a\\.b\\000.short.test. '))
    expect(errorOf(bench, `${'x'.repeat(60)}.${'y'.repeat(60)}.short.test`)).toEqual(text(''))
  })

  it('is said to nobody who sent no EDNS, nor where it is to be hidden', () => {
    const open = benchWith()
    const hidden = benchWith('', { explains: false })
    for (const bench of [open, hidden]) bench.down('192.0.2.2')
    expect(open.query('www.short.test', 'A').opt).toBeNull()
    expect(errorOf(hidden)).toBeNull()
    expect(errorOf(hidden, 'www.example.com')).toMatchObject({ code: 20 })
  })

  it('never takes the room of an answer', () => {
    const bench = benchWith()
    bench.down('2001:db8::1')
    const before = benchWith('', { explains: false })
    before.down('2001:db8::1')
    for (let payload = 512; payload <= 1232; payload += 4) {
      const asked = { edns: { payload } }
      const [explained, silent] = [bench, before].map(each => each.query('wide.short.test', 'AAAA', asked))
      expect(explained?.answer).toHaveLength(silent!.answer.length)
      expect(explained?.octets).toBeLessThanOrEqual(payload)
    }
  })

  it('never makes the guard cut an answer, and gives up its text before itself', () => {
    const bench = benchWith('', { amplificationMax: 2 })
    bench.down('192.0.2.2')
    const query = encodeQuery('www.short.test', 'A', { edns: {} })
    const response = decode(bench.raw(query)!)
    expect(response).toMatchObject({ flags: ['qr', 'aa'], opt: { error: { code: other, text: '' } } })
    expect(response.answer).toHaveLength(2)
    expect(response.octets).toBeLessThanOrEqual(2 * query.length)
    expect(decode(bench.raw(query, 'tcp')!).opt?.error?.text).toContain('2 of 3')
  })

  it('is not in what the guard has cut for another reason', () => {
    const bench = benchWith('', { amplificationMax: 1 })
    bench.down('192.0.2.2')
    const response = bench.query('www.short.test', 'A', { edns: {} })
    expect(response.flags).toContain('tc')
    expect(response.opt?.error).toBeNull()
  })
})
