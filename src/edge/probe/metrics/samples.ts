/**
 * What counters grow by in a second. One sample says nothing, so the last one of each target is kept. Invariants: at
 * most `samplesMax` are kept, the one not touched for longest makes room; a counter that fell was reset and says
 * nothing until the next sample; two samples closer than `gapMinMs` are taken as one, since what lies between them is
 * noise.
 */
import type { Clock } from '../../../core/ports.ts'

export interface Samples {
  /** Growth a second of each counter since the last sample under this key; null where that is not known. */
  grow(key: string, counters: readonly number[]): readonly (number | null)[]
  size(): number
}

interface Sample {
  readonly atMs: number
  readonly counters: readonly number[]
  readonly rates: readonly (number | null)[]
}

export const samplesMax = 65_536
export const gapMinMs = 100
/** A sample older than this is forgotten: an average over so long says nothing of now. */
export const gapMaxMs = 600_000

export function createSamples({ clock }: { readonly clock: Clock }): Samples {
  const kept = new Map<string, Sample>()
  return {
    grow: (key, counters) => {
      const atMs = clock.now()
      const last = kept.get(key)
      kept.delete(key)
      if (last !== undefined && atMs - last.atMs < gapMinMs) {
        kept.set(key, last)
        return last.rates
      }
      const isUsable = last !== undefined && atMs - last.atMs <= gapMaxMs
      const rates = counters.map((now, i) => {
        const before = isUsable ? last.counters[i] : undefined
        return before === undefined || !(now >= before) ? null : ((now - before) * 1000) / (atMs - last!.atMs)
      })
      for (const oldest of kept.keys()) {
        if (kept.size < samplesMax) break
        kept.delete(oldest)
      }
      kept.set(key, { atMs, counters, rates })
      return rates
    },
    size: () => kept.size,
  }
}
