import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import {
  absorb,
  adopt,
  countsOf,
  rotationOf,
  settle,
  standingsOf,
  takeDue,
  worstPoolRemovalMs,
} from '../../../src/core/roster/index.ts'
import { failed, icmpCheck, passed, tcpCheck } from '../health/specs.ts'
import { createBench, planOf } from './plans.ts'

describe('settle', () => {
  it('gives every pool once after an adopt, and then only what differs', () => {
    const bench = createBench()
    adopt(bench.roster, [planOf('a.test.', ['10.0.0.1']), planOf('b.test.', ['10.0.0.2'])], bench.nowMs, () => 0)
    expect(rotationOf(bench.roster, 0)).toBeNull()
    expect(settle(bench.roster, bench.nowMs).map(({ pool, from }) => [pool, from])).toEqual([
      [0, null],
      [1, null],
    ])
    expect(settle(bench.roster, bench.nowMs)).toEqual([])
    bench.start()
    const { rotations } = bench.report(passed, '10.0.0.2')
    expect(rotations).toMatchObject([{ pool: 1, from: { mode: 'fail-open' }, to: { mode: 'normal', order: [0] } }])
    expect(rotationOf(bench.roster, 1)).toBe(rotations[0]?.to)
  })

  it('decides a pool once however many of its members changed', () => {
    const bench = createBench()
    bench.adopt([planOf('a.test.', ['10.0.0.1', '10.0.0.2']), planOf('b.test.', ['10.0.0.3'])])
    for (const { id } of takeDue(bench.roster, bench.nowMs).slice(0, 2)) {
      absorb(bench.roster, id, passed, bench.nowMs, () => 0)
    }
    expect(bench.roster.dirty).toEqual([0])
    expect(settle(bench.roster, bench.nowMs)).toHaveLength(1)
    expect(bench.roster.dirty).toEqual([])
  })

  it('decides each pool that shares a duty', () => {
    const bench = createBench()
    bench.adopt(['a', 'b', 'c'].map(name => planOf(`${name}.test.`, ['10.0.0.1', '10.0.0.2'])))
    bench.elapse(7_000)
    bench.world.set('10.0.0.1', failed)
    const { rotations } = bench.elapse(9_000)
    expect(rotations.map(({ pool, to }) => [pool, to.ttl, to.order])).toEqual([
      ...[0, 1, 2].map(pool => [pool, 5, [0, 1]]),
      ...[0, 1, 2].map(pool => [pool, 10, [1]]),
    ])
  })

  it('takes back the doubt when the endpoint recovers in time', () => {
    const bench = createBench()
    bench.adopt([planOf('a.test.', ['10.0.0.1', '10.0.0.2'])])
    bench.elapse(7_000)
    bench.world.set('10.0.0.1', failed)
    const doubted = bench.elapse(5_000).rotations
    bench.world.delete('10.0.0.1')
    const calmed = bench.elapse(5_000).rotations
    expect([...doubted, ...calmed].map(({ to }) => [to.ttl, to.order])).toEqual([
      [5, [0, 1]],
      [10, [0, 1]],
    ])
  })

  it('joins several checks of a member by their quorum', () => {
    const bench = createBench()
    const checks = [tcpCheck(), icmpCheck()]
    bench.adopt([
      planOf('all.test.', [{ address: '10.0.0.1', checks }]),
      planOf('any.test.', [{ address: '10.0.0.1', checks, need: 1 }]),
      planOf('none.test.', [{ address: '10.0.0.1', checks: [], override: 'drained' }]),
    ])
    expect(countsOf(bench.roster).duties).toBe(2)
    for (const probe of bench.start()) {
      bench.running.splice(0, bench.running.length, probe)
      bench.report(probe.check.protocol === 'TCP' ? passed : failed)
    }
    expect([0, 1, 2].map(pool => standingsOf(bench.roster, pool, bench.nowMs)[0])).toEqual([
      { verdict: 'down', pending: false, override: 'none', share: 1, held: false, order: null },
      { verdict: 'up', pending: false, override: 'none', share: 1, held: false, order: null },
      { verdict: 'up', pending: false, override: 'drained', share: 1, held: false, order: null },
    ])
  })

  it('settles thousands of endpoints that change in one beat', () => {
    const bench = createBench(5_000)
    const fragile = tcpCheck({ fall: 1 })
    const plans = Array.from({ length: 1_250 }, (_, pool) => {
      const addresses = [0, 1, 2, 3].map(at => `10.${pool >> 8}.${pool & 255}.${at}`)
      return planOf(
        `s${pool}.test.`,
        addresses.map(address => ({ address, checks: [fragile] })),
      )
    })
    bench.adopt(plans)
    bench.elapse(10_000)
    expect(countsOf(bench.roster)).toMatchObject({ duties: 5_000, inFlight: 0 })
    bench.nowMs = millis(bench.nowMs + 10_000)
    while (bench.start().length > 0);
    const { tracks, rotations } = bench.report(failed)
    expect(tracks).toHaveLength(5_000)
    expect(rotations).toHaveLength(1_250)
    expect(rotations.every(({ to }) => to.mode === 'fail-open')).toBe(true)
  })
})

describe('worstPoolRemovalMs', () => {
  it('is that of the slowest member that is checked', () => {
    const slow = tcpCheck({ intervalMs: millis(30_000) })
    const members = ['10.0.0.1', { address: '10.0.0.2', checks: [slow] }, { address: '10.0.0.3', checks: [] }]
    expect(worstPoolRemovalMs(planOf('a.test.', members).pool)).toBe(38_000)
    expect(worstPoolRemovalMs(planOf('a.test.', members.slice(2)).pool)).toBeNull()
  })
})
