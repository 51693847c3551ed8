import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import type { CheckSpec, Outcome, Track } from '../../../src/core/health/types.ts'
import {
  absorb,
  adopt,
  countsOf,
  evidenceOf,
  firstRoundDone,
  nextDueMs,
  rotationOf,
  takeDue,
  tracksOf,
} from '../../../src/core/roster/index.ts'
import { failed, httpCheck, passed, tcpCheck } from '../health/specs.ts'
import { type Bench, createBench, type MemberShape, planOf } from './plans.ts'

const member = (check: CheckSpec = tcpCheck(), address = '10.0.0.1'): MemberShape => ({ address, checks: [check] })

/** A roster that has heard of every member of these plans, and stands a while later. */
function settledBench(plans: Parameters<Bench['adopt']>[0], dead: readonly string[] = []): Bench {
  const bench = createBench()
  for (const address of dead) bench.world.set(address, failed)
  bench.adopt(plans)
  bench.elapse(7_000)
  expect(firstRoundDone(bench.roster)).toBe(true)
  return bench
}

function firstTrack(bench: Bench, pool = 0): Track {
  return tracksOf(bench.roster, pool)[0]![0]!
}

describe('the same duty', () => {
  it('keeps track and schedule, whatever is edited around it', () => {
    const bench = settledBench([planOf('a.test.', ['10.0.0.1'])])
    const before = firstTrack(bench)
    const dueMs = nextDueMs(bench.roster)
    bench.adopt([planOf('new.test.', [member(tcpCheck({ name: 'renamed' }))], { maxAnswers: 1 })])
    expect(firstTrack(bench)).toBe(before)
    expect(nextDueMs(bench.roster)).toBe(dueMs)
    expect(countsOf(bench.roster).duties).toBe(1)
  })

  it('keeps what it said before; so does its successor with another cadence or an edited check', () => {
    const edits = [tcpCheck({ name: 'renamed' }), tcpCheck({ intervalMs: millis(9_000) }), tcpCheck({ port: 81 })]
    for (const check of edits) {
      const bench = settledBench([planOf('a.test.', ['10.0.0.1'])], ['10.0.0.1'])
      const failures = () => evidenceOf(bench.roster, 0)[0]![0]!.failures
      const before = failures()
      expect(before).toMatchObject([{ reason: failed.reason }])
      bench.adopt([planOf('a.test.', [member(check)])])
      expect(failures()).toEqual(before)
    }
  })

  it('keeps a probe in flight, and hears its report', () => {
    const bench = createBench()
    const plans = [planOf('a.test.', ['10.0.0.1'])]
    bench.adopt(plans)
    bench.start()
    bench.adopt(plans)
    expect(bench.start()).toEqual([])
    expect(bench.report(failed).tracks).toMatchObject([{ to: 'down' }])
  })

  it('has its say in the pools of zones that were not edited, wherever they stand now', () => {
    const shared = planOf('shared.test.', ['10.0.0.1', '10.0.0.2'])
    const own = planOf('own.test.', ['10.0.0.1'])
    const bench = settledBench([shared, own])
    const before = rotationOf(bench.roster, 0)
    expect(bench.adopt([planOf('new.test.', ['10.0.0.9']), own, shared])).toMatchObject([{ pool: 0, from: null }])
    expect(rotationOf(bench.roster, 2)).toBe(before)
    expect(countsOf(bench.roster).duties).toBe(3)
    bench.world.set('10.0.0.1', failed)
    const { rotations } = bench.elapse(60_000)
    expect(new Set(rotations.map(({ pool }) => pool))).toEqual(new Set([0, 1, 2]))
    expect(rotationOf(bench.roster, 2)).toMatchObject({ order: [1], eligible: 1 })
  })

  it('goes by its new name in what is reported', () => {
    const bench = createBench()
    bench.adopt([planOf('a.test.', ['10.0.0.1'])])
    bench.adopt([planOf('a.test.', [member(tcpCheck({ name: 'renamed' }))])])
    bench.start()
    expect(bench.report(passed).tracks[0]?.check.name).toBe('renamed')
  })
})

describe('a dropped duty', () => {
  it('is not probed again, and a report that comes for it is not heard', () => {
    const bench = settledBench([planOf('a.test.', ['10.0.0.1', '10.0.0.2'])])
    bench.nowMs = millis(bench.nowMs + 5_000)
    expect(bench.start()).toHaveLength(2)
    bench.adopt([planOf('a.test.', ['10.0.0.2'])])
    expect(countsOf(bench.roster)).toMatchObject({ duties: 1, inFlight: 2 })
    expect(bench.report(failed).tracks).toEqual([])
    expect(countsOf(bench.roster).inFlight).toBe(0)
    bench.nowMs = millis(bench.nowMs + 60_000)
    expect(bench.start().map(({ endpoint }) => endpoint.address)).toEqual(['10.0.0.2'])
  })

  it('that comes back is unknown; while its probe still runs it is not probed beside it', () => {
    const both = [planOf('a.test.', ['10.0.0.1', '10.0.0.2'])]
    const one = [planOf('a.test.', ['10.0.0.2'])]
    const bench = settledBench(both)
    bench.adopt(one)
    bench.adopt(both)
    expect(firstTrack(bench).verdict).toBe('unknown')
    const [probe] = bench.start()
    expect(probe?.endpoint.address).toBe('10.0.0.1')
    bench.adopt(one)
    bench.adopt(both)
    expect(bench.start()).toEqual([])
    expect(bench.report(failed, '10.0.0.1').tracks).toMatchObject([{ from: 'unknown', to: 'down' }])
  })
})

describe('another cadence', () => {
  const slower = tcpCheck({ intervalMs: millis(20_000), fall: 4 })

  it('keeps the track, and comes when it would have or sooner', () => {
    const bench = settledBench([planOf('a.test.', ['10.0.0.1'])])
    const before = firstTrack(bench)
    const dueMs = nextDueMs(bench.roster)!
    bench.adopt([planOf('a.test.', [member(slower)])])
    expect(firstTrack(bench)).toBe(before)
    expect(firstRoundDone(bench.roster)).toBe(true)
    expect(nextDueMs(bench.roster)).toBeLessThanOrEqual(dueMs)
    expect(nextDueMs(bench.roster)).toBeGreaterThanOrEqual(bench.nowMs)
  })

  it('asks at once what is being overturned', () => {
    const bench = settledBench([planOf('a.test.', ['10.0.0.1'])])
    bench.nowMs = nextDueMs(bench.roster)!
    bench.start()
    bench.report(failed)
    bench.adopt([planOf('a.test.', [member(slower)])])
    expect(firstTrack(bench)).toMatchObject({ verdict: 'up', against: 1, undecided: false })
    expect(nextDueMs(bench.roster)).toBe(bench.nowMs)
  })

  it('beside the old one: both are probed, both know', () => {
    const bench = settledBench([planOf('a.test.', ['10.0.0.1'])])
    bench.adopt([planOf('a.test.', ['10.0.0.1']), planOf('b.test.', [member(slower)])])
    expect(countsOf(bench.roster).duties).toBe(2)
    expect(firstTrack(bench, 1)).toBe(firstTrack(bench, 0))
  })

  it.each([0, 1])('takes the newest word where several duties asked the same: the other, then number %d', newest => {
    const bench = createBench()
    bench.adopt([planOf('a.test.', [member(tcpCheck({ fall: 9 })), member(tcpCheck())])])
    const probes = bench.start()
    const say = (probe: number, outcome: Outcome) => {
      bench.nowMs = millis(bench.nowMs + 10)
      absorb(bench.roster, probes[probe]!.id, outcome, bench.nowMs, () => 0)
    }
    say(1 - newest, failed)
    say(newest, passed)
    bench.adopt([planOf('a.test.', [member(slower)])])
    expect(firstTrack(bench).verdict).toBe('up')
  })

  it('of a duty not heard of yet leaves it due, and the first round open', () => {
    const bench = createBench()
    bench.adopt([planOf('a.test.', ['10.0.0.1'])])
    bench.adopt([planOf('a.test.', [member(slower)])])
    expect(firstRoundDone(bench.roster)).toBe(false)
    expect(nextDueMs(bench.roster)).toBe(bench.nowMs)
  })

  it('while the old probe runs asks at once, which is not late', () => {
    const bench = settledBench([planOf('a.test.', ['10.0.0.1'])])
    bench.nowMs = nextDueMs(bench.roster)!
    bench.start()
    bench.nowMs = millis(bench.nowMs + 1_000)
    bench.adopt([planOf('a.test.', [member(slower)])])
    expect(bench.start()).toMatchObject([{ check: slower }])
    expect(countsOf(bench.roster).late).toBe(0)
  })
})

describe('an edited check', () => {
  it('keeps its verdict, is undecided, and is asked at once', () => {
    const bench = settledBench([planOf('a.test.', ['10.0.0.1'])], ['10.0.0.1'])
    bench.adopt([planOf('a.test.', [member(tcpCheck({ port: 81 }))])])
    expect(firstTrack(bench)).toMatchObject({ verdict: 'down', undecided: true })
    expect(bench.start().map(({ endpoint }) => endpoint.port)).toEqual([81])
    expect(bench.report(passed).tracks).toMatchObject([{ from: 'down', to: 'up' }])
  })

  it.each(['its own name', 'another'])('keeps its verdict where others ask the old form by %s', theirs => {
    const name = theirs === 'another' ? theirs : httpCheck().name
    const shared = planOf(
      'shared.test.',
      ['10.0.0.1', '10.0.0.2'].map(address => member(httpCheck({ name }), address)),
    )
    const own = [member(httpCheck()), member(httpCheck(), '10.0.0.2')]
    const bench = settledBench([planOf('own.test.', own), shared], ['10.0.0.2'])
    const edited = httpCheck({ path: '/other' })
    bench.adopt([planOf('own.test.', [member(edited), member(edited, '10.0.0.2')]), shared])
    expect(firstTrack(bench)).toMatchObject({ verdict: 'up', undecided: true })
    expect(rotationOf(bench.roster, 0)).toMatchObject({ mode: 'normal', order: [0] })
    expect(firstTrack(bench, 1)).toMatchObject({ verdict: 'up', undecided: false })
  })

  it('is not another check of that name that stays, nor of another name, protocol or address', () => {
    const kept = planOf('kept.test.', ['10.0.0.1'])
    const strangers = [
      member(tcpCheck({ port: 81 })),
      member(tcpCheck({ name: 'else', port: 82 })),
      member(httpCheck({ name: 'port' })),
      member(tcpCheck(), '10.0.0.9'),
    ]
    const bench = settledBench([kept])
    bench.adopt([kept, planOf('b.test.', strangers)])
    expect(tracksOf(bench.roster, 1).map(([track]) => track?.verdict)).toEqual(Array(4).fill('unknown'))
  })

  it('of several virtual hosts on one address takes the verdict of its own', () => {
    const hosts = (path: string) => [
      planOf('a.test.', [member(httpCheck({ host: 'a.test', path }))]),
      planOf('b.test.', [member(httpCheck({ host: 'b.test', path }))]),
    ]
    const bench = createBench()
    bench.adopt(hosts('/old'))
    const [first, second] = takeDue(bench.roster, bench.nowMs)
    absorb(bench.roster, first!.id, failed, bench.nowMs, () => 0)
    absorb(bench.roster, second!.id, passed, bench.nowMs, () => 0)
    bench.adopt(hosts('/new'))
    expect([0, 1].map(pool => firstTrack(bench, pool).verdict)).toEqual(['down', 'up'])
    bench.adopt(hosts('/newer').reverse())
    expect([0, 1].map(pool => firstTrack(bench, pool).verdict)).toEqual(['up', 'down'])
  })
})

describe('rotations over an edit', () => {
  it('are told where something else is served, and where there was nothing before', () => {
    const bench = settledBench([planOf('a.test.', ['10.0.0.1']), planOf('b.test.', ['10.0.0.2'])])
    const changes = bench.adopt([
      planOf('b.test.', ['10.0.0.2', '10.0.0.3']),
      planOf('a.test.', ['10.0.0.1']),
      planOf('c.test.', ['10.0.0.1']),
    ])
    expect(changes).toMatchObject([
      { pool: 0, from: { order: [0], members: 1, ttl: 10 }, to: { order: [0], members: 2, ttl: 5 } },
      { pool: 2, from: null, to: { order: [0] } },
    ])
    expect(rotationOf(bench.roster, 1)).toMatchObject({ mode: 'normal', order: [0] })
  })

  it('speak in the RR indexes of the new generation', () => {
    const bench = settledBench([planOf('a.test.', ['10.0.0.1', '10.0.0.2'])], ['10.0.0.1'])
    expect(rotationOf(bench.roster, 0)?.order).toEqual([1])
    expect(bench.adopt([planOf('a.test.', ['10.0.0.2', '10.0.0.1'])])).toEqual([])
    expect(rotationOf(bench.roster, 0)?.order).toEqual([0])
  })

  it('remember the last healthy set by address', () => {
    const changes = { onAllDown: 'last_healthy' } as const
    const bench = settledBench([planOf('a.test.', ['10.0.0.1', '10.0.0.2', '10.0.0.3'], changes)], ['10.0.0.1'])
    bench.adopt([planOf('a.test.', ['10.0.0.3', '10.0.0.1', '10.0.0.2'], changes)])
    expect(rotationOf(bench.roster, 0)).toMatchObject({ mode: 'normal', order: [0, 2] })
    const late = planOf('a.test.', ['10.0.0.1', '10.0.0.2', '10.0.0.3'], {
      ...changes,
      floor: { amount: 3, unit: 'count' },
    })
    bench.adopt([late])
    expect(rotationOf(bench.roster, 0)).toMatchObject({ mode: 'last-healthy', order: [1, 2] })
  })

  it('pass through a generation that was never settled', () => {
    const pair = [planOf('a.test.', ['10.0.0.1', '10.0.0.2']), planOf('b.test.', ['10.0.0.1'])]
    const bench = settledBench(pair)
    bench.world.set('10.0.0.1', failed)
    bench.nowMs = millis(bench.nowMs + 5_000)
    for (const { id } of takeDue(bench.roster, bench.nowMs)) absorb(bench.roster, id, failed, bench.nowMs, () => 0)
    adopt(bench.roster, pair.slice(0, 1), bench.nowMs, () => 0)
    expect(bench.adopt(pair.slice(0, 1))).toMatchObject([{ pool: 0, from: { ttl: 10 }, to: { ttl: 5 } }])
  })

  it('of a last resort that stays are nothing new, though no member answers for its RRs', () => {
    const plans = [planOf('a.test.', ['10.0.0.1'], { onAllDown: 'values', lastResort: [1, 2] })]
    const bench = settledBench(plans, ['10.0.0.1'])
    expect(bench.adopt(plans)).toEqual([])
    expect(rotationOf(bench.roster, 0)).toMatchObject({ mode: 'last-resort', order: [1, 2] })
  })
})
