/** The guard's room against models that are slow and plain: whatever comes in, it holds its promises and never throws. */
import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  compilePrefixes,
  matchAddress,
  type Prefix,
  parseAccess,
  parsePrefix,
  uncovered,
} from '../../src/core/guard/access.ts'
import { type Client, createClient, readAddress } from '../../src/core/guard/address.ts'
import { createGuard, createReply, guardTallyNames, meter } from '../../src/core/guard/admit.ts'
import { createCookies, judgeCookie, writeServerCookie } from '../../src/core/guard/cookie.ts'
import {
  createRateLimiter,
  type RateLimiter,
  type RateVerdict,
  type ResponseKind,
  rateTableWords,
  spendResponse,
} from '../../src/core/guard/rate.ts'
import { readSipKey, sipHash } from '../../src/core/guard/siphash.ts'
import { parseIpv4 } from '../../src/core/rdata/a.ts'
import { parseIpv6 } from '../../src/core/rdata/aaaa.ts'
import {
  createQueryOptions,
  createResponseOptions,
  optionsOctets,
  readOptions,
  writeOptions,
} from '../../src/core/wire/options.ts'
import { sipModel } from '../unit/guard/siphash-model.ts'

const seed = 20_260_102
const key = readSipKey(Uint8Array.from({ length: 16 }, (_, i) => 7 * i))

const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length })
const client = fc.tuple(fc.constantFrom(4, 16), octets(16), fc.nat(65_535)).map(([length, bytes, port]): Client => {
  return { octets: bytes, length, port }
})

describe('SipHash', () => {
  it('equals the model for any key, message and place', () => {
    fc.assert(
      fc.property(octets(16), fc.uint8Array({ maxLength: 300 }), fc.nat(20), fc.nat(20), (bytes, message, pad, gap) => {
        const framed = new Uint8Array(pad + message.length + gap).fill(0x5a)
        framed.set(message, pad)
        const out = new Uint8Array(8)
        sipHash(readSipKey(bytes), framed, pad, pad + message.length, out, 0)
        expect(new DataView(out.buffer).getBigUint64(0, true)).toBe(sipModel(bytes, message))
      }),
      { seed, numRuns: 2_000 },
    )
  })
})

describe('addresses', () => {
  const almost = fc
    .array(
      fc.constantFrom('0', '1', '9', '255', '256', '01', 'a', 'fFfF', '12345', '.', '.', ':', ':', '::', '%', 'g'),
      {
        maxLength: 18,
      },
    )
    .map(parts => parts.join(''))
  const v4 = octets(4).map(bytes => bytes.join('.'))
  const v6 = fc
    .tuple(fc.array(fc.nat(0xffff), { minLength: 8, maxLength: 8 }), fc.nat(8), fc.nat(8), fc.option(v4))
    .map(([groups, from, to, quad]) => {
      const text = groups.map(group => group.toString(16))
      if (quad !== null) text.splice(6, 2, quad)
      const cut = Math.min(from, text.length)
      const end = Math.min(Math.max(cut, to), text.length - (quad === null ? 0 : 1))
      if (end <= cut) return text.join(':')
      return `${text.slice(0, cut).join(':')}::${text.slice(end).join(':')}`
    })

  it('are read as the zone files read them and as Node does', () => {
    const mapped = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255)
    fc.assert(
      fc.property(
        fc.oneof(
          almost,
          v4,
          v6,
          v4.map(quad => `::ffff:${quad}`),
          fc.string(),
        ),
        text => {
          const into = new Uint8Array(16)
          const length = readAddress(text, into)
          if (text.includes('%')) {
            expect(length === 0 ? 0 : 6).toBe(isIP(text.slice(0, text.indexOf('%'))) === 6 ? 6 : 0)
            return
          }
          expect(length !== 0).toBe(isIP(text) !== 0)
          const expected = parseIpv4(text) ?? parseIpv6(text)
          if (expected === null) expect(length).toBe(0)
          else if (expected.length === 4) expect([...into.subarray(0, length)]).toEqual([...expected])
          else if (length === 4) expect([...mapped, ...into.subarray(0, 4)]).toEqual([...expected])
          else expect([...into]).toEqual([...expected])
        },
      ),
      { seed, numRuns: 20_000 },
    )
  })
})

describe('access lists', () => {
  const prefix = fc.oneof(
    // Few networks, so that they nest and meet.
    fc.tuple(fc.array(fc.constantFrom(0, 1, 127, 128, 255), { minLength: 4, maxLength: 4 }), fc.nat(32)),
    fc.tuple(fc.array(fc.constantFrom(0, 255), { minLength: 16, maxLength: 16 }), fc.nat(128)),
  )
  const masked = (bytes: readonly number[], bits: number): Prefix => ({
    bits,
    octets: Uint8Array.from(bytes, (octet, i) => octet & ~(0xff >>> Math.min(8, Math.max(0, bits - i * 8)))),
  })

  it('find the longest prefix, as trying all of them does', () => {
    fc.assert(
      fc.property(fc.array(prefix, { maxLength: 20 }), fc.array(prefix, { maxLength: 20 }), (listed, asked) => {
        const entries = listed.map(([bytes, bits], value) => ({ prefix: masked(bytes, bits), value }))
        const table = compilePrefixes(entries)
        expect(table.v4.values.length + table.v6.values.length).toBeLessThanOrEqual(2 * entries.length + 2)
        const edges = entries.flatMap(({ prefix: { octets: low, bits } }) => [
          [...low],
          Array.from(low, (octet, i) => octet | (0xff >>> Math.min(8, Math.max(0, bits - i * 8)))),
        ])
        for (const address of [...edges, ...asked.map(([bytes]) => bytes)]) {
          const into = new Uint8Array(16)
          into.set(address)
          expect(matchAddress(table, into, address.length)).toBe(longest(entries, Uint8Array.from(address)))
        }
      }),
      { seed, numRuns: 3_000 },
    )
  })

  it('never throw, whatever is written in them', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('10.0.0.0/8', '!10.0.0.0/8', '::/0', '::ffff:1.2.3.4/96', '1.2.3.4/31', '!', '/', '::1/+1'),
    )
    fc.assert(
      fc.property(fc.array(word, { maxLength: 20 }), client, (entries, asked) => {
        const { table, faults } = parseAccess(entries)
        expect([uncovered, 0, 1]).toContain(matchAddress(table, asked.octets, asked.length))
        const good = entries.filter(text => typeof parsePrefix(text.replace(/^!/, '')) !== 'string')
        expect(faults.filter(({ fault }) => fault !== 'contradiction')).toHaveLength(entries.length - good.length)
      }),
      { seed, numRuns: 3_000 },
    )
  })

  function longest(entries: readonly { prefix: Prefix; value: number }[], address: Uint8Array): number {
    let best = { bits: -1, value: uncovered }
    for (const { prefix: one, value } of entries) {
      if (one.octets.length !== address.length || one.bits < best.bits) continue
      const same = masked([...address], one.bits).octets.every((octet, i) => octet === one.octets[i])
      if (same) best = { bits: one.bits, value }
    }
    return best.value
  }
})

describe('cookies', () => {
  const nowSeconds = fc.nat(2 ** 32 - 1)

  it('judge any octets, and take none that were not given', () => {
    const cookies = createCookies(Uint8Array.from({ length: 16 }), null)
    fc.assert(
      fc.property(client, fc.uint8Array({ maxLength: 60 }), nowSeconds, (from, option, now) => {
        const verdict = judgeCookie(cookies, from, option, 0, option.length, now)
        const malformed = option.length !== 8 && (option.length < 16 || option.length > 40)
        expect(verdict).toBe(malformed ? 'malformed' : option.length === 8 ? 'client-only' : 'bad')
      }),
      { seed, numRuns: 5_000 },
    )
  })

  it('come back valid, to whom they were given, until they are old', () => {
    const age = fc.integer({ min: -5000, max: 5000 })
    fc.assert(
      fc.property(octets(16), octets(8), client, client, nowSeconds, age, (secret, own, from, other, now, later) => {
        const cookies = createCookies(secret, null)
        const cookie = new Uint8Array(24)
        writeServerCookie(cookies, from, own, 0, now, cookie, 0)
        expect([...cookie.subarray(0, 8)]).toEqual([...own])
        const judge = (client: Client, at: number) => judgeCookie(cookies, client, cookie, 0, 24, at)
        const expected = later < -300 || later > 3600 ? 'bad' : later > 1800 ? 'renew' : 'valid'
        expect(judge(from, now + later)).toBe(expected)
        const same = from.length === other.length && from.octets.every((octet, i) => octet === other.octets[i])
        if (!same) expect(judge(other, now)).toBe('bad')
      }),
      { seed, numRuns: 2_000 },
    )
  })
})

describe('EDNS options', () => {
  const option = fc.tuple(fc.constantFrom(3, 8, 10, 11, 12, 15, 100), fc.uint8Array({ maxLength: 24 }))
  const wellFramed = fc
    .array(option, { maxLength: 8 })
    .map(list => Uint8Array.from(list.flatMap(([code, content]) => [0, code, 0, content.length, ...content])))

  it('end in a verdict, with nothing outside the rdata', () => {
    fc.assert(
      fc.property(
        fc.oneof(wellFramed, fc.uint8Array({ maxLength: 80 })),
        fc.nat(9),
        fc.boolean(),
        (rdata, pad, stream) => {
          const query = new Uint8Array(pad + rdata.length + 40).fill(1)
          query.set(rdata, pad)
          const options = createQueryOptions()
          const end = pad + rdata.length
          if (readOptions(query, pad, end, stream, options) === 'formerr') return
          for (const [at, length] of [
            [options.cookieAt, options.cookieOctets],
            [options.subnetAt, options.subnetOctets],
          ] as const) {
            if (at < 0) continue
            expect(at).toBeGreaterThanOrEqual(pad + 4)
            expect(at + length).toBeLessThanOrEqual(end)
          }
          expect(options.keepalive && !stream).toBe(false)
        },
      ),
      { seed, numRuns: 20_000 },
    )
  })

  it('are written within the limit and read back as what they were', () => {
    const fields = fc.record({
      cookieOctets: fc.constantFrom(0, 8, 24, 40),
      nsid: fc.option(fc.uint8Array({ maxLength: 30 })),
      keepaliveUnits: fc.integer({ min: -1, max: 70_000 }),
      errorCode: fc.integer({ min: -1, max: 24 }),
      errorText: fc.uint8Array({ maxLength: 30 }),
      source: fc.integer({ min: -1, max: 32 }),
      scope: fc.nat(255),
    })
    fc.assert(
      fc.property(fields, fc.nat(220), (asked, room) => {
        const options = { ...createResponseOptions(), ...asked, errorTextOctets: asked.errorText.length }
        options.cookie.set(Uint8Array.from({ length: 40 }, (_, i) => i))
        const query = Uint8Array.of(0, 1, Math.max(0, asked.source), 0, 0, 0, 0, 0)
        options.subnetAt = asked.source < 0 ? -1 : 0
        options.subnetOctets = 4 + ((Math.max(0, asked.source) + 7) >> 3)
        options.subnetScope = asked.scope
        const out = new Uint8Array(300).fill(0xee)
        const end = writeOptions(options, query, out, 5, 5 + room)
        expect(end - 5).toBeLessThanOrEqual(Math.min(room, optionsOctets(options)))
        expect(out.subarray(end).every(octet => octet === 0xee)).toBe(true)
        if (room < optionsOctets(options)) return
        expect(end - 5).toBe(optionsOctets(options))
        const back = createQueryOptions()
        // Over UDP an idle timeout is passed over; a scope is no matter of queries, so it is taken out to read back.
        clearScope(out, 5, end)
        expect(readOptions(out, 5, end, false, back)).toBe('ok')
        expect(back.cookieOctets).toBe(asked.cookieOctets)
        expect(back.nsid).toBe(asked.nsid !== null)
        expect(back.subnetAt >= 0).toBe(options.subnetAt >= 0)
      }),
      { seed, numRuns: 5_000 },
    )
  })

  function clearScope(out: Uint8Array, at: number, end: number): void {
    while (at < end) {
      if (out[at + 1] === 8) {
        expect(out[at + 7]).toBeLessThanOrEqual(out[at + 6] === 0 ? 0 : 32)
        out[at + 7] = 0
      }
      at += 4 + out[at + 3]!
    }
  }
})

describe('the response rate', () => {
  const limiterOf = (buckets: number, responsesPerSecond: number, windowSeconds: number, slip: number): RateLimiter =>
    createRateLimiter(new Int32Array(rateTableWords(buckets)), key, { responsesPerSecond, windowSeconds, slip })
  const kinds: readonly ResponseKind[] = ['answer', 'nodata', 'nxdomain', 'referral', 'error']
  const peers = ['192.0.2.1', '192.0.2.200', '192.0.3.1', '2001:db8::1', '2001:db8:0:ff::1', '2001:db8:0:100::1'].map(
    address => {
      const peer = createClient()
      peer.length = readAddress(address, peer.octets)
      return peer
    },
  )
  /** Which of `peers` share a network. */
  const networks = [0, 0, 1, 2, 2, 3]

  it('is that of a leaky bucket for each network, kind and subject', () => {
    const step = fc.tuple(fc.nat(5), fc.constantFrom(...kinds), fc.nat(2), fc.constantFrom(0, 0, 0, 1, 7, 90, 1500))
    const rate = fc.integer({ min: 1, max: 12 })
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 300 }),
        rate,
        fc.integer({ min: 1, max: 3 }),
        fc.nat(4),
        fc.nat(2 ** 32),
        (steps, perSecond, window, slip, startMs) => {
          const limiter = limiterOf(4096, perSecond, window, slip)
          const model = new Map<string, { level: number; seenMs: number; held: number }>()
          let nowMs = startMs
          for (const [peer, kind, subject, waitMs] of steps) {
            nowMs += waitMs
            const name = `${networks[peer]} ${kind} ${kind === 'error' ? 0 : subject}`
            const bucket = model.get(name) ?? { level: 0, seenMs: nowMs, held: 0 }
            model.set(name, bucket)
            bucket.level = Math.max(0, bucket.level - (nowMs - bucket.seenMs) * perSecond)
            bucket.seenMs = nowMs
            let expected: RateVerdict = 'within'
            if (bucket.level + 1000 <= perSecond * window * 1000) bucket.level += 1000
            else expected = slip > 0 && ++bucket.held % slip === 0 ? 'slip' : 'hold'
            expect(spendResponse(limiter, peers[peer]!, kind, subject, nowMs)).toBe(expected)
          }
        },
      ),
      { seed, numRuns: 500 },
    )
  })

  it('never holds back a network that stays below it, whoever floods beside it', () => {
    const flood = fc.array(fc.tuple(octets(3), fc.integer({ min: 1, max: 12 })), { maxLength: 30 })
    fc.assert(
      fc.property(fc.array(flood, { minLength: 20, maxLength: 20 }), fc.constantFrom(4, 8, 64), (floods, buckets) => {
        const limiter = limiterOf(buckets, 10, 1, 2)
        const { length } = limiter.buckets
        const attacker = createClient()
        attacker.length = 4
        floods.forEach((attack, turn) => {
          const nowMs = turn * 100
          for (const [network, count] of attack) {
            if (network[0] === 192 && network[1] === 0 && network[2] === 2) continue
            attacker.octets.set(network)
            for (let i = 0; i < count; i++) spendResponse(limiter, attacker, 'answer', 1, nowMs)
          }
          expect(spendResponse(limiter, peers[0]!, 'answer', 1, nowMs)).toBe('within')
        })
        expect(limiter.buckets.length).toBe(length)
      }),
      { seed, numRuns: 200 },
    )
  })

  it('slips exactly one in N of what it holds back, and TCP and valid cookies pass every limit', () => {
    const traffic = fc.array(fc.tuple(fc.constantFrom('udp', 'tcp', 'cookie'), fc.nat(30)), { maxLength: 400 })
    fc.assert(
      fc.property(
        traffic,
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 20 }),
        (steps, slip, perSecond) => {
          const tally = new Float64Array(guardTallyNames.length)
          const limiter = limiterOf(4096, perSecond, 1, slip)
          const guard = createGuard({ access: null, own: [], limiter, amplificationMax: 1, tally, tallyFrom: 0 })
          const reply = createReply()
          reply.queryOctets = 40
          let nowMs = 0
          const passed = { send: 0, drop: 0, truncate: 0 }
          for (const [how, waitMs] of steps) {
            nowMs += waitMs
            reply.via = how === 'tcp' ? 'tcp' : 'udp'
            reply.hasValidCookie = how === 'cookie'
            reply.responseOctets = how === 'udp' ? 40 : 1232
            const passage = meter(guard, peers[0]!, reply, nowMs)
            if (how === 'udp') passed[passage]++
            else expect(passage).toBe('send')
          }
          const held = passed.drop + passed.truncate
          expect(passed.truncate).toBe(Math.floor(held / slip))
          expect(passed.send).toBeLessThanOrEqual(perSecond + (nowMs * perSecond) / 1000)
          expect([...tally]).toEqual([0, 0, 0, passed.drop, passed.truncate, 0])
        },
      ),
      { seed, numRuns: 500 },
    )
  })
})
