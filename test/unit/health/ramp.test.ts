import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import { rampShare, rampStepMinMs, rampStepMs, rampStepsMax } from '../../../src/core/health/ramp.ts'

const upMs = millis(5_000)
const shareAfter = (goneMs: number, slowStartMs: number) => rampShare(upMs, millis(slowStartMs), millis(upMs + goneMs))

describe('a slow start', () => {
  it('grows linearly from above nothing to the whole', () => {
    expect([0, 15_000, 30_000, 45_000, 60_000, 90_000].map(gone => shareAfter(gone, 60_000))).toEqual([
      0.05, 0.25, 0.5, 0.75, 1, 1,
    ])
  })

  it.each([1, 500, 1_000, 1_500, 7_000, 60_000, 3_600_000])(
    'over %d ms never shrinks, is never 0, in few steps',
    slow => {
      const shares = Array.from({ length: 2_001 }, (_, i) => shareAfter((slow * i) / 2_000, slow))
      expect(Math.min(...shares)).toBeGreaterThan(0)
      expect(shares.at(-1)).toBe(1)
      expect(shares).toEqual(shares.toSorted((a, b) => a - b))
      expect(new Set(shares).size).toBeLessThanOrEqual(rampStepsMax)
      expect(rampStepMs(millis(slow))).toBeGreaterThanOrEqual(rampStepMinMs)
    },
  )

  it('that is switched off is over at once', () => {
    expect(shareAfter(0, 0)).toBe(1)
  })
})
