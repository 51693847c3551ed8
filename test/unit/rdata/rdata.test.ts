import { describe, expect, it } from 'vitest'
import { formatIpv4, parseIpv4 } from '../../../src/core/rdata/a.ts'
import { formatIpv6, parseIpv6 } from '../../../src/core/rdata/aaaa.ts'
import { encodeCaa } from '../../../src/core/rdata/caa.ts'
import { formatRdata, formatType, parseType, rrType } from '../../../src/core/rdata/table.ts'
import { encodeTxt } from '../../../src/core/rdata/txt.ts'
import { formatGeneric, parseGeneric } from '../../../src/core/rdata/unknown.ts'

const bytes = (text: string) => new TextEncoder().encode(text)

describe('IPv4', () => {
  it.each(['0.0.0.0', '127.0.0.1', '255.255.255.255'])('reads %s', text => {
    expect(formatIpv4(parseIpv4(text)!)).toBe(text)
  })

  it.each(['', '1.2.3', '1.2.3.4.5', '010.0.0.1', '1.2.3.256', '1.2.3.-4', '1.2.3.4 ', '0x1.2.3.4', '1.2.3.'])(
    'refuses %j',
    text => {
      expect(parseIpv4(text)).toBeNull()
    },
  )
})

describe('IPv6', () => {
  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['2001:DB8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['1::', '1::'],
  ])('prints %s as RFC 5952 recommends: %s', (text, canonical) => {
    expect(formatIpv6(parseIpv6(text)!)).toBe(canonical)
  })

  it.each([
    '',
    ':',
    ':::',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '::12345',
    'fe80::1%eth0',
    '::1.2.3',
    '1.2.3.4::',
    '1:2:3:4:5:6:7:8::',
  ])('refuses %j', text => {
    expect(parseIpv6(text)).toBeNull()
  })
})

describe('TXT', () => {
  it('is one string a text, at least one in all', () => {
    expect(formatRdata(rrType.TXT, encodeTxt([]))).toBe('""')
    expect(formatRdata(rrType.TXT, encodeTxt([bytes('a'), bytes('b "c" \\')]))).toBe('"a" "b \\"c\\" \\\\"')
    expect(formatRdata(rrType.TXT, encodeTxt([Uint8Array.of(0, 255)]))).toBe('"\\000\\255"')
  })

  it('cuts long texts at 255 octets', () => {
    const rdata = encodeTxt([bytes('x'.repeat(256))])
    expect([rdata.length, rdata[0], rdata[256]]).toEqual([258, 255, 1])
    expect(encodeTxt([bytes('x'.repeat(255))])).toHaveLength(256)
  })
})

describe('types', () => {
  it('are known by mnemonic or number', () => {
    expect(parseType('aaaa')).toBe(28)
    expect(parseType('TYPE65280')).toBe(65280)
    expect(parseType('TYPE65536')).toBeNull()
    expect(parseType('NOPE')).toBeNull()
    expect(formatType(257)).toBe('CAA')
    expect(formatType(65280)).toBe('TYPE65280')
  })

  it('CAA keeps flags, tag and value apart', () => {
    expect(formatRdata(rrType.CAA, encodeCaa(128, 'issue', bytes('ca.test; a=b')))).toBe('128 issue "ca.test; a=b"')
  })
})

describe('generic rdata (RFC 3597 5)', () => {
  it('reads and prints', () => {
    expect(parseGeneric('\\# 4 0A000001')).toEqual(Uint8Array.of(10, 0, 0, 1))
    expect(parseGeneric('\\# 4 0A00 0001')).toEqual(Uint8Array.of(10, 0, 0, 1))
    expect(parseGeneric('\\# 0')).toEqual(new Uint8Array(0))
    expect(formatGeneric(Uint8Array.of(10, 0, 0, 1))).toBe('\\# 4 0a000001')
  })

  it.each(['', '# 1 00', '\\# 2 00', '\\# 1 0', '\\# 1 zz', '\\# 65536 00'])('refuses %j', text => {
    expect(parseGeneric(text)).toBeNull()
  })
})
