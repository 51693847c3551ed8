/** The test vectors of RFC 9460 appendix D, and what its sections ask beyond them. */
import { describe, expect, it } from 'vitest'
import { formatRdata, isRdataFault } from '../../../src/core/rdata/table.ts'
import { hexOf, read } from './words.ts'

const fooCom = '03666f6f076578616d706c6503636f6d00'
const fooOrg = '03666f6f076578616d706c65036f726700'

describe('SVCB and HTTPS', () => {
  it.each([
    ['HTTPS 0 foo.example.com.', `0000${fooCom}`],
    ['SVCB 1 .', '000100'],
    ['SVCB 16 foo.example.com. port=53', `0010${fooCom}000300020035`],
    ['SVCB 1 foo.example.com. key667=hello', `0001${fooCom}029b000568656c6c6f`],
    ['SVCB 1 foo.example.com. key667="hello\\210qoo"', `0001${fooCom}029b000968656c6c6fd2716f6f`],
    [
      'SVCB 1 foo.example.com. ( ipv6hint="2001:db8::1,2001:db8::53:1" )',
      `0001${fooCom}0006002020010db800000000000000000000000120010db8000000000000000000530001`,
    ],
    [
      'SVCB 1 foo.example.com. ( ipv6hint="2001:db8:122:344::192.0.2.33" )',
      `0001${fooCom}0006001020010db80122034400000000c0000221`,
    ],
    [
      'SVCB 16 foo.example.org. ( alpn=h2,h3-19 mandatory=ipv4hint,alpn\n ipv4hint=192.0.2.1 )',
      `0010${fooOrg}0000000400010004000100090268320568332d313900040004c0000201`,
    ],
    ['SVCB 16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"', `0010${fooOrg}0001000c08665c6f6f2c626172026832`],
    ['SVCB 16 foo.example.org. alpn=f\\\\\\092oo\\092,bar,h2', `0010${fooOrg}0001000c08665c6f6f2c626172026832`],
    ['SVCB 1 . key3="\\001\\187"', '0001000003000201bb'],
    ['SVCB 1 . ech=AEn+', '000100000500030049fe'],
    ['SVCB 1 . ohttp', '00010000080000'],
    ['SVCB 1 . dohpath=/dns-query{?dns}', '000100000700102f646e732d71756572797b3f646e737d'],
    ['SVCB 1 . tls-supported-groups=29,23', '00010000090004001d0017'],
    ['SVCB 1 . docpath=dns,x', '000100000a000603646e730178'],
    ['SVCB 1 . key65534', '000100fffe0000'],
  ])('%s', (written, octets) => {
    expect(hexOf(written)).toBe(octets)
  })

  it.each([
    ['key123=abc key123=def', 'bad-rdata 3'],
    ['mandatory', 'bad-rdata 2'],
    ['alpn', 'bad-rdata 2'],
    ['port', 'bad-rdata 2'],
    ['ipv4hint', 'bad-rdata 2'],
    ['ipv6hint', 'bad-rdata 2'],
    ['no-default-alpn=abc', 'bad-rdata 2'],
    ['mandatory=key123', 'bad-rdata 2'],
    ['mandatory=mandatory', 'bad-rdata 2'],
    ['mandatory=key123,key123 key123=abc', 'bad-rdata 2'],
    ['no-default-alpn', 'bad-rdata 2'],
    ['alpn=', 'bad-rdata 2'],
    ['alpn=h2,,h3', 'bad-rdata 2'],
    ['alpn=h2,', 'bad-rdata 2'],
    [`alpn=${'x'.repeat(256)}`, 'bad-rdata 2'],
    ['alpn=h2\\\\x', 'bad-rdata 2'],
    ['port=65536', 'bad-rdata 2'],
    ['port=-1', 'bad-rdata 2'],
    ['port=""', 'bad-rdata 2'],
    ['ipv4hint=192.0.2.1,', 'bad-rdata 2'],
    ['ipv4hint=2001:db8::1', 'bad-rdata 2'],
    ['ech=', 'bad-rdata 2'],
    ['ech=A', 'bad-rdata 2'],
    ['dohpath=/dns-query', 'bad-rdata 2'],
    ['dohpath=dns-query{?dns}', 'bad-rdata 2'],
    ['ohttp=1', 'bad-rdata 2'],
    ['tls-supported-groups=29,x', 'bad-rdata 2'],
    ['key65535=x', 'bad-rdata 2'],
    ['key0667=x', 'bad-rdata 2'],
    ['key3=x', 'bad-rdata 2'],
    ['ALPN=h2', 'bad-rdata 2'],
    ['nope=x', 'bad-rdata 2'],
    ['=x', 'bad-rdata 2'],
    ['"alpn=h2"', 'bad-rdata 2'],
    ['key667="a"b', 'bad-rdata 4'],
    ['key667=a"b"', 'bad-rdata 3'],
    ['key667= "b"', 'bad-rdata 3'],
    ['key667=\\300', 'bad-rdata 2'],
  ])('refuses %s', (params, fault) => {
    expect(hexOf(`SVCB 1 . ${params}`)).toBe(fault)
  })

  it.each([
    ['keys out of order', '\\# 16 000100 00030002 01bb 00010003 026832'],
    ['a key twice', '\\# 11 000100 029b0000 029b0000'],
    ['a value beyond the end', '\\# 8 000100 0001 0003 02'],
    ['a parameter cut short', '\\# 6 000100 000100'],
    ['the key that is never valid', '\\# 7 000100 ffff0000'],
    ['alpn without items', '\\# 7 000100 00010000'],
    ['a mandatory list that falls', '\\# 24 000100 00000004 00030001 00010003 026832 000300020050'],
    ['a mandatory key that is missing', '\\# 9 000100 00000002 0001'],
    ['no-default-alpn alone', '\\# 7 000100 00020000'],
    ['a port of three octets', '\\# 10 000100 00030003 010203'],
    ['a compressed target', '\\# 4 0001 c00c'],
  ])('refuses octets with %s', (_, generic) => {
    expect(hexOf(`SVCB ${generic}`)).toBe('bad-rdata 0')
  })

  it.each([
    ['1 . key667="a\\"b" no-default-alpn alpn="h2"', '1 . alpn="h2" no-default-alpn key667="a\\"b"'],
    ['1 . mandatory=port,alpn alpn=h2 port=0443', '1 . mandatory=alpn,port alpn="h2" port=443'],
    ['1 . alpn=f\\\\\\092oo\\092,bar', '1 . alpn="f\\\\\\\\oo\\\\,bar"'],
    ['2 x ipv4hint="192.0.2.1,192.0.2.2" ech="AEn+"', '2 x.example.test. ipv4hint=192.0.2.1,192.0.2.2 ech=AEn+'],
    ['1 . key667= docpath', '1 . docpath key667'],
  ])('prints %s with its keys in order', (written, printed) => {
    const rdata = read(`SVCB ${written}`)
    if (isRdataFault(rdata)) throw new Error(rdata.text)
    expect(formatRdata(64, rdata)).toBe(printed)
  })
})
