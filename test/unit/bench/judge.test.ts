/** What the benchmarks conclude from their figures: what must hold, and whether something grows. */
import { describe, expect, it } from 'vitest'
import { rotatedWithEdns } from '../../../bench/answer.ts'
import { judge } from '../../../bench/limits.ts'
import { growthOf, type Sample } from '../../../bench/soak.ts'

const mebibyte = 2 ** 20

function samples(residentAt: (second: number) => number, descriptorsAt: (second: number) => number): Sample[] {
  return Array.from({ length: 100 }, (_, atSeconds) => ({
    atSeconds,
    residentBytes: residentAt(atSeconds),
    descriptors: descriptorsAt(atSeconds),
    threads: 9,
  }))
}

describe('growth', () => {
  it('is none where figures only swing', () => {
    const swinging = samples(
      second => (90 + (second % 3)) * mebibyte,
      second => 50 + (second % 2),
    )
    expect(growthOf(swinging)).toMatchObject({ residentBytes: 0, descriptors: 0, threads: 0 })
  })

  it('leaves out the first fifth, in which heaps find their size', () => {
    const settling = samples(
      second => Math.min(40 + second * 3, 100) * mebibyte,
      () => 50,
    )
    expect(growthOf(settling).residentBytes).toBe(0)
    expect(growthOf(settling).bytesPerMinute).toBeCloseTo(0, 6)
  })

  it('is told in whole and for each minute', () => {
    const leaking = samples(
      second => second * mebibyte,
      second => second,
    )
    const { residentBytes, descriptors, bytesPerMinute } = growthOf(leaking)
    expect(residentBytes).toBe(60 * mebibyte)
    expect(descriptors).toBe(60)
    expect(bytesPerMinute).toBeCloseTo(60 * mebibyte, 0)
  })
})

describe('what must hold', () => {
  it('is judged where there is a figure, and left out where there is none', () => {
    const answer = [{ phenomenon: rotatedWithEdns, nanoseconds: 601, octetsPerMillion: 0 }]
    expect(judge({})).toEqual([])
    expect(judge({ answer })).toMatchObject([{ value: 601, limit: 600, bound: 'most', holds: false }])
  })

  it('takes queries per second of two threads where the cores tell, and processor time where they do not', () => {
    const threads = { apart: false, one: null, two: null, speedup: null, speedupByCpu: 1.8 }
    expect(judge({ threads })).toMatchObject([{ value: 1.8, limit: 1.7, bound: 'least', holds: true }])
    expect(judge({ threads: { ...threads, speedup: 1.6 } })).toMatchObject([{ value: 1.6, holds: false }])
  })

  it('takes the longest of all verdicts', () => {
    const row = { pools: 1, threads: 2, verdicts: 10, medianMs: 1, maxMs: 2 }
    expect(judge({ verdict: { rows: [row, { ...row, pools: 1000, maxMs: 51 }] } })).toMatchObject([
      { value: 51, limit: 50, holds: false },
    ])
  })
})
