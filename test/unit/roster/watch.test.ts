import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import { freezeConfirmMs, freezeLongestDefaultMs, freezeWindowMs } from '../../../src/core/health/freeze.ts'
import { countsOf, rotationOf, setOverride, standingsOf, watchSentinels } from '../../../src/core/roster/index.ts'
import type { DutyModel } from '../../../src/core/roster/types.ts'
import { failed, icmpCheck, passed } from '../health/specs.ts'
import { type Bench, createBench, planOf } from './plans.ts'

const addresses = Array.from({ length: 8 }, (_, at) => `10.0.0.${at}`)
const sentinel: DutyModel = { endpoint: { address: '10.0.9.1', port: null }, check: icmpCheck() }

function calm(sentinels: readonly DutyModel[] = []): Bench {
  const bench = createBench()
  watchSentinels(bench.roster, sentinels, bench.nowMs, () => 0)
  bench.adopt([planOf('www.test.', addresses), planOf('api.test.', addresses.slice(0, 2), { onAllDown: 'servfail' })])
  bench.elapse(60_000)
  return bench
}

function lose(bench: Bench, lost: readonly string[]): void {
  for (const address of lost) bench.world.set(address, failed)
}

const order = (bench: Bench, pool = 0) => rotationOf(bench.roster, pool)?.order
const turns = (bench: Bench, spanMs: number) => bench.elapse(spanMs).freezes.map(({ turn }) => turn)

describe('many that fall together', () => {
  it('are kept in the answers, shown as down, and taken out after a while', () => {
    const bench = calm()
    lose(bench, addresses.slice(0, 5))
    expect(turns(bench, 20_000)).toEqual([{ kind: 'frozen', cause: 'many-down' }])
    expect(order(bench)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(rotationOf(bench.roster, 0)).toMatchObject({ mode: 'normal', ttl: 5 })
    expect(rotationOf(bench.roster, 1)).toMatchObject({ mode: 'normal', order: [0, 1] })
    expect(standingsOf(bench.roster, 0, bench.nowMs)[0]).toMatchObject({ verdict: 'down', held: true })
    expect(countsOf(bench.roster)).toMatchObject({ endpoints: 8, endpointsDown: 5 })
    expect(turns(bench, freezeLongestDefaultMs)).toEqual([{ kind: 'thawed', cause: 'too-long' }])
    expect(order(bench)).toEqual([5, 6, 7])
    expect(rotationOf(bench.roster, 1)).toMatchObject({ mode: 'servfail' })
    expect(turns(bench, 300_000)).toEqual([])
  })

  it('that recover thaw by themselves, without ever having left', () => {
    const bench = calm()
    lose(bench, addresses.slice(0, 6))
    bench.elapse(20_000)
    bench.world.clear()
    const { freezes, rotations } = bench.elapse(20_000)
    expect(freezes.map(({ turn }) => turn)).toEqual([{ kind: 'thawed', cause: 'recovered' }])
    for (const { to } of rotations) expect(to.order).toHaveLength(to.members)
    expect(standingsOf(bench.roster, 0, bench.nowMs).some(({ held }) => held)).toBe(false)
  })

  it('leave out who had been down before, and bring back no one but those', () => {
    const bench = calm()
    lose(bench, addresses.slice(7))
    bench.elapse(freezeWindowMs + 20_000)
    expect(order(bench)).toEqual([0, 1, 2, 3, 4, 5, 6])
    lose(bench, addresses.slice(0, 5))
    bench.elapse(20_000)
    expect(order(bench)).toEqual([0, 1, 2, 3, 4, 5, 6])
  })

  it('one after the other, over longer than the window, are removed', () => {
    const bench = calm()
    for (const address of addresses.slice(0, 6)) {
      lose(bench, [address])
      expect(turns(bench, 15_000)).toEqual([])
    }
    expect(order(bench)).toEqual([6, 7])
  })

  it('do not hold back the operator', () => {
    const bench = calm()
    lose(bench, addresses.slice(0, 5))
    bench.elapse(20_000)
    const wish = { target: '10.0.0.0', override: 'drained', reason: '', author: '', forMs: null, force: true } as const
    setOverride(bench.roster, { ...wish, sinceAt: 0 }, bench.nowMs)
    bench.elapse(50)
    expect(order(bench)).toEqual([1, 2, 3, 4, 5, 6, 7])
  })

  it('on two addresses only are two hosts that died', () => {
    const bench = createBench()
    const ports = [80, 81, 82].map(port => ({ ...icmpCheck(), protocol: 'TCP' as const, port }))
    const checks = ports.map(check => ({ ...check, send: null, expect: null, tls: null }))
    const pools = ['10.0.0.1', '10.0.0.2', '10.0.0.3'].map(address => ({ address, checks }))
    bench.adopt([planOf('www.test.', pools)])
    bench.elapse(60_000)
    lose(bench, ['10.0.0.1', '10.0.0.2'])
    expect(turns(bench, 20_000)).toEqual([])
    expect(order(bench)).toEqual([2])
  })
})

describe('sentinels', () => {
  it('that are lost freeze even the removal of one, for as long as they are', () => {
    const bench = calm([sentinel])
    lose(bench, ['10.0.9.1', '10.0.0.1'])
    expect(turns(bench, 600_000)).toEqual([{ kind: 'frozen', cause: 'sentinels' }])
    expect(order(bench)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    bench.world.delete('10.0.9.1')
    bench.elapse(8_000)
    expect(order(bench)).toHaveLength(8)
    expect(turns(bench, 30_000 + freezeConfirmMs)).toEqual([{ kind: 'thawed', cause: 'sentinels-back' }])
    expect(order(bench)).toEqual([0, 2, 3, 4, 5, 6, 7])
  })

  it('that come back with everybody let nobody leave', () => {
    const bench = calm([sentinel])
    lose(bench, ['10.0.9.1', ...addresses])
    bench.elapse(3_600_000)
    bench.world.clear()
    const { rotations, freezes } = bench.elapse(60_000)
    expect(freezes.map(({ turn }) => turn)).toEqual([{ kind: 'thawed', cause: 'sentinels-back' }])
    for (const { to } of rotations) expect(to.order).toHaveLength(to.members)
  })

  it('that are well let many that fell be believed soon', () => {
    const bench = calm([sentinel])
    lose(bench, addresses.slice(0, 5))
    const { freezes } = bench.elapse(40_000)
    expect(freezes.map(({ turn }) => turn)).toEqual([
      { kind: 'frozen', cause: 'many-down' },
      { kind: 'thawed', cause: 'believed' },
    ])
    expect(freezes[1]!.frozenMs).toBeLessThan(freezeConfirmMs + 6_000)
    expect(order(bench)).toEqual([5, 6, 7])
  })

  it('that never passed have no say', () => {
    const bench = createBench()
    bench.world.set('10.0.9.1', failed)
    watchSentinels(bench.roster, [sentinel], bench.nowMs, () => 0)
    bench.adopt([planOf('www.test.', addresses)])
    expect(turns(bench, 60_000)).toEqual([])
  })

  it('may be others from now on; what is known of pools and of those that stay is kept', () => {
    const bench = calm([sentinel])
    const second = { ...sentinel, endpoint: { address: '10.0.9.2', port: null } }
    const before = order(bench)
    watchSentinels(bench.roster, [sentinel, second], bench.nowMs, () => 0)
    bench.elapse(100)
    expect(order(bench)).toEqual(before)
    expect(bench.roster.sentinelDuties.map(({ track }) => track.verdict)).toEqual(['up', 'up'])
    expect(countsOf(bench.roster)).toMatchObject({ duties: 10, endpoints: 8 })
    lose(bench, ['10.0.9.1'])
    expect(turns(bench, 60_000)).toEqual([])
    watchSentinels(bench.roster, [sentinel], bench.nowMs, () => 0)
    expect(turns(bench, 60_000)).toEqual([{ kind: 'frozen', cause: 'sentinels' }])
  })
})

describe('the census', () => {
  it('is the same after an edit that changes nothing', () => {
    const bench = calm()
    lose(bench, addresses.slice(0, 3))
    bench.elapse(14_000)
    const { down, fallen } = bench.roster.census
    expect([down, fallen]).toEqual([3, 3])
    bench.adopt(bench.roster.pools.map(({ plan }) => plan))
    expect(bench.roster.census).toMatchObject({ down, fallen })
    bench.elapse(freezeWindowMs)
    expect(bench.roster.census).toMatchObject({ down: 3, fallen: 0, falls: [] })
  })

  it('counts an endpoint with several checks once, and down while any is', () => {
    const bench = createBench()
    const checks = [icmpCheck(), icmpCheck({ name: 'slow', intervalMs: millis(20_000) })]
    bench.adopt([planOf('a.test.', [{ address: '10.0.0.1', checks }])])
    const [first, second] = bench.start()
    bench.running.splice(0, 2, first!)
    bench.report(failed)
    expect(countsOf(bench.roster)).toMatchObject({ endpoints: 1, endpointsDown: 1 })
    bench.running.push(second!)
    bench.report(passed)
    expect(countsOf(bench.roster)).toMatchObject({ endpoints: 1, endpointsDown: 1 })
  })
})
