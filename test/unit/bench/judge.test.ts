/** What the benchmarks conclude from their figures: what must hold, and whether something grows. */
import { describe, expect, it } from 'vitest'
import { rotatedWithEdns } from '../../../bench/answer.ts'
import { reportEdits } from '../../../bench/latency.ts'
import { judge } from '../../../bench/limits.ts'
import { answersOf } from '../../../bench/reload.ts'
import { answeredIn } from '../../../bench/scale.ts'
import { growthOf, type Sample } from '../../../bench/soak.ts'
import { scalingOf } from '../../../bench/threads.ts'
import type { Turn } from '../../../bench/turns.ts'

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

  it('takes queries per second of two threads where the cores tell, and gdnsd where they do not', () => {
    const scaling = { one: null, two: null, speedup: null, speedupByCpu: 1.6, speedupByUser: 1.4, spread: null }
    const beside = { othersShare: 0, alone: null }
    const threads = { cores: 2, apart: false, robin: scaling, gdnsd: scaling, ratioToPeer: 0.96, ...beside }
    expect(judge({ threads })).toMatchObject([{ value: 0.96, limit: 0.97, bound: 'least', holds: false }])
    expect(judge({ threads: { ...threads, gdnsd: null, ratioToPeer: null } })).toEqual([])
    const apart = { ...threads, cores: 4, apart: true, robin: { ...scaling, speedup: 1.8 } }
    expect(judge({ threads: apart })).toMatchObject([{ value: 1.8, limit: 1.7, bound: 'least', holds: true }])
  })

  it('takes the slowest of all edits', () => {
    const edits = reportEdits([
      { quietMs: 12_000, tookMs: 7_000 },
      { quietMs: 0, tookMs: 100 },
      { quietMs: 0, tookMs: 200 },
    ])
    expect(edits).toMatchObject({ firstMs: 7_000, medianMs: 200, slowestMs: 7_000 })
    const none = { idle: null, probing: null, reloading: null, ratio: null }
    const rest = { owners: 1, probesPerSecond: 1, reloads: 1, coldLoadMs: 1_000, readyMs: 1, residentBytes: 1 }
    const [, edit] = judge({ latency: { ...none, ...rest, edits } })
    expect(edit).toMatchObject({ value: 7, limit: 1, unit: 's', holds: false })
  })

  it('takes what is answered of a million owners, where the worst run counts and a void one is none', () => {
    const times = { p50Ms: 1, p99Ms: 2, p999Ms: 3, maxMs: 4 }
    const run = { times, perSecond: 29_999, isVoid: false }
    const good = answeredIn([run, run])
    const bad = answeredIn([run, { ...run, isVoid: true }])
    expect(good.answeredShare).toBeCloseTo(0.99997, 5)
    expect(bad).toEqual({ times, answeredShare: 0 })
    const octets = { snapshotOctetsPerOwner: 176, overheadOctetsPerOwner: 160 }
    const memory = { residentBytes: 901 * mebibyte, residentPeakBytes: 2000 * mebibyte }
    const scale = { owners: 1e6, compileMs: 10_001, proveMs: 1, publishMs: 1, ...octets, ...memory }
    const judged = judge({ scale: { ...scale, before: good, meanwhile: good, after: bad } })
    expect(judged.map(({ holds }) => holds)).toEqual([false, true, false, true, false])
  })

  it('takes the goals of probing, without those that need a peer where there is none', () => {
    const lateness = { probes: 1, p50Ms: 1, p99Ms: 100, maxMs: 200, lateShare: 0 }
    const many = { endpoints: 20_000, perSecond: 2_000, cores: 0.51, controlCores: 0.1, lateness }
    const rest = { descriptorsMax: 1, residentBytes: 1, admin: { p50Ms: 1, p99Ms: 1, p999Ms: 1, maxMs: 1 } }
    const deaths = { pools: 10, died: 10, publishes: 1, changes: 9, publishedMs: 1, toldMs: 1, wrong: 0 }
    const cost = { kind: 'tcp', robinMicros: 92, gdnsdMicros: 100, ratio: 0.92, turns: [] } as const
    const probes = { many: { ...many, ...rest }, deaths, costs: [cost, { ...cost, kind: 'http' } as const] }
    expect(judge({ probes }).map(({ holds }) => holds)).toEqual([false, true, false, true, true, false, true])
    expect(judge({ probes: { ...probes, costs: [{ ...cost, gdnsdMicros: null, ratio: null }] } })).toHaveLength(5)
  })

  it('takes the longest of all verdicts', () => {
    const row = { pools: 1, threads: 2, verdicts: 10, medianMs: 1, maxMs: 2 }
    expect(judge({ verdict: { rows: [row, { ...row, pools: 1000, maxMs: 51 }] } })).toMatchObject([
      { value: 51, limit: 50, holds: false },
    ])
  })
})

describe('how a server scales', () => {
  const turn = (server: string, cpuMicros: number, perSecond = 1): Turn => {
    const rest = { switches: 0, lostShare: 0, isVoid: false }
    return { server, userMicros: cpuMicros / 4, systemMicros: (cpuMicros * 3) / 4, perSecond, ...rest }
  }

  it('is told by turns of the same round, of which the middle counts', () => {
    // A slow round is slow for both; a round apart they would come to 1 and 4.
    const turns = [turn('it 1', 2), turn('it 2', 2), turn('it 1', 4), turn('it 2', 5), turn('other 2', 9)]
    const scaling = scalingOf([...turns, turn('it 1', 3), turn('it 2', 4)], 'it', false)
    expect(scaling).toMatchObject({ speedup: null, speedupByCpu: 1.6, speedupByUser: 1.6, spread: [1.5, 2] })
  })

  it('is told by queries per second where the cores allow', () => {
    expect(scalingOf([turn('it 1', 2, 100), turn('it 2', 2, 180)], 'it', true).speedup).toBeCloseTo(1.8, 9)
  })

  it('leaves out a round of which one turn is void', () => {
    const isVoid = { ...turn('it 1', 100), isVoid: true }
    const turns = [isVoid, turn('it 2', 2), turn('it 1', 2), turn('it 2', 4)]
    expect(scalingOf(turns, 'it', false).speedupByCpu).toBe(1)
    expect(scalingOf([isVoid, turn('it 2', 2)], 'it', false).speedupByCpu).toBeNull()
  })
})

describe('answers to edits', () => {
  it('of one that was overtaken are those of the next', () => {
    const seen = new Map([
      [1, 150],
      [3, 900],
    ])
    expect(answersOf([100, 200, 300, 1000], seen)).toEqual({ count: 3, overtaken: 1, medianMs: 600, maxMs: 700 })
  })

  it('are none where nothing was seen', () => {
    expect(answersOf([100, 200], new Map())).toEqual({ count: 0, overtaken: 0, medianMs: null, maxMs: null })
  })
})
