/**
 * What control knows while the server runs: the live generation and its board, the roster, and what became of the last
 * reload. It turns changes into publishes and events; it decides nothing.
 */
import { type Board, carryCursor, createBoard, publish, publishSerial } from '../board/board.ts'
import { assert } from '../core/base/assert.ts'
import type { Problem } from '../core/base/problem.ts'
import type { Millis } from '../core/base/units.ts'
import type { Obstacle } from '../core/health/alarm.ts'
import type { Clock, Draw, Journal } from '../core/ports.ts'
import {
  adopt,
  type Cached,
  createCaches,
  lookAtCaches,
  matchPools,
  noteAnswerChange,
  type Roster,
  rotationOf,
  settle,
  standingsOf,
  watchSentinels,
  worstPoolRemovalMs,
} from '../core/roster/index.ts'
import type { DutyModel, FreezeChange, PoolPlan, RotationChange, TrackChange } from '../core/roster/types.ts'
import type { Rotation } from '../core/rotation/types.ts'
import { formatEndpoint } from '../core/view/picture.ts'
import type { ReloadView, ZoneView } from '../core/view/status.ts'
import type { CursorSlot, PoolSlot } from '../core/zonefile/image.ts'
import { findBorrowers } from '../core/zonefile/link.ts'
import type { Compiled } from '../core/zonefile/snapshot.ts'
import { createBulletins } from './bulletins.ts'
import { createLedger, type Ledger } from './ledger.ts'
import { createOperator, type Operator } from './operator.ts'
import type { GenerationMemory } from './orders.ts'
import type { Transfers } from './transfers.ts'

export interface ControlDeps {
  readonly clock: Clock
  readonly draw: Draw
  readonly journal: Journal
  readonly roster: Roster
  /** Zones out; absent: none goes out. */
  readonly transfers?: Pick<Transfers, 'changed' | 'draw'>
}

export interface Control extends Operator {
  readonly plans: readonly PoolPlan[]
  /** The same with their places on the board. */
  readonly pools: readonly PoolSlot[]
  readonly zones: readonly ZoneView[]
  /** The same with the serials that they were compiled with, which costs nothing to look at. */
  readonly compiledZones: readonly ZoneView[]
  readonly reload: ReloadView
  /** The longest time to remove any member of any pool, in milliseconds. */
  readonly worstRemovalMs: number
  /** Puts a generation in place: roster, board, cursors. The crew is told by the caller. */
  take(compiled: Compiled, zones: readonly ZoneView[], problems: readonly Problem[]): GenerationMemory
  /** The live serial of the zone whose place on the board begins at `base`. */
  publishSerial(base: number, serial: number): void
  /** Notes that the files on disk were refused; what is served stays. */
  refuse(problems: readonly Problem[]): void
  /** Notes that the files on disk are what is served. */
  confirm(): void
  /** From here on changes of rotations are worth telling; before, nothing was answered yet. */
  speak(): void
  /** Answers go by these from now on. */
  onPublish(changes: readonly RotationChange[]): void
  /** Tells of what was published. */
  onRotations(changes: readonly RotationChange[]): void
  onTrackChange(change: TrackChange): void
  onFreeze(change: FreezeChange): void
  onObstacle(obstacle: Obstacle): void
  /** Until when caches may hold what a target names; null if it names no member. */
  cached(target: string): Cached | null
  /** Other sentinels from now on; what is known of those that stay is kept. */
  watchSentinels(sentinels: readonly DutyModel[]): void
  /** Who was answered how often. */
  readonly ledger: Pick<Ledger, 'book' | 'served' | 'leave'>
}

export function createControl(deps: ControlDeps): Control {
  const { clock, draw, journal, roster } = deps
  let board: Board | null = null
  let pools: readonly PoolSlot[] = []
  let cursors: readonly CursorSlot[] = []
  let plans: readonly PoolPlan[] = []
  let zones: readonly ZoneView[] = []
  let speaking = false
  const caches = createCaches()
  const bulletins = createBulletins(deps)
  const ledger = createLedger()
  let reload: ReloadView = { generation: 0, installedAt: 0, ok: true, triedAt: 0, problems: [] }

  const tell = (pool: number, from: Rotation | null, to: Rotation): void => {
    const plan = plans[pool]!
    if (speaking && isWorthTelling(roster, pool, from, to, clock.now())) {
      journal.record({ kind: 'rotation', owner: plan.owner, type: plan.type, from, to })
    }
  }

  const onPublish = (changes: readonly RotationChange[]): void => {
    assert(board !== null, 'rotations without a board')
    for (const { pool, to } of changes) {
      ledger.turn(pool, to)
      publish(board, pools[pool]!, to)
    }
    deps.transfers?.changed(Int32Array.from(changes, ({ pool }) => pools[pool]!.slot))
  }

  const onRotations = (changes: readonly RotationChange[]): void => {
    for (const { pool, from, to } of changes) {
      const plan = plans[pool]!
      if (from !== null) noteAnswerChange(caches, plan, from, { plan, rotation: to }, clock.now())
      tell(pool, from, to)
    }
  }

  /** Pools that go on keep their place in the rotation. */
  const carryCursors = (from: Board, to: Board, earlier: Int32Array, next: Compiled): void => {
    next.pools.forEach(({ slot }, pool) => {
      const before = pools[earlier[pool]!]
      if (before !== undefined) carryCursor(from, before.slot, to, slot)
    })
    const slots = new Map(cursors.map(({ key, slot }) => [key, slot]))
    for (const { key, slot } of next.cursors) {
      const before = slots.get(key)
      if (before !== undefined) carryCursor(from, before, to, slot)
    }
  }

  /** What answers change to by the edit itself. `served` is what each pool of the last generation answered with. */
  const noteSuccession = (served: readonly (Rotation | null)[], earlier: Int32Array, next: Compiled): void => {
    const note = (before: number, to: Parameters<typeof noteAnswerChange>[3]): void => {
      const { plan } = pools[before]!
      const from = served[before] ?? null
      // Most pools were not edited, and are answered as before.
      if (from === null || (to?.plan === plan && to.rotation === from)) return
      noteAnswerChange(caches, plan, from, to, clock.now())
    }
    const gone = new Uint8Array(pools.length).fill(1)
    earlier.forEach((before, pool) => {
      if (before === -1) return
      gone[before] = 0
      note(before, { plan: next.pools[pool]!.plan, rotation: rotationOf(roster, pool)! })
    })
    gone.forEach((isGone, before) => {
      if (isGone === 1) note(before, null)
    })
  }

  /** Answers follow what the roster knows by now; the returned function tells of it. */
  const obey = (): (() => void) => {
    const changes = settle(roster, clock.now())
    if (board === null || changes.length === 0) return () => {}
    onPublish(changes)
    return () => onRotations(changes)
  }

  return {
    get plans() {
      return plans
    },
    get pools() {
      return pools
    },
    get compiledZones() {
      return zones
    },
    get zones() {
      const { transfers } = deps
      return transfers === undefined ? zones : zones.map(transfers.draw)
    },
    get reload() {
      return reload
    },
    get worstRemovalMs() {
      return plans.reduce((worst, plan) => Math.max(worst, worstPoolRemovalMs(plan.pool) ?? 0), 0)
    },
    take: (compiled, zonesTaken, problems) => {
      const next = createBoard(compiled.snapshot.boardWords)
      const nextPlans = compiled.pools.map(pool => pool.plan)
      const earlier = matchPools(plans, nextPlans)
      if (board !== null) carryCursors(board, next, earlier, compiled)
      const served = pools.map((_, pool) => rotationOf(roster, pool))
      plans = nextPlans
      bulletins.leave()
      adopt(roster, plans, clock.now(), draw)
      const bulletin = bulletins.open(compiled.pools)
      const changes = settle(roster, clock.now())
      const rotations = compiled.pools.map((pool, i) => {
        const rotation = rotationOf(roster, i)
        assert(rotation !== null, 'a pool that was not settled')
        publish(next, pool, rotation)
        return rotation
      })
      const borrowers = findBorrowers(compiled.snapshot, compiled.cursors, compiled.pools)
      ledger.take({ board: next, pools: compiled.pools, borrowers }, rotations, earlier)
      noteSuccession(served, earlier, compiled)
      board = next
      pools = compiled.pools
      cursors = compiled.cursors
      zones = zonesTaken
      const at = clock.wall()
      reload = { generation: compiled.snapshot.generation, installedAt: at, ok: true, triedAt: at, problems }
      // An edit changes addresses and orders by itself; news is only a pool that health now answers otherwise.
      for (const { pool, from, to } of changes) if (from?.mode !== to.mode) tell(pool, from, to)
      return { snapshot: compiled.snapshot.memory, board: next.memory, bulletin }
    },
    publishSerial: (base, serial) => {
      if (board !== null) publishSerial(board, base, serial)
    },
    refuse: problems => {
      reload = { ...reload, ok: false, triedAt: clock.wall(), problems }
      journal.record({ kind: 'refused', generation: reload.generation, problems })
    },
    confirm: () => {
      // After a refusal the old problems are gone with the bad file; the warnings of what is served are not kept apart.
      reload = { ...reload, ok: true, triedAt: clock.wall(), problems: reload.ok ? reload.problems : [] }
    },
    speak: () => {
      speaking = true
      plans.forEach((_, pool) => {
        const rotation = rotationOf(roster, pool)
        if (rotation !== null && rotation.mode !== 'normal') tell(pool, null, rotation)
      })
    },
    onPublish,
    onRotations,
    onTrackChange: ({ endpoint, check, from, to, cause, outcome }) => {
      journal.record({
        kind: 'transition',
        target: formatEndpoint(endpoint),
        check: `${check.name} (${check.protocol})`,
        from,
        to,
        cause,
        leak: cause === 'leak' ? (check.leak ?? null) : null,
        outcome,
      })
    },
    onFreeze: ({ turn, endpoints, down, frozenMs }) => {
      if (turn.kind === 'frozen') journal.record({ kind: 'freeze', cause: turn.cause, endpoints, down })
      else journal.record({ kind: 'thaw', cause: turn.cause, endpoints, down, frozenMs: Math.round(frozenMs) })
    },
    cached: target => {
      const served = plans.map((plan, pool) => ({ plan, rotation: rotationOf(roster, pool) }))
      return lookAtCaches(caches, target, served)
    },
    onObstacle: ({ endpoint, ...obstacle }) => {
      journal.record({ kind: 'inconclusive', target: formatEndpoint(endpoint), ...obstacle })
    },
    watchSentinels: sentinels => {
      watchSentinels(roster, sentinels, clock.now(), draw)
      obey()()
    },
    ledger,
    ...createOperator({ ...deps, obey }),
  }
}

/** A TTL that changed is not news, nor is a new pool that is normal, or whose members were not heard of yet. */
function isWorthTelling(roster: Roster, pool: number, from: Rotation | null, to: Rotation, nowMs: Millis): boolean {
  if (from === null) {
    return to.mode !== 'normal' && standingsOf(roster, pool, nowMs).every(standing => standing.verdict !== 'unknown')
  }
  return from.mode !== to.mode || from.order.join() !== to.order.join()
}
