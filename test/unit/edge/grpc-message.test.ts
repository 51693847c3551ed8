/** The messages of grpc.health.v1: octet by octet, and whatever a server may send instead. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { decodeResponse, encodeRequest } from '../../../src/edge/probe/grpc-message.ts'

const seed = 20_261_122

const framed = (message: readonly number[], flag = 0): Buffer =>
  Buffer.from([flag, 0, 0, 0, message.length, ...message])

it('a request is a frame around the name of the service', () => {
  expect(encodeRequest('').toString('hex')).toBe('0000000000')
  expect(encodeRequest('a.B').toString('hex')).toBe(`0000000005${'0a03'}${Buffer.from('a.B').toString('hex')}`)
  const long = encodeRequest('s'.repeat(200))
  expect(long.subarray(0, 8).toString('hex')).toBe('00000000cb0ac801')
  expect(long.length).toBe(8 + 200)
})

it.each([
  [[0x08, 1], 'SERVING'],
  [[], 'UNKNOWN'],
  [[0x08, 0], 'UNKNOWN'],
  [[0x08, 2], 'NOT_SERVING'],
  [[0x08, 3], 'SERVICE_UNKNOWN'],
  [[0x08, 9], 9],
  // The last one counts, and what is not known is passed over: varint, 64 bits, octets, 32 bits.
  [[0x08, 2, 0x08, 1], 'SERVING'],
  [[0x10, 0xff, 0x01, 0x08, 1], 'SERVING'],
  [[0x19, 1, 2, 3, 4, 5, 6, 7, 8, 0x08, 1], 'SERVING'],
  [[0x08, 1, 0x22, 2, 0x08, 2], 'SERVING'],
  [[0x2d, 1, 2, 3, 4, 0x08, 1], 'SERVING'],
  // A varint may be longer than it need be.
  [[0x08, 0x81, 0x00], 'SERVING'],
])('%o says %s', (message, said) => {
  expect(decodeResponse(framed(message))).toBe(said)
})

it.each([
  ['nothing', Buffer.alloc(0)],
  ['half a frame', Buffer.from([0, 0, 0])],
  ['a compressed frame', framed([0x08, 1], 1)],
  ['a frame that is too short', Buffer.from([0, 0, 0, 0, 3, 0x08, 1])],
  ['a frame that is too long', Buffer.from([0, 0, 0, 0, 1, 0x08, 1])],
  ['a status that is no number', framed([0x0a, 1, 1])],
  ['a status without a value', framed([0x08])],
  ['a number without end', framed([0x08, ...Array(11).fill(0x80)])],
  ['a field beyond the end', framed([0x22, 9, 1])],
  ['a group', framed([0x0b, 0x08, 1])],
  ['the field 0', framed([0x00, 1])],
])('%s is no response', (_what, octets) => {
  expect(decodeResponse(octets)).toBeNull()
})

it('any octets are read without a throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), octets => {
      const said = decodeResponse(framed([...octets]))
      expect(said === null || typeof said === 'string' || said >= 4).toBe(true)
    }),
    { seed, numRuns: 3000 },
  )
})
