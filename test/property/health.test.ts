/**
 * The state machine of health against a second telling of its rules that keeps no state: the verdict is worked out anew
 * from the whole history each time.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { millis } from '../../src/core/base/units.ts'
import { createSchedule, earliestMs, putDue, takeEarliest } from '../../src/core/health/due.ts'
import { backoffCeilingMs, newTrack, observe } from '../../src/core/health/observe.ts'
import { worstRemovalMs } from '../../src/core/health/removal.ts'
import { joinStanding } from '../../src/core/health/standing.ts'
import { leakWindowMax, type Outcome, type TcpCheck, type Track, type Verdict } from '../../src/core/health/types.ts'
import { outcomeOf, tcpCheck, trackOf } from '../unit/health/specs.ts'

const seed = 20_260_311

const specs = fc
  .record({
    intervalMs: fc.integer({ min: 100, max: 60_000 }).map(millis),
    timeoutMs: fc.integer({ min: 50, max: 10_000 }).map(millis),
    fastIntervalMs: fc.integer({ min: 50, max: 5_000 }).map(millis),
    fall: fc.integer({ min: 1, max: 5 }),
    rise: fc.integer({ min: 1, max: 5 }),
  })
  .map(cadence => tcpCheck(cadence))

const kinds = fc.constantFrom<Outcome['kind']>('pass', 'fail', 'inconclusive')

const histories = fc.record({
  spec: specs,
  outcomes: fc.array(fc.record({ kind: kinds, share: fc.double({ min: 0, max: 1, noNaN: true }) }), { maxLength: 60 }),
  gapMs: fc.constantFrom(1_000, 30_000, 400_000),
})

/** The verdict that a history comes to: the last stretch that was long enough decides. */
function retold(kinds: readonly Outcome['kind'][], spec: TcpCheck): { verdict: Verdict; against: number } {
  const said = kinds.filter(kind => kind !== 'inconclusive').map(kind => (kind === 'pass' ? 'up' : 'down'))
  let verdict: Verdict = said[0] ?? 'unknown'
  let from = 0
  for (let at = 0; at < said.length; at++) {
    const needed = verdict === 'up' ? spec.fall : spec.rise
    const stretch = said.slice(Math.max(from, at + 1 - needed), at + 1)
    if (stretch.length < needed || stretch.some(each => each === verdict)) continue
    verdict = said[at]!
    from = at + 1
  }
  const agreeing = said.lastIndexOf(verdict as 'up' | 'down')
  return { verdict, against: said.length - 1 - agreeing }
}

describe('observe', () => {
  it('never flips before fall or rise in a row, and always then', () => {
    fc.assert(
      fc.property(histories, ({ spec, outcomes, gapMs }) => {
        let track: Track = newTrack(millis(0))
        outcomes.forEach(({ kind }, at) => {
          const before = track
          const step = observe(before, outcomeOf(kind), spec, millis((at + 1) * gapMs))
          track = step.track
          const expected = retold(
            outcomes.slice(0, at + 1).map(outcome => outcome.kind),
            spec,
          )
          expect({ verdict: track.verdict, against: track.against }).toEqual(expected)
          expect(step.transition === 'changed').toBe(before.verdict !== track.verdict)
          expect(step.transition === 'pending').toBe(track.against > before.against)
          if (kind === 'inconclusive') expect({ ...track, obstacle: before.obstacle }).toEqual(before)
        })
      }),
      { seed, numRuns: 300 },
    )
  })

  it('finds a leak exactly where a naive count of the newest outcomes does', () => {
    const leaks = fc
      .record({ window: fc.integer({ min: 1, max: leakWindowMax }), fall: fc.integer({ min: 1, max: 5 }) })
      .chain(({ window, fall }) =>
        fc.record({
          window: fc.constant(window),
          fall: fc.constant(fall),
          failures: fc.integer({ min: 1, max: window }),
        }),
      )
    const outcomes = fc.array(fc.constantFrom<Outcome['kind']>('pass', 'pass', 'fail', 'inconclusive'), {
      maxLength: 150,
    })
    fc.assert(
      fc.property(leaks, outcomes, ({ window, failures, fall }, kinds) => {
        const spec = tcpCheck({ fall, rise: 2, leak: { failures, window } })
        let track: Track = newTrack(millis(0))
        let since: Outcome['kind'][] = []
        for (const [at, kind] of kinds.entries()) {
          const before = track
          track = observe(before, outcomeOf(kind), spec, millis(at * 1_000)).track
          if (kind === 'inconclusive') {
            expect(track.verdict).toBe(before.verdict)
            continue
          }
          since.push(kind)
          const inRow = since.length - 1 - since.lastIndexOf('pass')
          const among = since.slice(-window).filter(each => each === 'fail').length
          const leaks = kind === 'fail' && among >= failures
          if (before.verdict === 'up') expect(track.verdict).toBe(inRow >= fall || leaks ? 'down' : 'up')
          if (before.verdict === 'up' && track.verdict === 'down')
            expect(track.cause).toBe(inRow >= fall ? 'fall' : 'leak')
          if (before.verdict === 'down' && track.verdict === 'up') since = []
        }
      }),
      { seed, numRuns: 300 },
    )
  })

  it('never waits longer than the interval or the ceiling, nor less than the fast pause', () => {
    fc.assert(
      fc.property(histories, ({ spec, outcomes, gapMs }) => {
        let track: Track = newTrack(millis(0))
        outcomes.forEach(({ kind, share }, at) => {
          const latencyMs = share * spec.timeoutMs
          const step = observe(track, outcomeOf(kind, latencyMs), spec, millis((at + 1) * gapMs))
          track = step.track
          const fastMs = Math.min(spec.fastIntervalMs, spec.intervalMs)
          const longestMs = track.verdict === 'down' ? Math.max(spec.intervalMs, backoffCeilingMs) : spec.intervalMs
          expect(step.nextProbeMs).toBeGreaterThanOrEqual(fastMs)
          expect(step.nextProbeMs).toBeLessThanOrEqual(longestMs)
          if (step.transition === 'pending') expect(step.nextProbeMs).toBe(fastMs)
        })
      }),
      { seed, numRuns: 300 },
    )
  })

  it('removes a dead endpoint within the printed bound, whatever the jitter and whenever it died', () => {
    const draws = fc.array(fc.double({ min: 0.9, max: 1, noNaN: true }), { minLength: 8, maxLength: 8 })
    const shares = fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), draws)
    fc.assert(
      fc.property(specs, shares, (spec, [share, jitters]) => {
        const latencyMs = share * spec.timeoutMs
        let nowMs = latencyMs
        let step = observe(trackOf(), outcomeOf('pass', latencyMs), spec, millis(nowMs))
        for (let failures = 0; failures < spec.fall; failures++) {
          nowMs += step.nextProbeMs * jitters[failures]! + spec.timeoutMs
          step = observe(step.track, outcomeOf('fail', spec.timeoutMs), spec, millis(nowMs))
        }
        expect(step.track.verdict).toBe('down')
        expect(nowMs).toBeLessThanOrEqual(worstRemovalMs(spec) + 1e-6)
      }),
      { seed, numRuns: 500 },
    )
  })
})

describe('joinStanding', () => {
  const verdicts = fc.array(fc.constantFrom<Verdict>('up', 'down', 'unknown'), { minLength: 1, maxLength: 6 })

  it('says up or down exactly when the unknown checks cannot change it', () => {
    fc.assert(
      fc.property(verdicts, fc.nat({ max: 5 }), (said, extra) => {
        const need = 1 + (extra % said.length)
        const count = (verdict: Verdict) => said.filter(each => each === verdict).length
        const atBest = count('up') + count('unknown') >= need
        const atWorst = count('up') >= need
        const { verdict } = joinStanding(
          said.map(each => trackOf({ verdict: each })),
          { need },
          'none',
        )
        expect(verdict).toBe(atBest === atWorst ? (atBest ? 'up' : 'down') : 'unknown')
      }),
      { seed, numRuns: 500 },
    )
  })
})

describe('the schedule', () => {
  it('gives the earliest of what is in it, under any mixture of putting and taking', () => {
    const steps = fc.array(fc.option(fc.nat({ max: 50 }), { nil: null, freq: 3 }), { maxLength: 200 })
    fc.assert(
      fc.property(steps, times => {
        const schedule = createSchedule()
        const plain: (readonly [number, number])[] = []
        times.forEach((dueMs, id) => {
          if (dueMs !== null) {
            putDue(schedule, id, millis(dueMs))
            plain.push([dueMs, id])
            plain.sort(([a, i], [b, j]) => a - b || i - j)
          } else if (plain.length > 0) expect(takeEarliest(schedule)).toBe(plain.shift()![1])
          expect(earliestMs(schedule)).toBe(plain[0]?.[0] ?? null)
        })
      }),
      { seed, numRuns: 300 },
    )
  })
})
