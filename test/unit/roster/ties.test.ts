import { describe, expect, it } from 'vitest'
import { rotationOf, standingsOf } from '../../../src/core/roster/index.ts'
import { failed } from '../health/specs.ts'
import { type Bench, createBench, type MemberShape, planOf } from './plans.ts'

const leading = (address: string, ...dependsOn: readonly string[]): MemberShape => ({ address, checks: [], dependsOn })

const db = planOf('db.test.', ['10.0.0.1', '10.0.0.2'])
const far = planOf('far.test.', ['10.8.0.1'])
const srv = planOf('_pg._tcp.test.', [leading('db.test.', 'db.test. A'), leading('far.test.', 'far.test. A')])

const verdicts = (bench: Bench, pool: number) =>
  standingsOf(bench.roster, pool, bench.nowMs).map(({ verdict }) => verdict)

describe('a member that leads to pools of ours', () => {
  it('is up while any member there is eligible, in the very settling that changes it', () => {
    const bench = createBench()
    bench.adopt([srv, db, far])
    expect(verdicts(bench, 0)).toEqual(['unknown', 'unknown'])
    bench.elapse(7_000)
    expect(verdicts(bench, 0)).toEqual(['up', 'up'])
    bench.world.set('10.0.0.1', failed)
    bench.elapse(20_000)
    expect(verdicts(bench, 0)).toEqual(['up', 'up'])
    bench.world.set('10.0.0.2', failed)
    const { rotations } = bench.elapse(20_000)
    expect(verdicts(bench, 0)).toEqual(['down', 'up'])
    expect(rotations.slice(-2).map(({ pool }) => pool)).toEqual([1, 0])
    expect(rotationOf(bench.roster, 0)).toMatchObject({ mode: 'normal', order: [1] })
  })

  it('follows along a chain, whatever the order of the pools', () => {
    const bench = createBench()
    const chain = [
      planOf('a.test.', [leading('b.test.', 'b.test. A')]),
      planOf('b.test.', [leading('c.test.', 'c.test. A')]),
      planOf('c.test.', ['10.0.0.1']),
    ]
    bench.adopt(chain)
    bench.elapse(7_000)
    expect([0, 1].map(pool => verdicts(bench, pool)[0])).toEqual(['up', 'up'])
    bench.world.set('10.0.0.1', failed)
    bench.elapse(15_000)
    expect([0, 1].map(pool => verdicts(bench, pool)[0])).toEqual(['down', 'down'])
    const again = bench.adopt(chain)
    expect(again).toEqual([])
  })

  it('to none that is there is down; to any of several is up', () => {
    const bench = createBench()
    const members = [leading('none.test.'), leading('gone.test.', 'gone.test. A'), leading('x.', 'no', 'db.test. A')]
    bench.adopt([planOf('s.test.', members), db])
    bench.elapse(7_000)
    expect(verdicts(bench, 0)).toEqual(['down', 'down', 'up'])
  })

  it('needs its own checks to be up as well', () => {
    const bench = createBench()
    bench.adopt([planOf('s.test.', [{ address: '10.5.0.1', dependsOn: ['db.test. A'] }]), db])
    bench.world.set('10.5.0.1', failed)
    bench.elapse(7_000)
    expect(verdicts(bench, 0)).toEqual(['down'])
  })

  it('in a circle comes to an end', () => {
    const bench = createBench()
    bench.adopt([
      planOf('a.test.', [leading('b.test.', 'b.test. A')]),
      planOf('b.test.', [leading('a.test.', 'a.test. A'), '10.0.0.1']),
    ])
    bench.elapse(7_000)
    expect([verdicts(bench, 0), verdicts(bench, 1)]).toEqual([['up'], ['up', 'up']])
    bench.world.set('10.0.0.1', failed)
    bench.elapse(20_000)
    expect(bench.roster.dirty).toEqual([])
  })
})
