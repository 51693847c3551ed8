/** A short run of what `npm run fuzz` does at length: no input makes the answer path throw, overflow or talk nonsense. */
import { expect, it } from 'vitest'
import { runFuzz } from '../../tools/fuzz/run.ts'

const heapGrowthMax = 4 * 1024 * 1024

it('200,000 mutated queries are all answered soundly or met with silence', () => {
  const report = runFuzz({ inputs: 200_000, seed: 7, secondsMax: 60, readEvery: 64 })
  expect(report.failures).toEqual([])
  expect(report.internalErrors).toBe(0)
  expect(report.inputs).toBe(200_000)
  expect(report.answers).toBeGreaterThan(100_000)
  expect(report.read).toBeGreaterThan(1_500)
  expect(report.heapGrowthOctets).toBeLessThan(heapGrowthMax)
}, 90_000)
