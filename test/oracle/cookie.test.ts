/**
 * Our cookies are everybody's: the worked examples of RFC 9018 Appendix A, OpenSSL's SipHash, and Knot and NSD with the
 * same secret, each taking the other's cookies.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createCookies, judgeCookie, writeServerCookie } from '../../src/core/guard/cookie.ts'
import { readSipKey, sipHash } from '../../src/core/guard/siphash.ts'
import { needs } from '../live/program.ts'
import { clientAt, hexOctets, toHex } from '../unit/guard/clients.ts'
import { badCookie, type CookiePeer, startCookiePeer } from './cookie-peers.ts'

const run = promisify(execFile)

describe('RFC 9018 Appendix A', () => {
  const secret = 'e5e973e5a6b2a43f48e7dc849e37bfcf'
  const examples = [
    {
      name: 'A.1, learning a server cookie',
      ...{ address: '198.51.100.100', secret, other: null },
      ...{ sent: '2464c4abcf10c957', atSeconds: 1_559_731_985, verdict: 'client-only' },
      reply: '2464c4abcf10c957010000005cf79f111f8130c3eee29480',
    },
    {
      name: 'A.2, the same client 40 minutes later',
      ...{ address: '198.51.100.100', secret, other: null },
      ...{ sent: '2464c4abcf10c957010000005cf79f111f8130c3eee29480', atSeconds: 1_559_734_385, verdict: 'renew' },
      reply: '2464c4abcf10c957010000005cf7a871d4a564a1442aca77',
    },
    {
      // Its reply is given almost two hours after the cookie: too late by section 4.3, so it is as good as none.
      name: 'A.3, another client, with reserved octets, when it answers',
      ...{ address: '203.0.113.203', secret, other: null },
      ...{ sent: 'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5', atSeconds: 1_559_734_700, verdict: 'bad' },
      reply: 'fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e',
    },
    {
      name: 'A.3, a minute after the cookie was given',
      ...{ address: '203.0.113.203', secret, other: null },
      ...{ sent: 'fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5', atSeconds: 1_559_728_045, verdict: 'valid' },
      reply: null,
    },
    {
      name: 'A.4, IPv6 and a secret that was rolled over',
      address: '2001:db8:220:1:59de:d0f4:8769:82b8',
      ...{ secret: '445536bcd2513298075a5d379663c962', other: 'dd3bdf9344b678b185a6f5cb60fca715' },
      ...{ sent: '22681ab97d52c298010000005cf7c57926556bd0934c72f8', atSeconds: 1_559_741_961, verdict: 'renew' },
      reply: '22681ab97d52c298010000005cf7c609a6bb79d16625507a',
    },
  ] as const

  it.each(examples)('$name', ({ address, secret, other, sent, atSeconds, verdict, reply }) => {
    const cookies = createCookies(hexOctets(secret), other === null ? null : hexOctets(other))
    const client = clientAt(address)
    const option = hexOctets(sent)
    expect(judgeCookie(cookies, client, option, 0, option.length, atSeconds)).toBe(verdict)
    const out = new Uint8Array(24)
    writeServerCookie(cookies, client, option, 0, atSeconds, out, 0)
    if (reply !== null) expect(toHex(out)).toBe(reply)
  })
})

describe.runIf(needs('openssl'))('the SipHash of OpenSSL', () => {
  it.each([0, 1, 8, 12, 20, 32, 63, 257])('is ours for %i octets', async length => {
    const message = Uint8Array.from({ length }, (_, i) => (i * 151 + length) & 0xff)
    const secret = Uint8Array.from({ length: 16 }, (_, i) => (i * 37 + length) & 0xff)
    const out = new Uint8Array(8)
    sipHash(readSipKey(secret), message, 0, length, out, 0)
    const rounds = ['-macopt', 'size:8', '-macopt', 'c-rounds:2', '-macopt', 'd-rounds:4']
    const args = ['mac', '-macopt', `hexkey:${toHex(secret)}`, ...rounds, 'SIPHASH']
    const running = run('openssl', args)
    running.child.stdin!.end(message)
    expect((await running).stdout.trim().toLowerCase()).toBe(toHex(out))
  })
})

const anycastSecret = '0123456789abcdeffedcba9876543210'
const own = hexOctets('a1b2c3d4e5f60718')
const cookies = createCookies(hexOctets(anycastSecret), null)
const client = clientAt('127.0.0.1')
const unixSeconds = () => Math.floor(Date.now() / 1000)

function issue(ageSeconds: number): Uint8Array {
  const cookie = new Uint8Array(24)
  writeServerCookie(cookies, client, own, 0, unixSeconds() - ageSeconds, cookie, 0)
  return cookie
}

function damaged(cookie: Uint8Array): Uint8Array {
  return cookie.map((octet, i) => (i === cookie.length - 1 ? octet ^ 1 : octet))
}

describe.runIf(needs('knotd'))('Knot with the same secret', () => {
  let knot: CookiePeer
  beforeAll(async () => {
    knot = await startCookiePeer('knotd', anycastSecret)
  })
  afterAll(() => knot?.close())

  it('gives cookies that we take', async () => {
    const { cookie } = await knot.ask(own)
    expect(toHex(cookie!.subarray(0, 8))).toBe(toHex(own))
    expect(judgeCookie(cookies, client, cookie!, 0, cookie!.length, unixSeconds())).toBe('valid')
  })

  it('takes cookies that we give, and nothing near them', async () => {
    expect((await knot.ask(issue(10))).rcode).toBe(0)
    expect((await knot.ask(damaged(issue(10)))).rcode).toBe(badCookie)
    expect((await knot.ask(issue(3700))).rcode).toBe(badCookie)
  })
})

describe.runIf(needs('nsd'))('NSD with the same secret', () => {
  let nsd: CookiePeer
  beforeAll(async () => {
    nsd = await startCookiePeer('nsd', anycastSecret)
  })
  afterAll(() => nsd?.close())

  it('gives cookies that we take', async () => {
    const { cookie } = await nsd.ask(own)
    expect(toHex(cookie!.subarray(0, 8))).toBe(toHex(own))
    expect(judgeCookie(cookies, client, cookie!, 0, cookie!.length, unixSeconds())).toBe('valid')
  })

  it('gives ours back unchanged while they are young, and fresh ones for all others', async () => {
    const young = issue(10)
    expect(toHex((await nsd.ask(young)).cookie!)).toBe(toHex(young))
    for (const refused of [damaged(young), issue(1900), issue(3700)]) {
      const { rcode, cookie } = await nsd.ask(refused)
      expect(rcode).toBe(0)
      expect(toHex(cookie!)).not.toBe(toHex(refused))
      expect(judgeCookie(cookies, client, cookie!, 0, cookie!.length, unixSeconds())).toBe('valid')
    }
  })
})
