/**
 * What came of a rehearsal: every way in which an answer was not what the test expects, and the state of every member
 * that had a say in it.
 */
import type { Override, Verdict } from '../health/types.ts'
import type { RotationMode } from '../rotation/types.ts'
import type { GivenWord, ZoneTest } from '../zonefile/zone-test.ts'

export interface TestReport {
  readonly test: ZoneTest
  /** Empty: it passed. */
  readonly faults: readonly TestFault[]
  /** Everything that answers carried, in the order in which it came first. */
  readonly answered: readonly string[]
  /** The first answer's. */
  readonly rcode: string
  readonly ttl: number | null
  /** Queries asked. */
  readonly queries: number
  /** Pools that answers were taken from, in the order in which they were. */
  readonly pools: readonly PoolScene[]
}

export type TestFault =
  | { readonly kind: 'missing' | 'unexpected' | 'never-first'; readonly value: string }
  | { readonly kind: 'rcode'; readonly expected: string; readonly got: string }
  | { readonly kind: 'ttl' | 'count'; readonly expected: number; readonly got: number }
  /** An answer in another order. */
  | { readonly kind: 'order'; readonly got: readonly string[] }
  /** It took so many queries until this was answered. */
  | { readonly kind: 'late'; readonly value: string; readonly within: number; readonly got: number }
  | { readonly kind: 'no-such-member' | 'member-unwatched'; readonly target: string; readonly word: GivenWord }

export interface PoolScene {
  readonly owner: string
  readonly type: string
  /** The pool that serves first, where rules tell clients apart. */
  readonly pool: string | null
  readonly mode: RotationMode
  readonly members: readonly MemberScene[]
}

export interface MemberScene {
  readonly address: string
  /** The pool of the zone file that it is in; null for a plain record. */
  readonly pool: string | null
  readonly verdict: Verdict
  readonly override: Override
  readonly answered: boolean
}
