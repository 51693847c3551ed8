import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import {
  countsOf,
  firstRoundDone,
  nextDueMs,
  resume,
  rotationOf,
  standingsOf,
  tracksOf,
} from '../../../src/core/roster/index.ts'
import {
  gatherInSteps,
  isFresh,
  joinSerials,
  type Moment,
  recollect,
  recollectFreeze,
  recollectOrders,
  type SavedState,
  stateFreshMs,
} from '../../../src/core/state/index.ts'
import { finish } from '../cli/views.ts'
import { failed } from '../health/specs.ts'
import { type Bench, createBench, planOf } from '../roster/plans.ts'
import { busyBench, epochAt, plans, saved } from './states.ts'

/** The next run: its clock begins elsewhere, and `lateMs` have passed on the wall. */
function restarted(state: SavedState, lateMs: number, next = plans): { bench: Bench; moment: Moment } {
  const bench = createBench()
  bench.nowMs = millis(5_000)
  const moment = { nowMs: bench.nowMs, at: state.writtenAt + lateMs }
  resume(bench.roster, recollect(state, moment), recollectOrders(state, moment), recollectFreeze(state, moment))
  bench.adopt(next)
  return { bench, moment }
}

const verdicts = (bench: Bench, pool: number) => tracksOf(bench.roster, pool).map(([track]) => track!.verdict)

describe('fresh state', () => {
  it('is gone on from: verdicts, evidence, overrides, held tiers', () => {
    const before = busyBench()
    const { bench } = restarted(saved(before), 4_000)
    expect(verdicts(bench, 0)).toEqual(['up', 'down', 'up'])
    expect(firstRoundDone(bench.roster)).toBe(true)
    expect(rotationOf(bench.roster, 0)).toMatchObject({ mode: 'normal', order: [0] })
    expect(rotationOf(bench.roster, 1)).toMatchObject({ tier: 1 })
    const [, down] = tracksOf(bench.roster, 0)
    expect(down![0]).toMatchObject({ cause: 'fall', last: { reason: 'refused' }, against: 0 })
    expect(standingsOf(bench.roster, 0, bench.nowMs)[2]).toMatchObject({
      override: 'drained',
      order: { author: 'kim' },
    })
  })

  it('keeps how long a verdict has stood, however the clocks stand', () => {
    const before = busyBench()
    const [, then] = tracksOf(before.roster, 0)
    const { bench } = restarted(saved(before), 4_000)
    const [, now] = tracksOf(bench.roster, 0)
    const stoodMs = before.nowMs - then![0]!.sinceMs
    expect(bench.nowMs - now![0]!.sinceMs).toBeCloseTo(stoodMs + 4_000, 0)
  })

  it('has calm endpoints asked within an interval, spread out, and those in doubt at once', () => {
    const before = busyBench()
    before.world.set('10.0.0.1', failed)
    for (let beats = 0; tracksOf(before.roster, 0)[0]![0]!.against === 0 && beats < 1_000; beats++) before.elapse(50)
    const { bench } = restarted(saved(before), 1_000)
    expect(verdicts(bench, 0)[0]).toBe('up')
    expect(nextDueMs(bench.roster)).toBe(bench.nowMs)
    expect(bench.start().map(({ endpoint }) => endpoint.address)).toEqual(['10.0.0.1'])
    bench.elapse(5_000)
    expect(countsOf(bench.roster).probes).toBeGreaterThanOrEqual(5)
  })

  it('lets a check of another cadence go on, and an edited one begin anew', () => {
    const [www] = plans
    const edited = planOf('www.test.', ['10.0.0.1', '10.0.0.2', '10.0.0.4'])
    const { bench } = restarted(saved(busyBench()), 1_000, [edited, www!])
    expect(verdicts(bench, 0)).toEqual(['up', 'down', 'unknown'])
    expect(firstRoundDone(bench.roster)).toBe(false)
  })

  it('is used once: what is added later is unknown', () => {
    const state = saved(busyBench())
    const { bench } = restarted(state, 1_000, plans.slice(1))
    bench.adopt(plans)
    expect(verdicts(bench, 0)).toEqual(['unknown', 'unknown', 'unknown'])
  })

  it('goes on with a freeze and what it holds', () => {
    const addresses = Array.from({ length: 6 }, (_, at) => `10.0.0.${at}`)
    const wide = [planOf('www.test.', addresses)]
    const before = createBench()
    before.adopt(wide)
    before.elapse(60_000)
    for (const address of addresses) before.world.set(address, failed)
    before.elapse(20_000)
    expect(rotationOf(before.roster, 0)).toMatchObject({ mode: 'normal' })
    const { bench } = restarted(saved(before), 3_000, wide)
    expect(rotationOf(bench.roster, 0)).toMatchObject({ mode: 'normal', order: [0, 1, 2, 3, 4, 5] })
    for (const address of addresses) bench.world.set(address, failed)
    expect(bench.elapse(60_000).freezes.map(({ turn }) => turn)).toEqual([{ kind: 'thawed', cause: 'too-long' }])
  })
})

describe('state that is not fresh', () => {
  it.each([
    ['old', stateFreshMs + 1],
    ['from the future, by a clock that was set back', -1],
  ])('%s: verdicts are asked for anew, what people said holds', (_story, lateMs) => {
    const state = saved(busyBench())
    expect(isFresh(state, state.writtenAt + lateMs)).toBe(false)
    const { bench } = restarted(state, lateMs)
    expect(verdicts(bench, 0)).toEqual(['unknown', 'unknown', 'unknown'])
    expect(standingsOf(bench.roster, 0, bench.nowMs)[2]?.override).toBe('drained')
    bench.elapse(7_000)
    expect(rotationOf(bench.roster, 1)?.tier).toBe(1)
  })

  it('is so from one millisecond to the next', () => {
    const state = saved(busyBench())
    expect(isFresh(state, state.writtenAt + stateFreshMs)).toBe(true)
    expect(isFresh(state, state.writtenAt)).toBe(true)
  })
})

describe('an override', () => {
  const restMs = (state: SavedState, lateMs: number) => {
    const moment = { nowMs: millis(0), at: state.writtenAt + lateMs }
    return recollectOrders(state, moment).map(({ untilMs }) => untilMs)
  }

  it('ends when it should have ended, and does not come back after that', () => {
    const state = saved(busyBench())
    const [whole] = restMs(state, 0)
    expect(whole).toBeCloseTo(600_000 - 50, -2)
    expect(restMs(state, 100_000)[0]).toBeCloseTo(whole! - 100_000, 0)
    expect(restMs(state, 600_000)).toEqual([])
  })

  it('is not made longer by a clock that was set back', () => {
    const state = saved(busyBench())
    expect(restMs(state, -3_600_000)).toEqual(restMs(state, 0))
  })
})

describe('what is saved', () => {
  it('leaves out what is not known yet, and asks no target twice', () => {
    const bench = createBench()
    bench.adopt(plans)
    expect(saved(bench).tracks).toEqual([])
    const state = saved(busyBench())
    expect(new Set(state.tracks.map(({ key }) => key)).size).toBe(state.tracks.length)
    expect(state.heldTiers).toEqual([{ pool: 'db.test. A', tier: 'spare' }])
    expect(state.writtenAt).toBeGreaterThan(epochAt)
  })

  it('remembers the serials of zones that are gone, not without end', () => {
    const served = [{ zone: 'a.', serial: 3 }]
    const earlier = [
      { zone: 'a.', serial: 2 },
      { zone: 'b.', serial: 9 },
    ]
    expect(joinSerials(served, earlier)).toEqual([{ zone: 'b.', serial: 9 }, ...served])
    const many = Array.from({ length: 5_000 }, (_, at) => ({ zone: `z${at}.`, serial: at }))
    expect(joinSerials(served, many)).toHaveLength(1_001)
  })
})

describe('gathering', () => {
  const many = (count: number): Bench => {
    const bench = createBench()
    bench.adopt([
      planOf(
        'many.test.',
        Array.from({ length: count }, (_, i) => `10.1.${i >> 8}.${i & 255}`),
      ),
    ])
    bench.elapse(20_000)
    return bench
  }

  it('takes hold of everything at its first step, whatever becomes of it meanwhile', () => {
    const bench = many(100)
    const moment = { nowMs: bench.nowMs, at: epochAt + bench.nowMs }
    const before = finish(gatherInSteps(bench.roster, 1, [], moment))
    const steps = gatherInSteps(bench.roster, 1, [], moment)
    steps.next()
    for (const { endpoint } of bench.roster.duties) bench.world.set(endpoint.address, failed)
    bench.elapse(20_000)
    bench.adopt(plans)
    expect(finish(steps)).toEqual(before)
    expect(before.tracks.every(({ verdict }) => verdict === 'up')).toBe(true)
  })

  it('takes steps that do not grow with what there is', () => {
    const stepsFor = (count: number): number => {
      const bench = many(count)
      const steps = gatherInSteps(bench.roster, 1, [], { nowMs: bench.nowMs, at: epochAt })
      let taken = 0
      while (steps.next().done !== true) taken++
      return taken
    }
    expect(stepsFor(1_280) - stepsFor(640)).toBeGreaterThanOrEqual(640 / 32)
  })
})
