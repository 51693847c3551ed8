import { describe, expect, it } from 'vitest'
import { matchPools } from '../../../src/core/roster/index.ts'
import { planOf } from './plans.ts'

const plan = (owner: string) => planOf(owner, ['10.0.0.1'])
const [a, b, c] = [plan('a.test.'), plan('b.test.'), plan('c.test.')]

describe('the pools of the next generation', () => {
  it('continue themselves, wherever they stand now', () => {
    expect([...matchPools([a, b, c], [a, b, c])]).toEqual([0, 1, 2])
    expect([...matchPools([a, b, c], [plan('new.test.'), c, a])]).toEqual([-1, 2, 0])
    expect([...matchPools([], [a])]).toEqual([-1])
    expect([...matchPools([a], [])]).toEqual([])
  })

  it('continue the edited pool of their name', () => {
    expect([...matchPools([a, b], [plan('b.test.'), plan('a.test.')])]).toEqual([1, 0])
    expect([...matchPools([a, b], [a, plan('b.test.'), plan('d.test.')])]).toEqual([0, 1, -1])
  })
})
