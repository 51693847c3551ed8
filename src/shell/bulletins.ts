/**
 * Keeps the bulletin of the live generation: laid out when the generation is taken, then kept up with what the roster
 * hears and decides. It decides nothing and writes nothing that an answer depends on.
 */
import { type Bulletin, postOutcome, postStandings } from '../board/bulletin.ts'
import { type BulletinDraft, createBulletinDraft } from '../board/bulletin-draft.ts'
import type { Clock } from '../core/ports.ts'
import { dutiesOf, heardOf, type Roster, setWitness } from '../core/roster/index.ts'
import type { PoolSlot } from '../core/zonefile/image.ts'

export interface BulletinsDeps {
  readonly clock: Clock
  readonly roster: Roster
}

export interface Bulletins {
  /** To be called before the roster adopts other pools: from here on the numbers of the last ones mean nothing. */
  leave(): void
  /** Lays out the bulletin of the pools that the roster has adopted; to be called before it settles them. */
  open(pools: readonly PoolSlot[]): SharedArrayBuffer
}

export function createBulletins({ clock, roster }: BulletinsDeps): Bulletins {
  let current: { readonly bulletin: Bulletin; readonly pools: readonly PoolSlot[] } | null = null
  setWitness(roster, {
    onHeard: (duty, outcome) => {
      if (current !== null) postOutcome(current.bulletin, duty, outcome, clock.now())
    },
    onDecided: (pool, standings) => {
      const place = current?.pools[pool]
      if (current !== null && place !== undefined) postStandings(current.bulletin, place.slot, standings)
    },
  })
  return {
    leave: () => {
      current = null
    },
    open: pools => {
      const heard = heardOf(roster)
      const draft = createBulletinDraft()
      for (let pool = 0; pool < pools.length; pool++) if (isWatched(pools[pool]!)) enter(draft, roster, pools, pool)
      const bulletin = draft.finish(heard.map(({ name }) => name))
      heard.forEach(({ track: { last, lastMs, obstacle } }, duty) => {
        const outcome = obstacle ?? last
        if (outcome !== null) postOutcome(bulletin, duty, outcome, lastMs ?? clock.now())
      })
      current = { bulletin, pools }
      return bulletin.memory
    },
  }
}

/** Of others there is nothing to tell but whether they are answered, which the board does. */
function isWatched({ plan }: PoolSlot): boolean {
  if (plan.rule !== undefined) return true
  for (const member of plan.pool.members) if (!isUnwatched(member) || member.override !== 'none') return true
  return false
}

function isUnwatched({ duties, dependsOn }: PoolSlot['plan']['pool']['members'][number]): boolean {
  return duties.length === 0 && dependsOn === undefined
}

function enter(draft: BulletinDraft, roster: Roster, pools: readonly PoolSlot[], pool: number): void {
  const { plan, slot } = pools[pool]!
  const { spec, members, tierNames } = plan.pool
  const duties = dutiesOf(roster, pool)
  draft.pool(slot, plan.rule === undefined ? '' : (tierNames[0] ?? ''))
  for (let at = 0; at < members.length; at++) {
    const { rr, tier } = spec.members[at]!
    draft.member(rr, tierNames[tier] ?? '', isUnwatched(members[at]!), duties[at]!)
  }
}
