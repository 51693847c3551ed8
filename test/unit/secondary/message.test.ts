/** Messages of primaries, sound and otherwise. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { formatName } from '../../../src/core/name/name.ts'
import { formatRdata } from '../../../src/core/rdata/table.ts'
import { readPrimaryMessage } from '../../../src/core/secondary/message.ts'
import { message, name, record, soa } from './wire.ts'

const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replace(/\s/g, ''), 'hex'))
/** Header with one answer and the question a.test SOA at 12. */
const head = '0001 8400 0001 0001 0000 0000 01 61 04 74657374 00 0006 0001'

function answers(octets: Uint8Array): readonly string[] {
  const read = readPrimaryMessage(octets)
  if (read === 'malformed') throw new Error('malformed')
  return read.answers.map(
    ({ owner, type, ttl, rdata }) => `${formatName(owner)} ${ttl} ${type} ${formatRdata(type, rdata)}`,
  )
}

test('is read as it was meant', () => {
  const octets = message({
    id: 7,
    question: { name: name('a.test'), type: 252 },
    answers: [soa('a.test', 9), record('www.a.test 5 A 10.0.0.1')],
  })
  expect(readPrimaryMessage(octets)).toMatchObject({ id: 7, rcode: 0, question: { type: 252, klass: 1 } })
  expect(answers(octets)).toEqual(['a.test. 30 6 ns1.a.test. host.a.test. 9 60 15 86400 5', 'www.a.test. 5 1 10.0.0.1'])
})

describe('names in rdata are uncompressed', () => {
  test.each([
    ['NS', '0002', '036e7331 c00c', 'ns1.a.test.'],
    ['MX', '000f', '0005 036e7331 c00c', '5 ns1.a.test.'],
    ['SRV of an old server', '0021', '0001 0002 0003 c00c', '1 2 3 a.test.'],
    ['SOA', '0006', 'c00c c00c 00000009 00000001 00000002 00000003 00000004', 'a.test. a.test. 9 1 2 3 4'],
    ['NAPTR', '0023', '0001 0002 01 41 00 00 c00c', '1 2 "A" "" "" a.test.'],
    ['HTTPS', '0041', '0001 c00c 0001 0003 02 6832', '1 a.test. alpn="h2"'],
  ])('%s', (_, type, rdata, expected) => {
    const octets = hex(rdata)
    const whole = hex(`${head} c00c ${type} 0001 00000005 ${octets.length.toString(16).padStart(4, '0')} ${rdata}`)
    expect(answers(whole)).toEqual([`a.test. 5 ${Number.parseInt(type, 16)} ${expected}`])
  })

  test('AFSDB and RP, of which there are no words here', () => {
    const afsdb = hex(`${head} c00c 0012 0001 00000005 0004 0001 c00c`)
    const rp = hex(`${head} c00c 0011 0001 00000005 0004 c00c c00c`)
    expect(answers(afsdb)).toEqual(['a.test. 5 18 \\# 10 00010161047465737400'])
    expect(answers(rp)).toEqual(['a.test. 5 17 \\# 16 01610474657374000161047465737400'])
  })
})

describe('is malformed', () => {
  test.each([
    ['without a whole header', '0001 8400 0001'],
    ['with two questions', '0001 8400 0002 0000 0000 0000 00 0006 0001 00 0006 0001'],
    ['with a pointer to itself', `${head} c018 0001 0001 00000005 0004 0a000001`],
    ['with pointers in a loop', `${head} 0161 c018 0001 0001 00000005 0004 0a000001`],
    ['with a pointer ahead', `${head} c0ff 0001 0001 00000005 0004 0a000001`],
    ['with a pointer into the header', `${head} c000 0001 0001 00000005 0004 0a000001`],
    ['with a label type that is none', `${head} 41 61 00 0001 0001 00000005 0004 0a000001`],
    ['with rdata beyond its end', `${head} c00c 0001 0001 00000005 0005 0a000001`],
    ['with a name beyond its rdata', `${head} c00c 0002 0001 00000005 0003 036e7331 00`],
    ['with rdata that goes on behind its name', `${head} c00c 0002 0001 00000005 0003 c00c 00`],
    [
      'with fewer records than it says',
      `${head.replace('0001 0000', '0002 0000')} c00c 0001 0001 00000005 0004 0a000001`,
    ],
    ['with strings beyond its rdata', `${head} c00c 0023 0001 00000005 0006 0001 0002 ff00`],
  ])('%s', (_, octets) => {
    expect(readPrimaryMessage(hex(octets))).toBe('malformed')
  })
})

test('any octets end in a message or in malformed, quickly', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(40), (noise, questions) => {
      const octets = Uint8Array.from([...hex(head), ...noise])
      octets[5] = questions < 38 ? 1 : questions
      octets[7] = noise.length & 7
      const read = readPrimaryMessage(octets)
      return read === 'malformed' || read.answers.length === (noise.length & 7)
    }),
    { seed: 11, numRuns: 3_000 },
  )
})

test.each([
  [100, 1],
  [200, 'malformed'],
])('a name of %i pointers that each lead back', (links, expected) => {
  // An unknown record of the root whose rdata is the chain, then an address whose owner is the last link.
  const chain = Array.from({ length: links }, (_, i) => (i === 0 ? 12 : 12 + 11 + 2 * (i - 1)))
  const whole = [0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 255, 1, 0, 1, 0, 0, 0, 5]
  whole.push(...lengthOf(2 * links), ...chain.flatMap(target => [0xc0 | (target >>> 8), target & 0xff]))
  const last = 12 + 11 + 2 * (links - 1)
  whole.push(0xc0 | (last >>> 8), last & 0xff, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 10, 0, 0, 1)
  const read = readPrimaryMessage(Uint8Array.from(whole))
  expect(read === 'malformed' ? read : read.answers.length - 1).toBe(expected)
})

function lengthOf(octets: number): readonly number[] {
  return [octets >>> 8, octets & 0xff]
}
