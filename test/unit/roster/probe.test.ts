import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import {
  absorb,
  countsOf,
  expire,
  firstRoundDone,
  nextDueMs,
  takeDue,
  tracksOf,
} from '../../../src/core/roster/index.ts'
import { giveUpGraceMs, probesBurstMax } from '../../../src/core/roster/probe.ts'
import { failed, icmpCheck, inconclusive, outcomeOf, passed, tcpCheck } from '../health/specs.ts'
import { createBench, planOf } from './plans.ts'

const addresses = (count: number) => Array.from({ length: count }, (_, at) => `10.0.${at >> 8}.${at & 255}`)

describe('starting probes', () => {
  it('starts each new duty at once, and none of them twice', () => {
    const bench = createBench()
    bench.adopt([planOf('www.test.', ['10.0.0.1', '10.0.0.2'])])
    expect(bench.start().map(probe => probe.endpoint.address)).toEqual(['10.0.0.1', '10.0.0.2'])
    bench.nowMs = millis(bench.nowMs + 6_000)
    expect(bench.start()).toEqual([])
  })

  it('returns one and the same empty list while nothing is due', () => {
    const bench = createBench()
    const empty = bench.start()
    bench.adopt([planOf('www.test.', ['10.0.0.1'])])
    expect(takeDue(bench.roster, millis(bench.nowMs - 1))).toBe(empty)
    expect(bench.start()).toHaveLength(1)
    expect(bench.start()).toBe(empty)
  })

  it('probes a duty once however many members, pools and names ask for it', () => {
    const bench = createBench()
    const named = { address: '10.0.0.1', checks: [tcpCheck({ name: 'other' })] }
    bench.adopt([planOf('a.test.', ['10.0.0.1', { address: '10.0.0.1', tier: 1 }]), planOf('b.test.', [named])])
    expect(bench.start()).toHaveLength(1)
    expect(countsOf(bench.roster)).toMatchObject({ duties: 1, inFlight: 1, probes: 1 })
  })

  it('probes another check, port or cadence apart', () => {
    const bench = createBench()
    const checks = [tcpCheck(), tcpCheck({ port: 81 }), tcpCheck({ fall: 5 }), icmpCheck()]
    bench.adopt([planOf('a.test.', [{ address: '10.0.0.1', checks }])])
    expect(bench.start()).toHaveLength(4)
  })

  it('hands out a burst at a time', () => {
    const bench = createBench()
    bench.adopt([planOf('a.test.', addresses(200)), planOf('b.test.', addresses(400).slice(200))])
    expect(bench.start()).toHaveLength(probesBurstMax)
    expect(bench.start()).toHaveLength(400 - probesBurstMax)
    expect(bench.start()).toHaveLength(0)
  })

  it('keeps to the limit of probes in flight, and goes on when one reports', () => {
    const bench = createBench(3)
    bench.adopt([planOf('a.test.', addresses(5))])
    expect(bench.start()).toHaveLength(3)
    expect(bench.start()).toHaveLength(0)
    bench.report(passed, '10.0.0.1')
    expect(bench.start().map(probe => probe.endpoint.address)).toEqual(['10.0.0.3'])
    expect(countsOf(bench.roster)).toMatchObject({ inFlight: 3, probes: 4 })
  })
})

describe('the rhythm', () => {
  it('keeps the interval from start to start', () => {
    const bench = createBench()
    bench.adopt([planOf('a.test.', ['10.0.0.1'])])
    bench.start()
    bench.report(passed)
    bench.nowMs = nextDueMs(bench.roster)!
    bench.start()
    const startedMs = bench.nowMs
    bench.nowMs = millis(startedMs + 700)
    bench.report(outcomeOf('pass', 700))
    expect(nextDueMs(bench.roster)).toBe(startedMs + 5_000)
  })

  it('jitter brings the next probe forward, never back', () => {
    const bench = createBench(4_096, () => 0.5)
    bench.adopt([planOf('a.test.', ['10.0.0.1'])])
    bench.start()
    bench.report(passed)
    bench.nowMs = nextDueMs(bench.roster)!
    bench.start()
    bench.report(passed)
    expect(nextDueMs(bench.roster)).toBe(bench.nowMs + 4_750)
  })

  it('spreads the second probes evenly over the interval, the first having come together', () => {
    const bench = createBench()
    bench.adopt([planOf('a.test.', addresses(200))])
    bench.start()
    const { nowMs } = bench
    bench.report(passed)
    const perSecond = [0, 0, 0, 0, 0]
    for (let second = 0; second < 5; second++) {
      bench.nowMs = millis(nowMs + 1_000 * (second + 1) - 1)
      perSecond[second] = bench.start().length
    }
    expect(perSecond.reduce((sum, probes) => sum + probes)).toBe(200)
    for (const probes of perSecond) expect(Math.abs(probes - 40)).toBeLessThan(4)
  })

  it('is turned by the first number drawn, so that two servers do not beat together', () => {
    const dueAfter = (drawn: number): number => {
      const draws = [drawn, 0, 0.7]
      const bench = createBench(4_096, () => draws.shift() ?? 0)
      bench.adopt([planOf('a.test.', ['10.0.0.1'])])
      bench.start()
      bench.report(passed)
      return nextDueMs(bench.roster)! - bench.nowMs
    }
    expect([0, 0.25, 0.5].map(dueAfter)).toEqual([0, 1_250, 2_500])
  })

  it('counts probes that begin late, but not first ones', () => {
    const bench = createBench()
    bench.adopt([planOf('a.test.', ['10.0.0.1'])])
    bench.nowMs = millis(bench.nowMs + 4_000)
    bench.start()
    bench.report(passed)
    bench.nowMs = millis(nextDueMs(bench.roster)! + 100)
    bench.start()
    bench.report(passed)
    expect(countsOf(bench.roster).late).toBe(0)
    bench.nowMs = millis(nextDueMs(bench.roster)! + 101)
    bench.start()
    expect(countsOf(bench.roster).late).toBe(1)
  })
})

describe('reports', () => {
  it('tell what was overturned', () => {
    const bench = createBench()
    bench.adopt([planOf('a.test.', ['10.0.0.1'])])
    bench.start()
    expect(bench.report(passed).tracks).toEqual([
      {
        endpoint: { address: '10.0.0.1', port: 80 },
        check: tcpCheck(),
        from: 'unknown',
        to: 'up',
        cause: 'first',
        outcome: passed,
      },
    ])
    bench.world.set('10.0.0.1', failed)
    expect(bench.elapse(9_000).tracks).toMatchObject([{ from: 'up', to: 'down' }])
  })

  it('count once: a second one for the same probe, or for one that never was, is not heard', () => {
    const bench = createBench()
    bench.adopt([planOf('a.test.', ['10.0.0.1'])])
    const [probe] = bench.start()
    const say = (id: number) => absorb(bench.roster, id, failed, bench.nowMs, () => 0)
    expect(say(probe!.id)).toMatchObject({ to: 'down' })
    const track = tracksOf(bench.roster, 0)
    expect(say(probe!.id)).toBeNull()
    expect(say(4_711)).toBeNull()
    expect(tracksOf(bench.roster, 0)).toEqual(track)
  })

  it('of any kind end the first round once all are in', () => {
    const bench = createBench()
    bench.adopt([planOf('a.test.', ['10.0.0.1', '10.0.0.2'])])
    bench.start()
    bench.nowMs = millis(1_500)
    bench.report(passed, '10.0.0.1')
    expect(firstRoundDone(bench.roster)).toBe(false)
    expect(countsOf(bench.roster).firstRoundMs).toBeNull()
    bench.nowMs = millis(3_000)
    bench.report(inconclusive, '10.0.0.2')
    expect(firstRoundDone(bench.roster)).toBe(true)
    expect(countsOf(bench.roster).firstRoundMs).toBe(3_000)
    bench.adopt([planOf('a.test.', ['10.0.0.1', '10.0.0.2', '10.0.0.3'])])
    expect(firstRoundDone(bench.roster)).toBe(false)
    bench.elapse(10_000)
    expect(firstRoundDone(bench.roster)).toBe(true)
    expect(countsOf(bench.roster).firstRoundMs).toBe(3_000)
  })

  it('need not come where nothing is checked', () => {
    const bench = createBench()
    bench.adopt([planOf('a.test.', [{ address: '10.0.0.1', checks: [] }])])
    expect(firstRoundDone(bench.roster)).toBe(true)
    expect(countsOf(bench.roster).firstRoundMs).toBe(1_000)
  })
})

describe('a probe that never reports', () => {
  it('is given up after its timeout and a grace, as nobody’s failure', () => {
    const bench = createBench()
    bench.adopt([planOf('a.test.', ['10.0.0.1', '10.0.0.2'])])
    const [lost] = bench.start()
    bench.report(passed, '10.0.0.2')
    const giveUpMs = bench.nowMs + 2_000 + giveUpGraceMs
    expect(expire(bench.roster, millis(giveUpMs - 1))).toEqual([])
    expect(countsOf(bench.roster).inFlight).toBe(1)
    expect(expire(bench.roster, millis(giveUpMs))).toEqual([lost])
    expect(countsOf(bench.roster)).toMatchObject({ inFlight: 0, expired: 1 })
    expect(tracksOf(bench.roster, 0)[0]).toMatchObject([
      { verdict: 'unknown', last: null, obstacle: { kind: 'inconclusive', reason: 'no-prober' } },
    ])
    expect(firstRoundDone(bench.roster)).toBe(true)
  })

  it('is probed again, and its late report is not taken for the new one', () => {
    const bench = createBench()
    bench.world.set('10.0.0.1', null)
    bench.adopt([planOf('a.test.', ['10.0.0.1'])])
    const [lost] = bench.start()
    bench.elapse(7_000)
    expect(countsOf(bench.roster).expired).toBe(1)
    bench.elapse(5_000)
    expect(countsOf(bench.roster)).toMatchObject({ probes: 2, inFlight: 1 })
    expect(absorb(bench.roster, lost!.id, failed, bench.nowMs, () => 0)).toBeNull()
    expect(countsOf(bench.roster).inFlight).toBe(1)
  })

  it('does not hide a later one with a longer timeout', () => {
    const bench = createBench()
    const patient = tcpCheck({ timeoutMs: millis(4_000) })
    bench.adopt([planOf('a.test.', [{ address: '10.0.0.1', checks: [patient] }, '10.0.0.2'])])
    bench.start()
    const startMs = bench.nowMs
    expect(expire(bench.roster, millis(startMs + 7_000)).map(({ endpoint }) => endpoint.address)).toEqual(['10.0.0.2'])
    expect(expire(bench.roster, millis(startMs + 8_999))).toEqual([])
    expect(expire(bench.roster, millis(startMs + 9_000)).map(({ endpoint }) => endpoint.address)).toEqual(['10.0.0.1'])
  })
})
