/**
 * What control knows while the server runs: the live generation and its board, the roster, and what became of the last
 * reload. It turns changes into publishes and events; it decides nothing.
 */
import { type Board, carryCursor, createBoard, publish } from '../board/board.ts'
import { assert } from '../core/base/assert.ts'
import type { Problem } from '../core/base/problem.ts'
import type { Clock, Draw, Journal } from '../core/ports.ts'
import { adopt, type Roster, rotationOf, settle, standingsOf, worstPoolRemovalMs } from '../core/roster/index.ts'
import type { PoolPlan, RotationChange, TrackChange } from '../core/roster/types.ts'
import type { Rotation } from '../core/rotation/types.ts'
import { formatEndpoint } from '../core/view/picture.ts'
import type { ReloadView, ZoneView } from '../core/view/status.ts'
import type { Compiled } from '../core/zonefile/compile.ts'
import type { PoolSlot } from '../core/zonefile/image.ts'
import type { GenerationMemory } from './orders.ts'

export interface ControlDeps {
  readonly clock: Clock
  readonly draw: Draw
  readonly journal: Journal
  readonly roster: Roster
}

export interface Control {
  readonly plans: readonly PoolPlan[]
  readonly zones: readonly ZoneView[]
  readonly reload: ReloadView
  /** The longest time to remove any member of any pool, in milliseconds. */
  readonly worstRemovalMs: number
  /** Puts a generation in place: roster, board, cursors. The crew is told by the caller. */
  take(compiled: Compiled, zones: readonly ZoneView[], problems: readonly Problem[]): GenerationMemory
  /** Notes that the files on disk were refused; what is served stays. */
  refuse(problems: readonly Problem[]): void
  /** Notes that the files on disk are what is served. */
  confirm(): void
  /** From here on changes of rotations are worth telling; before, nothing was answered yet. */
  speak(): void
  onRotations(changes: readonly RotationChange[]): void
  onTrackChange(change: TrackChange): void
}

export function createControl(deps: ControlDeps): Control {
  const { clock, draw, journal, roster } = deps
  let board: Board | null = null
  let pools: readonly PoolSlot[] = []
  let plans: readonly PoolPlan[] = []
  let zones: readonly ZoneView[] = []
  let speaking = false
  let reload: ReloadView = { generation: 0, installedAt: 0, ok: true, triedAt: 0, problems: [] }

  const tell = (pool: number, from: Rotation | null, to: Rotation): void => {
    const plan = plans[pool]!
    if (speaking && isWorthTelling(roster, pool, from, to)) {
      journal.record({ kind: 'rotation', owner: plan.owner, type: plan.type, from, to })
    }
  }

  return {
    get plans() {
      return plans
    },
    get zones() {
      return zones
    },
    get reload() {
      return reload
    },
    get worstRemovalMs() {
      return plans.reduce((worst, plan) => Math.max(worst, worstPoolRemovalMs(plan.pool) ?? 0), 0)
    },
    take: (compiled, zonesTaken, problems) => {
      const next = createBoard(compiled.snapshot.boardWords)
      if (board !== null) carryCursors(board, pools, next, compiled.pools)
      plans = compiled.pools.map(pool => pool.plan)
      adopt(roster, plans, clock.now(), draw)
      const changes = settle(roster)
      compiled.pools.forEach((pool, i) => {
        const rotation = rotationOf(roster, i)
        assert(rotation !== null, 'a pool that was not settled')
        publish(next, pool.slot, pool.ordersMax, rotation)
      })
      board = next
      pools = compiled.pools
      zones = zonesTaken
      const at = clock.wall()
      reload = { generation: compiled.snapshot.generation, installedAt: at, ok: true, triedAt: at, problems }
      // An edit changes addresses and orders by itself; news is only a pool that health now answers otherwise.
      for (const { pool, from, to } of changes) if (from?.mode !== to.mode) tell(pool, from, to)
      return { snapshot: compiled.snapshot.memory, board: next.memory }
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
    onRotations: changes => {
      assert(board !== null, 'rotations without a board')
      for (const { pool, from, to } of changes) {
        const { slot, ordersMax } = pools[pool]!
        publish(board, slot, ordersMax, to)
        tell(pool, from, to)
      }
    },
    onTrackChange: ({ endpoint, check, from, to, outcome }) => {
      journal.record({
        kind: 'transition',
        target: formatEndpoint(endpoint),
        check: `${check.name} (${check.protocol})`,
        from,
        to,
        outcome,
      })
    },
  }
}

/** Pools that go on keep their place in the rotation. */
function carryCursors(from: Board, before: readonly PoolSlot[], to: Board, after: readonly PoolSlot[]): void {
  const slots = new Map(before.map(pool => [pool.plan.key, pool.slot]))
  for (const pool of after) {
    const slot = slots.get(pool.plan.key)
    if (slot !== undefined) carryCursor(from, slot, to, pool.slot)
  }
}

/** A TTL that changed is not news, nor is a new pool that is normal, or whose members were not heard of yet. */
function isWorthTelling(roster: Roster, pool: number, from: Rotation | null, to: Rotation): boolean {
  if (from === null) {
    return to.mode !== 'normal' && standingsOf(roster, pool).every(standing => standing.verdict !== 'unknown')
  }
  return from.mode !== to.mode || from.order.join() !== to.order.join()
}
