import { describe, expect, it } from 'vitest'
import { formatHex, parseHex } from '../../../src/core/rdata/hex.ts'
import { formatRdata, isRdata, isRdataFault, parseType } from '../../../src/core/rdata/table.ts'
import { hexOf, read } from './words.ts'

const key = 'AwEAAcUlFV1vhmqx6NSOUOq2R/dsR7Xm3upJ'

/** What is written, and what is printed where that is another text. */
const records: readonly (readonly [string, string?])[] = [
  ['A 192.0.2.1'],
  ['AAAA 2001:db8:0:0::1', 'AAAA 2001:db8::1'],
  ['NS ns1', 'NS ns1.example.test.'],
  ['NS @', 'NS example.test.'],
  ['NS .'],
  ['CNAME a\\.b\\065.Test.', 'CNAME a\\.bA.Test.'],
  ['PTR host.example.net.'],
  ['DNAME other.example.net.'],
  [
    'SOA ns1 host.example.net. 4294967295 1h 1m30s 1w2d 5',
    'SOA ns1.example.test. host.example.net. 4294967295 3600 90 777600 5',
  ],
  ['MX 10 mail', 'MX 10 mail.example.test.'],
  ['MX 0 .'],
  ['TXT one "two words" th\\"ree "" \\000\\255', 'TXT "one" "two words" "th\\"ree" "" "\\000\\255"'],
  ['TXT é', 'TXT "\\195\\169"'],
  ['SPF "v=spf1 -all"'],
  ['HINFO INTEL-386 "Debian 12"', 'HINFO "INTEL-386" "Debian 12"'],
  ['SRV 1 2 65535 host', 'SRV 1 2 65535 host.example.test.'],
  ['SRV 0 0 0 .'],
  ['NAPTR 100 10 u E2U+sip "!^.*$!sip:a@b.test!" .', 'NAPTR 100 10 "u" "E2U+sip" "!^.*$!sip:a@b.test!" .'],
  ['NAPTR 1 2 "" "" "" next', 'NAPTR 1 2 "" "" "" next.example.test.'],
  ['CAA 128 iodef "mailto:a@b.test"'],
  ['CAA 0 issue ca.test', 'CAA 0 issue "ca.test"'],
  ['CAA 0 issue ""'],
  [`CAA 0 issue "${'x'.repeat(300)}"`],
  ['DS 60485 5 1 2BB183AF5F22588179A53B0A 98631FAD1A292118', 'DS 60485 5 1 2bb183af5f22588179a53b0a98631fad1a292118'],
  ['DS 1 ECDSAP256SHA256 200 00', 'DS 1 13 200 00'],
  [`DS 1 ed25519 SHA-384 ${'ab'.repeat(48)}`, `DS 1 15 4 ${'ab'.repeat(48)}`],
  ['CDS 0 0 0 00'],
  [`DNSKEY 257 3 RSASHA256 ${key.slice(0, 9)} ${key.slice(9)}`, `DNSKEY 257 3 8 ${key}`],
  ['CDNSKEY 0 3 0 AA=='],
  [`TLSA 3 1 1 ${'0123456789abcdef'.repeat(4)}`],
  ['SMIMEA 3 0 0 30'],
  [`SSHFP 4 2 ${'cd'.repeat(32)}`],
  ['SSHFP 9 9 01 23', 'SSHFP 9 9 0123'],
  ['TYPE65280 \\# 4 0A00 0001', 'TYPE65280 \\# 4 0a000001'],
  ['TYPE65280 \\# 0'],
  ['A \\# 4 c0000201', 'A 192.0.2.1'],
  ['TYPE15 \\# 6 000a 02 6d6d 00', 'MX 10 mm.'],
  ['TXT \\# 4 03666f6f', 'TXT "foo"'],
  ['HTTPS 1 . alpn=h2', 'HTTPS 1 . alpn="h2"'],
]

describe('presentation form', () => {
  it.each(records.map(([written, printed]) => [written, printed ?? written] as const))('%s', (written, printed) => {
    const rdata = read(written)
    if (isRdataFault(rdata)) throw new Error(rdata.text)
    const code = parseType(written.split(' ')[0]!)!
    const shown = `${printed.split(' ')[0]!} ${formatRdata(code, rdata)}`
    expect(shown).toBe(printed)
    expect(isRdata(code, rdata)).toBe(true)
    expect(hexOf(shown), 'what was printed reads back').toBe(formatHex(rdata))
  })

  it.each([
    ['A 192.0.2', 'bad-address 0'],
    ['A 2001:db8::1', 'wrong-family 0'],
    ['A "192.0.2.1"', 'bad-rdata 0'],
    ['A', 'bad-rdata 0'],
    ['A 192.0.2.1 192.0.2.2', 'bad-rdata 1'],
    ['AAAA 192.0.2.1', 'wrong-family 0'],
    ['AAAA 2001:::1', 'bad-address 0'],
    ['NS a..b', 'bad-name 0'],
    ['NS a\\25', 'bad-name 0'],
    ['NS "ns1"', 'bad-rdata 0'],
    [`NS ${'a'.repeat(64)}`, 'label-too-long 0'],
    [`NS ${'a.'.repeat(125)}`, '01610161'],
    [`NS ${'a.'.repeat(125)}b`, 'name-too-long 0'],
    ['SOA ns1 host -1 1 1 1 1', 'bad-rdata 2'],
    ['SOA ns1 host 4294967296 1 1 1 1', 'bad-rdata 2'],
    ['SOA ns1 host 1 1 1 1x 1', 'bad-duration 5'],
    ['SOA ns1 host 1 1 1 1', 'bad-rdata 6'],
    ['MX 65536 mail', 'bad-rdata 0'],
    ['MX ten mail', 'bad-rdata 0'],
    ['MX 10', 'bad-rdata 1'],
    [`TXT ${'x'.repeat(256)}`, 'bad-rdata 0'],
    ['TXT', 'bad-rdata 0'],
    ['TXT a\\256', 'bad-rdata 0'],
    ['TXT a\\1', 'bad-rdata 0'],
    ['HINFO cpu', 'bad-rdata 1'],
    ['SRV 1 2 x host', 'bad-rdata 2'],
    ['CAA 256 issue x', 'bad-rdata 0'],
    ['CAA 0 is-sue x', 'bad-rdata 1'],
    ['CAA 0 issue x y', 'bad-rdata 3'],
    ['DS 1 5 1 2bb183', 'bad-rdata 3'],
    ['DS 1 NOPE 1 00', 'bad-rdata 1'],
    ['DS 1 5 200 0', 'bad-rdata 3'],
    ['DS 1 5 200', 'bad-rdata 3'],
    ['SSHFP 1 1 00', 'bad-rdata 2'],
    ['TLSA 3 1 1 0g', 'bad-rdata 3'],
    ['DNSKEY 257 3 8 AwE', 'bad-rdata 3'],
    ['DNSKEY 257 3 8 AwEB=', 'bad-rdata 3'],
    ['DNSKEY 257 3 8 AB==', 'bad-rdata 3'],
    ['NAPTR 1 2 "" "" next', 'bad-rdata 5'],
    ['TYPE65280 abc', 'bad-rdata 0'],
    ['TYPE65280 \\# 2 00', 'bad-rdata 1'],
    ['TYPE65280 \\# x 00', 'bad-rdata 1'],
    ['TYPE65280 \\# 1 0', 'bad-rdata 2'],
    ['TYPE65280 \\# 1', 'bad-rdata 2'],
    ['TYPE65280 \\# 0 00', 'bad-rdata 1'],
    ['TYPE65280 \\# 65536 00', 'bad-rdata 1'],
    ['TYPE65280 "\\#" 0', 'bad-rdata 0'],
    ['A \\# 3 c00002', 'bad-rdata 0'],
    ['MX \\# 4 0001 c00c', 'bad-rdata 0'],
    ['NS \\# 2 0100', 'bad-rdata 0'],
    ['TXT \\# 0', 'bad-rdata 0'],
    ['TXT \\# 2 0541', 'bad-rdata 0'],
    ['SOA \\# 3 000000', 'bad-rdata 0'],
    ['CAA \\# 4 00022d2d', 'bad-rdata 0'],
    ['NAPTR \\# 7 00010001 000000', 'bad-rdata 0'],
    ['HTTPS \\# 3 000103', 'bad-rdata 0'],
  ])('%s comes to %s', (written, fault) => {
    expect(hexOf(written).slice(0, fault.length)).toBe(fault)
  })

  it('prints octets that are not of the type in generic form', () => {
    expect(formatRdata(15, parseHex('0001c00c')!)).toBe('\\# 4 0001c00c')
    expect(formatRdata(6, new Uint8Array(0))).toBe('\\# 0')
    expect(formatRdata(65, parseHex('00')!)).toBe('\\# 1 00')
  })
})
