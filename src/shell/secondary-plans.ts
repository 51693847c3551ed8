/**
 * Zones that are pulled from primaries, as settings and catalogs have them, and what is wrong with them that shows only
 * when the whole server is known.
 */
import type { Problem, Span } from '../core/base/problem.ts'
import { formatName, type Name } from '../core/name/name.ts'
import type { SocketAddress } from '../core/ports.ts'
import type { SignedPolicy } from '../core/secondary/index.ts'
import type { Sources } from '../core/zonefile/route.ts'
import { formatListen } from '../edge/transport/listen.ts'

export interface SecondaryPlan {
  /** Lowered. */
  readonly apex: Name
  /** In the order in which they are asked; at least one. */
  readonly primaries: readonly SocketAddress[]
  /** Signs what we ask, and must have signed what comes back and NOTIFYs: absolute and lower-case; null: no key. */
  readonly key: string | null
  /** Where questions and pulls start from; null: as the settings have it for all. */
  readonly sources: Sources
  /** Prefixes beside the primaries' addresses from which a NOTIFY is heeded. */
  readonly notifyFrom: readonly string[]
  readonly signed: SignedPolicy
  /** Where it is asked for. */
  readonly span: Span
}

/** How a zone is pulled, whatever its name. */
export type PullTerms = Omit<SecondaryPlan, 'apex'>

/** `own` are the addresses that we answer on. */
export function judgePlans(
  plans: readonly SecondaryPlan[],
  stateFolder: string | null,
  own: readonly SocketAddress[],
): readonly Problem[] {
  const first = plans[0]
  if (first === undefined) return []
  const problems: Problem[] = []
  if (stateFolder === null) {
    const text = 'pulled zones are kept in the state folder, and there is none'
    problems.push(refusal('missing-key', first.span, text, 'write `state: FOLDER`, or start with --state FOLDER'))
  }
  const places = new Set(own.map(formatListen))
  for (const { apex, primaries, span } of plans) {
    const self = primaries.find(primary => places.has(formatListen(primary)))
    if (self === undefined) continue
    const text = `the primary ${formatListen(self)} of ${formatName(apex)} is this server itself`
    problems.push(refusal('bad-address', span, text, 'name the server that has the zone from elsewhere'))
  }
  return problems
}

function refusal(code: Problem['code'], span: Span, text: string, hint: string): Problem {
  return { code, severity: 'error', span, text, hint }
}
