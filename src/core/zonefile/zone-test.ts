/**
 * A rehearsal that a zone file asks for (`tests:`), checked: who is how, who asks what, and what must come of it. Plain
 * values, so that another thread may send it; what is left out is not looked at.
 */
import type { Span } from '../base/problem.ts'
import type { Name } from '../name/name.ts'
import type { Subnet } from './model.ts'

/** What a member can be: what its checks say, or what an operator ordered. */
export const givenWords = ['up', 'down', 'unknown', 'drained', 'forced-up', 'forced-down'] as const
export type GivenWord = (typeof givenWords)[number]

/** What checks come to by themselves, as opposed to an order. */
export const verdictWords = ['up', 'down', 'unknown'] as const satisfies readonly GivenWord[]
export type VerdictWord = (typeof verdictWords)[number]

export const rcodeWords = ['NOERROR', 'SERVFAIL', 'NXDOMAIN', 'REFUSED'] as const
export type RcodeWord = (typeof rcodeWords)[number]

export const orderWords = ['as-listed', 'rotating'] as const
export type OrderWord = (typeof orderWords)[number]

export interface ZoneTest {
  /** Where it begins in the file. */
  readonly span: Span
  readonly name: string | null
  /** In file order: of two that name the same member the later one counts. */
  readonly given: readonly GivenMember[]
  /** What every member is that nothing under `given` names. */
  readonly others: VerdictWord
  readonly from: TestClient | null
  readonly qname: Name
  readonly qtype: number
  /** In comparable form; null: not looked at. */
  readonly expect: readonly string[] | null
  readonly rcode: RcodeWord
  readonly ttl: number | null
  readonly count: number | null
  readonly order: OrderWord | null
  readonly within: number | null
}

export interface GivenMember {
  /** A target as orders have it, in its one form. */
  readonly target: string
  readonly word: GivenWord
  readonly span: Span
}

/** Who asks, or whom a resolver asks for (RFC 7871). */
export interface TestClient {
  readonly kind: 'address' | 'network'
  readonly subnet: Subnet
}

export function isVerdictWord(word: GivenWord): word is VerdictWord {
  return (verdictWords as readonly GivenWord[]).includes(word)
}
