import { describe, expect, it } from 'vitest'
import { millis } from '../../../src/core/base/units.ts'
import {
  type OverrideWish,
  releaseOverride,
  rotationOf,
  setOverride,
  standingsOf,
} from '../../../src/core/roster/index.ts'
import { overridesMax } from '../../../src/core/roster/overrides.ts'
import { failed } from '../health/specs.ts'
import { type Bench, createBench, planOf } from './plans.ts'

const www = planOf('www.test.', ['10.0.0.1', '10.0.0.2', '10.0.0.3'])
const api = planOf('api.test.', ['10.0.0.1', '10.0.0.9'], { floor: { amount: 2, unit: 'count' } })

function wish(target: string, changes: Partial<OverrideWish> = {}): OverrideWish {
  const usual = { reason: 'kernel', author: 'kim', forMs: null, force: true, sinceAt: 1_700_000_000_000 } as const
  return { target, override: 'drained', ...usual, ...changes }
}

function benchWith(...plans: Parameters<Bench['adopt']>[0]): Bench {
  const bench = createBench()
  bench.adopt(plans.length === 0 ? [www, api] : plans)
  bench.elapse(7_000)
  return bench
}

const order = (bench: Bench, pool: number) => rotationOf(bench.roster, pool)?.order
const overrides = (bench: Bench, pool: number) =>
  standingsOf(bench.roster, pool, bench.nowMs).map(standing => standing.override)

describe('an order', () => {
  it('takes its members out of every pool at the next beat, and leaves the verdict alone', () => {
    const bench = benchWith()
    const outcome = setOverride(bench.roster, wish('10.0.0.1'), bench.nowMs)
    expect(outcome).toMatchObject({ kind: 'set', order: { target: '10.0.0.1', override: 'drained', author: 'kim' } })
    expect(outcome.kind === 'set' && outcome.members.map(({ owner }) => owner)).toEqual(['www.test.', 'api.test.'])
    bench.elapse(50)
    expect(order(bench, 0)).toEqual([1, 2])
    const [standing] = standingsOf(bench.roster, 0, bench.nowMs)
    expect(standing).toMatchObject({ verdict: 'up', override: 'drained', order: { reason: 'kernel' } })
  })

  it('of one owner is obeyed there alone', () => {
    const bench = benchWith()
    setOverride(bench.roster, wish('www.test=10.0.0.1'), bench.nowMs)
    expect([overrides(bench, 0)[0], overrides(bench, 1)[0]]).toEqual(['drained', 'none'])
  })

  it('beats the zone file, and gives it back its word when it ends', () => {
    const bench = benchWith(planOf('www.test.', [{ address: '10.0.0.1', override: 'forced-down' }, '10.0.0.2']))
    setOverride(bench.roster, wish('10.0.0.1', { override: 'forced-up' }), bench.nowMs)
    expect(overrides(bench, 0)[0]).toBe('forced-up')
    releaseOverride(bench.roster, '10.0.0.1', bench.nowMs)
    expect(overrides(bench, 0)[0]).toBe('forced-down')
  })

  it('given last counts where several name a member; on one target it takes the older one\u2019s place', () => {
    const bench = benchWith()
    setOverride(bench.roster, wish('www.test=10.0.0.1', { override: 'forced-up' }), bench.nowMs)
    setOverride(bench.roster, wish('10.0.0.1'), bench.nowMs)
    expect(overrides(bench, 0)[0]).toBe('drained')
    setOverride(bench.roster, wish('www.test.=10.0.0.1', { override: 'forced-down' }), bench.nowMs)
    expect(overrides(bench, 0)[0]).toBe('forced-down')
    expect(bench.roster.orders.map(({ target }) => target)).toEqual(['10.0.0.1', 'www.test.=10.0.0.1'])
  })

  it('holds over an edit, for members that come later too', () => {
    const bench = benchWith()
    setOverride(bench.roster, wish('10.0.0.1'), bench.nowMs)
    bench.adopt([planOf('new.test.', ['10.0.0.2', '10.0.0.1']), www])
    expect(overrides(bench, 0)).toEqual(['none', 'drained'])
    expect(overrides(bench, 1)[0]).toBe('drained')
    bench.adopt([api])
    bench.adopt([www])
    expect(overrides(bench, 0)[0]).toBe('drained')
  })

  it('ends when its time is up, and says which', () => {
    const bench = benchWith()
    setOverride(bench.roster, wish('10.0.0.1', { forMs: millis(60_000) }), bench.nowMs)
    setOverride(bench.roster, wish('10.0.0.2'), bench.nowMs)
    expect(bench.elapse(59_900).expired).toEqual([])
    expect(bench.elapse(200).expired.map(({ target }) => target)).toEqual(['10.0.0.1'])
    expect(overrides(bench, 0)).toEqual(['none', 'drained', 'none'])
    expect(order(bench, 0)).toEqual([0, 2])
  })
})

describe('an order is refused', () => {
  const codeOf = (bench: Bench, given: OverrideWish) => {
    const outcome = setOverride(bench.roster, given, bench.nowMs)
    return outcome.kind === 'refused' ? [outcome.code, ...outcome.pools] : ['set']
  }

  it('where it names nobody', () => {
    const bench = benchWith()
    expect(codeOf(bench, wish('not an address'))).toEqual(['bad-target'])
    expect(codeOf(bench, wish('10.9.9.9'))).toEqual(['no-such-member'])
    expect(codeOf(bench, wish('10.0.0.1:81'))).toEqual(['no-such-member'])
  })

  it('where it would leave a pool without its floor, with the names of those, unless forced', () => {
    const bench = benchWith()
    const careful = { force: false }
    expect(codeOf(bench, wish('10.0.0.1', careful))).toEqual(['would-hurt', 'api.test. A'])
    expect(codeOf(bench, wish('www.test=10.0.0.1', careful))).toEqual(['set'])
    expect(codeOf(bench, wish('10.0.0.1', { override: 'forced-up', ...careful }))).toEqual(['set'])
    expect(codeOf(bench, wish('10.0.0.1'))).toEqual(['set'])
  })

  it('not where the member is down already, nor where another tier can serve', () => {
    const tiers = planOf('db.test.', [
      { address: '10.0.0.5', tier: 0 },
      { address: '10.0.0.6', tier: 1 },
    ])
    const bench = benchWith(tiers, planOf('one.test.', ['10.0.0.7']))
    expect(codeOf(bench, wish('10.0.0.5', { force: false }))).toEqual(['set'])
    expect(codeOf(bench, wish('10.0.0.6', { force: false }))).toEqual(['would-hurt', 'db.test. A'])
    expect(codeOf(bench, wish('10.0.0.7', { force: false }))).toEqual(['would-hurt', 'one.test. A'])
    bench.world.set('10.0.0.7', failed)
    bench.elapse(15_000)
    expect(codeOf(bench, wish('10.0.0.7', { force: false }))).toEqual(['set'])
  })

  it('where there are too many already, though not one on a target that has one', () => {
    const addresses = Array.from({ length: 5 }, (_, pool) =>
      Array.from({ length: 201 }, (_, at) => `10.${pool}.0.${at}`),
    )
    const bench = createBench()
    bench.adopt(addresses.map((list, pool) => planOf(`p${pool}.test.`, list)))
    const flat = addresses.flat()
    for (const address of flat.slice(0, overridesMax)) expect(codeOf(bench, wish(address))).toEqual(['set'])
    expect(codeOf(bench, wish(flat[overridesMax]!))).toEqual(['too-many'])
    expect(codeOf(bench, wish(flat[0]!, { override: 'forced-down' }))).toEqual(['set'])
  })
})

describe('a release', () => {
  it('ends the order on the target, and those on parts of it', () => {
    const bench = benchWith()
    setOverride(bench.roster, wish('www.test=10.0.0.1'), bench.nowMs)
    setOverride(bench.roster, wish('10.0.0.1:80'), bench.nowMs)
    setOverride(bench.roster, wish('10.0.0.2'), bench.nowMs)
    const outcome = releaseOverride(bench.roster, '10.0.0.1', bench.nowMs)
    expect(outcome.kind === 'released' && outcome.orders.map(({ target }) => target)).toEqual([
      'www.test.=10.0.0.1',
      '10.0.0.1:80',
    ])
    expect(overrides(bench, 0)).toEqual(['none', 'drained', 'none'])
  })

  it('of what a wider order covers names that one', () => {
    const bench = benchWith()
    setOverride(bench.roster, wish('10.0.0.1'), bench.nowMs)
    expect(releaseOverride(bench.roster, 'www.test=10.0.0.1', bench.nowMs)).toEqual({
      kind: 'refused',
      code: 'nothing-to-release',
      by: ['10.0.0.1'],
    })
    expect(releaseOverride(bench.roster, '10.0.0.3', bench.nowMs)).toMatchObject({ code: 'nothing-to-release', by: [] })
    expect(releaseOverride(bench.roster, 'a b', bench.nowMs)).toMatchObject({ code: 'bad-target' })
  })
})

describe('manual failback', () => {
  const tiers = (names: readonly string[]) =>
    planOf(
      'db.test.',
      [
        { address: '10.0.0.5', tier: 0 },
        { address: '10.0.0.6', tier: 1 },
      ],
      { failback: 'manual' },
      names,
    )
  const tierOf = (bench: Bench, pool = 0) => rotationOf(bench.roster, pool)?.tier

  function failedOver(): Bench {
    const bench = benchWith(tiers(['main', 'spare']))
    bench.world.set('10.0.0.5', failed)
    bench.elapse(15_000)
    bench.world.delete('10.0.0.5')
    bench.elapse(30_000)
    return bench
  }

  it('holds the tier until an operator releases the owner', () => {
    const bench = failedOver()
    expect(tierOf(bench)).toBe(1)
    const outcome = releaseOverride(bench.roster, 'DB.test', bench.nowMs)
    expect(outcome).toEqual({ kind: 'released', orders: [], pools: ['db.test. A'] })
    bench.elapse(50)
    expect(tierOf(bench)).toBe(0)
    expect(releaseOverride(bench.roster, 'db.test', bench.nowMs)).toMatchObject({ code: 'nothing-to-release' })
  })

  it('does not hold a tier that only served while the first was not heard of yet', () => {
    const bench = createBench()
    bench.adopt([tiers([])])
    const [main, spare] = bench.start()
    bench.running.splice(0, 2, spare!)
    bench.report({ kind: 'pass', reason: 'ok', latencyMs: 1, detail: null })
    expect(tierOf(bench)).toBe(1)
    bench.running.push(main!)
    bench.report({ kind: 'pass', reason: 'ok', latencyMs: 1, detail: null })
    expect(tierOf(bench)).toBe(0)
  })

  it('is carried over an edit by the name of the tier, and forgotten with it', () => {
    const bench = failedOver()
    const turned = planOf(
      'db.test.',
      [
        { address: '10.0.0.4', tier: 0 },
        { address: '10.0.0.5', tier: 1 },
        { address: '10.0.0.6', tier: 2 },
      ],
      { failback: 'manual' },
      ['new', 'main', 'spare'],
    )
    bench.adopt([turned])
    bench.elapse(7_000)
    expect(tierOf(bench)).toBe(2)
    bench.adopt([tiers(['main', 'other'])])
    bench.elapse(100)
    expect(tierOf(bench)).toBe(0)
  })

  it('ends by itself when the held tier dies', () => {
    const bench = failedOver()
    bench.world.set('10.0.0.6', failed)
    bench.elapse(15_000)
    expect(tierOf(bench)).toBe(0)
    bench.world.delete('10.0.0.6')
    bench.elapse(30_000)
    expect(tierOf(bench)).toBe(0)
  })
})
