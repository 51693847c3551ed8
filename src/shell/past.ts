/**
 * What a server knows before it has read its first file: the state that an earlier run left, and the serials and the
 * number of the generation that it goes on from. Where no state folder is set, every start is the first.
 */
import { joinSerials, type SavedSerial } from '../core/state/index.ts'
import { openStateFolder } from '../edge/disk/state-folder.ts'
import type { Control } from './control.ts'
import { createKeeper, type Keeper, type KeeperDeps } from './keeper.ts'
import { StartError } from './start-error.ts'
import type { Transfers } from './transfers.ts'

export interface Past {
  /** Null where nothing is kept. */
  readonly keeper: Keeper | null
  /** The number of the first generation of this run. */
  readonly generation: number
  /** By the names that zones have in views. */
  readonly serialsBefore: ReadonlyMap<string, number>
  /** The same with all that was kept of them. */
  readonly saved: ReadonlyMap<string, SavedSerial>
  /** The listeners are open: keeps from now on what this run should leave. */
  begin(control: Control, transfers: Pick<Transfers, 'kept' | 'gone'>): void
}

/** The roster has taken up what it can when this resolves. A folder that another server has is a `StartError`. */
export async function takeUpPast(folder: string | null, deps: Omit<KeeperDeps, 'folder'>): Promise<Past> {
  const keeper = folder === null ? null : await openKeeper(folder, deps)
  const state = (await keeper?.restore()) ?? null
  const earlier = state?.serials ?? []
  return {
    keeper,
    generation: (state?.generation ?? 0) + 1,
    serialsBefore: new Map(earlier.map(({ zone, serial, reserve }) => [zone, reserve ?? serial])),
    saved: new Map(earlier.map(saved => [saved.zone, saved])),
    begin: (control, transfers) => keeper?.begin(() => kept(control, transfers, earlier)),
  }
}

async function openKeeper(folder: string, deps: Omit<KeeperDeps, 'folder'>): Promise<Keeper> {
  const found = await openStateFolder(folder)
  if (found.kind === 'refused') throw new StartError(found.reason)
  return createKeeper({ ...deps, folder: found.state })
}

function kept(
  { reload, compiledZones }: Control,
  transfers: Pick<Transfers, 'kept' | 'gone'>,
  earlier: readonly SavedSerial[],
) {
  const served = compiledZones.map(({ name, serial }) => ({ zone: name, serial, ...transfers.kept(name) }))
  const gone = transfers.gone()
  const names = new Set(gone.map(({ zone }) => zone))
  const before = [...earlier.filter(({ zone }) => !names.has(zone.toLowerCase())), ...gone]
  return { generation: reload.generation, serials: joinSerials(served, before) }
}
