/** Requests that kdig signed, what is refused of others, and the signatures of streams. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Name, nameKey, parseName } from '../../../src/core/name/name.ts'
import { rcode } from '../../../src/core/wire/header.ts'
import {
  refusalOctets,
  sessionOf,
  signatureOctets,
  signNext,
  signRefusal,
  signRequest,
  tsigError,
  verifyRequest,
  verifyResponse,
} from '../../../src/core/wire/tsig.ts'
import { type KeyRing, readKey, readKeys, type TsigKey } from '../../../src/core/wire/tsig-key.ts'
import { findTsig } from '../../../src/core/wire/tsig-record.ts'
import { hmac } from '../../../src/edge/hmac.ts'

const secret = Buffer.alloc(32, 7).toString('base64')
const texts = [
  { name: 'k256.', algorithm: 'hmac-sha256', secret },
  { name: 'k384', algorithm: 'hmac-sha384', secret },
  { name: 'k512', algorithm: 'hmac-sha512', secret },
] as const
const ring = readKeys(hmac, texts) as KeyRing
const key = (name: string): TsigKey => ring.get(nameKey(parseName(name, null) as Name))!

/** `www.tsig.test. A`, as kdig 3.2.6 signed it with k256. */
const recorded = {
  time: 1_795_334_262,
  octets: Buffer.from(
    '7fc00120000100000000000103777777047473696704746573740000010001046b3235360000fa00ff00000000003d0b686d61632d7368613235360000006b02a076012c002084d5d8189cadac97e362e672b7b8d5adff72b8a7d15d411e203c5200fc44f7de7fc000000000',
    'hex',
  ),
}

const question = Buffer.from('0377777704747369670474657374000001' + '0001', 'hex')
const plainQuery = () => {
  const out = new Uint8Array(512)
  out.set([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0])
  out.set(question, 12)
  return { out, length: 12 + question.length }
}
const now = 1_800_000_000

function signed(name: string, time = now) {
  const { out, length } = plainQuery()
  const request = signRequest(key(name), out, length, time)
  return { message: out.slice(0, request.length), session: request.session }
}

describe('a recorded request', () => {
  test('is verified within its fudge and BADTIME beyond', () => {
    const verdict = verifyRequest(recorded.octets, ring, recorded.time + 300)
    expect(verdict.kind).toBe('verified')
    const late = verifyRequest(recorded.octets, ring, recorded.time + 301)
    expect(late).toMatchObject({ kind: 'refused', error: tsigError.BADTIME })
    const early = verifyRequest(recorded.octets, ring, recorded.time - 301)
    expect(early).toMatchObject({ kind: 'refused', error: tsigError.BADTIME })
  })

  test('any bit of it that is turned is refused, and never verified', () => {
    for (let bit = 0; bit < recorded.octets.length * 8; bit++) {
      const spoilt = new Uint8Array(recorded.octets)
      spoilt[bit >>> 3]! ^= 1 << (bit & 7)
      const verdict = verifyRequest(spoilt, ring, recorded.time)
      // The message ID is the one thing that a forwarder may change: the original stands in the record.
      if (bit < 16) expect(verdict.kind).toBe('verified')
      // Case of key and algorithm is of no account.
      else if (verdict.kind === 'verified') expect(spoilt[bit >>> 3]! ^ 0x20).toBe(recorded.octets[bit >>> 3]!)
    }
  })
})

describe('a request', () => {
  test.each(['k256.', 'k384.', 'k512.'])('signed with %s is verified', name => {
    const { message } = signed(name)
    expect(verifyRequest(message, ring, now)).toMatchObject({ kind: 'verified' })
    expect(message.length).toBe(plainQuery().length + signatureOctets(key(name)))
  })

  test('without TSIG is unsigned', () => {
    const { out, length } = plainQuery()
    expect(verifyRequest(out.subarray(0, length), ring, now).kind).toBe('unsigned')
  })

  test('whose TSIG is not last, or is there twice, is malformed', () => {
    const { message } = signed('k256.')
    const tail = Uint8Array.of(0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0)
    const more = new Uint8Array([...message, ...tail])
    more[11] = 2
    expect(verifyRequest(more, ring, now).kind).toBe('malformed')
    const record = message.subarray(plainQuery().length)
    const twice = new Uint8Array([...message, ...record])
    twice[11] = 2
    expect(verifyRequest(twice, ring, now).kind).toBe('malformed')
    const elsewhere = new Uint8Array(message)
    elsewhere[11] = 0
    elsewhere[7] = 1
    expect(verifyRequest(elsewhere, ring, now).kind).toBe('malformed')
  })

  test('with a MAC cut short is BADTRUNC if the rest is right, malformed below its half', () => {
    const { message } = signed('k256.')
    expect(
      verifyRequest(
        withMac(message, mac => mac.subarray(0, 16)),
        ring,
        now,
      ),
    ).toMatchObject({
      kind: 'refused',
      error: tsigError.BADTRUNC,
    })
    const wrong = withMac(message, mac => mac.subarray(0, 16).map(octet => octet ^ 1))
    expect(verifyRequest(wrong, ring, now)).toMatchObject({ kind: 'refused', error: tsigError.BADSIG })
    expect(
      verifyRequest(
        withMac(message, mac => mac.subarray(0, 15)),
        ring,
        now,
      ).kind,
    ).toBe('malformed')
    expect(
      verifyRequest(
        withMac(message, mac => new Uint8Array([...mac, 0])),
        ring,
        now,
      ).kind,
    ).toBe('malformed')
  })

  test('with a compressed key name is read, and a pointer loop is malformed', () => {
    const out = new Uint8Array([...plainQuery().out.subarray(0, plainQuery().length), 0xc0, plainQuery().length])
    out[11] = 1
    expect(findTsig(new Uint8Array([...out, 0, 250, 0, 255, 0, 0, 0, 0, 0, 0]))).toBe('malformed')
    const { message } = signed('k256.')
    const at = plainQuery().length
    const rest = message.subarray(at + key('k256.').name.length)
    const pointing = new Uint8Array([...message.subarray(0, at), 0xc0, 12, ...rest])
    const found = findTsig(pointing)
    expect(found).toMatchObject({ keyName: parseName('www.tsig.test.', null) })
  })
})

describe('a refusal', () => {
  test('for a wrong MAC or key is unsigned; for the time it is signed and tells ours', () => {
    const { message, session } = signed('k256.')
    const foreign = new Uint8Array(message)
    foreign[plainQuery().length + 1]! ^= 1
    const badKey = verifyRequest(foreign, ring, now)
    expect(badKey).toMatchObject({ kind: 'refused', error: tsigError.BADKEY, key: null })
    const late = verifyRequest(message, ring, now + 4000)
    if (late.kind !== 'refused' || badKey.kind !== 'refused') throw new Error('not refused')

    const { out, length } = plainQuery()
    const unsigned = out.slice(0, signRefusal(badKey, out, length, now))
    expect(unsigned.length).toBe(length + refusalOctets(badKey) - 6)
    expect(findTsig(unsigned)).toMatchObject({ error: tsigError.BADKEY, mac: new Uint8Array(0) })

    const second = plainQuery()
    second.out[3] = rcode.NOTAUTH
    const told = second.out.slice(0, signRefusal(late, second.out, second.length, now + 4000))
    expect(told.length).toBe(length + refusalOctets(late))
    expect(verifyResponse({ ...session }, told, [], now)).toEqual({ error: tsigError.BADTIME })
    const found = findTsig(told)
    expect(found).toMatchObject({ timeSigned: now, error: tsigError.BADTIME })
  })
})

describe('a stream of messages', () => {
  test('is verified one after the other; left out, swapped or spoilt ones are not', () => {
    const { message, session } = signed('k384.')
    const verdict = verifyRequest(message, ring, now)
    if (verdict.kind !== 'verified') throw new Error('not verified')
    const server = sessionOf(verdict.key, verdict.record)
    const stream = [1, 2, 3, 4].map(i => {
      const { out, length } = plainQuery()
      out[2] = 0x84
      out[12 + 1] = 0x60 + i
      return out.slice(0, signNext(server, out, length, now + i))
    })
    const judge = (order: readonly number[]) => {
      const client = { ...session }
      return order.map(i => verifyResponse(client, stream[i]!, [], now))
    }
    expect(judge([0, 1, 2, 3])).toEqual(['verified', 'verified', 'verified', 'verified'])
    expect(judge([0, 2])).toEqual(['verified', tsigError.BADSIG])
    expect(judge([1])).toEqual([tsigError.BADSIG])
    expect(verifyResponse({ ...session }, stream[0]!, [], now + 4000)).toBe(tsigError.BADTIME)
    expect(verifyResponse({ ...session, key: key('k256.') }, stream[0]!, [], now)).toBe(tsigError.BADKEY)
  })

  test('may have unsigned messages between, which the next signature covers', () => {
    const { session } = signed('k256.')
    const between = plainQuery()
    const unsigned = between.out.slice(0, between.length)
    const client = { ...session, isFirst: false }
    const server = { ...session, isFirst: false }
    const { out, length } = plainQuery()
    // What a server does that signs every other message: the digest takes the unsigned one first.
    const both = new Uint8Array([...unsigned, ...out.subarray(0, length)])
    const timers = Uint8Array.of(0, 0, (now >>> 24) & 255, (now >>> 16) & 255, (now >>> 8) & 255, now & 255, 1, 44)
    const mac = server.key.mac([Uint8Array.of(0, 32, ...server.mac), both, timers])
    const end = signNext({ ...server }, out, length, now)
    const whole = withMac(out.slice(0, end), () => mac)
    expect(verifyResponse({ ...client }, unsigned, [], now)).toBe('unsigned')
    expect(verifyResponse({ ...client }, whole, [unsigned], now)).toBe('verified')
    expect(verifyResponse({ ...client }, whole, [], now)).toBe(tsigError.BADSIG)
  })
})

describe('keys', () => {
  test('are refused by what is wrong with them', () => {
    const of = (name: string, octets: string) => readKey(hmac, { name, algorithm: 'hmac-sha256', secret: octets })
    expect(of('a..b', secret)).toBe('bad-key-name')
    expect(of('.', secret)).toBe('bad-key-name')
    expect(of('a', 'no base 64')).toBe('bad-secret')
    expect(of('a', '')).toBe('bad-secret')
    expect(of('a', Buffer.alloc(15).toString('base64'))).toBe('short-secret')
    expect(readKeys(hmac, [texts[0], { ...texts[1], name: 'K256' }])).toEqual({ at: 1, fault: 'duplicate-key' })
  })

  test('do not show their secret', () => {
    const shown = JSON.stringify([...ring.values()])
    expect(shown).not.toContain(secret)
    expect(Object.keys(key('k256.')).sort()).toEqual(['algorithm', 'mac', 'name'])
  })
})

test('any octets whatever end in a verdict', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(200), (noise, at) => {
      const verdict = verifyRequest(noise, ring, now)
      expect(['unsigned', 'malformed', 'refused']).toContain(verdict.kind)
      const { message } = signed('k512.')
      message.set(noise.subarray(0, Math.max(0, message.length - at)), Math.min(at, message.length))
      expect(() => verifyRequest(message, ring, now)).not.toThrow()
    }),
    { seed: 8945, numRuns: 500 },
  )
})

/** The message with another MAC in its TSIG. */
function withMac(message: Uint8Array, change: (mac: Uint8Array) => Uint8Array): Uint8Array {
  const found = findTsig(message)
  if (found === null || found === 'malformed') throw new Error('no TSIG')
  const macAt = message.length - 6 - found.mac.length
  const mac = change(found.mac)
  const changed = new Uint8Array([...message.subarray(0, macAt), ...mac, ...message.subarray(macAt + found.mac.length)])
  changed[macAt - 1] = mac.length
  const lengthAt = found.at + found.keyName.length + 8
  changed[lengthAt + 1]! += mac.length - found.mac.length
  return changed
}
