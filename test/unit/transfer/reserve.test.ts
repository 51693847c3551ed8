/** How far ahead serials are kept, and when a save has to be waited for. */
import { expect, test } from 'vitest'
import { cover, noteSaved, type Reserve, reserveStep } from '../../../src/core/transfer/reserve.ts'

const begin = (serial: number): Reserve => ({ wanted: serial, saved: null })

test('nothing is given out before it is saved once, and then a step of serials is', () => {
  const first = cover(begin(10), 10)
  expect(first).toEqual({ reserve: { wanted: 10 + reserveStep, saved: null }, cover: 'wait' })
  const saved = noteSaved(first.reserve, first.reserve.wanted)
  expect(cover(saved, 10).cover).toBe('covered')
  expect(cover(saved, 10 + reserveStep / 2).cover).toBe('covered')
})

test('the reserve is raised when half of it is used, and waited for only when all of it is', () => {
  const saved: Reserve = { wanted: 1_000, saved: 1_000 }
  expect(cover(saved, 501)).toEqual({ reserve: { wanted: 1_501, saved: 1_000 }, cover: 'raise' })
  expect(cover(saved, 1_000).cover).toBe('raise')
  expect(cover(saved, 1_001)).toEqual({ reserve: { wanted: 2_001, saved: 1_000 }, cover: 'wait' })
})

test('serials wrap, and what is saved never goes back', () => {
  const saved: Reserve = { wanted: 0xffff_fff0, saved: 0xffff_fff0 }
  expect(cover(saved, 5)).toEqual({ reserve: { wanted: 5 + reserveStep, saved: 0xffff_fff0 }, cover: 'wait' })
  expect(cover({ wanted: 5, saved: 5 }, 0xffff_fff0).cover).toBe('raise')
  expect(noteSaved({ wanted: 9, saved: 9 }, 7)).toEqual({ wanted: 9, saved: 9 })
})
