/**
 * One packet and what the three servers said to it. Robin is right when it agrees, in every aspect, with Knot or with
 * NSD; where it agrees with neither, one of the written explanations must fit.
 */
import { type Anatomy, dissect } from './anatomy.ts'
import type { Case } from './ask.ts'
import { type Aspect, differences, type Heard } from './compare.ts'

export interface Dispute {
  readonly one: Case
  /** Null where the packet holds no question. */
  readonly anatomy: Anatomy | null
  readonly robin: Heard
  readonly knot: Heard
  readonly nsd: Heard
  readonly withKnot: readonly Aspect[]
  readonly withNsd: readonly Aspect[]
  /** Empty where the two agree with one another. */
  readonly betweenPeers: readonly Aspect[]
}

export function compareReplies(one: Case, robin: Heard, knot: Heard, nsd: Heard): Dispute {
  return {
    one,
    anatomy: dissect(one.packet, one.via),
    robin,
    knot,
    nsd,
    withKnot: differences(robin, knot),
    withNsd: differences(robin, nsd),
    betweenPeers: differences(knot, nsd),
  }
}

/** NSD gives no more than a hundred error answers a second, so its silence is no opinion. */
export function isAgreed({ withKnot, withNsd, nsd }: Dispute): boolean {
  return withKnot.length === 0 || (withNsd.length === 0 && nsd.message !== null)
}
