/** Records of transfers as they come in, from primaries that are honest and from those that are not. */
import { describe, expect, test } from 'vitest'
import {
  createIncoming,
  differencesMax,
  type Incoming,
  isSoaAlone,
  takeRecord,
} from '../../../src/core/secondary/incoming.ts'
import type { WireRecord } from '../../../src/core/secondary/message.ts'
import type { SignedPolicy } from '../../../src/core/secondary/signed.ts'
import type { Failure } from '../../../src/core/secondary/types.ts'
import { name, record, soa } from './wire.ts'

const limits = { octetsMax: 10_000, recordsMax: 20 }

function incoming(since: number | null, signed: SignedPolicy = 'refuse'): Incoming {
  return createIncoming({ apex: name('a.test'), since, signed, ...limits })
}

/** The first failure, or null. */
function feed(to: Incoming, records: readonly WireRecord[]): Failure | null {
  for (const each of records) {
    const failure = takeRecord(to, each)
    if (failure !== null) return failure
  }
  return null
}

const www = record('www.a.test 5 A 10.0.0.1')
const old = record('old.a.test 5 A 10.0.0.2')

describe('changes without end', () => {
  const huge = { apex: name('a.test'), since: 1, signed: 'refuse' as const, octetsMax: 1e9, recordsMax: 1e7 }
  const steps = function* (count: number): Generator<WireRecord> {
    yield soa('a.test', count + 1)
    for (let i = 1; i <= count; i++) {
      yield soa('a.test', i)
      yield soa('a.test', i + 1)
    }
  }

  test('are not taken one by one: the whole zone is to be had', () => {
    const to = createIncoming(huge)
    let failure: Failure | null = null
    for (const each of steps(differencesMax + 1)) failure ??= takeRecord(to, each)
    expect(failure).toMatchObject({ reason: 'malformed' })
    expect(to.differences).toHaveLength(differencesMax)
  })

  test('that change nothing take next to nothing', () => {
    const to = createIncoming(huge)
    for (const each of steps(1_000)) expect(takeRecord(to, each)).toBeNull()
    const octets = to.differences.reduce((sum, { gone, come }) => sum + gone.bytes.length + come.bytes.length, 0)
    expect(octets).toBe(0)
  })
})

describe('a whole zone', () => {
  test('ends with the SOA that it begins with', () => {
    const to = incoming(null)
    expect(feed(to, [soa('a.test', 3), www, old])).toBeNull()
    expect(to.isOver).toBe(false)
    expect(feed(to, [soa('A.test', 3)])).toBeNull()
    expect([to.isOver, to.form, to.whole.records]).toEqual([true, 'whole', 2])
  })

  test('may be of its SOA alone, and the answer to a question for changes', () => {
    for (const since of [null, 1]) {
      const to = incoming(since)
      expect(feed(to, [soa('a.test', 3), soa('a.test', 3)])).toBeNull()
      expect([to.isOver, to.form]).toEqual([true, 'whole'])
    }
    const to = incoming(1)
    expect(feed(to, [soa('a.test', 3), www, soa('a.test', 3)])).toBeNull()
    expect([to.isOver, to.form, to.whole.records]).toEqual([true, 'whole', 1])
  })

  test.each([
    ['no SOA at its beginning', [www], 'malformed'],
    ['another serial at its end', [soa('a.test', 3), www, soa('a.test', 4)], 'malformed'],
    ['records behind its end', [soa('a.test', 3), soa('a.test', 3), www], 'malformed'],
    ['a name outside', [soa('a.test', 3), record('www.b.test 5 A 10.0.0.1')], 'malformed'],
    ['a name that only looks as if it were inside', [soa('a.test', 3), record('wwwa.test 5 A 10.0.0.1')], 'malformed'],
    ['the SOA of another zone', [soa('b.test', 3)], 'malformed'],
    ['the SOA of a zone below', [soa('a.test', 3), soa('b.a.test', 3)], 'malformed'],
    ['another class', [soa('a.test', 3), record('www.a.test 5 A 10.0.0.1', 3)], 'malformed'],
    ['a type for questions', [soa('a.test', 3), { ...www, type: 255 }], 'malformed'],
    ['an OPT among its records', [soa('a.test', 3), { ...www, type: 41 }], 'malformed'],
    ['an address of five octets', [soa('a.test', 3), { ...www, rdata: new Uint8Array(5) }], 'malformed'],
    ['more records than are taken', [soa('a.test', 3), ...Array.from({ length: 20 }, () => www)], 'too-large'],
    ['more octets than are taken', [soa('a.test', 3), { ...www, type: 16, rdata: txtOf(10_000) }], 'too-large'],
    ['signatures', [soa('a.test', 3), { ...www, type: 46 }], 'signed'],
    ['keys of its own', [soa('a.test', 3), { ...www, owner: name('a.test'), type: 48, rdata: keyOf() }], 'signed'],
  ] as const)('with %s is of no use', (_, records, reason) => {
    expect(feed(incoming(null), records)).toMatchObject({ reason })
  })

  test('that is signed comes without what signing put into it, where that is wanted', () => {
    const to = incoming(null, 'strip')
    const signatures = [46, 47, 50, 51, 59, 60, 63].map(type => ({ ...www, type, rdata: new Uint8Array(24) }))
    const ds = { ...www, type: 43, rdata: Uint8Array.from([0, 1, 8, 2, ...new Uint8Array(32)]) }
    expect(feed(to, [soa('a.test', 3), www, ds, soa('a.test', 3)])).toBeNull()
    expect(to.whole.records).toBe(2)
    const left = incoming(null, 'strip')
    for (const each of signatures.filter(({ type }) => type === 46 || type === 47)) feed(left, [soa('a.test', 3), each])
    expect(left.whole.records).toBe(0)
  })

  test('a TTL with its highest bit set is 0 (RFC 2181 section 8)', () => {
    const to = incoming(null)
    feed(to, [soa('a.test', 3), { ...www, ttl: 0x8000_0001 }])
    const ttlAt = www.owner.length + 2
    expect([...to.whole.bytes.subarray(ttlAt, ttlAt + 4)]).toEqual([0, 0, 0, 0])
  })
})

describe('changes', () => {
  test('are read step by step', () => {
    const to = incoming(1)
    const first = [soa('a.test', 1), old, soa('a.test', 2), www]
    const second = [soa('a.test', 2), soa('a.test', 5), old]
    expect(feed(to, [soa('a.test', 5), ...first, ...second])).toBeNull()
    expect(to.isOver).toBe(false)
    expect(feed(to, [soa('a.test', 5)])).toBeNull()
    expect([to.isOver, to.form]).toEqual([true, 'changes'])
    const shapes = to.differences.map(({ from, to: serial, gone, come }) => [from, serial, gone.records, come.records])
    expect(shapes).toEqual([
      [1, 2, 1, 1],
      [2, 5, 0, 1],
    ])
  })

  test('there are none where the SOA stands alone', () => {
    const to = incoming(5)
    expect(isSoaAlone(to)).toBe(false)
    feed(to, [soa('a.test', 5)])
    expect(isSoaAlone(to)).toBe(true)
    feed(to, [soa('a.test', 5)])
    expect(isSoaAlone(to)).toBe(false)
  })

  test.each([
    ['do not begin where we are', [soa('a.test', 5), soa('a.test', 2)]],
    ['skip a step', [soa('a.test', 5), soa('a.test', 1), soa('a.test', 2), soa('a.test', 3)]],
    ['lead back', [soa('a.test', 5), soa('a.test', 1), soa('a.test', 0)]],
  ])('that %s are of no use', (_, records) => {
    expect(feed(incoming(1), records)).toMatchObject({ reason: 'malformed' })
  })
})

function txtOf(octets: number): Uint8Array {
  const rdata = new Uint8Array(Math.ceil(octets / 256) * 256)
  for (let at = 0; at < rdata.length; at += 256) rdata[at] = 255
  return rdata
}

/** Flags, protocol 3, algorithm 13, some octets. */
function keyOf(): Uint8Array {
  return Uint8Array.from([1, 1, 3, 13, ...new Uint8Array(64)])
}
