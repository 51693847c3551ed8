/**
 * Keeps a copy of the zone files of each generation that was installed from them, off the way of everything else: one
 * at a time, and of a storm of installs only the last. What is kept may be newer than what was judged, if somebody
 * saved meanwhile; so whoever takes a set out judges it again.
 * Invariant: trouble with the disk is told, once for each reason, and never keeps the server from serving.
 */
import type { Clock, Journal } from '../core/ports.ts'
import { type KeptSets, openKeptSets } from '../edge/disk/kept-sets.ts'
import type { History } from './history.ts'

export interface SetKeeperDeps {
  readonly clock: Clock
  readonly history: History
}

export interface SetKeeper {
  /** Null where nothing is kept over a restart. */
  readonly kept: { readonly sets: KeptSets; readonly stateFolder: string } | null
  /** Resolves when what is under way has ended. */
  stop(): Promise<void>
}

export function keepSets(
  { clock, history }: SetKeeperDeps,
  zonesFolder: string,
  stateFolder: string | null,
): SetKeeper {
  if (stateFolder === null) return { kept: null, stop: async () => {} }
  const sets = openKeptSets(stateFolder)
  const tell = createTeller(history)
  let wanted: number | null = null
  let working: Promise<void> | null = null
  const work = async (): Promise<void> => {
    while (wanted !== null) {
      const generation = wanted
      wanted = null
      try {
        await sets.keep(zonesFolder, generation, clock.wall())
        tell(null)
      } catch (error) {
        tell(error instanceof Error ? error.message : String(error))
      }
    }
    working = null
  }
  const forget = history.follow(({ event }) => {
    // A last good copy that is being served is no news.
    if (event.kind === 'last-good') wanted = null
    if (event.kind !== 'installed') return
    wanted = event.generation
    // Not in the turn of the install, which others wait for.
    working ??= new Promise<void>(resolve => setImmediate(resolve)).then(work)
  })
  return {
    kept: { sets, stateFolder },
    stop: async () => {
      forget()
      await working
    },
  }
}

function createTeller(journal: Journal): (trouble: string | null) => void {
  let told: string | null = null
  return trouble => {
    if (trouble !== null && trouble !== told)
      journal.record({ kind: 'fault', where: 'keeping the zone files', text: trouble })
    told = trouble
  }
}
