import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import { newTrack, reviseTrack } from '../../../src/core/health/observe.ts'
import { joinStanding } from '../../../src/core/health/standing.ts'
import { trackOf } from './specs.ts'

const up = trackOf()
const down = trackOf({ verdict: 'down' })
const unknown = newTrack(millis(0))

describe('joinStanding', () => {
  it.each([
    ['all of two up', [up, up], 2, 'up'],
    ['all of two, one down', [up, down], 2, 'down'],
    ['all of two, one unknown', [up, unknown], 2, 'unknown'],
    ['all of two, down outweighs unknown', [down, unknown], 2, 'down'],
    ['any of two, one up is enough', [up, unknown], 1, 'up'],
    ['any of two, one may still come up', [down, unknown], 1, 'unknown'],
    ['any of two, none up', [down, down], 1, 'down'],
    ['two of three, decided early', [up, up, unknown], 2, 'up'],
    ['two of three, open', [up, down, unknown], 2, 'unknown'],
    ['two of three, lost early', [down, down, unknown], 2, 'down'],
    ['no checks', [], 0, 'up'],
  ] as const)('%s', (_story, tracks, need, verdict) => {
    expect(joinStanding(tracks, { need }, 'none').verdict).toBe(verdict)
  })

  it('is pending if any check is on its way', () => {
    expect(joinStanding([up, down], { need: 2 }, 'none').pending).toBe(false)
    expect(joinStanding([up, trackOf({ against: 1 })], { need: 1 }, 'none').pending).toBe(true)
    expect(joinStanding([reviseTrack(up)], { need: 1 }, 'none').pending).toBe(true)
  })

  it('keeps the override beside the verdict', () => {
    expect(joinStanding([down], { need: 1 }, 'forced-up')).toEqual({
      verdict: 'down',
      pending: false,
      override: 'forced-up',
      share: 1,
    })
  })

  it('gives the least share that a check which is up leaves, times the way back', () => {
    const [half, tenth] = [trackOf({ share: 0.5 }), trackOf({ share: 0.1 })]
    expect(joinStanding([half, up], { need: 2 }, 'none').share).toBe(0.5)
    expect(joinStanding([half, tenth], { need: 1 }, 'drained').share).toBe(0.1)
    expect(joinStanding([half, trackOf({ verdict: 'down', share: 0.1 })], { need: 1 }, 'none').share).toBe(0.5)
    expect(joinStanding([half], { need: 1 }, 'none', 0.2).share).toBeCloseTo(0.1)
    expect(joinStanding([trackOf({ share: 0 })], { need: 1 }, 'none').share).toBe(0)
  })

  it('leaves the whole share to what the operator forces up', () => {
    expect(joinStanding([trackOf({ share: 0 })], { need: 1 }, 'forced-up', 0.05).share).toBe(1)
  })
})
