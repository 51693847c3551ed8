/** NOTIFY as it goes out, read by dns2, and which answers are answers. */
import { Packet } from 'dns2'
import { expect, test } from 'vitest'
import { type Name, parseName } from '../../../src/core/name/name.ts'
import { judgeNotifyAnswer, notifyOctetsMax, writeNotify } from '../../../src/core/transfer/notify-message.ts'
import { versionOfText } from './zones.ts'

const apex = parseName('a.test.', null) as Name
const { soa } = versionOfText(
  `soa: {mname: ns1.a.test., rname: hostmaster.a.test., serial: 1}
records: {'@': {type: NS, values: [ns1.a.test.]}, ns1: {type: A, value: 192.0.2.53}}`,
  4_000_000_000,
)
const out = new Uint8Array(notifyOctetsMax)
const request = () => out.slice(0, writeNotify(out, 0x1234, apex, soa))
/** The answer as it should be, but for `change`. */
const answer = (change: (octets: Uint8Array) => void = () => {}, code = 0) => {
  const octets = request().slice(0, 12 + apex.length + 4)
  octets.set([0x12, 0x34, 0x80 | 0x20 | 0x04, code, 0, 1, 0, 0, 0, 0, 0, 0])
  change(octets)
  return octets
}
const judge = (octets: Uint8Array) => judgeNotifyAnswer(octets, 0x1234, apex)

test('asks for the SOA with opcode 4, AA, and the new SOA as a hint', () => {
  const octets = request()
  expect([octets[2], octets[3]]).toEqual([0x24, 0])
  const packet = Packet.parse(Buffer.from(octets))
  expect(packet.questions).toMatchObject([{ name: 'a.test', type: 6, class: 1 }])
  expect(packet.answers).toMatchObject([{ name: 'a.test', type: 6, serial: 4_000_000_000, ttl: 300 }])
})

test('takes an answer to its question with its ID, whatever the case', () => {
  expect([judge(answer()), judge(answer(octets => octets.set([0x41], 13)))]).toEqual(['acknowledged', 'acknowledged'])
  expect([judge(answer(undefined, 5)), judge(answer(undefined, 4).slice(0, 12))]).toEqual(['refused', 'foreign'])
  expect(judge(answer(octets => octets.set([0, 0], 4), 4).slice(0, 12))).toBe('refused')
})

test.each([
  ['another ID', (octets: Uint8Array) => octets.set([0x35], 1)],
  ['a request', (octets: Uint8Array) => octets.set([0x24], 2)],
  ['another opcode', (octets: Uint8Array) => octets.set([0x84], 2)],
  ['another name', (octets: Uint8Array) => octets.set([0x62], 13)],
  ['another type', (octets: Uint8Array) => octets.set([1], 12 + apex.length + 1)],
  ['another class', (octets: Uint8Array) => octets.set([3], 12 + apex.length + 3)],
  ['no question, though it has no error', (octets: Uint8Array) => octets.set([0, 0], 4)],
])('%s is no answer', (_, change) => {
  expect(judge(answer(change))).toBe('foreign')
})

test('a message cut short anywhere is no answer', () => {
  const whole = answer()
  for (let length = 0; length < whole.length; length++) expect(judge(whole.slice(0, length))).toBe('foreign')
})
