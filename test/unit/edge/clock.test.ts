import { Worker } from 'node:worker_threads'
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

describe('clocks of several threads', () => {
  it('agree, whenever each thread began', async () => {
    const clockFile = new URL('../../../src/edge/clock.ts', import.meta.url).href
    const code = `import('${clockFile}').then(m => require('worker_threads').parentPort.postMessage(m.createClock().now()))`
    const before = createClock().now()
    const worker = new Worker(code, { eval: true })
    const theirs = await new Promise<number>((resolve, reject) => worker.once('message', resolve).once('error', reject))
    const after = createClock().now()
    await worker.terminate()
    // A hundredth of a millisecond for the two reads that a clock is made of.
    expect(theirs).toBeGreaterThanOrEqual(before - 0.01)
    expect(theirs).toBeLessThanOrEqual(after + 0.01)
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
