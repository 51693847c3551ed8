/** Streams of messages: whole records, bounds, compression, and two readers that agree on what is in them. */
import { expect, test } from 'vitest'
import { packMessages } from '../../../src/core/transfer/pack.ts'
import { soaAlone, wholeZone } from '../../../src/core/transfer/sequence.ts'
import { axfr, lines, messages, unpacked, unpackedByDns2, versionOfText } from './zones.ts'

const head = `
soa: {mname: ns1.a.test., rname: hostmaster.a.test., serial: 1}
records:
  '@':
    - {type: NS, values: [ns1.a.test., ns.elsewhere.example.]}
    - {type: MX, values: [{preference: 10, exchange: ns1.a.test.}]}
    - {type: CAA, values: [{flags: 0, tag: issue, value: ca.example.net}]}
  ns1: {type: A, value: 192.0.2.53}
  _s._tcp: {type: SRV, values: [{priority: 1, weight: 2, port: 3, target: ns1.a.test.}]}
  w: {type: HTTPS, values: [{svcpriority: 1, targetname: ns1.a.test., svcparams: {alpn: [h2]}}]}
  a.test: {type: CNAME, value: ns1.a.test.}
`
const many = Array.from({ length: 300 }, (_, i) => `  h${i}: {type: TXT, values: ['${'x'.repeat(i % 90)}', 'y${i}']}\n`)
const version = versionOfText(head + many.join(''), 7)
const expected = lines(wholeZone(version))

test.each([512, 700, 4096, 16_384, 65_535])('messages of at most %i octets hold the zone', limit => {
  const stream = messages(wholeZone(version), limit)
  expect(unpacked(stream)).toEqual(expected)
  expect(Math.max(...stream.map(message => message.length))).toBeLessThanOrEqual(limit)
  if (limit < 20_000) expect(stream.length).toBeGreaterThan(1)
})

test('dns2 reads the same names, types and TTLs', () => {
  const seen = unpackedByDns2(messages(wholeZone(version), 2000))
  expect(seen).toEqual(expected.map(line => line.split(' ').slice(0, 3).join(' ')))
})

test('each message has the id, the flags and the question', () => {
  for (const message of messages(wholeZone(version), 700)) {
    expect([...message.subarray(0, 6)]).toEqual([0x47, 0x11, 0x84, 0, 0, 1])
    expect(message.subarray(12, 12 + axfr.question.length)).toEqual(axfr.question)
  }
})

test('names of the zone are pointed at, targets of SRV and HTTPS are not', () => {
  const octets = messages(wholeZone(version)).reduce((sum, message) => sum + message.length, 0)
  const flat = expected.reduce((sum, line) => sum + line.split(' ')[0]!.length, 0)
  expect(octets).toBeLessThan(flat + 300 * 90)
  const [message] = messages(wholeZone(versionOfText(head, 7)))
  const text = Buffer.from(message!).toString('latin1')
  // In front of SRV and HTTPS targets stand whole names: once each, and as no other record's.
  expect(text.split('\u0003ns1\u0001a\u0004test\u0000').length - 1).toBe(2)
})

test('what sealing needs is left free, and what it returns is the length', () => {
  const out = new Uint8Array(700)
  const seals: number[] = []
  const seal = (_: Uint8Array, length: number) => {
    seals.push(length)
    return length + 100
  }
  const lengths = [...packMessages(axfr, wholeZone(version), { out, limit: 700, sealOctets: 100, seal })]
  expect(Math.max(...seals)).toBeLessThanOrEqual(600)
  expect(lengths).toEqual(seals.map(length => length + 100))
})

test('a record that fits no message ends the stream', () => {
  const large = versionOfText(`${head}  big: {type: TXT, value: '${'z'.repeat(600)}'}\n`, 7)
  const out = new Uint8Array(512)
  const packing = packMessages(axfr, wholeZone(large), { out, limit: 512, sealOctets: 0, seal: (_, length) => length })
  let step = packing.next()
  while (step.done !== true) step = packing.next()
  expect(step.value).toBe('too-large')
})

test('no records at all are one empty message', () => {
  expect(messages([])).toHaveLength(1)
  expect(unpacked(messages(soaAlone(version)))).toEqual(expected.slice(0, 1))
})
