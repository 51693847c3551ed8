/**
 * Reloads, one at a time: a request that comes while one is under way makes exactly one more follow, so a storm of
 * SIGHUPs is two reloads. A refused or failed one changes nothing that is served.
 */
import type { Clock, Journal } from '../core/ports.ts'
import { countsOf, type Roster } from '../core/roster/index.ts'
import type { Control } from './control.ts'
import type { Crew } from './crew.ts'
import type { Generations } from './generations.ts'
import type { Transfers } from './transfers.ts'

export interface ReloaderDeps {
  readonly clock: Clock
  readonly journal: Journal
  readonly control: Control
  readonly generations: Generations
  readonly roster: Roster
  readonly crew: Crew
  readonly transfers: Pick<Transfers, 'secure' | 'take'>
}

export interface Reloader {
  /**
   * Looks at the files soon; resolves when a look that began after this call has ended. `force`: takes them even where
   * they would take away more of all answers than `max_change` allows.
   */
  request(force?: boolean): Promise<void>
  /** No more looks; resolves when the one under way has ended. */
  stop(): Promise<void>
}

export function createReloader(deps: ReloaderDeps): Reloader {
  let running: Promise<void> | null = null
  let following: Promise<void> | null = null
  let stopped = false
  /** For the next look, whoever asked for it. */
  let forced = false

  const run = async (): Promise<void> => {
    const force = forced
    forced = false
    try {
      if (!stopped) await reload(deps, force)
    } catch (error) {
      // On the way down the reading of the files is broken off.
      if (stopped) return
      // A bug of ours, caught here: the last generation goes on being served.
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
      deps.journal.record({ kind: 'fault', where: 'reload', text })
    }
  }
  const begin = (): Promise<void> => {
    running = run().finally(() => {
      running = null
    })
    return running
  }
  return {
    request: (force = false) => {
      forced ||= force
      if (running === null) return begin()
      following ??= running.then(() => {
        following = null
        return begin()
      })
      return following
    },
    stop: async () => {
      stopped = true
      await (following ?? running)
    },
  }
}

async function reload(
  { clock, journal, control, generations, roster, crew, transfers }: ReloaderDeps,
  force: boolean,
): Promise<void> {
  const beganMs = clock.now()
  const number = control.reload.generation + 1
  const prepared = await generations.prepare(number, { force })
  switch (prepared.kind) {
    case 'unchanged':
      control.confirm()
      return
    case 'refused':
      control.refuse(prepared.problems)
      return
    case 'ready': {
      await transfers.secure(prepared.transferred)
      const memory = control.take(prepared.compiled, prepared.zones, prepared.problems)
      prepared.commit()
      transfers.take(memory, prepared.compiled.snapshot, prepared.transferred)
      const silent = await crew.install(memory, number)
      control.ledger.leave()
      for (const row of silent) {
        journal.record({ kind: 'fault', where: `worker ${row}`, text: `has not taken generation ${number} in time` })
      }
      journal.record({
        kind: 'installed',
        generation: number,
        zones: prepared.zones.length,
        rrsets: prepared.compiled.rrsets,
        checks: countsOf(roster).duties,
        tookMs: Math.round(clock.now() - beganMs),
      })
    }
  }
}
