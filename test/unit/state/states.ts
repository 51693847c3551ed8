/**
 * A roster with something of everything that outlives a restart, and the digest of tests.
 */
import { createHash } from 'node:crypto'
import { millis } from '../../../src/core/base/units.ts'
import { setOverride } from '../../../src/core/roster/index.ts'
import { encodeInSteps, gatherInSteps, type RunningDigest, type SavedState } from '../../../src/core/state/index.ts'
import { finish } from '../cli/views.ts'
import { failed } from '../health/specs.ts'
import { type Bench, createBench, planOf } from '../roster/plans.ts'

export const digest = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex')

function runningDigest(): RunningDigest {
  const hash = createHash('sha256')
  return { take: octets => void hash.update(octets), end: () => hash.digest('hex') }
}

/** All steps at once. */
export function encoded(state: SavedState): Uint8Array {
  return finish(encodeInSteps(state, runningDigest()))
}

/** Wall time of the instant 0 of a bench's clock. */
export const epochAt = 1_700_000_000_000

export const plans = [
  planOf('www.test.', ['10.0.0.1', '10.0.0.2', '10.0.0.3']),
  planOf(
    'db.test.',
    [
      { address: '10.0.0.5', tier: 0 },
      { address: '10.0.0.6', tier: 1 },
    ],
    { failback: 'manual' },
    ['main', 'spare'],
  ),
]

/** One member down, one drained for ten minutes, one pool held at its spare. */
export function busyBench(): Bench {
  const bench = createBench()
  bench.adopt(plans)
  bench.elapse(7_000)
  bench.world.set('10.0.0.2', failed).set('10.0.0.5', failed)
  bench.elapse(20_000)
  const wish = { target: '10.0.0.3', override: 'drained', reason: 'kernel', author: 'kim', force: true } as const
  setOverride(bench.roster, { ...wish, forMs: millis(600_000), sinceAt: epochAt }, bench.nowMs)
  bench.elapse(50)
  return bench
}

export function saved(bench: Bench): SavedState {
  const serials = [{ zone: 'test.', serial: 7 }]
  return finish(gatherInSteps(bench.roster, 12, serials, { nowMs: bench.nowMs, at: epochAt + bench.nowMs }))
}
