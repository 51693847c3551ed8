/** Whatever octets arrive, an answer is sound: no throw, within the limit, readable by two independent decoders. */
import { Packet } from 'dns2'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { tallyAt } from '../../src/core/answer/tally.ts'
import { formatName, isNameFault, parseName } from '../../src/core/name/name.ts'
import { encodeQuery } from '../dns/bench.ts'
import { decode } from '../dns/decode.ts'
import { createRefBench } from '../dns/ref.ts'

const seed = 20_260_101
const bench = createRefBench()

const labels = [
  'www',
  'pool',
  'pool200',
  'big',
  'cn1',
  'wild',
  'x',
  'ent',
  'child',
  'ns1',
  'bigdel',
  '*',
  'ref',
  'test',
]
const name = fc
  .array(fc.constantFrom(...labels), { maxLength: 6 })
  .map(parts => [...parts, 'ref', 'test', ''].join('.'))
const type = fc.constantFrom('A', 'AAAA', 'NS', 'SOA', 'MX', 'TXT', 'CNAME', 'SRV', 'ANY', 'DS', 'TYPE65280')

describe('answerQuery', () => {
  it('survives any octets', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), fc.constantFrom('udp' as const, 'tcp' as const), (query, via) => {
        const response = bench.raw(query, via)
        if (response !== null) expect(decode(response).flags).toContain('qr')
      }),
      { seed, numRuns: 5_000 },
    )
    expect(bench.live.tally[tallyAt.internalErrors]).toBe(0)
  })

  it('survives damaged queries', () => {
    const flips = fc.array(fc.tuple(fc.nat(59), fc.nat(255)), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(name, type, flips, (qname, qtype, damage) => {
        const query = encodeQuery(qname, qtype, { edns: {} })
        for (const [at, value] of damage) if (at < query.length) query[at] = value
        const response = bench.raw(query)
        if (response !== null) expect(decode(response).octets).toBeLessThanOrEqual(1232)
      }),
      { seed, numRuns: 5_000 },
    )
    expect(bench.live.tally[tallyAt.internalErrors]).toBe(0)
  })

  it('stays within the client limit and reads the same in two decoders', () => {
    const edns = fc.option(fc.record({ payload: fc.nat(4096) }), { nil: undefined })
    fc.assert(
      fc.property(name, type, edns, (qname, qtype, options) => {
        const response = bench.raw(encodeQuery(qname, qtype, options === undefined ? {} : { edns: options }))!
        const limit = options === undefined ? 512 : Math.min(1232, Math.max(512, options.payload))
        expect(response.length).toBeLessThanOrEqual(limit)
        const ours = decode(response)
        const theirs = Packet.parse(Buffer.from(response))
        expect((theirs as { errors?: unknown[] }).errors ?? []).toEqual([])
        expect(theirs.answers.length).toBe(ours.answer.length)
        expect(theirs.authorities.length).toBe(ours.authority.length)
        for (const [i, record] of theirs.answers.entries()) {
          expect(`${record.name.toLowerCase()}.`).toBe(ours.answer[i]!.name.toLowerCase())
        }
      }),
      { seed, numRuns: 2_000 },
    )
  })
})

describe('names', () => {
  it('any octets in labels survive presentation form', () => {
    const label = fc.uint8Array({ minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(fc.array(label, { maxLength: 8 }), parts => {
        const wire = Uint8Array.from([...parts.flatMap(part => [part.length, ...part]), 0])
        const parsed = parseName(formatName(wire), null)
        expect(isNameFault(parsed) ? parsed : [...parsed]).toEqual([...wire])
      }),
      { seed, numRuns: 2_000 },
    )
  })
})
