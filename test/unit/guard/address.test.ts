import { describe, expect, it } from 'vitest'
import { createClient, readAddress, readClient } from '../../../src/core/guard/address.ts'
import { toHex } from './clients.ts'

/** Hex of the octets that count, or null. */
function read(text: string): string | null {
  const into = new Uint8Array(16).fill(0xee)
  const length = readAddress(text, into)
  return length === 0 ? null : toHex(into.subarray(0, length))
}

describe('readAddress', () => {
  it.each([
    ['0.0.0.0', '00000000'],
    ['127.0.0.1', '7f000001'],
    ['255.255.255.255', 'ffffffff'],
    ['::', '00000000000000000000000000000000'],
    ['::1', '00000000000000000000000000000001'],
    ['2001:db8::', '20010db8000000000000000000000000'],
    ['2001:DB8::A:b', '20010db80000000000000000000a000b'],
    ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
    ['1:2:3:4:5:6:7::', '00010002000300040005000600070000'],
    ['::2:3:4:5:6:7:8', '00000002000300040005000600070008'],
    ['64:ff9b::192.0.2.33', '0064ff9b0000000000000000c0000221'],
    ['1:2:3:4:5:6:192.0.2.1', '000100020003000400050006c0000201'],
  ])('reads %s', (text, hex) => expect(read(text)).toBe(hex))

  it('reads a mapped IPv4 address as IPv4', () => {
    expect(read('::ffff:192.0.2.33')).toBe('c0000221')
    expect(read('::FFFF:c000:221')).toBe('c0000221')
    expect(read('::fffe:192.0.2.33')).toHaveLength(32)
  })

  it('leaves out the zone index of an IPv6 address', () => {
    expect(read('fe80::1%eth0')).toBe('fe800000000000000000000000000001')
    expect(read('127.0.0.1%eth0')).toBe(null)
    expect(read('%eth0')).toBe(null)
  })

  it.each([
    ...[
      '',
      ' ',
      '1',
      '1.2.3',
      '1.2.3.4.5',
      '1.2.3.256',
      '01.2.3.4',
      '1.2.3.04',
      '1..2.3',
      '1.2.3.',
      '.1.2.3',
      '1.2.3.4 ',
    ],
    ...[':', ':::', '1:2', '1:2:3:4:5:6:7', '1:2:3:4:5:6:7:8:9', '1::2::3', '12345::', ':1::', '1:', '1::2:', 'g::'],
    ...['1:2:3:4:5:6:7:8::', '::1:2:3:4:5:6:7:8', '::1.2.3', '::1.2.3.4:5', '1.2.3.4::', '1:2:3:4:5:6:7:1.2.3.4'],
    ...['::00001', '-1.2.3.4', '1.2.3.1000', '1:2:3:4::5:6:7:8', '::1.2.3.256', '1.2.3.4:53', '::x'],
  ])('refuses "%s"', text => expect(read(text)).toBe(null))
})

describe('readClient', () => {
  it('fills the client, or says that it could not', () => {
    const client = createClient()
    expect(readClient(client, '192.0.2.1', 53)).toBe(true)
    expect(client).toMatchObject({ length: 4, port: 53 })
    expect(readClient(client, '2001:db8::1', 5353)).toBe(true)
    expect(client).toMatchObject({ length: 16, port: 5353 })
    expect(readClient(client, 'localhost', 1)).toBe(false)
    expect(client).toMatchObject({ length: 0, port: 1 })
  })
})
