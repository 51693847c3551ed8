import { describe, expect, it } from 'vitest'
import { createRefBench } from './ref.ts'

const bench = createRefBench()

function soaOf(response: { authority: readonly { name: string; type: string; ttl: number }[] }) {
  return response.authority.map(({ name, type, ttl }) => ({ name, type, ttl }))
}

describe('denial (RFC 2308)', () => {
  it('NODATA: NOERROR, AA, no answer, the SOA with the negative TTL', () => {
    const response = bench.query('www.ref.test', 'MX')
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'], answer: [] })
    expect(soaOf(response)).toEqual([{ name: 'ref.test.', type: 'SOA', ttl: 300 }])
  })

  it('NXDOMAIN: AA and the SOA', () => {
    const response = bench.query('nope.ref.test', 'A')
    expect(response).toMatchObject({ rcode: 'NXDOMAIN', flags: ['qr', 'aa'], answer: [] })
    expect(soaOf(response)).toEqual([{ name: 'ref.test.', type: 'SOA', ttl: 300 }])
  })

  it('takes the smaller of SOA TTL and MINIMUM', () => {
    expect(soaOf(bench.query('nope.other.test', 'A'))).toEqual([{ name: 'other.test.', type: 'SOA', ttl: 600 }])
  })

  it('an empty non-terminal is NODATA at every level (RFC 8020)', () => {
    for (const name of ['b.c.ent.ref.test', 'c.ent.ref.test', 'ent.ref.test']) {
      expect(bench.query(name, 'A'), name).toMatchObject({ rcode: 'NOERROR', answer: [] })
    }
    expect(bench.query('x.c.ent.ref.test', 'A').rcode).toBe('NXDOMAIN')
  })

  it('below a leaf there is nothing', () => {
    expect(bench.query('x.www.ref.test', 'A').rcode).toBe('NXDOMAIN')
  })

  it('an unassigned type at an existing name is NODATA (RFC 3597)', () => {
    expect(bench.query('www.ref.test', 'TYPE1234')).toMatchObject({ rcode: 'NOERROR', answer: [] })
  })

  it('DS at an apex whose parent is not served is NODATA with the own SOA', () => {
    const response = bench.query('ref.test', 'DS')
    expect(response).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'], answer: [] })
    expect(soaOf(response)).toEqual([{ name: 'ref.test.', type: 'SOA', ttl: 300 }])
  })
})

describe('outside our zones', () => {
  it.each(['www.example.com', '.', 'xref.test', 'test', 'com'])('%s is REFUSED, without AA or a referral', name => {
    const response = bench.query(name, 'A')
    expect(response).toMatchObject({ rcode: 'REFUSED', flags: ['qr'], answer: [], authority: [], additional: [] })
    expect(response.question).not.toBeNull()
  })

  it.each([0, 3, 4, 254, 255])('class %i is REFUSED', qclass => {
    expect(bench.query('www.ref.test', 'A', { qclass })).toMatchObject({ rcode: 'REFUSED', answer: [] })
  })

  it('a zone transfer is REFUSED', () => {
    expect(bench.query('ref.test', 'AXFR', { via: 'tcp' })).toMatchObject({ rcode: 'REFUSED', answer: [] })
  })
})
