/**
 * Whatever comes and goes, backends and sentinels alike: while removals are frozen nobody leaves the answers, no freeze
 * begins without cause, and none lasts for ever unless the sentinels themselves are down.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { millis } from '../../src/core/base/units.ts'
import { freezeLongestDefaultMs, freezeWindowMs } from '../../src/core/health/freeze.ts'
import { rotationOf, standingsOf, watchSentinels } from '../../src/core/roster/index.ts'
import type { DutyModel, PoolPlan } from '../../src/core/roster/types.ts'
import type { OnAllDown } from '../../src/core/rotation/types.ts'
import { failed, icmpCheck, tcpCheck } from '../unit/health/specs.ts'
import { type Bench, createBench, type Elapsed, planOf } from '../unit/roster/plans.ts'

const seed = 20_260_311
const addresses = Array.from({ length: 9 }, (_, at) => `10.0.0.${at}`)
const sentinelAddresses = ['10.9.0.1', '10.9.0.2']
const check = tcpCheck({ intervalMs: millis(2_000), timeoutMs: millis(1_000), fall: 2 })

const steps = fc.array(
  fc.record({
    spanMs: fc.constantFrom(400, 1_000, 3_000, 9_000, 40_000),
    lost: fc.uniqueArray(fc.constantFrom(...addresses, ...sentinelAddresses), { maxLength: 11 }),
  }),
  { minLength: 1, maxLength: 25 },
)

const stories = fc.record({
  steps,
  sentinels: fc.subarray(sentinelAddresses),
  pools: fc.array(fc.uniqueArray(fc.constantFrom(...addresses), { minLength: 1, maxLength: 9 }), {
    minLength: 1,
    maxLength: 4,
  }),
  onAllDown: fc.constantFrom<OnAllDown>('all', 'last_healthy', 'nodata', 'servfail', 'refused'),
})

function benchOf(pools: readonly (readonly string[])[], onAllDown: OnAllDown, sentinels: readonly string[]): Bench {
  const bench = createBench()
  const duties = sentinels.map((address): DutyModel => ({ endpoint: { address, port: null }, check: icmpCheck() }))
  watchSentinels(bench.roster, duties, bench.nowMs, () => 0)
  bench.adopt(
    pools.map((list, pool): PoolPlan => {
      const members = list.map(address => ({ address, checks: [check] }))
      return planOf(`p${pool}.test.`, members, { onAllDown })
    }),
  )
  bench.elapse(3_000)
  return bench
}

/** Members that may be answered, by pool. */
function eligibleBy(bench: Bench): readonly ReadonlySet<number>[] {
  return bench.roster.pools.map((_, pool) => {
    const standings = standingsOf(bench.roster, pool, bench.nowMs)
    return new Set(standings.flatMap(({ verdict, held }, at) => (verdict === 'up' || held ? [at] : [])))
  })
}

function sentinelsDown(bench: Bench): boolean {
  const credible = bench.roster.sentinelDuties.filter(({ track }) => track.cause !== 'none' && track.cause !== 'first')
  const up = bench.roster.sentinelDuties.some(({ track }) => track.verdict === 'up')
  return !up && credible.length > 0
}

/** What a count made anew from the tracks says of those that fell lately. */
function fellTogether(bench: Bench): boolean {
  const places = new Map<string, number>()
  const all = new Set<string>()
  for (const { endpoint, track, pools } of bench.roster.duties) {
    if (pools.length === 0) continue
    all.add(endpoint.address)
    const fell = track.verdict === 'down' && track.cause !== 'first' && bench.nowMs - track.sinceMs < freezeWindowMs
    if (fell) places.set(endpoint.address, track.sinceMs)
  }
  return places.size >= 5 && places.size * 2 > all.size
}

describe('a freeze', () => {
  it('has a cause, keeps who was answered, and ends', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(stories, ({ steps, sentinels, pools, onAllDown }) => {
        const bench = benchOf(pools, onAllDown, sentinels)
        let frozenMs = 0
        for (const { spanMs, lost } of steps) {
          bench.world.clear()
          for (const address of lost) bench.world.set(address, failed)
          for (let gone = 0; gone < spanMs; gone += 200) {
            const before = bench.roster.freeze.freeze
            const eligible = eligibleBy(bench)
            const { freezes } = bench.elapse(200)
            holdsTogether(bench, freezes)
            for (const { turn } of freezes) seen.add(`${turn.kind} ${turn.cause}`)
            const now = bench.roster.freeze.freeze
            if (before !== null && now !== null) {
              for (const [pool, set] of eligibleBy(bench).entries()) {
                for (const at of eligible[pool]!) expect(set.has(at)).toBe(true)
              }
            }
            frozenMs = now === null || now.cause === 'sentinels' ? 0 : frozenMs + 200
            expect(frozenMs).toBeLessThanOrEqual(freezeLongestDefaultMs + 400)
          }
        }
      }),
      { seed, numRuns: 60 },
    )
    // The stories do get there.
    for (const turn of ['frozen many-down', 'frozen sentinels', 'thawed too-long', 'thawed recovered']) {
      expect(seen).toContain(turn)
    }
  })
})

function holdsTogether(bench: Bench, freezes: Elapsed['freezes']): void {
  const now = bench.roster.freeze.freeze
  for (const { turn } of freezes) {
    if (turn.kind !== 'frozen') continue
    expect(turn.cause === 'sentinels' ? sentinelsDown(bench) : fellTogether(bench)).toBe(true)
  }
  bench.roster.pools.forEach(({ plan }, pool) => {
    const rotation = rotationOf(bench.roster, pool)!
    const standings = standingsOf(bench.roster, pool, bench.nowMs)
    if (now === null) expect(standings.some(({ held }) => held)).toBe(false)
    const up = standings.filter(({ verdict, held }) => verdict === 'up' || held).length
    // on_all_down speaks exactly where nobody is left, freeze or no freeze.
    expect(rotation.mode === 'normal').toBe(up > 0)
    const silent = ['nodata', 'servfail', 'refused'].includes(rotation.mode)
    expect(rotation.order.length === 0).toBe(silent)
    if (silent) expect(rotation.mode).toBe(plan.pool.spec.onAllDown)
  })
}
