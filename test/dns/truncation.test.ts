import { describe, expect, it } from 'vitest'
import { createBench } from './bench.ts'
import { createRefBench } from './ref.ts'

const bench = createRefBench()

describe('truncation (RFC 2181 9, RFC 9715)', () => {
  it('without EDNS 512 octets fit and 513 do not', () => {
    expect(bench.query('t512.ref.test', 'TXT')).toMatchObject({ flags: ['qr', 'aa'], octets: 512 })
    expect(bench.query('t513.ref.test', 'TXT')).toMatchObject({ flags: ['qr', 'aa', 'tc'], answer: [] })
  })

  it('at 1232 the last octet fits and one more does not; OPT stays', () => {
    expect(bench.query('t1221.ref.test', 'TXT', { edns: {} })).toMatchObject({ flags: ['qr', 'aa'], octets: 1232 })
    const response = bench.query('t1222.ref.test', 'TXT', { edns: {} })
    expect(response).toMatchObject({ flags: ['qr', 'aa', 'tc'], answer: [] })
    expect(response.opt).not.toBeNull()
  })

  it('never goes beyond 1232 over UDP, whatever the client offers', () => {
    for (const type of ['TXT', 'ANY']) {
      const response = bench.query('big.ref.test', type, { edns: { payload: 65535 } })
      expect(response.octets).toBeLessThanOrEqual(1232)
      expect(response.flags).toContain('tc')
    }
  })

  it('over TCP everything fits', () => {
    expect(bench.query('big.ref.test', 'TXT', { via: 'tcp' }).answer).toHaveLength(60)
    expect(bench.query('pool200.ref.test', 'AAAA', { via: 'tcp' }).answer).toHaveLength(200)
  })

  it('a plain set that merely rotates is whole or truncated', () => {
    const values = Array.from({ length: 40 }, (_, i) => `192.0.2.${i + 1}`)
    const plain = createBench({
      'plain.test.zone': `$TTL 60\n@ SOA ns h 1 2 3 4 5\n NS ns\nns A 192.0.2.99\n${values.map(value => `www A ${value}\n`).join('')}`,
    })
    expect(plain.query('www.plain.test', 'A')).toMatchObject({ flags: ['qr', 'aa', 'tc'], answer: [] })
    const whole = plain.query('www.plain.test', 'A', { edns: {} })
    expect(whole.flags).toEqual(['qr', 'aa'])
    expect(whole.answer.map(({ value }) => value).sort()).toEqual([...values].sort())
    expect(plain.query('www.plain.test', 'A', { edns: {} }).answer[0]).not.toEqual(whole.answer[0])
  })

  it('a pooled RRset sheds members instead, since any part of a rotation is an answer', () => {
    const small = bench.query('pool200.ref.test', 'AAAA')
    expect(small.flags).toEqual(['qr', 'aa'])
    expect(small.answer).toHaveLength(Math.floor((512 - 12 - 22) / 28))
    expect(small.octets).toBeLessThanOrEqual(512)
  })
})
