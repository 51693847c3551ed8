import { describe, expect, it } from 'vitest'
import { type Millis, millis } from '../../../src/core/base/units.ts'
import {
  type Evidence,
  type FreezeState,
  freezeConfirmMs,
  freezeLongestDefaultMs,
  freezeWindowMs,
  isHeld,
  judgeFreeze,
  unfrozen,
} from '../../../src/core/health/freeze.ts'
import { trackOf } from './specs.ts'

const startMs = millis(1_000_000)

function evidence(changes: Partial<Evidence> & { addresses?: number } = {}): Evidence {
  const { addresses = 9, ...rest } = changes
  return {
    sentinels: 'none',
    passedMs: null,
    endpoints: 10,
    down: rest.fallen ?? 0,
    fallen: 0,
    fallenAddresses: () => addresses,
    longestMs: freezeLongestDefaultMs,
    ...rest,
  }
}

const later = (ms: number): Millis => millis(startMs + ms)
const frozenBy = (found: Evidence): FreezeState => judgeFreeze(unfrozen, found, startMs).state
const turnOf = (state: FreezeState, found: Evidence, nowMs: Millis) => judgeFreeze(state, found, nowMs).turn

describe('removals freeze', () => {
  it.each([
    ['half fell', { fallen: 5 }, null],
    ['more than half fell', { fallen: 6 }, 'many-down'],
    ['on two addresses', { fallen: 6, addresses: 2 }, null],
    ['of four endpoints all fell', { endpoints: 4, fallen: 4 }, null],
    ['of seven endpoints four fell', { endpoints: 7, fallen: 4 }, null],
    ['of five endpoints all fell', { endpoints: 5, fallen: 5 }, 'many-down'],
    ['most are down, but did not fall together', { down: 9, fallen: 1 }, null],
    ['the rule is switched off', { fallen: 10, longestMs: millis(0) }, null],
    ['all sentinels are down', { sentinels: 'down' }, 'sentinels'],
    ['some sentinel is up', { sentinels: 'up' }, null],
  ] as const)('or not: %s', (_story, found, cause) => {
    expect(turnOf(unfrozen, evidence(found), startMs)).toEqual(cause === null ? null : { kind: 'frozen', cause })
  })

  it('holding what fell within the window before, and not what was never up', () => {
    const { freeze } = frozenBy(evidence({ fallen: 6 }))
    const fell = (ms: number, cause: 'fall' | 'first' = 'fall') =>
      trackOf({ verdict: 'down', cause, sinceMs: later(ms) })
    expect(isHeld(freeze!, fell(-freezeWindowMs))).toBe(true)
    expect(isHeld(freeze!, fell(-freezeWindowMs - 1))).toBe(false)
    expect(isHeld(freeze!, fell(5_000))).toBe(true)
    expect(isHeld(freeze!, fell(5_000, 'first'))).toBe(false)
    expect(isHeld(freeze!, trackOf({ verdict: 'up', sinceMs: later(0) }))).toBe(false)
  })
})

describe('many that fell together', () => {
  const many = evidence({ fallen: 8 })
  const state = frozenBy(many)

  it('thaw when no more than half have been down for a while, or at once when none is', () => {
    const recovered = { kind: 'thawed', cause: 'recovered' }
    expect(turnOf(state, evidence({ down: 6 }), later(9_000))).toBeNull()
    expect(turnOf(state, evidence({ down: 0 }), later(9_000))).toEqual(recovered)
    const calm = judgeFreeze(state, evidence({ down: 5 }), later(9_000))
    expect(calm.turn).toBeNull()
    expect(turnOf(calm.state, evidence({ down: 4 }), later(8_999 + freezeConfirmMs))).toBeNull()
    expect(turnOf(calm.state, evidence({ down: 4 }), later(9_000 + freezeConfirmMs))).toEqual(recovered)
    const worse = judgeFreeze(calm.state, evidence({ down: 6 }), later(12_000)).state
    expect(turnOf(worse, evidence({ down: 6 }), later(9_000 + freezeConfirmMs))).toBeNull()
  })

  it('thaw after the longest freeze where nobody can judge: a real outage is removed in the end', () => {
    expect(turnOf(state, many, later(freezeLongestDefaultMs - 1))).toBeNull()
    const step = judgeFreeze(state, many, later(freezeLongestDefaultMs))
    expect(step.turn).toEqual({ kind: 'thawed', cause: 'too-long' })
  })

  it('and were believed are not doubted again before at most half are down', () => {
    let now = judgeFreeze(state, many, later(freezeLongestDefaultMs)).state
    expect(now).toEqual({ freeze: null, believed: true })
    expect(turnOf(now, many, later(70_000))).toBeNull()
    now = judgeFreeze(now, evidence({ down: 5 }), later(80_000)).state
    expect(turnOf(now, many, later(90_000))).toEqual({ kind: 'frozen', cause: 'many-down' })
  })

  it('are believed soon after a sentinel has passed, counted from its first pass', () => {
    const vouched = evidence({ fallen: 8, sentinels: 'up', passedMs: later(2_000) })
    let now = judgeFreeze(state, vouched, later(2_000)).state
    expect(now.freeze?.thawMs).toBe(2_000 + startMs + freezeConfirmMs)
    now = judgeFreeze(now, { ...vouched, passedMs: later(7_000) }, later(7_000)).state
    const turn = turnOf(now, { ...vouched, passedMs: later(11_000) }, later(2_000 + freezeConfirmMs))
    expect(turn).toEqual({ kind: 'thawed', cause: 'believed' })
  })

  it('are not vouched for by what a sentinel said before', () => {
    const stale = evidence({ fallen: 8, sentinels: 'up', passedMs: startMs })
    expect(judgeFreeze(state, stale, later(1_000)).state).toBe(state)
  })

  it('are the sentinels\u2019 matter once those are down as well', () => {
    const step = judgeFreeze(state, evidence({ fallen: 8, sentinels: 'down' }), later(5_000))
    expect(step.turn).toEqual({ kind: 'frozen', cause: 'sentinels' })
    expect(step.state.freeze).toMatchObject({ thawMs: null, sinceMs: startMs })
  })
})

describe('lost sentinels', () => {
  const lost = evidence({ sentinels: 'down' })
  const state = frozenBy(lost)

  it('freeze for as long as they are lost', () => {
    expect(judgeFreeze(state, lost, later(86_400_000))).toEqual({ state, turn: null })
  })

  it('that are back leave time to ask again, then thaw', () => {
    const back = evidence({ sentinels: 'up', passedMs: later(5_000), down: 9, fallen: 9 })
    const now = judgeFreeze(state, back, later(5_000)).state
    expect(now.freeze?.thawMs).toBe(later(5_000 + freezeConfirmMs))
    expect(turnOf(now, back, later(4_999 + freezeConfirmMs))).toBeNull()
    const step = judgeFreeze(now, back, later(5_000 + freezeConfirmMs))
    expect(step).toEqual({
      state: { freeze: null, believed: true },
      turn: { kind: 'thawed', cause: 'sentinels-back' },
    })
    expect(turnOf(step.state, back, later(30_000))).toBeNull()
  })

  it('that are lost again meanwhile go on freezing', () => {
    const back = judgeFreeze(state, evidence({ sentinels: 'up' }), later(5_000)).state
    const again = judgeFreeze(back, lost, later(6_000))
    expect(again.turn).toBeNull()
    expect(again.state.freeze?.thawMs).toBeNull()
  })
})
