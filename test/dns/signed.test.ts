/** Signed queries and what goes back to them (RFC 8945 sections 5.2 and 5.3), transfers among them. */
import { describe, expect, it } from 'vitest'
import { plainTerms, type Terms } from '../../src/core/answer/live.ts'
import { type TallyName, tallyAt } from '../../src/core/answer/tally.ts'
import { writeU16 } from '../../src/core/base/bytes.ts'
import { createGuard } from '../../src/core/guard/admit.ts'
import { type Name, nameKey, parseName } from '../../src/core/name/name.ts'
import { emptyJournal } from '../../src/core/transfer/journal.ts'
import type { TransferNews } from '../../src/core/transfer/news.ts'
import { wholeZone } from '../../src/core/transfer/sequence.ts'
import { signRequest, type TsigSession, tsigError, verifyResponse } from '../../src/core/wire/tsig.ts'
import { type KeyRing, readKey, readKeys, type TsigKey } from '../../src/core/wire/tsig-key.ts'
import { findTsig, type TsigRecord, writeTsig } from '../../src/core/wire/tsig-record.ts'
import { hmac } from '../../src/edge/hmac.ts'
import { lines, unpacked, versionOf } from '../unit/transfer/zones.ts'
import { type Bench, createBench, encodeQuery, type QueryOptions } from './bench.ts'
import { decode } from './decode.ts'

const secretOf = (octet: number): string => Buffer.alloc(32, octet).toString('base64')
const keys = readKeys(hmac, [
  { name: 'xfr', algorithm: 'hmac-sha256', secret: secretOf(1) },
  { name: 'other', algorithm: 'hmac-sha512', secret: secretOf(2) },
]) as KeyRing
const keyOf = (name: string, algorithm: TsigKey['algorithm'], octet: number): TsigKey =>
  readKey(hmac, { name, algorithm, secret: secretOf(octet) }) as TsigKey
const xfr = keyOf('xfr', 'hmac-sha256', 1)
const other = keyOf('other', 'hmac-sha512', 2)

const nowSeconds = 1_000
const hosts = Array.from({ length: 2000 }, (_, i) => `  h${i}: {type: A, value: 10.9.${i >> 8}.${i & 255}}\n`)
const zones = {
  'a.test.yaml': `
soa: {mname: ns1.a.test., rname: hostmaster.a.test., serial: 1}
records:
  '@': {type: NS, value: ns1.a.test.}
  ns1: {type: A, value: 192.0.2.53}
  many: {type: TXT, values: [${Array.from({ length: 27 }, (_, i) => `'the ${i + 10}. text of many'`)}]}
${hosts.join('')}`,
}
const bench = createBench(zones, () => ({ ...plainTerms, keys }))
bench.from('192.0.2.250', 4000, nowSeconds * 1000)

interface Signed {
  readonly query: Uint8Array
  readonly session: TsigSession
}

function sign(key: TsigKey, query: Uint8Array, atSeconds = nowSeconds): Signed {
  const room = new Uint8Array(2048)
  room.set(query)
  const { length, session } = signRequest(key, room, query.length, atSeconds)
  return { query: room.slice(0, length), session }
}

const ask = (name: string, type: string, key = xfr, options: QueryOptions = {}): Signed =>
  sign(key, encodeQuery(name, type, options))

function tsigOf(message: Uint8Array): TsigRecord {
  const record = findTsig(message)
  if (record === null || record === 'malformed') throw new Error('no TSIG')
  return record
}

describe('a query that a key of ours signed', () => {
  it.each([
    ['NOERROR', 'ns1.a.test', 'A'],
    ['NXDOMAIN', 'nobody.a.test', 'A'],
    ['NOERROR', 'ns1.a.test', 'MX'],
    ['REFUSED', 'elsewhere.test', 'A'],
  ])('gets its %s signed, over UDP and TCP', (rcode, name, type) => {
    for (const via of ['udp', 'tcp'] as const) {
      for (const key of [xfr, other]) {
        const { query, session } = ask(name, type, key, { edns: {} })
        const answer = bench.raw(query, via)!
        expect(decode(answer).rcode).toBe(rcode)
        expect(decode(answer).opt).not.toBeNull()
        expect(verifyResponse(session, answer, [], nowSeconds)).toBe('verified')
      }
    }
  })

  it('gets BADVERS signed too', () => {
    const { query, session } = ask('ns1.a.test', 'A', xfr, { edns: { version: 1 } })
    const answer = bench.raw(query)!
    expect(decode(answer).rcode).toBe('BADVERS')
    expect(verifyResponse(session, answer, [], nowSeconds)).toBe('verified')
  })

  it('is answered within the size that it offers, the signature included', () => {
    for (const payload of [512, 600, 1000, 1232]) {
      const { query, session } = ask('many.a.test', 'TXT', other, { edns: { payload } })
      const answer = bench.raw(query)!
      expect(answer.length).toBeLessThanOrEqual(payload)
      expect(decode(answer).flags.includes('tc')).toBe(payload < 1232)
      expect(verifyResponse(session, answer, [], nowSeconds)).toBe('verified')
    }
    expect(bench.raw(ask('many.a.test', 'TXT', other).query)!.length).toBeLessThanOrEqual(512)
  })

  it('is answered without its question where that and the key are too long together', () => {
    const label = 'k'.repeat(63)
    const long = keyOf(`${label}.${label}.${label}.${'k'.repeat(50)}`, 'hmac-sha512', 3)
    const keyed = createBench(zones, () => ({ ...plainTerms, keys: new Map([[nameKey(long.name), long]]) }))
    keyed.from('192.0.2.250', 4000, nowSeconds * 1000)
    const name = `${label}.${label}.${label}.${'k'.repeat(40)}.a.test`
    const { query, session } = ask(name, 'A', long)
    const answer = keyed.raw(query)!
    expect(decode(answer)).toMatchObject({ rcode: 'NXDOMAIN', flags: ['qr', 'tc'], question: null })
    expect(answer.length).toBeLessThanOrEqual(512)
    expect(verifyResponse(session, answer, [], nowSeconds)).toBe('verified')
    expect(decode(keyed.raw(query, 'tcp')!).question?.name).toBe(`${name}.`)
  })

  it('leaves nothing behind: the next query is nobody’s', () => {
    bench.raw(ask('ns1.a.test', 'A').query)
    const { signer, session, sealOctets } = bench.live.desk
    expect({ signer, session, sealOctets }).toEqual({ signer: null, session: null, sealOctets: 0 })
    expect(decode(bench.raw(encodeQuery('ns1.a.test', 'A'))!).additional).toEqual([])
  })

  it('is known while it is answered', () => {
    let seen: TsigKey | null = null
    const { snapshot } = bench.live
    Object.defineProperty(bench.live, 'snapshot', {
      configurable: true,
      get: () => {
        seen ??= bench.live.desk.signer
        return snapshot
      },
    })
    bench.raw(ask('ns1.a.test', 'A').query)
    Object.defineProperty(bench.live, 'snapshot', { configurable: true, writable: true, value: snapshot })
    expect(nameKey((seen as TsigKey | null)!.name)).toBe(nameKey(xfr.name))
  })
})

describe('a signature that is not believed', () => {
  const refused = (query: Uint8Array, on: Bench = bench): { answer: Uint8Array; tsig: TsigRecord } => {
    const answer = on.raw(query)!
    expect(decode(answer)).toMatchObject({ rcode: 'NOTAUTH', answer: [], authority: [] })
    expect(decode(answer).additional).toHaveLength(1)
    return { answer, tsig: tsigOf(answer) }
  }

  it.each([
    ['a key that we do not have', keyOf('nobody', 'hmac-sha256', 1), tsigError.BADKEY],
    ['another algorithm', keyOf('xfr', 'hmac-sha384', 1), tsigError.BADKEY],
    ['another secret', keyOf('xfr', 'hmac-sha256', 9), tsigError.BADSIG],
  ])('for %s is NOTAUTH with an unsigned TSIG that says so', (_, key, error) => {
    const { tsig } = refused(ask('ns1.a.test', 'A', key, { edns: {} }).query)
    expect(tsig).toMatchObject({ error, mac: new Uint8Array(0), other: new Uint8Array(0) })
  })

  it('for its time is NOTAUTH, signed, and tells our clock', () => {
    const { query, session } = sign(xfr, encodeQuery('ns1.a.test', 'A'), nowSeconds - 301)
    const { answer, tsig } = refused(query)
    expect(tsig).toMatchObject({ error: tsigError.BADTIME, timeSigned: nowSeconds - 301 })
    expect([...tsig.other]).toEqual([0, 0, 0, 0, nowSeconds >>> 8, nowSeconds & 255])
    expect(verifyResponse(session, answer, [], nowSeconds)).toEqual({ error: tsigError.BADTIME })
  })

  it('for a right MAC cut short is BADTRUNC, signed, and BADTIME first where that is wrong too', () => {
    const cutShort = ({ query, session }: ReturnType<typeof sign>) => {
      const record = tsigOf(query)
      const mac = record.mac.slice(0, 20)
      const end = writeTsig(query, record.at, { ...record, mac })
      return { query: query.subarray(0, end), session: { ...session, mac } }
    }
    const { query, session } = cutShort(ask('ns1.a.test', 'A'))
    const { answer, tsig } = refused(query)
    expect(tsig).toMatchObject({ error: tsigError.BADTRUNC, timeSigned: nowSeconds, other: new Uint8Array(0) })
    expect(tsig.mac).toHaveLength(32)
    expect(verifyResponse(session, answer, [], nowSeconds)).toEqual({ error: tsigError.BADTRUNC })
    const late = cutShort(sign(xfr, encodeQuery('ns1.a.test', 'A'), nowSeconds - 301))
    expect(refused(late.query).tsig.error).toBe(tsigError.BADTIME)
  })

  it('is BADKEY also where there is no key at all', () => {
    const keyless = createBench({ 'b.test.zone': '@ 60 SOA ns1 h 1 1 1 1 1\n@ 60 NS ns1\nns1 60 A 192.0.2.1\n' })
    expect(refused(ask('ns1.b.test', 'A').query, keyless).tsig.error).toBe(tsigError.BADKEY)
  })

  it('leaves the question out where key and question are too long together', () => {
    const long = `${`${'k'.repeat(63)}.`.repeat(3)}${'k'.repeat(50)}`
    const name = `${`${'q'.repeat(63)}.`.repeat(3)}${'q'.repeat(40)}.a.test`
    const { answer, tsig } = refused(ask(name, 'A', keyOf(long, 'hmac-sha256', 1)).query)
    expect(decode(answer).question).toBeNull()
    expect(tsig.error).toBe(tsigError.BADKEY)
  })

  it('is counted, and so is one that is believed', () => {
    const counted = (name: TallyName): number => bench.live.tally[tallyAt[name]]!
    const before = [counted('tsigGood'), counted('tsigBad'), counted('notauth'), counted('queries')]
    bench.raw(ask('ns1.a.test', 'A').query)
    bench.raw(ask('ns1.a.test', 'A', keyOf('nobody', 'hmac-sha256', 1)).query)
    const after = [counted('tsigGood'), counted('tsigBad'), counted('notauth'), counted('queries')]
    expect(after.map((count, i) => count - before[i]!)).toEqual([1, 1, 1, 2])
  })
})

describe('a TSIG out of its place', () => {
  it.each([
    [
      'not the last record',
      (query: Uint8Array) => appended(query, Uint8Array.of(0, 0, 41, 4, 208, 0, 0, 0, 0, 0, 0), 10),
    ],
    ['in the answer section', (query: Uint8Array) => moved(query, 6)],
    ['with an octet behind it', (query: Uint8Array) => appended(query, Uint8Array.of(7), null)],
    ['with a TTL', (query: Uint8Array) => query.with(tsigOf(query).at + 5 + 7, 1)],
  ])('is FORMERR: %s', (_, spoil) => {
    const answer = bench.raw(spoil(ask('ns1.a.test', 'A').query))!
    expect(decode(answer)).toMatchObject({ rcode: 'FORMERR', answer: [], additional: [] })
  })

  function appended(query: Uint8Array, octets: Uint8Array, countAt: number | null): Uint8Array {
    const longer = Uint8Array.from([...query, ...octets])
    if (countAt !== null) writeU16(longer, countAt, 2)
    return longer
  }

  function moved(query: Uint8Array, countAt: number): Uint8Array {
    const copy = Uint8Array.from(query)
    writeU16(copy, countAt, 1)
    writeU16(copy, 10, 0)
    return copy
  }
})

describe('a signed transfer', () => {
  const apex = parseName('a.test.', null) as Name
  const version = versionOf(bench, 'a.test.', 5)
  const offer = (key: TsigKey | null) => {
    const access = [{ key: key === null ? null : key.name, from: null }]
    bench.live.offers.set(nameKey(apex), { apex, version, journal: emptyJournal, access })
  }
  const news: TransferNews[] = []
  bench.live.quota.tell = one => news.push(one)

  it('is signed in every message, each with the time at which it was made', () => {
    offer(xfr)
    news.length = 0
    const { query, session } = ask('a.test', 'AXFR', xfr, { edns: {} })
    const times = [nowSeconds + 250, nowSeconds + 500, nowSeconds + 750]
    const stream = bench.stream(query, ...times)
    expect(stream.length).toBeGreaterThan(2)
    const signedAt = [nowSeconds, ...times]
    for (const [i, message] of stream.entries()) {
      const at = signedAt[i] ?? times.at(-1)!
      expect(message.length).toBeLessThanOrEqual(16_384)
      expect(tsigOf(message).timeSigned).toBe(at)
      expect(verifyResponse(session, message, [], at)).toBe('verified')
    }
    expect(unpacked(stream)).toEqual(lines(wholeZone(version)))
    expect(news).toMatchObject([{ key: 'xfr.', outcome: 'done', messages: stream.length }])
  })

  it('is REFUSED, signed, with a key that no rule names', () => {
    offer(xfr)
    news.length = 0
    const { query, session } = ask('a.test', 'AXFR', other)
    const [answer, ...rest] = bench.stream(query)
    expect(decode(answer!)).toMatchObject({ rcode: 'REFUSED', answer: [] })
    expect(rest).toEqual([])
    expect(verifyResponse(session, answer!, [], nowSeconds)).toBe('verified')
    expect(news).toMatchObject([{ key: 'other.', outcome: 'refused', reason: 'no-rule' }])
  })

  it('is signed also where no rule asks for it', () => {
    offer(null)
    const { query, session } = ask('a.test', 'AXFR', other)
    for (const message of bench.stream(query)) {
      expect(verifyResponse(session, message, [], nowSeconds)).toBe('verified')
    }
  })

  it.each([
    ['bad-key', keyOf('nobody', 'hmac-sha256', 1), nowSeconds],
    ['bad-signature', keyOf('xfr', 'hmac-sha256', 9), nowSeconds],
    ['bad-time', xfr, nowSeconds + 1000],
  ] as const)('leaks nothing and is told of for %s', (reason, key, at) => {
    offer(null)
    news.length = 0
    const [answer, ...rest] = bench.stream(sign(key, encodeQuery('a.test', 'AXFR'), at).query)
    expect(decode(answer!)).toMatchObject({ rcode: 'NOTAUTH', answer: [] })
    expect(rest).toEqual([])
    expect(news).toMatchObject([{ outcome: 'refused', reason, messages: 0 }])
  })

  it('is SERVFAIL, signed, where too many run', () => {
    offer(null)
    bench.live.quota.atOnceMax = 0
    const { query, session } = ask('a.test', 'AXFR')
    const [answer] = bench.stream(query)
    bench.live.quota.atOnceMax = 16
    expect(decode(answer!)).toMatchObject({ rcode: 'SERVFAIL', answer: [] })
    expect(verifyResponse(session, answer!, [], nowSeconds)).toBe('verified')
  })
})

describe('beside a guard', () => {
  const guarded = (tally: Float64Array): Terms => ({
    ...plainTerms,
    keys,
    guard: createGuard({
      access: null,
      own: [],
      limiter: null,
      amplificationMax: 3,
      tally,
      tallyFrom: tallyAt.sourcePortZero,
    }),
  })

  it('an answer is cut for its size only if nobody signed for it', () => {
    const strict = createBench(zones, guarded)
    strict.from('192.0.2.250', 4000, nowSeconds * 1000)
    const { query, session } = ask('many.a.test', 'TXT', xfr, { edns: {} })
    const answer = strict.raw(query)!
    expect(decode(answer).answer).toHaveLength(27)
    expect(verifyResponse(session, answer, [], nowSeconds)).toBe('verified')
    expect(decode(strict.raw(encodeQuery('many.a.test', 'TXT', { edns: {} }))!).flags).toContain('tc')
  })
})
