/** Until when a cache may hold an address: what a drain waits for. */
import { describe, expect, it } from 'vitest'
import { millis, seconds } from '../../../src/core/base/units.ts'
import { createCaches, lookAtCaches, noteAnswerChange } from '../../../src/core/roster/index.ts'
import type { PoolPlan } from '../../../src/core/roster/types.ts'
import type { Rotation } from '../../../src/core/rotation/types.ts'
import { planOf } from './plans.ts'

const plan: PoolPlan = planOf('www.example.com.', ['10.0.0.1', '10.0.0.2', '10.0.0.3'])

function rotation(order: readonly number[], ttl = 10): Rotation {
  return { mode: 'normal', order, ttl: seconds(ttl), maxAnswers: 8, eligible: 3, members: 3, tier: 0 } as Rotation
}

function change(caches: ReturnType<typeof createCaches>, from: Rotation, to: Rotation | null, nowMs: number): void {
  noteAnswerChange(caches, plan, from, to === null ? null : { plan, rotation: to }, millis(nowMs))
}

describe('caches', () => {
  it('hold what left the answers for the TTL of then, and nothing else', () => {
    const caches = createCaches()
    change(caches, rotation([0, 1, 2]), rotation([1, 2]), 1000)
    const served = [{ plan, rotation: rotation([1, 2]) }]
    expect(lookAtCaches(caches, '10.0.0.1', served)).toEqual({ answered: [], untilMs: 11_000 })
    expect(lookAtCaches(caches, '10.0.0.2', served)).toEqual({ answered: ['www.example.com. A'], untilMs: 0 })
    expect(lookAtCaches(caches, '10.0.0.9', served)).toBeNull()
  })

  it('hold an answer of before the TTL was lowered for longer than those that came after', () => {
    const caches = createCaches()
    change(caches, rotation([0, 1, 2], 60), rotation([0, 1, 2], 5), 1000)
    change(caches, rotation([0, 1, 2], 5), rotation([1, 2], 5), 3000)
    expect(lookAtCaches(caches, '10.0.0.1', [{ plan, rotation: rotation([1, 2], 5) }])?.untilMs).toBe(61_000)
  })

  it('are told when a whole record is gone, and forget what is over', () => {
    const caches = createCaches()
    change(caches, rotation([0, 1, 2]), null, 1000)
    expect(lookAtCaches(caches, 'www.example.com=10.0.0.3', [{ plan, rotation: null }])?.untilMs).toBe(11_000)
    change(caches, rotation([1]), rotation([]), 100_000)
    expect(caches.ends.get(plan.key)?.has('10.0.0.3') ?? false).toBe(false)
  })
})
