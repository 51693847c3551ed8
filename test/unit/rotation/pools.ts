/**
 * Pools and standings in short form, for tests of the choice of answers.
 */
import { millis, seconds } from '../../../src/core/base/units.ts'
import type { Standing } from '../../../src/core/health/types.ts'
import type { PoolSpec } from '../../../src/core/rotation/types.ts'

/** A pool with one member for each entry of `tiers`; RR indexes count up from 0. */
export function poolOf(tiers: readonly number[], changes: Partial<PoolSpec> = {}): PoolSpec {
  return {
    members: tiers.map((tier, rr) => ({ rr, tier, weight: 1 })),
    lastResort: [],
    answer: 'rotate',
    weighed: !['rotate', 'failover'].includes(changes.answer ?? 'rotate'),
    maxAnswers: 8,
    onAllDown: 'all',
    floor: { amount: 1, unit: 'count' },
    sticky: { v4: 24, v6: 56 },
    failback: 'auto',
    slowStartMs: millis(0),
    ttl: seconds(10),
    doubtTtl: seconds(5),
    ...changes,
  }
}

const standings: Readonly<Record<string, Standing>> = {
  u: { verdict: 'up', pending: false, override: 'none', share: 1 },
  d: { verdict: 'down', pending: false, override: 'none', share: 1 },
  '?': { verdict: 'unknown', pending: false, override: 'none', share: 1 },
  p: { verdict: 'up', pending: true, override: 'none', share: 1 },
  q: { verdict: 'down', pending: true, override: 'none', share: 1 },
  U: { verdict: 'down', pending: false, override: 'forced-up', share: 1 },
  D: { verdict: 'up', pending: false, override: 'forced-down', share: 1 },
  X: { verdict: 'up', pending: false, override: 'drained', share: 1 },
}

/** `u`p, `d`own, `?` unknown, `p` up but pending, `q` down but pending, forced `U`p and `D`own, drained `X`. */
export function standingsOf(letters: string): readonly Standing[] {
  return [...letters].map(letter => {
    const standing = standings[letter]
    if (standing === undefined) throw new Error(`no standing is written '${letter}'`)
    return standing
  })
}
