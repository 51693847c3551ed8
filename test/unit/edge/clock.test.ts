import { describe, expect, it, vi } from 'vitest'
import { createClock } from '../../../src/edge/clock.ts'
import { createDraw } from '../../../src/edge/draw.ts'

describe('clock', () => {
  it('does not follow when somebody sets the date', () => {
    const clock = createClock()
    const [now, wall] = [clock.now(), clock.wall()]
    vi.useFakeTimers({ toFake: ['Date'], now: 0 })
    expect(clock.wall()).toBe(0)
    expect(clock.now()).toBeGreaterThanOrEqual(now)
    vi.useRealTimers()
    expect(clock.wall()).toBeGreaterThanOrEqual(wall)
  })
})

describe('draw', () => {
  it('stays in [0, 1) and varies', () => {
    const draw = createDraw()
    const drawn = Array.from({ length: 100 }, draw)
    expect(drawn.every(value => value >= 0 && value < 1)).toBe(true)
    expect(new Set(drawn).size).toBeGreaterThan(90)
  })
})
