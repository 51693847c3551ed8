/** The picture made a step at a time, while the roster goes on: generations that come in between, and ages. */
import { describe, expect, it } from 'vitest'
import type { PoolPlan } from '../../../src/core/roster/types.ts'
import { drawStatusInSteps, type Stage, type StatusSources } from '../../../src/shell/status.ts'
import { finish } from '../cli/views.ts'
import { failed } from '../health/specs.ts'
import { type Bench, createBench, planOf } from '../roster/plans.ts'
import { epochAt } from '../state/states.ts'

const planFor = (owners: readonly string[]): readonly PoolPlan[] =>
  owners.map((owner, i) => planOf(owner, [`10.0.${i}.1`, `10.0.${i}.2`]))

/** Only what the picture is drawn from. */
function sourcesOf(bench: Bench, plans: readonly PoolPlan[]) {
  const control = {
    plans,
    zones: [],
    reload: { generation: 1, installedAt: 0, ok: true, triedAt: 0, problems: [] },
    ledger: { book: () => undefined, served: () => null },
  }
  const sources = {
    clock: { now: () => bench.nowMs, wall: () => epochAt + bench.nowMs },
    control,
    roster: bench.roster,
    probes: { broken: () => [], icmpMeans: () => ({ v4: null, v6: null }) },
    pulling: { view: () => [] },
    version: '0',
  } as unknown as StatusSources
  return { sources, control }
}

const stage: Stage = {
  ...{ crew: null, ready: true, listening: [], startedMs: 0, startedAt: epochAt, workers: 1, keeper: null },
  ...{ tokenFile: null, zonesFolder: 'zones', maxChange: 0.5 },
}

function begin(owners: readonly string[]) {
  const bench = createBench()
  const plans = planFor(owners)
  bench.adopt(plans)
  bench.elapse(10_000)
  return { bench, ...sourcesOf(bench, plans) }
}

describe('the picture in steps', () => {
  it('draws one pool in each', () => {
    const { sources } = begin(['a.', 'b.', 'c.'])
    const steps = drawStatusInSteps(sources, stage)
    let count = 0
    while (steps.next().done !== true) count++
    expect(count).toBe(3)
  })

  it('is of one generation, though another with fewer pools comes in between', () => {
    const { bench, sources, control } = begin(['a.', 'b.', 'c.'])
    const steps = drawStatusInSteps(sources, stage)
    steps.next()
    steps.next()
    const next = planFor(['x.'])
    bench.adopt(next)
    control.plans = next
    expect(finish(steps).view.pools.map(pool => pool.owner)).toEqual(['x.'])
  })

  it('comes to an end however often a generation comes in between', () => {
    const { bench, sources, control } = begin(['a.', 'b.', 'c.'])
    const steps = drawStatusInSteps(sources, stage)
    for (let edits = 0; ; edits++) {
      expect(edits).toBeLessThan(20)
      const step = steps.next()
      if (step.done === true) {
        expect(step.value.view.pools).toHaveLength(3)
        expect(step.value.poolsAt).toHaveLength(3)
        break
      }
      const next = planFor(['a.', 'b.', 'c.'])
      bench.adopt(next)
      control.plans = next
    }
  })

  it('says for each pool from when its ages count', () => {
    const { bench, sources } = begin(['a.', 'b.'])
    const upSinceAt = epochAt + bench.roster.duties[0]!.track.sinceMs
    const steps = drawStatusInSteps(sources, stage)
    steps.next()
    // Between the two pools: the second one falls.
    bench.world.set('10.0.1.1', failed)
    bench.elapse(20_000)
    bench.elapse(7)
    const { view, poolsAt, at } = finish(steps)
    const [first, second] = view.pools.map(pool => pool.members[0]!.checks[0]!)
    expect(poolsAt[0]! - first!.sinceMs).toBe(upSinceAt)
    const fallen = bench.roster.duties.find(({ endpoint }) => endpoint.address === '10.0.1.1')!.track
    expect(second!.verdict).toBe('down')
    expect(poolsAt[1]! - second!.sinceMs).toBe(epochAt + fallen.sinceMs)
    expect(second!.sinceMs).toBeGreaterThanOrEqual(0)
    expect(at).toBe(epochAt + bench.nowMs)
  })
})
