/** Record data that means the same is the same text, however it was written. */
import { expect, it } from 'vitest'
import { comparableRdata, isComparable } from '../../../src/core/rdata/comparable.ts'
import { parseType } from '../../../src/core/rdata/table.ts'

it.each([
  ['A', '192.0.2.1', '192.0.2.1'],
  ['AAAA', '2001:DB8:0:0::1', '2001:db8::1'],
  ['AAAA', '::ffff:192.0.2.1', '::ffff:c000:201'],
  ['CNAME', 'WWW.Example.com.', 'www.example.com.'],
  ['NS', 'ns1.example.com.', 'NS1.EXAMPLE.COM.'],
  ['PTR', 'a\\.b.example.', 'a\\046b.example.'],
  ['MX', '10   Mail.example.', '10 mail.example.'],
  ['SRV', '1 2 443 \t Www.Example.', '1 2 443 www.example.'],
])('%s: %o is %o', (type, one, other) => {
  const code = parseType(type)!
  expect(isComparable(code)).toBe(true)
  expect(comparableRdata(code, one)).toBe(comparableRdata(code, other))
  expect(typeof comparableRdata(code, one)).toBe('string')
})

it('a TXT record is its text, case and all', () => {
  expect(comparableRdata(parseType('TXT')!, 'v=spf1 -ALL')).toBe('v=spf1 -ALL')
})

it.each([
  ['A', '192.0.2', 'bad-address'],
  ['AAAA', '192.0.2.1', 'wrong-family'],
  ['NS', 'ns1.example', 'bad-name'],
  ['MX', 'mail.example.', 'bad-rdata'],
  ['SRV', '1 2 443 www.example. more', 'bad-rdata'],
])('%s %s is %s', (type, text, code) => {
  expect(comparableRdata(parseType(type)!, text)).toMatchObject({ code })
})

it.each(['SOA', 'CAA', 'HTTPS', 'TYPE65280'])('%s is not compared', type => {
  expect(isComparable(parseType(type)!)).toBe(false)
})
