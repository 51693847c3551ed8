/**
 * Secondary zones on their way into the running server: who wants them before anything is known of the machine (the
 * source of zones), who judges and opens them then, and what they are where nothing can be kept: none.
 */
import type { Name } from '../core/name/name.ts'
import type { Clock, Draw, Journal, SocketAddress } from '../core/ports.ts'
import type { SecondaryView } from '../core/view/status.ts'
import { formatProblem } from '../core/zonefile/format.ts'
import { keptFolder, sweepDrafts } from '../edge/secondary/kept-zones.ts'
import { type CatalogPulls, openCatalogPulls } from './catalog-pulls.ts'
import { catalogPlans, judgeTwice } from './catalogs.ts'
import type { PulledZones } from './pulled-files.ts'
import { createPullers } from './pullers.ts'
import { createSecondaries, type Secondaries } from './secondaries.ts'
import { judgePlans } from './secondary-plans.ts'
import type { ServeSettings } from './settings.ts'
import { StartError } from './start-error.ts'
import type { NotifyOrder } from './terms.ts'

export interface Pulling {
  /** None before `open`. */
  readonly zones: PulledZones
  /** Null before `open`, and where there is no state folder to keep zones in. */
  secondaries(): Secondaries | null
  /** What is kept of the zones is known when this resolves. Plans that cannot be are a `StartError`. */
  open(deps: PullingDeps, own: readonly SocketAddress[]): Promise<void>
  /** A generation has become live: what catalogs say in it is acted on once pulling has begun. */
  look: CatalogPulls['look']
  /** See `Secondaries.begin`. */
  begin: Secondaries['begin']
  notified(apex: Name, from: Uint8Array): void
  notifyOrders(): readonly NotifyOrder[]
  view(): readonly SecondaryView[]
  stop(): Promise<void>
}

export interface PullingDeps {
  readonly clock: Clock
  readonly draw: Draw
  readonly journal: Journal
}

type PullingSettings = Pick<ServeSettings, 'secondaries' | 'catalogs' | 'stateFolder' | 'keys' | 'transferSources'>

export function createPulling({
  secondaries: plans,
  catalogs,
  stateFolder,
  keys,
  transferSources: sources,
}: PullingSettings): Pulling {
  let current: Secondaries | null = null
  let pulls: CatalogPulls | null = null
  return {
    zones: { list: () => current?.zones.list() ?? [], lose: (apex, detail) => current?.zones.lose(apex, detail) },
    secondaries: () => current,
    open: async (deps, own) => {
      const judged = judgePlans([...plans, ...catalogPlans(catalogs)], stateFolder, own)
      const problems = [...judged, ...judgeTwice(catalogs, plans)]
      if (problems.length > 0) throw new StartError(problems.map(problem => formatProblem(problem, null)).join('\n'))
      if (stateFolder === null) return
      const folder = keptFolder(stateFolder)
      await sweepDrafts(folder)
      current = createSecondaries({ ...deps, pullers: createPullers() }, { folder, keys, sources })
      pulls = await openCatalogPulls(deps.journal, { catalogs, secondaries: plans, stateFolder })
      await current.want([...plans, ...pulls.plans()])
    },
    look: (snapshot, zones) => pulls?.look(snapshot, zones),
    begin: (changed, agreed) => {
      const begun = current
      if (begun === null) return
      begun.begin(changed, agreed)
      pulls?.begin(brought => begun.want([...plans, ...brought]))
    },
    notified: (apex, from) => current?.notified(apex, from),
    notifyOrders: () => current?.notifyOrders() ?? [],
    view: () => current?.view() ?? [],
    stop: async () => {
      await pulls?.close()
      await current?.stop()
    },
  }
}
