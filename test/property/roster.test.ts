/**
 * The roster against a slow twin that keeps the whole history of every duty and works everything out anew after each
 * step: no schedule, no index from duties to pools, no carried state but the histories themselves.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Millis, millis } from '../../src/core/base/units.ts'
import { dutyKey, editKey, targetKey } from '../../src/core/health/identity.ts'
import type { Outcome, Override, Standing, TcpCheck, Verdict } from '../../src/core/health/types.ts'
import {
  absorb,
  adopt,
  countsOf,
  createRoster,
  expire,
  firstRoundDone,
  type Roster,
  rotationOf,
  settle,
  takeDue,
} from '../../src/core/roster/index.ts'
import { giveUpGraceMs } from '../../src/core/roster/probe.ts'
import type { DueProbe, DutyModel, PoolPlan } from '../../src/core/roster/types.ts'
import { decide } from '../../src/core/rotation/decide.ts'
import type { OnAllDown, Rotation } from '../../src/core/rotation/types.ts'
import { outcomeOf, tcpCheck } from '../unit/health/specs.ts'
import { planOf } from '../unit/roster/plans.ts'

const seed = 20_260_311
const probesInFlightMax = 5

/** The second asks what the first asks, at another cadence; the fourth is an edited form of the third. */
const checks: readonly TcpCheck[] = [
  tcpCheck(),
  tcpCheck({ intervalMs: millis(8_000), timeoutMs: millis(1_000) }),
  tcpCheck({ name: 'side', port: 81 }),
  tcpCheck({ name: 'side', port: 82 }),
]
const { fall, rise } = checks[0]!

type Word = Outcome['kind'] | 'edited'

interface TwinTrack {
  readonly model: DutyModel
  readonly history: readonly Word[]
}

interface TwinProbe extends DueProbe {
  readonly key: string
  readonly startedMs: number
}

interface Twin {
  plans: readonly PoolPlan[]
  readonly tracks: Map<string, TwinTrack>
  /** Dropped duties whose probes have not reported. */
  readonly ghosts: Map<string, TwinTrack>
  readonly inFlight: TwinProbe[]
  readonly lastHealthy: Map<string, readonly string[]>
  published: (Rotation | null)[]
}

type Step =
  | { readonly kind: 'wait'; readonly spanMs: number }
  | { readonly kind: 'report'; readonly at: number; readonly said: Outcome['kind'] }
  | { readonly kind: 'adopt'; readonly plans: readonly PoolPlan[] }

const members = fc.record({
  address: fc.constantFrom('10.0.0.1', '10.0.0.2', '10.0.0.3'),
  checks: fc.uniqueArray(fc.constantFrom(...checks), { maxLength: 2 }),
  override: fc.constantFrom<Override>('none', 'none', 'none', 'forced-up', 'forced-down', 'drained'),
  tier: fc.nat({ max: 1 }),
})

const pools = fc
  .record({
    owner: fc.constantFrom('a.test.', 'b.test.', 'c.test.'),
    members: fc.uniqueArray(members, { minLength: 1, maxLength: 3, selector: member => member.address }),
    need: fc.constantFrom(1, 2),
    onAllDown: fc.constantFrom<OnAllDown>('all', 'last_healthy', 'nodata'),
  })
  .map(({ owner, members, need, onAllDown }) => {
    const needing = members.map(member => ({ ...member, need: Math.min(need, member.checks.length) }))
    return planOf(owner, needing, { onAllDown })
  })

const generations = fc.uniqueArray(pools, { maxLength: 3, selector: plan => plan.key })

const step: fc.Arbitrary<Step> = fc.oneof(
  { arbitrary: fc.record({ kind: fc.constant('wait' as const), spanMs: fc.nat({ max: 9_000 }) }), weight: 4 },
  {
    arbitrary: fc.record({
      kind: fc.constant('report' as const),
      at: fc.nat({ max: probesInFlightMax }),
      said: fc.constantFrom<Outcome['kind']>('pass', 'pass', 'fail', 'fail', 'inconclusive'),
    }),
    weight: 8,
  },
  { arbitrary: fc.record({ kind: fc.constant('adopt' as const), plans: generations }), weight: 1 },
)

const stories = fc.record({
  first: generations,
  steps: fc.array(step, { maxLength: 80 }),
  draws: fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
})

describe('the roster', () => {
  it('does what its slow twin does, and never probes a duty twice at once', () => {
    fc.assert(
      fc.property(stories, ({ first, steps, draws }) => {
        const draw = () => draws.next().value
        const roster = createRoster({ probesInFlightMax, startedMs: millis(0) })
        const twin: Twin = emptyTwin()
        let nowMs = millis(0)
        take(roster, twin, first, nowMs, draw)
        for (const each of steps) {
          if (each.kind === 'wait') nowMs = millis(nowMs + each.spanMs)
          else if (each.kind === 'adopt') take(roster, twin, each.plans, nowMs, draw)
          else report(roster, twin, each.at, each.said, nowMs, draw)
          beat(roster, twin, nowMs)
        }
        recover(roster, twin, nowMs, draw)
      }),
      { seed, numRuns: 400 },
    )
  })
})

function emptyTwin(): Twin {
  return { plans: [], tracks: new Map(), ghosts: new Map(), inFlight: [], lastHealthy: new Map(), published: [] }
}

/** Expires, settles and starts, as the shell does on each tick, and compares. */
function beat(roster: Roster, twin: Twin, nowMs: Millis): void {
  const overdue = twin.inFlight.filter(({ startedMs, check }) => nowMs >= startedMs + check.timeoutMs + giveUpGraceMs)
  expect(expire(roster, nowMs).map(probe => probe.id)).toEqual(overdue.map(probe => probe.id))
  for (const probe of overdue) hear(twin, probe, 'inconclusive')
  settleBoth(roster, twin, nowMs)
  for (const probe of takeDue(roster, nowMs)) {
    const key = dutyKey(probe.endpoint, probe.check)
    expect(twin.inFlight.map(other => other.key)).not.toContain(key)
    expect(twin.tracks.has(key)).toBe(true)
    twin.inFlight.push({ ...probe, key, startedMs: nowMs })
  }
  expect(twin.inFlight.length).toBeLessThanOrEqual(probesInFlightMax)
  expect(countsOf(roster)).toMatchObject({ duties: twin.tracks.size, inFlight: twin.inFlight.length })
  expect(firstRoundDone(roster)).toBe([...twin.tracks.values()].every(isHeard))
}

function isHeard({ history }: TwinTrack): boolean {
  return history.length > 0 && history.at(-1) !== 'edited'
}

function report(roster: Roster, twin: Twin, at: number, said: Outcome['kind'], nowMs: Millis, draw: () => number) {
  const probe = twin.inFlight[at]
  if (probe === undefined) return
  const track = twin.tracks.get(probe.key)
  const before = retold(track?.history ?? []).verdict
  hear(twin, probe, said)
  const after = retold(twin.tracks.get(probe.key)?.history ?? []).verdict
  const change = absorb(roster, probe.id, outcomeOf(said), nowMs, draw)
  expect(change === null ? null : [change.from, change.to]).toEqual(before === after ? null : [before, after])
}

function hear(twin: Twin, probe: TwinProbe, said: Word): void {
  twin.inFlight.splice(twin.inFlight.indexOf(probe), 1)
  twin.ghosts.delete(probe.key)
  const track = twin.tracks.get(probe.key)
  if (track !== undefined) twin.tracks.set(probe.key, { ...track, history: [...track.history, said] })
}

function take(roster: Roster, twin: Twin, plans: readonly PoolPlan[], nowMs: Millis, draw: () => number): void {
  adopt(roster, plans, nowMs, draw)
  const models = plans.flatMap(plan => plan.pool.members.flatMap(member => member.duties))
  const wanted = new Map(models.map(model => [dutyKey(model.endpoint, model.check), model]))
  const before = new Map(twin.tracks)
  const ghosts = new Map(twin.ghosts)
  twin.tracks.clear()
  twin.ghosts.clear()
  for (const [key, model] of wanted) {
    const known = before.get(key) ?? ghosts.get(key)
    twin.tracks.set(key, { model, history: known?.history ?? inheritedBy(model, before, wanted) })
  }
  for (const [key, track] of [...ghosts, ...before]) {
    if (!wanted.has(key) && twin.inFlight.some(probe => probe.key === key)) twin.ghosts.set(key, track)
  }
  twin.plans = plans
  twin.published = plans.map(() => null)
  for (const key of twin.lastHealthy.keys()) if (!plans.some(plan => plan.key === key)) twin.lastHealthy.delete(key)
  settleBoth(roster, twin, nowMs)
}

function inheritedBy(
  { endpoint, check }: DutyModel,
  before: ReadonlyMap<string, TwinTrack>,
  wanted: ReadonlyMap<string, DutyModel>,
): readonly Word[] {
  const tracks = [...before]
  const target = targetKey(endpoint, check)
  const same = tracks.find(([, { model }]) => targetKey(model.endpoint, model.check) === target)
  if (same !== undefined) return same[1].history
  const name = editKey(endpoint, check)
  const gone = tracks.find(([key, { model }]) => !wanted.has(key) && editKey(model.endpoint, model.check) === name)
  return gone === undefined ? [] : [...gone[1].history, 'edited']
}

function settleBoth(roster: Roster, twin: Twin, nowMs: Millis): void {
  for (const { pool, from, to } of settle(roster, nowMs)) {
    const before = twin.published[pool] ?? from
    expect(from).toEqual(before)
    expect(to).not.toEqual(before)
    twin.published[pool] = to
  }
  twin.plans.forEach((plan, pool) => {
    // A new board is filled with what each pool serves; afterwards only what was told reaches it.
    twin.published[pool] ??= rotationOf(roster, pool)
    const { members } = plan.pool.spec
    const addresses = plan.pool.members.map(member => member.address)
    const lastHealthy = (twin.lastHealthy.get(plan.key) ?? []).map(address => addresses.indexOf(address))
    const rotation = decide(
      plan.pool.spec,
      plan.pool.members.map(member => standingOf(twin, member)),
      { lastHealthy: lastHealthy.filter(at => at >= 0).map(at => members[at]!.rr), heldTier: null },
    )
    expect(twin.published[pool]).toEqual(rotation)
    expect(rotationOf(roster, pool)).toBe(twin.published[pool])
    if (rotation.mode === 'normal') {
      const served = members.flatMap(({ rr }, at) => (rotation.order.includes(rr) ? [addresses[at]!] : []))
      twin.lastHealthy.set(plan.key, served)
    }
  })
}

function standingOf(twin: Twin, { duties, quorum, override }: PoolPlan['pool']['members'][number]): Standing {
  const told = duties.map(duty => retold(twin.tracks.get(dutyKey(duty.endpoint, duty.check))!.history))
  const ups = told.filter(({ verdict }) => verdict === 'up').length
  const downs = told.filter(({ verdict }) => verdict === 'down').length
  const verdict = ups >= quorum.need ? 'up' : told.length - downs < quorum.need ? 'down' : 'unknown'
  return { verdict, pending: told.some(({ pending }) => pending), override, share: 1 }
}

function retold(history: readonly Word[]): { verdict: Verdict; pending: boolean } {
  let verdict: Verdict = 'unknown'
  let undecided = true
  let against = 0
  for (const word of history) {
    if (word === 'inconclusive') continue
    if (word === 'edited') {
      undecided = true
      against = 0
      continue
    }
    const said = word === 'pass' ? 'up' : 'down'
    against = said === verdict ? 0 : against + 1
    if (undecided || against >= (said === 'down' ? fall : rise)) {
      verdict = said
      against = 0
    }
    undecided = false
  }
  return { verdict, pending: against > 0 || (undecided && verdict !== 'unknown') }
}

/** Whatever happened, when all pass again every duty is up before long: none was forgotten. */
function recover(roster: Roster, twin: Twin, fromMs: Millis, draw: () => number): void {
  for (let nowMs: number = fromMs; nowMs < fromMs + 60_000; nowMs += 500) {
    while (twin.inFlight.length > 0) report(roster, twin, 0, 'pass', millis(nowMs), draw)
    beat(roster, twin, millis(nowMs))
  }
  for (const { history } of twin.tracks.values()) expect(retold(history)).toEqual({ verdict: 'up', pending: false })
}
