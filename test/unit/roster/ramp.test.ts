import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import { absorb, rotationOf, setOverride, standingsOf, takeDue } from '../../../src/core/roster/index.ts'
import type { PoolSpec } from '../../../src/core/rotation/types.ts'
import { failed, passed } from '../health/specs.ts'
import { type Bench, createBench, planOf } from './plans.ts'

const slow: Partial<PoolSpec> = { slowStartMs: millis(60_000), weighed: true }
const plan = (addresses = ['10.0.0.1', '10.0.0.2']) => planOf('www.test.', addresses, slow)

const share = (bench: Bench, at = 0) => standingsOf(bench.roster, 0, bench.nowMs)[at]!.share

/** A pool whose first member was down and has just come back. */
function recovered(): Bench {
  const bench = createBench()
  bench.adopt([plan()])
  bench.elapse(7_000)
  bench.world.set('10.0.0.1', failed)
  bench.elapse(20_000)
  bench.world.delete('10.0.0.1')
  for (let beats = 0; rotationOf(bench.roster, 0)!.eligible < 2 && beats < 1_000; beats++) bench.elapse(50)
  return bench
}

describe('a member that came back', () => {
  it('gets its share step by step, by itself, and is whole in the end', () => {
    const bench = recovered()
    expect(share(bench)).toBe(0.05)
    const { rotations } = bench.elapse(59_000)
    expect(rotations.length).toBeGreaterThan(15)
    expect(rotations.length).toBeLessThanOrEqual(20)
    expect(rotationOf(bench.roster, 0)?.weights).toEqual([19, 20])
    expect(bench.elapse(2_000).rotations).toHaveLength(1)
    expect(rotationOf(bench.roster, 0)).toMatchObject({ weights: [], order: [0, 1] })
    expect(bench.elapse(60_000).rotations).toEqual([])
  })

  it('is answered from its first moment on', () => {
    const bench = recovered()
    expect(rotationOf(bench.roster, 0)).toMatchObject({ order: [0, 1], weights: [1, 20] })
  })

  it('goes on where it was after an edit, wherever it stands now', () => {
    const bench = recovered()
    bench.elapse(30_000)
    const before = share(bench)
    bench.adopt([plan(['10.0.0.2', '10.0.0.1', '10.0.0.3'])])
    expect([share(bench, 0), share(bench, 1)]).toEqual([1, before])
    bench.elapse(31_000)
    expect(share(bench, 1)).toBe(1)
  })

  it('begins anew if it falls again', () => {
    const bench = recovered()
    bench.elapse(30_000)
    bench.world.set('10.0.0.1', failed)
    bench.elapse(15_000)
    bench.world.delete('10.0.0.1')
    bench.elapse(8_000)
    expect(share(bench)).toBeLessThan(0.2)
  })

  it('has its whole share at once by the operator\u2019s word', () => {
    const bench = recovered()
    const order = { target: '10.0.0.1', reason: '', author: '', forMs: null, force: true, sinceAt: 0 }
    setOverride(bench.roster, { ...order, override: 'forced-up' }, bench.nowMs)
    expect(share(bench)).toBe(1)
  })
})

describe('a whole share from the beginning', () => {
  it('has who is heard of for the first time, and who was only in doubt', () => {
    const bench = createBench()
    bench.adopt([plan()])
    bench.start()
    bench.report(passed)
    expect([share(bench, 0), share(bench, 1)]).toEqual([1, 1])
    bench.world.set('10.0.0.1', failed)
    for (let beats = 0; rotationOf(bench.roster, 0)!.ttl === 10 && beats < 1_000; beats++) bench.elapse(50)
    expect(standingsOf(bench.roster, 0, bench.nowMs)[0]).toMatchObject({ verdict: 'up', pending: true })
    bench.world.delete('10.0.0.1')
    bench.elapse(10_000)
    expect(share(bench)).toBe(1)
  })

  it('has everybody where there is no slow start', () => {
    const bench = createBench()
    bench.adopt([planOf('www.test.', ['10.0.0.1', '10.0.0.2'])])
    bench.elapse(7_000)
    bench.world.set('10.0.0.1', failed)
    bench.elapse(20_000)
    bench.world.delete('10.0.0.1')
    bench.elapse(9_000)
    expect(share(bench)).toBe(1)
    expect(bench.roster.ramps.ids).toEqual([])
  })
})

describe('a share that a check leaves', () => {
  it('has the pool decided anew when it changes, and only then', () => {
    const bench = createBench()
    bench.adopt([planOf('www.test.', ['10.0.0.1', '10.0.0.2'], { weighed: true })])
    bench.elapse(7_000)
    bench.world.set('10.0.0.1', { ...passed, share: 0.5 })
    expect(bench.elapse(6_000).rotations.map(({ to }) => to.weights)).toEqual([[1, 2]])
    bench.world.set('10.0.0.1', { ...passed, share: 0.504 })
    expect(bench.elapse(6_000).rotations).toEqual([])
    bench.world.set('10.0.0.1', { ...passed, share: 0 })
    expect(bench.elapse(6_000).rotations.map(({ to }) => to.order)).toEqual([[1]])
    expect(standingsOf(bench.roster, 0, bench.nowMs)[0]).toMatchObject({ verdict: 'up', share: 0 })
  })
})

describe('steps', () => {
  it('of many members that came back together are one decision each', () => {
    const bench = createBench()
    const addresses = Array.from({ length: 20 }, (_, at) => `10.0.1.${at}`)
    bench.adopt([plan(addresses)])
    bench.elapse(7_000)
    for (const address of addresses.slice(0, 8)) bench.world.set(address, failed)
    bench.elapse(20_000)
    bench.world.clear()
    bench.elapse(10_000)
    bench.nowMs = millis(bench.nowMs + 3_000)
    for (const { id } of takeDue(bench.roster, bench.nowMs)) absorb(bench.roster, id, passed, bench.nowMs, () => 0)
    expect(bench.roster.ramps.ids).toEqual([0])
  })
})
