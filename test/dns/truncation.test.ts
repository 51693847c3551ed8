import { describe, expect, it } from 'vitest'
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

  it('a pooled RRset sheds members instead, since any part of a rotation is an answer', () => {
    const small = bench.query('pool200.ref.test', 'AAAA')
    expect(small.flags).toEqual(['qr', 'aa'])
    expect(small.answer).toHaveLength(Math.floor((512 - 12 - 22) / 28))
    expect(small.octets).toBeLessThanOrEqual(512)
  })
})
