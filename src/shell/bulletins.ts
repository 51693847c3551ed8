/**
 * Keeps the bulletin of the live generation: laid out when the generation is taken, then kept up with what the roster
 * hears and decides. It decides nothing and writes nothing that an answer depends on.
 */
import { type Bulletin, createBulletin, postOutcome, postStandings, type WatchedPool } from '../board/bulletin.ts'
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
      const watched = pools.flatMap((place, pool) => (isWatched(place) ? [watchedPool(roster, place, pool)] : []))
      const bulletin = createBulletin(
        watched,
        heard.map(({ name }) => name),
      )
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
  const { members } = plan.pool
  return plan.rule !== undefined || members.some(member => !isUnwatched(member) || member.override !== 'none')
}

function isUnwatched({ duties, dependsOn }: PoolSlot['plan']['pool']['members'][number]): boolean {
  return duties.length === 0 && dependsOn === undefined
}

function watchedPool(roster: Roster, { plan, slot }: PoolSlot, pool: number): WatchedPool {
  const { spec, members, tierNames } = plan.pool
  const duties = dutiesOf(roster, pool)
  return {
    slot,
    name: plan.rule === undefined ? '' : (tierNames[0] ?? ''),
    members: members.map((member, at) => {
      const { rr, tier } = spec.members[at]!
      return { rr, pool: tierNames[tier] ?? '', unwatched: isUnwatched(member), checks: duties[at]! }
    }),
  }
}
