/**
 * One rehearsal's health, and what is answered by it: a RotationSource that decides a pool when somebody asks for it,
 * with a roster of its own for the pool and all that it leads to. Every check there speaks once, as in the first round
 * of a server, on a clock that stands still; orders are given as an operator would give them.
 */
import { dutyKey } from '../health/identity.ts'
import type { RotationSource, Turn } from '../ports.ts'
import { type Roster, rotationOf, standingsOf } from '../roster/index.ts'
import { parseTarget } from '../roster/target.ts'
import { packLacking } from '../rotation/slot.ts'
import type { Rotation } from '../rotation/types.ts'
import { strideOf } from '../rotation/weights.ts'
import { isVerdictWord, type VerdictWord, type ZoneTest } from '../zonefile/zone-test.ts'
import { type Cast, findNamed, poolsBehind } from './cast.ts'
import type { PoolScene, TestFault } from './report.ts'
import { settleOnce, startMs } from './settled.ts'
import { poolAt } from './walk.ts'

export interface Stage extends RotationSource {
  /** What `given` names in vain. */
  readonly faults: readonly TestFault[]
  /** What was taken so far, in the order in which it was. */
  readonly taken: ReadonlyMap<number, Rotation>
  /** The pools behind that, for people. */
  draw(): readonly PoolScene[]
}

export function createStage(cast: Cast, test: ZoneTest): Stage {
  const words = new Map<string, VerdictWord>()
  const faults = takeGiven(cast, test, words)
  const places = new Map<number, { readonly roster: Roster; readonly at: number }>()
  const taken = new Map<number, Rotation>()
  const cursors = new Map<number, number>()

  const decided = (pool: number): Rotation => {
    const place = places.get(pool)
    if (place !== undefined) return rotationOf(place.roster, place.at)!
    const together = poolsBehind(cast, pool)
    const roster = settleAll(cast, together, test, words)
    together.forEach((each, at) => {
      if (!places.has(each)) places.set(each, { roster, at })
    })
    return rotationOf(roster, 0)!
  }
  return {
    faults,
    taken,
    take: (slot, _, turn, step) => {
      const cursor = cursors.get(slot) ?? 0
      if (step === 1) cursors.set(slot, (cursor + 1) >>> 0)
      const pool = poolAt(cast.pools, slot)
      const rotation = pool === -1 ? null : decided(pool)
      if (rotation !== null) taken.set(pool, rotation)
      fillTurn(turn, rotation)
      return cursor
    },
    // Nobody counts whom a rehearsal answers, and health moves no serial here.
    advance: () => -1,
    note: () => undefined,
    serial: () => 0,
    draw: () => {
      // Those that were asked come first, then those that their members lead to.
      const pools = new Set([...taken.keys(), ...places.keys()])
      return [...pools].map(pool => drawPool(cast, pool, places.get(pool)!))
    },
  }
}

/** What the checks of those named under `given` say; the later word counts. */
function takeGiven(cast: Cast, { given }: ZoneTest, words: Map<string, VerdictWord>): readonly TestFault[] {
  return given.flatMap(({ target: text, word }): readonly TestFault[] => {
    const target = parseTarget(text)!
    const members = findNamed(cast, target)
    if (members.length === 0) return [{ kind: 'no-such-member', target: text, word }]
    if (!isVerdictWord(word)) return []
    const duties = members.flatMap(member => member.duties)
    if (duties.length === 0 && word !== 'up') return [{ kind: 'member-unwatched', target: text, word }]
    for (const { endpoint, check } of duties) {
      if (target.port === null || endpoint.port === target.port) words.set(dutyKey(endpoint, check), word)
    }
    return []
  })
}

function settleAll(
  { pools }: Cast,
  together: readonly number[],
  { given, others }: ZoneTest,
  words: ReadonlyMap<string, VerdictWord>,
): Roster {
  const orders = given.flatMap(({ target, word }) => (isVerdictWord(word) ? [] : [{ target, override: word }]))
  const plans = together.map(pool => pools[pool]!.plan)
  return settleOnce(plans, (endpoint, check) => words.get(dutyKey(endpoint, check)) ?? others, orders)
}

/** As the board would; without a rotation it has nothing published, as for a slot that only has a cursor. */
function fillTurn(turn: Turn, rotation: Rotation | null): void {
  turn.mode = rotation?.mode ?? 'normal'
  turn.count = rotation?.order.length ?? 0
  turn.lacking = 0
  turn.stride = 0
  if (rotation === null) return
  const { order, weights, sticky } = rotation
  turn.answer = rotation.answer
  turn.fixed = rotation.answer === 'failover'
  turn.ttl = rotation.ttl
  turn.lacking = packLacking(rotation.eligible, rotation.members)
  turn.maxAnswers = rotation.maxAnswers
  turn.order.set(order)
  turn.stickyV4 = sticky.v4
  turn.stickyV6 = sticky.v6
  if (weights.length === 0) return
  let end = 0
  weights.forEach((weight, i) => {
    end += weight
    turn.ends[i] = end
  })
  turn.stride = strideOf(end)
}

function drawPool({ pools }: Cast, pool: number, { roster, at }: { roster: Roster; at: number }): PoolScene {
  const { plan } = pools[pool]!
  const { spec, members, tierNames } = plan.pool
  const { mode, order } = rotationOf(roster, at)!
  const standings = standingsOf(roster, at, startMs)
  return {
    owner: plan.owner,
    type: plan.type,
    pool: plan.rule === undefined ? null : (tierNames[0] ?? null),
    mode,
    members: members.map(({ address }, i) => {
      const { verdict, override } = standings[i]!
      const { rr, tier } = spec.members[i]!
      return { address, pool: tierNames[tier] ?? null, verdict, override, answered: order.includes(rr) }
    }),
  }
}
