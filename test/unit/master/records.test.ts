import { describe, expect, it } from 'vitest'
import { formatName } from '../../../src/core/name/name.ts'
import { allLinesOf, linesOf, placesOf, readRecords, readText, rrsetOf } from './zones.ts'

describe('records', () => {
  it('have owner, TTL and class as RFC 1035 5.1 lets them be written', () => {
    const records = `a A 192.0.2.1
b 5 A 192.0.2.1
c IN A 192.0.2.1
d 5 IN A 192.0.2.1
e in 1h30m a 192.0.2.1
f CLASS1 1w2d A 192.0.2.1
G.Ex.Test. 0 AAAA 2001:db8::1
@ TXT x
 MX 10 a
\t60 MX 20 a.ex.test.
in IN 7 TXT y
( h
  A ) 192.0.2.1 ; over lines`
    expect(linesOf(readRecords(records))).toEqual([
      'a.ex.test. 300 A 192.0.2.1',
      'b.ex.test. 5 A 192.0.2.1',
      'c.ex.test. 300 A 192.0.2.1',
      'd.ex.test. 5 A 192.0.2.1',
      'e.ex.test. 5400 A 192.0.2.1',
      'f.ex.test. 777600 A 192.0.2.1',
      'G.Ex.Test. 0 AAAA 2001:db8::1',
      'ex.test. 300 TXT "x"',
      'ex.test. 60 MX 10 a.ex.test.',
      'ex.test. 60 MX 20 a.ex.test.',
      'in.ex.test. 7 TXT "y"',
      'h.ex.test. 300 A 192.0.2.1',
    ])
  })

  it('of one name and type are one set, however they are written', () => {
    const reading = readRecords('a A 192.0.2.1\nb TXT x\nA.EX.TEST. A 192.0.2.2\na.ex.test. TYPE1 \\# 4 c0000203')
    expect(rrsetOf(reading, 'a.ex.test.', 'A').rdatas.map(String)).toEqual(['192,0,2,1', '192,0,2,2', '192,0,2,3'])
    expect(reading.zone?.rrsets.map(set => `${formatName(set.owner)} ${set.span.line}`)).toEqual([
      'ex.test. 3',
      'ns1.ex.test. 4',
      'a.ex.test. 5',
      'b.ex.test. 6',
    ])
  })

  it('that are equal are one, with a warning', () => {
    const reading = readRecords('a NS ns1\na NS NS1.EX.test.\na A 192.0.2.1\na A 192.0.2.1\nx CNAME y\nx CNAME Y')
    expect(placesOf(reading.problems)).toEqual(
      ['duplicate-record 6:3', 'duplicate-record 8:3', 'duplicate-record 10:3', 'below-cut 7:3'].sort(byPlace),
    )
    expect(linesOf(reading)).toHaveLength(3)
  })

  it('of one set get the smallest TTL of all, with a warning', () => {
    const reading = readRecords('a 20 A 192.0.2.1\na 10 A 192.0.2.2\nb TXT x\na 30 A 192.0.2.3')
    expect(placesOf(reading.problems)).toEqual(['ttl-differs 6:6', 'ttl-differs 8:6'])
    expect(rrsetOf(reading, 'a.ex.test.', 'A').ttl).toBe(10)
  })

  it('keep octets and dots inside labels', () => {
    const reading = readRecords('a\\.b A 192.0.2.1\nnul\\000x A 192.0.2.1\n\\255\\$\\@ A 192.0.2.1\n"q r" TXT x')
    expect(linesOf(reading).map(line => line.split(' ')[0])).toEqual([
      'a\\.b.ex.test.',
      'nul\\000x.ex.test.',
      '\\255\\$\\@.ex.test.',
      'q\\032r.ex.test.',
    ])
  })
})

const byPlace = (a: string, b: string) => Number(a.split(/[ :]/)[1]) - Number(b.split(/[ :]/)[1])

describe('TTL', () => {
  const soa = (ttl: string) => `@ ${ttl} SOA ns.example.net. h.example.net. 1 2 3 4 60`
  const rest = '\n@ NS ns.example.net.\na TXT x\n'
  const ttlsOf = (text: string) => {
    const reading = readText(text)
    return [reading.zone?.soa.ttl, ...allLinesOf(reading.zone!).map(line => Number(line.split(' ')[1]))]
  }

  it('is that of $TTL, which holds for what follows', () => {
    expect(ttlsOf(`$TTL 1m\n${soa('')}\n$TTL 2m${rest}`)).toEqual([60, 120, 120])
    expect(ttlsOf(`$TTL 60\n${soa('5')}${rest}`)).toEqual([5, 60, 60])
  })

  it('is that of the record before where there is no $TTL', () => {
    expect(ttlsOf(`${soa('77')}\n@ NS ns.example.net.\nb 5 TXT y\na TXT x`)).toEqual([77, 77, 5, 5])
  })

  it('is that of the SOA where nothing else is said, with a warning', () => {
    const text = `${soa('')}\n@ 9 NS ns.example.net.\na TXT x`
    expect(ttlsOf(text)).toEqual([60, 9, 60])
    expect(placesOf(readText(text).problems)).toEqual(['ttl-assumed 1:4'])
  })

  it('cannot be guessed before the SOA', () => {
    const reading = readText(`a TXT x\nb TXT x\n${soa('')}${rest}`)
    expect(placesOf(reading.problems)).toEqual(['bad-ttl 1:3', 'ttl-assumed 3:4'])
    expect(reading.zone).toBeNull()
  })

  it('is 2^31 - 1 at most', () => {
    expect(linesOf(readRecords('a 2147483647 TXT x'))).toEqual(['a.ex.test. 2147483647 TXT "x"'])
    expect(placesOf(readRecords('a 2147483648 TXT x').problems)).toEqual(['bad-ttl 5:3'])
    const reading = readText(`@ SOA ns.example.net. h. 1 2 3 4 4294967295${rest}`)
    expect([reading.zone?.soa.ttl, reading.zone?.soa.negativeTtl]).toEqual([2_147_483_647, 4_294_967_295])
  })
})

describe('the SOA', () => {
  it('is the zone’s', () => {
    const { zone } = readRecords('a TXT x')
    const { mname, rname, ...numbers } = zone!.soa
    expect([formatName(mname), formatName(rname)]).toEqual(['ns1.ex.test.', 'hostmaster.ex.test.'])
    expect(numbers).toEqual({ serial: 7, refresh: 3600, retry: 900, expire: 604_800, negativeTtl: 60, ttl: 300 })
  })

  it('may come late', () => {
    const reading = readText('$TTL 5\na TXT x\n@ NS ns.example.net.\n@ SOA a. b. 1 2 3 4 5\n')
    expect(reading.zone?.rrsets.map(set => formatName(set.owner))).toEqual(['a.ex.test.', 'ex.test.'])
  })
})
