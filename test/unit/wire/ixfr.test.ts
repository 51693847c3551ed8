/** The serial out of a request for changes: what dig and Knot send, and any octets whatever. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Name, parseName } from '../../../src/core/name/name.ts'
import { expandName, skipName } from '../../../src/core/wire/compressed.ts'
import { readIxfrSerial } from '../../../src/core/wire/ixfr.ts'
import { createAsk, readQuery } from '../../../src/core/wire/query.ts'
import { octets } from '../../dns/bench.ts'

function serialOf(query: Uint8Array): number | null | 'unread' {
  const ask = createAsk()
  ask.query = query
  return readQuery(ask) === 'ok' ? readIxfrSerial(ask) : 'unread'
}

const head = '4711 0000 0001 0000 0001 0000 n:a.test 00fb 0001'
const numbers = 'fffffffe 00000001 00000002 00000003 00000004'

describe('the serial', () => {
  it.each([
    ['of a pointed owner and root names', `${head} c00c 0006 0001 00000000 0016 00 00 ${numbers}`],
    ['of names spelled out', `${head} n:A.tEST 0006 0001 00000000 0027 n:ns.a.test n:h.test ${numbers}`],
    ['of names that point', `${head} c00c 0006 0001 00000000 001b 026e73 c00c c00c ${numbers}`],
  ])('is read %s', (_, text) => {
    const query = octets(text)
    expect(serialOf(query)).toBe(0xffff_fffe)
  })

  it.each([
    ['two records', head.replace('0001 0000 n:', '0002 0000 n:'), `c00c 0006 0001 00000000 0016 00 00 ${numbers}`, 2],
    [
      'an answer section',
      head.replace('0000 0001 0000 n:', '0001 0000 0000 n:'),
      `c00c 0006 0001 00000000 0016 00 00 ${numbers}`,
      1,
    ],
    ['class CH', head, `c00c 0006 0003 00000000 0016 00 00 ${numbers}`, 1],
    ['a longer owner', head, `n:b.a.test 0006 0001 00000000 0016 00 00 ${numbers}`, 1],
    ['an owner that points to itself', head, `c018 0006 0001 00000000 0016 00 00 ${numbers}`, 1],
    ['numbers beyond the rdata', head, `c00c 0006 0001 00000000 0012 00 00 ${numbers.slice(0, -9)}`, 1],
    ['names beyond the rdata', head, `c00c 0006 0001 00000000 0003 3f6161`, 1],
  ])('is none with %s', (_, before, record, times) => {
    expect(serialOf(octets(`${before} ${Array(times).fill(record).join(' ')}`))).toBeNull()
  })

  it('of any octets is one or none', () => {
    const soa = octets(`${head} c00c 0006 0001 00000000 0016 00 00 ${numbers}`)
    const flips = fc.array(fc.tuple(fc.nat(soa.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(flips, damage => {
        const query = Uint8Array.from(soa)
        for (const [at, value] of damage) query[at] = value
        const serial = serialOf(query)
        expect(serial === null || serial === 'unread' || (serial >= 0 && serial <= 0xffff_ffff)).toBe(true)
      }),
      { seed: 20_260_102, numRuns: 5_000 },
    )
  })
})

describe('a name in a message', () => {
  it('of any octets is skipped and expanded, or is none', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(300), (message, at) => {
        const end = skipName(message, at)
        const name = expandName(message, at)
        expect(end === -1 || (end > at && end <= message.length)).toBe(true)
        if (name === null) return
        expect(name.length).toBeLessThanOrEqual(255)
        expect(end).toBeGreaterThan(at)
      }),
      { seed: 20_260_103, numRuns: 5_000 },
    )
  })

  it('is followed backwards only', () => {
    const message = octets('n:a.test 0362 c000 c008')
    expect(expandName(message, 8 + 4)).toBeNull()
    const pointed = octets('n:a.test 0162 c000')
    expect(expandName(pointed, 8)).toEqual(parseName('b.a.test.', null) as Name)
    expect(skipName(pointed, 8)).toBe(12)
  })
})
