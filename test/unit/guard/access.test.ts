import { describe, expect, it } from 'vitest'
import {
  compilePrefixes,
  isAdmitted,
  matchAddress,
  type Prefix,
  parseAccess,
  parsePrefix,
  prefixesMax,
  uncovered,
} from '../../../src/core/guard/access.ts'
import { clientAt } from './clients.ts'

function admitted(entries: readonly string[], address: string): boolean {
  const { table, faults } = parseAccess(entries)
  expect(faults).toEqual([])
  const client = clientAt(address)
  return isAdmitted(table, client.octets, client.length)
}

function prefixed(text: string): Prefix {
  const prefix = parsePrefix(text)
  if (typeof prefix === 'string') throw new Error(`${text}: ${prefix}`)
  return prefix
}

describe('an access list', () => {
  it('admits what an entry covers and refuses the rest', () => {
    const list = ['10.0.0.0/8', '2001:db8::/32', '192.0.2.7']
    const yes = ['10.0.0.0', '10.255.255.255', '2001:db8::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff', '192.0.2.7']
    const no = ['9.255.255.255', '11.0.0.0', '2001:db7:ffff::', '2001:db9::', '192.0.2.6', '192.0.2.8', '::1']
    expect(yes.filter(address => !admitted(list, address))).toEqual([])
    expect(no.filter(address => admitted(list, address))).toEqual([])
  })

  it('keeps the families apart', () => {
    expect(admitted(['0.0.0.0/0'], '255.255.255.255')).toBe(true)
    expect(admitted(['0.0.0.0/0'], 'ffff::')).toBe(false)
    expect(admitted(['::/0'], 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff')).toBe(true)
    expect(admitted(['::/0'], '127.0.0.1')).toBe(false)
    expect(admitted([], '127.0.0.1')).toBe(false)
  })

  it('lets the longest prefix decide, in any order', () => {
    const list = ['!10.1.0.0/16', '10.1.2.0/24', '10.0.0.0/8', '!10.1.2.3']
    for (const entries of [list, list.toReversed()]) {
      expect(admitted(entries, '10.0.255.255')).toBe(true)
      expect(admitted(entries, '10.1.0.0')).toBe(false)
      expect(admitted(entries, '10.1.1.255')).toBe(false)
      expect(admitted(entries, '10.1.2.2')).toBe(true)
      expect(admitted(entries, '10.1.2.3')).toBe(false)
      expect(admitted(entries, '10.1.2.4')).toBe(true)
      expect(admitted(entries, '10.1.3.0')).toBe(false)
      expect(admitted(entries, '10.2.0.0')).toBe(true)
    }
  })

  it('reads mapped IPv4 as IPv4, in the list and in the client', () => {
    expect(admitted(['::ffff:10.0.0.0/104'], '10.9.9.9')).toBe(true)
    expect(admitted(['10.0.0.0/8'], '::ffff:10.9.9.9')).toBe(true)
    expect(admitted(['::ffff:0:0/96'], '192.0.2.1')).toBe(true)
  })

  it('takes an entry twice, but not both ways', () => {
    expect(admitted(['10.0.0.0/8', '10.0.0.0/8'], '10.0.0.1')).toBe(true)
    expect(parseAccess(['10.0.0.0/8', '!10.0.0.0/8']).faults).toEqual([
      { index: 1, text: '!10.0.0.0/8', fault: 'contradiction' },
    ])
  })

  it('names what is wrong, entry by entry, and keeps the others', () => {
    const { table, faults } = parseAccess(['10.0.0.0/8', 'localhost', '10.0.0.1/8', '!::/129', '192.0.2.0/24'])
    expect(faults.map(({ index, fault }) => [index, fault])).toEqual([
      [1, 'bad-address'],
      [2, 'host-bits'],
      [3, 'bad-prefix-length'],
    ])
    expect(isAdmitted(table, clientAt('192.0.2.9').octets, 4)).toBe(true)
  })

  it('is bounded', () => {
    const entries = Array.from({ length: prefixesMax + 1 }, (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`)
    const { table, faults } = parseAccess(entries)
    expect(faults).toEqual([{ index: prefixesMax, text: entries[prefixesMax], fault: 'too-many' }])
    expect(isAdmitted(table, clientAt(entries[prefixesMax - 1]!).octets, 4)).toBe(true)
    expect(isAdmitted(table, clientAt(entries[prefixesMax]!).octets, 4)).toBe(false)
  })
})

describe('parsePrefix', () => {
  it.each([
    ['', 'bad-address'],
    ['/8', 'bad-address'],
    ['10/8', 'bad-address'],
    ['fe80::1%eth0/64', 'bad-address'],
    [' 10.0.0.0/8', 'bad-address'],
    ['10.0.0.0/', 'bad-prefix-length'],
    ['10.0.0.0/33', 'bad-prefix-length'],
    ['10.0.0.0/08', 'bad-prefix-length'],
    ['10.0.0.0/8/8', 'bad-prefix-length'],
    ['10.0.0.0/-1', 'bad-prefix-length'],
    ['::/129', 'bad-prefix-length'],
    ['::ffff:1.2.3.4/129', 'bad-prefix-length'],
    ['0.0.0.1/0', 'host-bits'],
    ['10.0.0.128/24', 'host-bits'],
    ['10.0.0.2/30', 'host-bits'],
    ['2001:db8::1/127', 'host-bits'],
    ['2001:db8:8000::/32', 'host-bits'],
    ['::ffff:1.2.3.4/64', 'host-bits'],
  ])('"%s": %s', (text, fault) => expect(parsePrefix(text)).toBe(fault))

  it('takes an address alone for that one', () => {
    expect(prefixed('192.0.2.1').bits).toBe(32)
    expect(prefixed('::1').bits).toBe(128)
    expect(prefixed('::ffff:192.0.2.1')).toMatchObject({ bits: 32, octets: Uint8Array.of(192, 0, 2, 1) })
  })
})

describe('a table of values', () => {
  it('gives the value of the longest prefix, for rules that sort clients by network', () => {
    const texts = ['0.0.0.0/0', '10.0.0.0/8', '10.8.0.0/16', '10.8.1.0/24', '255.255.255.255/32']
    const table = compilePrefixes(texts.map((text, value) => ({ prefix: prefixed(text), value })))
    const value = (address: string) => matchAddress(table, clientAt(address).octets, clientAt(address).length)
    const asked = ['9.9.9.9', '10.0.0.0', '10.8.0.255', '10.8.1.255', '10.8.2.0', '10.9.0.0', '11.0.0.0']
    expect(asked.map(value)).toEqual([0, 1, 2, 3, 2, 1, 0])
    expect(value('255.255.255.255')).toBe(4)
    expect(value('255.255.255.254')).toBe(0)
    expect(value('::')).toBe(uncovered)
  })
})
