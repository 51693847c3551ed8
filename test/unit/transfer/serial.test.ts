/** RFC 1982, with the examples of its section 5. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addToSerial, isLater, nextSerial, serialStepMax } from '../../../src/core/transfer/serial.ts'

test('later is less than half the circle ahead', () => {
  expect(isLater(1, 0)).toBe(true)
  expect(isLater(44, 0)).toBe(true)
  expect(isLater(0, 0xffff_ffff)).toBe(true)
  expect(isLater(100, 0xffff_ff00)).toBe(true)
  expect(isLater(0xffff_ff00, 100)).toBe(false)
  expect(isLater(7, 7)).toBe(false)
  expect(isLater(0x8000_0000, 0)).toBe(false)
  expect(isLater(0, 0x8000_0000)).toBe(false)
})

test('the next serial is later, whatever is wanted, and what is wanted where that is later', () => {
  expect(nextSerial(5, 10)).toBe(10)
  expect(nextSerial(10, 5)).toBe(11)
  expect(nextSerial(10, 10)).toBe(11)
  expect(nextSerial(0xffff_ffff, 0xffff_ffff)).toBe(0)
  const serial = fc.nat(0xffff_ffff)
  fc.assert(
    fc.property(serial, serial, fc.integer({ min: 1, max: serialStepMax }), (before, wanted, step) => {
      expect(isLater(nextSerial(before, wanted), before)).toBe(true)
      expect(isLater(addToSerial(before, step), before)).toBe(true)
      expect(isLater(before, addToSerial(before, step))).toBe(false)
    }),
    { seed: 1982, numRuns: 2000 },
  )
})
