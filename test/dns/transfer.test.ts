/** Zones for other servers: who gets one, in which form, and what is said to those who do not (RFC 5936, RFC 1995). */
import { beforeEach, describe, expect, it } from 'vitest'
import { type TallyName, tallyAt } from '../../src/core/answer/tally.ts'
import { writeU16, writeU32 } from '../../src/core/base/bytes.ts'
import { parseAccess } from '../../src/core/guard/access.ts'
import { lowerName, type Name, nameKey, parseName } from '../../src/core/name/name.ts'
import { diffVersions } from '../../src/core/transfer/diff.ts'
import { emptyJournal, extendJournal, type Journal } from '../../src/core/transfer/journal.ts'
import type { TransferNews } from '../../src/core/transfer/news.ts'
import type { AccessRule } from '../../src/core/transfer/offer.ts'
import { wholeZone, zoneChanges } from '../../src/core/transfer/sequence.ts'
import type { ZoneVersion } from '../../src/core/transfer/version.ts'
import { imageHead } from '../../src/core/zone/layout.ts'
import { lines, unpacked, versionOf } from '../unit/transfer/zones.ts'
import { type Bench, createBench, encodeQuery, type QueryOptions } from './bench.ts'
import { decode } from './decode.ts'

const hosts = Array.from({ length: 2500 }, (_, i) => `  h${i}: {type: A, value: 10.9.${i >> 8}.${i & 255}}\n`)
const zones = {
  'a.test.yaml': `
soa: {mname: ns1.a.test., rname: hostmaster.a.test., serial: 1}
checks: {tcp: {protocol: TCP, port: 80}}
records:
  '@': {type: NS, value: ns1.a.test.}
  ns1: {type: A, value: 192.0.2.53}
  www: {type: A, values: [10.0.0.1, 10.0.0.2, 10.0.0.3], check: tcp, ttl: 5}
${hosts.join('')}`,
  'b.test.yaml': `
soa: {mname: ns1.a.test., rname: hostmaster.a.test., serial: 1}
records: {'@': {type: NS, value: ns1.a.test.}}
`,
}

const anybody: readonly AccessRule[] = [{ key: null, from: null }]

interface Stage {
  readonly bench: Bench
  readonly version: ZoneVersion
  readonly journal: Journal
  readonly news: TransferNews[]
  counted(name: TallyName): number
}

/** a.test with a change from serial 7 to 8, offered; b.test is not. */
function setStage(access: readonly AccessRule[] = anybody): Stage {
  const bench = createBench(zones)
  const before = versionOf(bench, 'a.test.', 7)
  bench.down('10.0.0.2')
  const version = versionOf(bench, 'a.test.', 8)
  const change = diffVersions(before, version, 1_000_000)!
  const journal = extendJournal(emptyJournal, change, { versionsMax: 9, octetsMax: 99_999 })
  const apex = parseName('a.test.', null) as Name
  bench.live.offers.set(nameKey(apex), { apex, version, journal, access })
  const news: TransferNews[] = []
  bench.live.quota.tell = one => news.push(one)
  return { bench, version, journal, news, counted: name => bench.live.tally[tallyAt[name]]! }
}

/** A request for changes: the SOA of the version at hand stands in the authority section. */
function ixfr(name: string, serial: number, options: QueryOptions = {}): Uint8Array {
  const query = encodeQuery(name, 'IXFR', options)
  const end = 12 + (parseName(`${name}.`, null) as Name).length + 4
  // The owner is the question's name; both names of the SOA are the root.
  const soa = Uint8Array.of(0xc0, 12, 0, 6, 0, 1, 0, 0, 0, 0, 0, 22, 0, 0, ...new Uint8Array(20))
  writeU32(soa, 14, serial)
  const asked = Uint8Array.from([...query.subarray(0, end), ...soa, ...query.subarray(end)])
  writeU16(asked, 8, 1)
  return asked
}

let stage: Stage
beforeEach(() => {
  stage = setStage()
})

const axfr = (name = 'a.test', options: QueryOptions = {}): Uint8Array => encodeQuery(name, 'AXFR', options)

describe('the whole zone', () => {
  it('comes between two SOAs, in as many messages as it takes', () => {
    const { bench, version, news } = stage
    const stream = bench.stream(axfr())
    expect(unpacked(stream)).toEqual(lines(wholeZone(version)))
    expect(stream.length).toBeGreaterThan(2)
    expect(Math.max(...stream.map(message => message.length))).toBeLessThanOrEqual(16_384)
    const octets = stream.reduce((sum, message) => sum + message.length, 0)
    expect(news).toEqual([
      {
        zone: 'a.test.',
        form: 'axfr',
        serial: 8,
        address: '192.0.2.250',
        key: null,
        messages: stream.length,
        octets,
        outcome: 'done',
        reason: null,
      },
    ])
  })

  it('says AA and repeats id, RD and question, the name as it was spelled, in every message', () => {
    for (const message of stage.bench.stream(axfr('A.tEST', { id: 0xbeef, flags: 0x0100 }))) {
      const { id, flags, question, rcode } = decode(message)
      expect({ id, flags, question, rcode }).toEqual({
        id: 0xbeef,
        flags: ['qr', 'aa', 'rd'],
        question: { name: 'A.tEST.', type: 'TYPE252' },
        rcode: 'NOERROR',
      })
    }
  })

  it('has OPT in its first message if the request had one, and in no other', () => {
    const [first, ...others] = stage.bench.stream(axfr('a.test', { edns: {} })).map(decode)
    expect(first?.opt).toMatchObject({ payload: 1232, version: 0 })
    expect(others.length).toBeGreaterThan(1)
    expect(others.every(({ opt }) => opt === null)).toBe(true)
    expect(stage.bench.stream(axfr()).map(decode)[0]?.opt).toBeNull()
  })

  it('stays the version that it began with', () => {
    const { bench, version } = stage
    const first = bench.raw(axfr(), 'tcp')!
    const { sending } = bench.live.desk
    bench.live.offers.clear()
    bench.down()
    const out = new Uint8Array(65_535)
    const rest: Uint8Array[] = []
    for (let length = sending!.next(out, 0); length > 0; length = sending!.next(out, 0)) rest.push(out.slice(0, length))
    expect(sending!.close()).toMatchObject({ outcome: 'done', serial: 8 })
    expect(unpacked([first, ...rest])).toEqual(lines(wholeZone(version)))
  })

  it('that nobody goes on with is told as broken off, with what was sent', () => {
    const { bench, news, counted } = stage
    bench.raw(axfr(), 'tcp')
    const { sending } = bench.live.desk
    const out = new Uint8Array(65_535)
    sending!.next(out, 0)
    news.push(sending!.close())
    expect(news).toMatchObject([{ messages: 2, outcome: 'failed', reason: 'broken-off' }])
    expect(counted('transfersFailed')).toBe(1)
    expect(bench.live.quota).toMatchObject({ running: 0, byAddress: new Map() })
  })
})

describe('a record that fits no message with others', () => {
  it('has one of its own', () => {
    const long = `'${'x'.repeat(200)}'`
    const texts = Array.from({ length: 100 }, () => long).join(' ')
    const bench = createBench({
      'a.test.zone': `$TTL 60\n@ SOA ns1 h 1 1 1 1 1\n@ NS ns1\nns1 A 192.0.2.1\nt TXT ${texts.replaceAll("'", '"')}\n`,
    })
    const version = versionOf(bench, 'a.test.', 1)
    const apex = parseName('a.test.', null) as Name
    bench.live.offers.set(nameKey(apex), { apex, version, journal: emptyJournal, access: anybody })
    const stream = bench.stream(axfr())
    expect(unpacked(stream)).toEqual(lines(wholeZone(version)))
    expect(stream.map(message => message.length > 16_384)).toContain(true)
  })
})

describe('changes', () => {
  it('come from one version to the next, in one message that takes no place', () => {
    const { bench, version, journal, news, counted } = stage
    bench.live.quota.atOnceMax = 0
    const stream = bench.stream(ixfr('a.test', 7))
    expect(stream).toHaveLength(1)
    expect(unpacked(stream)).toEqual(lines(zoneChanges(version, journal.diffs)))
    expect(news).toMatchObject([{ form: 'ixfr', messages: 1, outcome: 'done' }])
    expect([counted('transfersBegun'), counted('transfersDone')]).toEqual([1, 1])
  })

  it.each([8, 9])('are the SOA alone for a client with serial %i', serial => {
    const { bench, version, news } = stage
    expect(unpacked(bench.stream(ixfr('a.test', serial)))).toEqual(lines(wholeZone(version)).slice(0, 1))
    expect(news).toMatchObject([{ form: 'current', outcome: 'done' }])
  })

  it('are the whole zone for a client whose version is forgotten', () => {
    const { bench, version, news } = stage
    expect(unpacked(bench.stream(ixfr('a.test', 6)))).toEqual(lines(wholeZone(version)))
    expect(news).toMatchObject([{ form: 'axfr', outcome: 'done' }])
  })

  it('take a request whose SOA is spelled out and in another case', () => {
    const { bench, version } = stage
    const pointed = ixfr('a.test', 8)
    const owner = parseName('A.TesT.', null) as Name
    const spelled = Uint8Array.from([...pointed.subarray(0, 24), ...owner, ...pointed.subarray(26)])
    expect(unpacked(bench.stream(spelled))).toEqual(lines(wholeZone(version)).slice(0, 1))
  })

  const broken: readonly (readonly [string, (query: Uint8Array) => Uint8Array])[] = [
    ['no SOA', () => encodeQuery('a.test', 'IXFR')],
    ['an SOA of another zone', query => Uint8Array.from([...query.subarray(0, 24), 0, ...query.subarray(26)])],
    ['something else than an SOA', query => query.with(27, 16)],
    ['numbers cut short', query => Uint8Array.from(query.with(35, 18).subarray(0, query.length - 4))],
  ]
  it.each(broken)('are FORMERR with %s', (_, spoil) => {
    const [answer] = stage.bench.stream(spoil(ixfr('a.test', 7)))
    expect(decode(answer!)).toMatchObject({ rcode: 'FORMERR', answer: [] })
    expect(stage.counted('formerr')).toBe(1)
  })
})

describe('over UDP', () => {
  it('the whole zone is not to be had', () => {
    const { bench } = stage
    expect(bench.query('a.test', 'AXFR', { edns: {} })).toMatchObject({
      rcode: 'NOTIMP',
      answer: [],
      opt: { error: { code: 21 } },
    })
  })

  it('changes of a zone that others may have are its SOA, with the serial of now', () => {
    const { bench } = stage
    bench.live.rotation = { ...bench.live.rotation, serial: () => 4711 }
    const answer = decode(bench.raw(ixfr('a.test', 7))!)
    expect(answer).toMatchObject({ rcode: 'NOERROR', flags: ['qr', 'aa'] })
    expect(answer.answer).toHaveLength(1)
    expect(answer.answer[0]?.value).toContain(' 4711 ')
    expect(decode(bench.raw(encodeQuery('a.test', 'IXFR'))!).rcode).toBe('FORMERR')
  })

  it('changes of a zone that nobody may have are REFUSED, and of another NOTAUTH', () => {
    const { bench } = stage
    expect(decode(bench.raw(ixfr('b.test', 7))!)).toMatchObject({ rcode: 'REFUSED', answer: [] })
    expect(decode(bench.raw(ixfr('c.test', 7))!)).toMatchObject({ rcode: 'NOTAUTH', answer: [] })
  })
})

describe('who is not admitted', () => {
  it.each(['AXFR', 'IXFR'])('gets REFUSED and why for %s of a zone without a rule', type => {
    const answer = stage.bench.query('b.test', type, { via: 'tcp', edns: {} })
    expect(answer).toMatchObject({ rcode: 'REFUSED', answer: [], authority: [], opt: { error: { code: 18 } } })
    expect(stage.counted('transfersRefused')).toBe(1)
    expect(stage.news).toEqual([])
  })

  it('is asked to come again for a zone that is to be had but not ready yet', () => {
    const { bench } = stage
    bench.live.rotation = { ...bench.live.rotation, serial: () => 7 }
    const answer = bench.query('b.test', 'AXFR', { via: 'tcp', edns: {} })
    expect(answer).toMatchObject({ rcode: 'SERVFAIL', answer: [], opt: { error: { code: 14 } } })
  })

  it('gets SERVFAIL for a zone that has expired, which nobody should go on with', () => {
    const { bench, version } = stage
    version.snapshot.words[(version.zone >>> 2) + imageHead.withheld] = 1
    bench.live.rotation = { ...bench.live.rotation, serial: () => 7 }
    const expired = { rcode: 'SERVFAIL', answer: [], opt: { error: { code: 24 } } }
    expect(bench.query('a.test', 'AXFR', { via: 'tcp', edns: {} })).toMatchObject(expired)
    expect(bench.query('a.test', 'IXFR', { edns: {} })).toMatchObject(expired)
    expect(bench.live.desk.sending).toBeNull()
  })

  it.each(['c.test', 'www.a.test', 'test', '.'])('gets NOTAUTH for %s, which is no zone of ours', name => {
    const answer = stage.bench.query(name, 'AXFR', { via: 'tcp', edns: {} })
    expect(answer).toMatchObject({ rcode: 'NOTAUTH', answer: [], opt: { error: { code: 20 } } })
    expect(stage.counted('notauth')).toBe(1)
  })

  it('is told from others by address, and news tells of it', () => {
    const { table } = parseAccess(['192.0.2.0/24', '!192.0.2.9'])
    stage = setStage([{ key: null, from: table }])
    const { bench, news } = stage
    for (const [address, rcode] of [
      ['192.0.2.8', 'NOERROR'],
      ['192.0.2.9', 'REFUSED'],
      ['198.51.100.1', 'REFUSED'],
      ['2001:db8::1', 'REFUSED'],
    ] as const) {
      bench.from(address, 4000, 0)
      expect(decode(bench.stream(axfr())[0]!).rcode).toBe(rcode)
    }
    expect(news.map(({ address, outcome, reason }) => [address, outcome, reason])).toEqual([
      ['192.0.2.8', 'done', null],
      ['192.0.2.9', 'refused', 'no-rule'],
      ['198.51.100.1', 'refused', 'no-rule'],
      ['2001:db8::1', 'refused', 'no-rule'],
    ])
  })

  it('is who did not sign, where a key is asked for', () => {
    stage = setStage([{ key: lowerName(parseName('xfr.', null) as Name), from: null }])
    expect(decode(stage.bench.stream(axfr())[0]!).rcode).toBe('REFUSED')
  })

  it('is everybody for class CH', () => {
    expect(stage.bench.query('a.test', 'AXFR', { via: 'tcp', qclass: 3 }).rcode).toBe('REFUSED')
  })
})

describe('too many at once', () => {
  const begin = (): ReturnType<typeof decode> & { close: () => void } => {
    const answer = decode(stage.bench.raw(axfr('a.test', { edns: {} }), 'tcp')!)
    const { sending } = stage.bench.live.desk
    stage.bench.live.desk.sending = null
    return { ...answer, close: () => void sending?.close() }
  }

  it('are SERVFAIL beyond four for one address, and free again as they end', () => {
    const running = Array.from({ length: 4 }, begin)
    expect(running.every(({ rcode }) => rcode === 'NOERROR')).toBe(true)
    expect(begin()).toMatchObject({ rcode: 'SERVFAIL', answer: [], opt: { error: { code: 14 } } })
    expect(stage.news).toMatchObject([{ outcome: 'refused', reason: 'too-many' }])
    running[0]!.close()
    expect(begin().rcode).toBe('NOERROR')
  })

  it('are SERVFAIL beyond sixteen in all', () => {
    for (let i = 0; i < 16; i++) {
      stage.bench.from(`10.1.0.${i >> 1}`, 4000, 0)
      expect(begin().rcode).toBe('NOERROR')
    }
    stage.bench.from('10.1.0.200', 4000, 0)
    expect(begin().rcode).toBe('SERVFAIL')
    expect(stage.counted('transfersRefused')).toBe(1)
  })
})
