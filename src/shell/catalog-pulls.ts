/**
 * Zones that catalogs bring (RFC 9432), between the generations that are installed, where catalogs are read, and those
 * who pull zones. Until that has begun only the newest generation is noted: what comes and goes before it would be
 * missed by the look at the files that follows it.
 * Invariant: wishes are passed on one after the other, so that a zone that begins anew is gone before it is wanted.
 */
import type { Membership, Memberships } from '../core/catalog/plan.ts'
import { isNameFault, lowerName, type Name, nameKey, parseName } from '../core/name/name.ts'
import type { Journal } from '../core/ports.ts'
import type { ZoneView } from '../core/view/status.ts'
import type { Snapshot } from '../core/zone/layout.ts'
import { openCatalogFile } from '../edge/disk/catalog-file.ts'
import { displayPath } from '../edge/disk/lone-file.ts'
import { keptFolder } from '../edge/secondary/kept-zones.ts'
import { createCatalogConsumer, type Installed } from './catalog-consumer.ts'
import { type CatalogSettings, catalogKeys, planPulls } from './catalogs.ts'
import type { Generations } from './generations.ts'
import type { SecondaryPlan } from './secondary-plans.ts'

/** All that catalogs want pulled from now on. Resolves when nothing is kept of what is not among it. */
export type WantPulled = (plans: readonly SecondaryPlan[]) => Promise<void>

export interface CatalogPulls {
  /** The catalogs themselves and the zones that they are known to bring. */
  plans(): readonly SecondaryPlan[]
  look(snapshot: Snapshot, zones: readonly ZoneView[]): void
  begin(want: WantPulled): void
  /** Resolves when what is known is kept. */
  close(): Promise<void>
}

export interface CatalogPullsOptions {
  readonly catalogs: CatalogSettings
  /** Zones that settings have pulled. */
  readonly secondaries: readonly SecondaryPlan[]
  readonly stateFolder: string
}

export async function openCatalogPulls(
  journal: Journal,
  { catalogs, secondaries, stateFolder }: CatalogPullsOptions,
): Promise<CatalogPulls> {
  const { consumed } = catalogs
  const file = openCatalogFile(stateFolder)
  const { memberships: before, aside } = await file.read()
  if (aside !== null) {
    const fault = 'it does not say which zones came from which catalogs'
    journal.record({ kind: 'state-aside', file: file.name, to: aside, fault })
  }
  const own = new Set([...catalogKeys(catalogs), ...secondaries.map(({ apex }) => nameKey(apex))])
  const kept = `${displayPath(keptFolder(stateFolder))}/`
  let want: WantPulled | null = null
  let newest: Installed | null = null
  let wishes = Promise.resolve()
  const plansOf = (memberships: Memberships): readonly SecondaryPlan[] => {
    return [...consumed.map(({ plan }) => plan), ...planPulls(consumed, memberships)]
  }
  const pass = (memberships: Memberships, reset: readonly Membership[]): void => {
    const plans = plansOf(memberships)
    const anew = new Set(reset.map(({ zone }) => nameKey(zone)))
    wishes = wishes.then(async () => {
      if (anew.size > 0) await want?.(plans.filter(({ apex }) => !anew.has(nameKey(apex))))
      await want?.(plans)
    })
    wishes = wishes.catch((error: unknown) => {
      const text = error instanceof Error ? error.message : String(error)
      journal.record({ kind: 'fault', where: 'zones by catalogs', text })
    })
  }
  const names = consumed.map(({ plan }) => plan.apex)
  const consumer = createCatalogConsumer({ journal, file, want: pass }, { catalogs: names, own, before })
  return {
    plans: () => plansOf(consumer.memberships),
    look: (snapshot, views) => {
      newest = { snapshot, zones: views.flatMap(view => installedOf(view, kept)) }
      if (want !== null) consumer.look(newest)
    },
    begin: begun => {
      want = begun
      if (newest !== null) consumer.look(newest)
    },
    close: async () => {
      want = null
      await wishes
      await consumer.close()
    },
  }
}

/** One that must not be answered from says nothing of itself. */
function installedOf({ name, file, serial, withheld }: ZoneView, kept: string): Installed['zones'] {
  const apex = parseName(name, null)
  if (isNameFault(apex)) return []
  return [{ apex: lowerName(apex) as Name, serial, pulled: file.startsWith(kept), withheld: withheld === true }]
}

/** The same, with a look at each generation that has become live. */
export function withLook(generations: Generations, look: CatalogPulls['look']): Generations {
  return {
    prepare: async (generation, options) => {
      const prepared = await generations.prepare(generation, options)
      if (prepared.kind !== 'ready') return prepared
      const { compiled, zones, commit } = prepared
      const committed = (): void => {
        commit()
        look(compiled.snapshot, zones)
      }
      return { ...prepared, commit: committed }
    },
  }
}
