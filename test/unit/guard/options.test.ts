import { describe, expect, it } from 'vitest'
import {
  clearResponseOptions,
  createQueryOptions,
  createResponseOptions,
  extendedError,
  optionsOctets,
  type QueryOptions,
  type ResponseOptions,
  readOptions,
  writeOptions,
} from '../../../src/core/wire/options.ts'
import { hexOctets, toHex } from './clients.ts'

const none = createQueryOptions()

/** The options of rdata in hex that stands behind two other octets and before two more. */
function read(hex: string, stream = false): QueryOptions | 'formerr' {
  const query = hexOctets(`ffff${hex.replaceAll(' ', '')}ffff`)
  const options = createQueryOptions()
  options.cookieAt = 99
  options.padding = true
  return readOptions(query, 2, query.length - 2, stream, options) === 'ok' ? options : 'formerr'
}

function write(fields: Partial<ResponseOptions>, limit = 500, query: Uint8Array = new Uint8Array(0)): string {
  const options = { ...createResponseOptions(), ...fields }
  const out = new Uint8Array(600).fill(0xee)
  const end = writeOptions(options, query, out, 10, limit)
  expect(out.subarray(end).every(octet => octet === 0xee)).toBe(true)
  expect(end - 10).toBeLessThanOrEqual(optionsOctets(options))
  if (limit === 500) expect(end - 10).toBe(optionsOctets(options))
  return toHex(out.subarray(10, end))
}

describe('reading', () => {
  it('finds nothing in an empty OPT', () => expect(read('')).toEqual(none))

  it('passes over unknown options', () => {
    expect(read('0064 0003 aabbcc fde9 0000')).toEqual(none)
  })

  it('finds a cookie of any length and leaves judging it to others', () => {
    expect(read('000a 0008 0102030405060708')).toEqual({ ...none, cookieAt: 6, cookieOctets: 8 })
    expect(read('000a 0000')).toEqual({ ...none, cookieAt: 6, cookieOctets: 0 })
    expect(read('0064 0001 00 000a 0001 ff')).toEqual({ ...none, cookieAt: 11, cookieOctets: 1 })
  })

  it('lets the first of each kind count', () => {
    expect(read('000a 0001 aa 000a 0008 0102030405060708')).toEqual({ ...none, cookieAt: 6, cookieOctets: 1 })
    expect(read('0003 0000 0003 0000')).toEqual({ ...none, nsid: true })
    expect(read('0008 0004 00010000 0008 0001 ff')).toEqual({ ...none, subnetAt: 6, subnetOctets: 4 })
    expect(read('000b 0000 000b 0002 0001', true)).toEqual({ ...none, keepalive: true })
  })

  it('takes NSID with a payload for NSID (RFC 5001 section 2.1)', () => {
    expect(read('0003 0002 abcd')).toEqual({ ...none, nsid: true })
  })

  it('takes padding of any length', () => expect(read('000c 0003 000000')).toEqual({ ...none, padding: true }))

  it('heeds keepalive on connections only, where it must be empty', () => {
    expect(read('000b 0000', true)).toEqual({ ...none, keepalive: true })
    expect(read('000b 0002 0064', true)).toBe('formerr')
    expect(read('000b 0000')).toEqual(none)
    expect(read('000b 0002 0064')).toEqual(none)
  })

  it.each(['00', '000a', '000a00', '000a 0001', '000a 0005 01020304', '0003 0000 00', '0064 ffff'])(
    'refuses options that do not fill the rdata: %s',
    hex => expect(read(hex)).toBe('formerr'),
  )
})

describe('reading Client Subnet', () => {
  const subnet = (hex: string) =>
    read(`0008 ${(hex.replaceAll(' ', '').length / 2).toString(16).padStart(4, '0')} ${hex}`)

  it.each([
    ['an IPv4 network', '0001 18 00 c00002'],
    ['one that ends inside an octet', '0001 19 00 c0000280'],
    ['an IPv4 address', '0001 20 00 c0000201'],
    ['an IPv6 network', '0002 38 00 20010db8000000'],
    ['an IPv6 address', '0002 80 00 20010db8000000000000000000000001'],
    ['no address, IPv4', '0001 00 00'],
    ['no address, IPv6', '0002 00 00'],
    ['no address, no family', '0000 00 00'],
  ])('takes %s', (_, hex) => {
    const octets = hex.replaceAll(' ', '').length / 2
    expect(subnet(hex)).toEqual({ ...none, subnetAt: 6, subnetOctets: octets })
  })

  it.each([
    ['nothing', ''],
    ['half a head', '0001 18'],
    ['an unknown family', '0003 08 00 0a'],
    ['an address without a family', '0000 08 00 0a'],
    ['a source length beyond IPv4', '0001 21 00 c000020100'],
    ['a source length beyond IPv6', '0002 81 00 20010db800000000000000000000000100'],
    ['a scope in a query', '0001 18 18 c00002'],
    ['too few octets', '0001 18 00 c000'],
    ['too many octets', '0001 18 00 c0000200'],
    ['octets for no address', '0001 00 00 00'],
    ['a bit behind the source length', '0001 19 00 c0000240'],
    ['bits behind a short source length', '0001 01 00 81'],
  ])('refuses %s', (_, hex) => expect(subnet(hex)).toBe('formerr'))
})

describe('writing', () => {
  it('writes nothing unasked', () => {
    expect(write({})).toBe('')
    expect(optionsOctets(createResponseOptions())).toBe(0)
  })

  const cookie = { cookie: hexOctets('0102030405060708ffff'), cookieOctets: 8 }
  const nsid = { nsid: hexOctets('6e7331') }
  const keepalive = { keepaliveUnits: 100 }
  const error = { errorCode: extendedError.prohibited, errorText: hexOctets('6e6fff'), errorTextOctets: 2 }
  const all = { ...cookie, ...nsid, ...keepalive, ...error }

  it('writes a cookie', () => expect(write(cookie)).toBe('000a00080102030405060708'))
  it('writes the identity', () => expect(write(nsid)).toBe('000300036e7331'))
  it('writes an empty identity', () => {
    expect(write({ nsid: new Uint8Array(0) })).toBe('00030000')
  })
  it('writes an error with its text', () => expect(write(error)).toBe('000f000400126e6f'))
  it('writes an error without text', () => {
    expect(write({ errorCode: extendedError.other })).toBe('000f00020000')
  })
  it('writes the idle timeout, as long as it can be said', () => {
    expect(write(keepalive)).toBe('000b00020064')
    expect(write({ keepaliveUnits: 0 })).toBe('000b00020000')
    expect(write({ keepaliveUnits: 1e6 })).toBe('000b0002ffff')
  })

  it.each([
    ['0001 18 00 c00002', 16, '00080007 0001 18 10 c00002'],
    ['0001 18 00 c00002', 32, '00080007 0001 18 20 c00002'],
    ['0001 18 00 c00002', 56, '00080007 0001 18 20 c00002'],
    ['0002 38 00 20010db8000000', 56, '0008000b 0002 38 38 20010db8000000'],
    ['0001 00 00', 24, '00080004 0001 00 00'],
    ['0000 00 00', 24, '00080004 0000 00 00'],
  ])('gives Client Subnet %s back with scope %i', (sent, scope, expected) => {
    const query = hexOctets(`eeee${sent.replaceAll(' ', '')}`)
    const written = write({ subnetAt: 2, subnetOctets: query.length - 2, subnetScope: scope }, 500, query)
    expect(written).toBe(expected.replaceAll(' ', ''))
  })

  it('leaves out what does not fit, and an error gives up its text first', () => {
    const whole = '000a00080102030405060708 000b00020064 000300036e7331 000f000400126e6f'.split(' ')
    expect(write(all)).toBe(whole.join(''))
    expect(write(all, 10 + 32)).toBe([...whole.slice(0, 3), '000f00020012'].join(''))
    expect(write(all, 10 + 30)).toBe(whole.slice(0, 3).join(''))
    expect(write(all, 10 + 11)).toBe('000b00020064')
    expect(write(all, 10)).toBe('')
  })

  it('forgets everything when cleared', () => {
    const options = { ...createResponseOptions(), ...all, subnetAt: 2 }
    clearResponseOptions(options)
    expect({ ...options, cookie: null }).toEqual({ ...createResponseOptions(), cookie: null })
  })
})
