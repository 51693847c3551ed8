import { describe, expect, it } from 'vitest'
import { brief } from './bench.ts'
import { createRefBench } from './ref.ts'

describe('an existing name and type (RFC 1034 4.3.2)', () => {
  const bench = createRefBench()

  it('answers with every record, the zone TTL, QR and AA and no RA', () => {
    const response = bench.query('www.ref.test', 'A')
    expect(response.rcode).toBe('NOERROR')
    expect(response.flags).toEqual(['qr', 'aa'])
    expect(brief(response.answer).sort()).toEqual(['A 192.0.2.10', 'A 192.0.2.11'])
    expect(response.answer.map(record => record.ttl)).toEqual([60, 60])
    expect(response.authority).toEqual([])
    expect(response.additional).toEqual([])
  })

  it('copies RD and nothing else of the query flags', () => {
    expect(bench.query('www.ref.test', 'A', { flags: 0x0100 }).flags).toEqual(['qr', 'aa', 'rd'])
    expect(bench.query('www.ref.test', 'A', { flags: 0x06f0 }).flags).toEqual(['qr', 'aa'])
  })

  it('keeps the full TTL on the SOA itself', () => {
    const [soa] = bench.query('ref.test', 'SOA').answer
    expect(soa).toMatchObject({
      name: 'ref.test.',
      ttl: 3600,
      value: 'ns1.ref.test. hostmaster.ref.test. 7 60 15 86400 300',
    })
  })

  it('serves every type of the format', () => {
    expect(brief(bench.query('ref.test', 'MX').answer)).toEqual(['MX 10 mail.ref.test.', 'MX 20 mail.example.com.'])
    expect(brief(bench.query('ref.test', 'TXT').answer)).toEqual(['TXT "v=spf1 -all"', 'TXT "second"'])
    expect(brief(bench.query('ref.test', 'CAA').answer)).toEqual(['CAA 128 iodef "mailto:a@ref.test"'])
    expect(brief(bench.query('_root._tcp.ref.test', 'SRV').answer)).toEqual(['SRV 0 0 0 .'])
    expect(brief(bench.query('nullmx.ref.test', 'MX').answer)).toEqual(['MX 0 .'])
    expect(brief(bench.query('unk.ref.test', 'TYPE65280').answer)).toEqual(['TYPE65280 \\# 4 0a000001'])
    expect(brief(bench.query('unk.ref.test', 'TYPE65281').answer)).toEqual(['TYPE65281 \\# 0'])
  })

  it('adds the addresses of MX, SRV and NS targets in the zone', () => {
    expect(brief(bench.query('ref.test', 'MX').additional)).toEqual(['A 192.0.2.4'])
    expect(brief(bench.query('_web._tcp.ref.test', 'SRV').additional).sort()).toEqual(['A 192.0.2.10', 'A 192.0.2.11'])
    expect(brief(bench.query('ref.test', 'NS').additional)).toEqual(['A 192.0.2.2', 'A 192.0.2.3', 'AAAA 2001:db8::3'])
  })

  it('answers ANY with one RRset (RFC 8482)', () => {
    const types = new Set(bench.query('ref.test', 'ANY').answer.map(record => record.type))
    expect(types.size).toBe(1)
    expect(bench.query('nope.ref.test', 'ANY').rcode).toBe('NXDOMAIN')
  })

  it('reads labels as octets: escaped dots, NUL and high octets', () => {
    expect(brief(bench.query('a\\.b.ref.test', 'A').answer)).toEqual(['A 192.0.2.41'])
    expect(bench.query('a.b.ref.test', 'A').rcode).toBe('NXDOMAIN')
    expect(brief(bench.query('nul\\000byte.ref.test', 'A').answer)).toEqual(['A 192.0.2.43'])
    expect(brief(bench.query('\\255\\254.ref.test', 'A').answer)).toEqual(['A 192.0.2.44'])
  })
})

describe('case (RFC 4343)', () => {
  const bench = createRefBench()

  it('matches without regard to case and copies the question as it was asked', () => {
    const response = bench.query('wWw.rEF.tEsT', 'A')
    expect(response.question?.name).toBe('wWw.rEF.tEsT.')
    expect(response.answer).toHaveLength(2)
    expect(response.answer[0]?.name).toBe('wWw.rEF.tEsT.')
  })

  it('matches owners that the file wrote in mixed case', () => {
    expect(brief(bench.query('mixed.CASE.ref.test', 'A').answer)).toEqual(['A 192.0.2.40'])
  })
})
