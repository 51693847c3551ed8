import { describe, expect, it } from 'vitest'
import { parseName } from '../../../src/core/name/name.ts'
import { equalRdata, hostOffset } from '../../../src/core/rdata/names.ts'
import { readName } from '../../../src/core/rdata/plain-name.ts'
import { parseSeconds } from '../../../src/core/rdata/seconds.ts'
import { isMetaType, parseType } from '../../../src/core/rdata/table.ts'
import { origin, read } from './words.ts'

const rdataOf = (record: string) => read(record) as Uint8Array
const isEqual = (a: string, b: string) => equalRdata(parseType(a.split(' ')[0]!)!, rdataOf(a), rdataOf(b))

describe('equal rdata', () => {
  it.each([
    ['NS ns1', 'NS NS1'],
    ['MX 10 Mail', 'MX 10 mail'],
    ['SOA a b 1 2 3 4 5', 'SOA A B 1 2 3 4 5'],
    ['SRV 1 2 3 Host', 'SRV 1 2 3 host'],
    ['NAPTR 1 2 "u" "" "" Next', 'NAPTR 1 2 "u" "" "" next'],
    ['DNAME Other', 'DNAME other'],
    ['TXT a', 'TXT "a"'],
  ])('%s and %s', (a, b) => {
    expect(isEqual(a, b)).toBe(true)
  })

  it.each([
    ['NS ns1', 'NS ns2'],
    ['MX 65 mail', 'MX 97 mail'],
    ['SOA a b 65 2 3 4 5', 'SOA a b 97 2 3 4 5'],
    ['NAPTR 1 2 "U" "" "" next', 'NAPTR 1 2 "u" "" "" next'],
    ['TXT A', 'TXT a'],
    ['TXT a b', 'TXT "ab"'],
    ['HTTPS 1 Host', 'HTTPS 1 host'],
    ['TYPE65280 \\# 1 41', 'TYPE65280 \\# 1 61'],
  ])('not %s and %s', (a, b) => {
    expect(isEqual(a, b)).toBe(false)
  })
})

describe('hosts', () => {
  it('stand where the type has them', () => {
    expect(hostOffset(2, rdataOf('NS a.'))).toBe(0)
    expect(hostOffset(15, rdataOf('MX 1 a.'))).toBe(2)
    expect(hostOffset(33, rdataOf('SRV 1 1 1 a.'))).toBe(6)
    expect(hostOffset(65, rdataOf('HTTPS 1 a.'))).toBe(2)
    expect(hostOffset(35, rdataOf('NAPTR 1 2 "uu" "" "x" a.'))).toBe(10)
  })

  it.each(['A 192.0.2.1', 'CNAME a', 'PTR a', 'DNAME a', 'SOA a b 1 2 3 4 5', 'TXT a'])('none in %s', record => {
    expect(hostOffset(parseType(record.split(' ')[0]!)!, rdataOf(record))).toBeNull()
  })
})

describe('plain names', () => {
  it.each(['@', '.', 'a', 'a.b', 'a.b.', 'A-1._x.*', 'a\\.b', 'é', 'a b', '$', 'x'.repeat(63)])('%s', text => {
    expect([...readName(text, origin)]).toEqual([...(parseName(text, origin) as Uint8Array)])
  })

  it.each(['', '..', '.a', 'a..', 'a..b', 'a\\', 'a\\300', 'x'.repeat(64), 'a.'.repeat(128), `${'a.'.repeat(122)}b`])(
    'no name: %s',
    text => {
      expect(readName(text, origin)).toBe(parseName(text, origin))
    },
  )

  it('needs an origin for what is relative', () => {
    expect(readName('a', null)).toBe('relative')
    expect([...(readName('a.', null) as Uint8Array)]).toEqual([1, 97, 0])
  })
})

describe('times', () => {
  it.each([
    ['0', 0],
    ['4294967295', 4_294_967_295],
    ['1h30m', 5400],
    ['1w2d', 777_600],
    ['1W2D3H4M5S', 788_645],
    ['5s5s', 10],
    ['007', 7],
  ])('%s is %d', (text, wanted) => {
    expect(parseSeconds(text)).toBe(wanted)
  })

  it.each(['', '-1', '1.5', '1h30', 'h', '1y', '4294967296', '8000w', '1 h', '+5'])('%j is none', text => {
    expect(parseSeconds(text)).toBeNull()
  })
})

it('types for questions and transactions are not stored', () => {
  expect([0, 41, 128, 250, 255].map(isMetaType)).toEqual([true, true, true, true, true])
  expect([1, 99, 127, 256, 65_535].map(isMetaType)).toEqual([false, false, false, false, false])
})
