import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import {
  backoffAfterMs,
  backoffCeilingMs,
  isPending,
  newTrack,
  observe,
  reviseTrack,
} from '../../../src/core/health/observe.ts'
import { type CheckSpec, leakWindowMax, type Outcome, type Track } from '../../../src/core/health/types.ts'
import { failed, inconclusive, outcomeOf, passed, tcpCheck, trackOf } from './specs.ts'

const spec = tcpCheck({ fall: 3, rise: 2 })
const at = millis(100_000)

function observeAll(track: Track, outcomes: readonly Outcome[], check: CheckSpec = spec): Track {
  return outcomes.reduce((known, outcome) => observe(known, outcome, check, at).track, track)
}

describe('an undecided track', () => {
  it.each([
    [passed, 'up'],
    [failed, 'down'],
  ] as const)('is decided by its first conclusive outcome: %o', (outcome, verdict) => {
    const { track, transition } = observe(newTrack(millis(5)), outcome, spec, at)
    expect(track).toMatchObject({ verdict, against: 0, undecided: false, sinceMs: at, last: outcome, lastMs: at })
    expect(transition).toBe('changed')
  })

  it('stays unknown through inconclusive outcomes', () => {
    const track = observeAll(newTrack(millis(5)), [inconclusive, inconclusive, inconclusive])
    expect(track).toEqual({ ...newTrack(millis(5)), obstacle: inconclusive })
    expect(observe(track, failed, spec, at).track.verdict).toBe('down')
  })
})

describe('a decided track', () => {
  it('falls after `fall` failures in a row and not before', () => {
    const almost = observeAll(trackOf(), [failed, failed])
    expect(almost).toMatchObject({ verdict: 'up', against: 2, sinceMs: 0 })
    const { track, transition } = observe(almost, failed, spec, at)
    expect(transition).toBe('changed')
    expect(track).toMatchObject({ verdict: 'down', against: 0, sinceMs: at })
  })

  it('rises after `rise` passes in a row and not before', () => {
    const almost = observeAll(trackOf({ verdict: 'down' }), [passed])
    expect(almost).toMatchObject({ verdict: 'down', against: 1 })
    expect(observe(almost, passed, spec, at).track).toMatchObject({ verdict: 'up', against: 0, sinceMs: at })
  })

  it('counts in a row only: one outcome the other way begins anew', () => {
    const track = observeAll(trackOf(), [failed, failed, passed, failed, failed])
    expect(track).toMatchObject({ verdict: 'up', against: 2 })
  })

  it('names the step it took', () => {
    expect(observe(trackOf(), passed, spec, at).transition).toBe('unchanged')
    expect(observe(trackOf(), failed, spec, at).transition).toBe('pending')
    expect(observe(trackOf({ against: 2 }), passed, spec, at).transition).toBe('unchanged')
    expect(observe(trackOf(), failed, tcpCheck({ fall: 1 }), at).transition).toBe('changed')
  })

  it('is not moved by an inconclusive outcome, nor is its evidence lost', () => {
    const before = trackOf({ against: 2, last: failed, lastMs: millis(7) })
    const { track, transition } = observe(before, inconclusive, spec, at)
    expect(transition).toBe('unchanged')
    expect(track).toEqual({ ...before, obstacle: inconclusive })
    expect(observe(track, failed, spec, at).track).toMatchObject({ verdict: 'down', obstacle: null })
  })
})

describe('a slow leak', () => {
  const leaky = tcpCheck({ fall: 3, rise: 2, leak: { failures: 4, window: 8 } })
  const drip = [failed, passed, failed, passed, failed, passed] as const

  it('takes down what never fails `fall` times in a row, and says so', () => {
    const almost = observeAll(trackOf(), drip, leaky)
    expect(almost).toMatchObject({ verdict: 'up', against: 0 })
    const { track, transition } = observe(almost, failed, leaky, at)
    expect(transition).toBe('changed')
    expect(track).toMatchObject({ verdict: 'down', cause: 'leak', against: 0, sinceMs: at })
    expect(observeAll(trackOf(), [...drip, failed]).verdict).toBe('up')
  })

  it('counts within the window only', () => {
    const calm = Array.from({ length: 7 }, () => passed)
    expect(observeAll(trackOf(), [...drip, ...calm, failed], leaky).verdict).toBe('up')
  })

  it('does not count what was inconclusive', () => {
    const doubtful = drip.flatMap(outcome => [outcome, inconclusive, inconclusive])
    expect(observeAll(trackOf(), [...doubtful, failed], leaky).verdict).toBe('down')
  })

  it('is forgotten by recovery, and by an edit of the check', () => {
    const recovered = observeAll(trackOf(), [...drip, failed, passed, passed], leaky)
    expect(recovered).toMatchObject({ verdict: 'up', cause: 'rise', misses: 0 })
    expect(observeAll(recovered, [failed, passed, failed], leaky).verdict).toBe('up')
    expect(reviseTrack(observeAll(trackOf(), drip, leaky)).misses).toBe(0)
  })

  it('is named only where the row was not long enough', () => {
    expect(observeAll(trackOf(), [failed, failed, failed], leaky).cause).toBe('fall')
  })

  it('keeps in mind as many outcomes as the longest window has', () => {
    const long = tcpCheck({ fall: 9, leak: { failures: 9, window: leakWindowMax } })
    const spread = Array.from({ length: 8 }, () => [failed, passed, passed, passed]).flat()
    expect(observeAll(trackOf(), [...spread, failed], long).verdict).toBe('up')
    expect(observeAll(trackOf(), [...spread.slice(0, -1), failed], long)).toMatchObject({
      verdict: 'down',
      cause: 'leak',
    })
  })
})

describe('the cause', () => {
  it('is the first outcome, that of an edited check, or so many in a row', () => {
    expect(newTrack(at).cause).toBe('none')
    expect(observe(newTrack(at), passed, spec, at).track.cause).toBe('first')
    expect(observe(reviseTrack(trackOf()), failed, spec, at).track.cause).toBe('edit')
    expect(observe(reviseTrack(trackOf({ cause: 'rise' })), passed, spec, at).track.cause).toBe('rise')
    expect(observeAll(trackOf(), [failed, failed, failed]).cause).toBe('fall')
  })
})

describe('the share', () => {
  const passing = (share: number) => ({ ...passed, share })

  it('is what the newest pass leaves, in hundredths, and outlives a failure', () => {
    expect(observe(trackOf(), passing(0.333), spec, at).track.share).toBe(0.33)
    expect(observeAll(trackOf(), [passing(0.4), failed]).share).toBe(0.4)
    expect(observeAll(trackOf(), [passing(0.4), { ...failed, share: 0 }]).share).toBe(0)
    expect(observeAll(trackOf(), [passing(0.4), passed]).share).toBe(1)
  })

  it('is nothing only for nothing', () => {
    expect(observe(trackOf(), passing(0.001), spec, at).track.share).toBe(0.01)
    expect(observe(trackOf(), passing(0), spec, at).track.share).toBe(0)
    expect(observe(trackOf(), passing(7), spec, at).track.share).toBe(1)
  })
})

describe('a revised track', () => {
  it('keeps its verdict until the next conclusive outcome, which decides alone', () => {
    const revised = reviseTrack(trackOf({ against: 2, sinceMs: millis(3) }))
    expect(revised).toMatchObject({ verdict: 'up', against: 0, undecided: true, sinceMs: 3 })
    expect(observe(revised, inconclusive, spec, at).track).toMatchObject({ verdict: 'up', undecided: true })
    expect(observe(revised, failed, spec, at).track).toMatchObject({ verdict: 'down', undecided: false })
    const confirmed = observe(revised, passed, spec, at)
    expect(confirmed.transition).toBe('unchanged')
    expect(confirmed.track).toMatchObject({ verdict: 'up', undecided: false, sinceMs: 3 })
  })

  it('is pending, as a track is with outcomes against it; an unknown one is not', () => {
    expect(isPending(reviseTrack(trackOf()))).toBe(true)
    expect(isPending(trackOf({ against: 1 }))).toBe(true)
    expect(isPending(trackOf())).toBe(false)
    expect(isPending(newTrack(at))).toBe(false)
  })
})

describe('the next probe', () => {
  const next = (track: Track, outcome: Outcome, check: CheckSpec = spec, nowMs = at) =>
    observe(track, outcome, check, nowMs).nextProbeMs

  it('keeps the interval from start to start while calm', () => {
    expect(next(trackOf(), outcomeOf('pass', 0))).toBe(5_000)
    expect(next(trackOf(), outcomeOf('pass', 1_200))).toBe(3_800)
    expect(next(newTrack(millis(0)), outcomeOf('fail', 2_000))).toBe(3_000)
  })

  it('comes a fast interval from now while pending', () => {
    expect(next(trackOf(), outcomeOf('fail', 2_000))).toBe(1_000)
    expect(next(trackOf({ verdict: 'down' }), outcomeOf('pass', 500))).toBe(1_000)
  })

  it('leaves a slow endpoint a fast interval of peace, and no more than the interval', () => {
    const slow = tcpCheck({ timeoutMs: millis(5_000) })
    expect(next(trackOf(), outcomeOf('pass', 4_900), slow)).toBe(1_000)
    const hasty = tcpCheck({ intervalMs: millis(300), fastIntervalMs: millis(1_000) })
    expect(next(trackOf(), outcomeOf('pass', 0), hasty)).toBe(300)
    expect(next(trackOf(), outcomeOf('fail', 250), hasty)).toBe(300)
  })

  it('waits an interval after an inconclusive outcome, pending or not', () => {
    expect(next(trackOf(), outcomeOf('inconclusive', 1_500))).toBe(5_000)
    expect(next(trackOf({ against: 1 }), inconclusive)).toBe(5_000)
  })

  it('backs off for what has long been down, doubling to the ceiling', () => {
    const down = trackOf({ verdict: 'down', sinceMs: millis(0) })
    const spans = [0.99, 1, 2, 3, 50].map(spans => next(down, failed, spec, millis(spans * backoffAfterMs)))
    expect(spans).toEqual([5_000, 10_000, 20_000, backoffCeilingMs, backoffCeilingMs])
  })

  it('does not back off below the own interval, for what is up, or while pending', () => {
    const late = millis(10 * backoffAfterMs)
    const rare = tcpCheck({ intervalMs: millis(60_000) })
    expect(next(trackOf({ verdict: 'down' }), failed, rare, late)).toBe(60_000)
    expect(next(trackOf({ verdict: 'up' }), passed, spec, late)).toBe(5_000)
    expect(next(trackOf({ verdict: 'down' }), passed, spec, late)).toBe(1_000)
    expect(next(trackOf({ verdict: 'down', against: 1 }), inconclusive, spec, late)).toBe(5_000)
  })
})
