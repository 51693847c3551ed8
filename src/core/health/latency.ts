/**
 * How long probes take, as histograms: one for each protocol and kind of outcome, in buckets that double or so. Adding
 * one is two additions; sums over any time are differences of totals (Prometheus histograms). How late they begin is
 * one more histogram of the same kind.
 */
import type { Outcome, Protocol } from './types.ts'

/** Upper ends of the buckets in seconds; one more has no end. */
export const latencyBucketsSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const

export interface Histogram {
  /** Probes in each bucket, not cumulated; the last has no end. */
  readonly counts: readonly number[]
  readonly sumSeconds: number
}

export interface LatencyHistogram extends Histogram {
  readonly protocol: Protocol
  readonly kind: Outcome['kind']
}

/** A histogram that is being written, by the functions of this file. */
export interface GrowingHistogram extends Histogram {
  readonly counts: number[]
  sumSeconds: number
}

export interface LatencyTable {
  readonly histograms: Map<string, GrowingHistogram>
}

export function createLatencyTable(): LatencyTable {
  return { histograms: new Map() }
}

export function noteLatency({ histograms }: LatencyTable, protocol: Protocol, { kind, latencyMs }: Outcome): void {
  const key = `${protocol} ${kind}`
  let histogram = histograms.get(key)
  if (histogram === undefined) {
    histogram = createHistogram()
    histograms.set(key, histogram)
  }
  noteSeconds(histogram, latencyMs / 1000)
}

export function createHistogram(): GrowingHistogram {
  return { counts: new Array<number>(latencyBucketsSeconds.length + 1).fill(0), sumSeconds: 0 }
}

export function noteSeconds(histogram: GrowingHistogram, seconds: number): void {
  let bucket = 0
  while (bucket < latencyBucketsSeconds.length && seconds > latencyBucketsSeconds[bucket]!) bucket++
  histogram.counts[bucket]!++
  histogram.sumSeconds += seconds
}

/** A copy, in the order in which the kinds were first seen. */
export function readLatencies({ histograms }: LatencyTable): readonly LatencyHistogram[] {
  return [...histograms].map(([key, { counts, sumSeconds }]) => {
    const [protocol, kind] = key.split(' ') as [Protocol, Outcome['kind']]
    return { protocol, kind, counts: [...counts], sumSeconds }
  })
}
