import { describe, expect, it } from 'vitest'
import type { Client } from '../../../src/core/guard/address.ts'
import { type Cookies, createCookies, judgeCookie, writeServerCookie } from '../../../src/core/guard/cookie.ts'
import { clientAt, hexOctets, toHex } from './clients.ts'

const secret = hexOctets('e5e973e5a6b2a43f48e7dc849e37bfcf')
const otherSecret = hexOctets('445536bcd2513298075a5d379663c962')
const own = '2464c4abcf10c957'
const client = clientAt('198.51.100.100')
const given = 1_559_731_985

function issue(cookies: Cookies, to: Client, clientCookie: string, nowSeconds: number): string {
  const out = new Uint8Array(24)
  expect(writeServerCookie(cookies, to, hexOctets(clientCookie), 0, nowSeconds, out, 0)).toBe(24)
  return toHex(out)
}

function judge(cookies: Cookies, from: Client, option: string, nowSeconds: number) {
  const octets = option.length / 2
  return judgeCookie(cookies, from, hexOctets(option), 0, octets, nowSeconds)
}

const cookies = createCookies(secret, null)
const cookie = issue(cookies, client, own, given)

describe('the time of a cookie', () => {
  it.each([
    [0, 'valid'],
    [1800, 'valid'],
    [1801, 'renew'],
    [3600, 'renew'],
    [3601, 'bad'],
    [-300, 'valid'],
    [-301, 'bad'],
    [2 ** 31, 'bad'],
  ] as const)('%i s after it was given: %s', (age, verdict) => {
    expect(judge(cookies, client, cookie, given + age)).toBe(verdict)
  })

  it('goes on across the wrap of 32 bits', () => {
    const late = issue(cookies, client, own, 2 ** 32 - 10)
    expect(late.slice(24, 32)).toBe('fffffff6')
    expect(judge(cookies, client, late, 2 ** 32 + 10)).toBe('valid')
    expect(judge(cookies, client, late, 2 ** 32 + 2000)).toBe('renew')
    expect(judge(cookies, client, late, 10)).toBe('valid')
    const early = issue(cookies, client, own, 2 ** 32 + 10)
    expect(judge(cookies, client, early, 2 ** 32 - 10)).toBe('valid')
  })
})

describe('the length of a cookie', () => {
  it('is 8, or 16 to 40', () => {
    const sizes = Array.from({ length: 60 }, (_, size) => size)
    const malformed = sizes.filter(size => judge(cookies, client, 'ab'.repeat(size), given) === 'malformed')
    expect(malformed).toEqual(sizes.filter(size => size !== 8 && (size < 16 || size > 40)))
    expect(judge(cookies, client, own, given)).toBe('client-only')
  })

  it('is 24 for ours: others are well formed and not ours', () => {
    expect(judge(cookies, client, cookie.slice(0, 46), given)).toBe('bad')
    expect(judge(cookies, client, `${cookie}00`, given)).toBe('bad')
  })

  it('matters only if there is a cookie', () => {
    expect(judgeCookie(cookies, client, new Uint8Array(0), -1, 0, given)).toBe('none')
  })
})

describe('a cookie that is not as we gave it', () => {
  it('is bad whichever bit differs', () => {
    for (let bit = 0; bit < 24 * 8; bit++) {
      const changed = hexOctets(cookie)
      changed[bit >> 3]! ^= 1 << (bit & 7)
      expect(judge(cookies, client, toHex(changed), given)).toBe('bad')
    }
  })

  it('is bad from another address, and the port does not matter', () => {
    expect(judge(cookies, clientAt('198.51.100.101'), cookie, given)).toBe('bad')
    expect(judge(cookies, clientAt('2001:db8::1'), cookie, given)).toBe('bad')
    expect(judge(cookies, clientAt('198.51.100.100', 1), cookie, given)).toBe('valid')
    expect(judge(cookies, clientAt('::ffff:198.51.100.100'), cookie, given)).toBe('valid')
  })
})

describe('the roll-over of the secret', () => {
  const staged = createCookies(secret, otherSecret)
  const rolled = createCookies(otherSecret, secret)
  const ended = createCookies(otherSecret, null)

  it('takes the other secret and asks for a fresh cookie', () => {
    expect(judge(rolled, client, cookie, given)).toBe('renew')
    expect(judge(rolled, client, cookie, given + 3601)).toBe('bad')
    expect(judge(rolled, client, issue(rolled, client, own, given), given)).toBe('valid')
    expect(judge(ended, client, cookie, given)).toBe('bad')
  })

  it('takes the next secret before it is current, so that servers of a set may change one by one', () => {
    expect(judge(staged, client, issue(ended, client, own, given), given)).toBe('renew')
    expect(issue(staged, client, own, given)).toBe(cookie)
  })

  it('needs secrets of sixteen octets', () => {
    expect(() => createCookies(secret.subarray(1), null)).toThrow()
    expect(() => createCookies(secret, new Uint8Array(0))).toThrow()
  })
})

it('reads and writes at the places it is given', () => {
  const query = hexOctets(`ffff${cookie}ffff`)
  expect(judgeCookie(cookies, client, query, 2, 24, given)).toBe('valid')
  const out = new Uint8Array(30).fill(0xee)
  writeServerCookie(cookies, client, query, 2, given, out, 3)
  expect(toHex(out)).toBe(`eeeeee${cookie}eeeeee`)
})
