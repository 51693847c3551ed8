import { describe, expect, it } from 'vitest'
import { createEar, createSignals, openSignals } from '../../../src/board/signal.ts'

describe('signals', () => {
  it('are heard once by the thread they are for, and the first look always hears one', () => {
    const memory = createSignals(3)
    const signals = openSignals(memory)
    const ears = [0, 1, 2].map(row => createEar(memory, row))
    expect(ears.map(ear => ear.rung())).toEqual([true, true, true])
    signals.ring(1)
    signals.ring(1)
    expect(ears.map(ear => ear.rung())).toEqual([false, true, false])
    expect(ears.map(ear => ear.rung())).toEqual([false, false, false])
  })

  it('are heard by an ear that came late', () => {
    const memory = createSignals(1)
    openSignals(memory).ring(0)
    expect(createEar(memory, 0).rung()).toBe(true)
  })

  it('count the beats of each thread', () => {
    const memory = createSignals(2)
    const signals = openSignals(memory)
    const ear = createEar(memory, 1)
    const before = signals.beats(1)
    ear.beat()
    expect(signals.beats(1)).not.toBe(before)
    signals.ring(1)
    const beats = signals.beats(1)
    ear.rung()
    expect(signals.beats(1)).toBe(beats)
  })
})
