/**
 * Pulled zones as an earlier run left them in the state folder, for those who judge what a server would take and run
 * none: nothing is asked for, and nothing on the disk is changed. What this user may not read counts as not there.
 */
import { nameKey } from '../core/name/name.ts'
import { lookAtMemberships } from '../edge/disk/catalog-file.ts'
import { keptFolder, readNote, zonePath } from '../edge/secondary/kept-zones.ts'
import { planPulls } from './catalogs.ts'
import type { PulledZone } from './pulled-files.ts'
import type { SecondaryPlan } from './secondary-plans.ts'
import type { ServeSettings } from './settings.ts'

/** None without a state folder: then a server with such zones does not start. */
export async function listKept({
  secondaries,
  catalogs: { consumed },
  stateFolder,
}: Pick<ServeSettings, 'secondaries' | 'catalogs' | 'stateFolder'>): Promise<readonly PulledZone[]> {
  if (stateFolder === null) return []
  const folder = keptFolder(stateFolder)
  const brought = consumed.length === 0 ? [] : planPulls(consumed, await lookAtMemberships(stateFolder))
  // Of two plans for one zone the first counts.
  const plans = new Map<string, SecondaryPlan>()
  for (const plan of [...secondaries, ...consumed.map(({ plan }) => plan), ...brought]) {
    if (!plans.has(nameKey(plan.apex))) plans.set(nameKey(plan.apex), plan)
  }
  return await Promise.all(
    [...plans.values()].map(async ({ apex, span }) => {
      const isServable = (await readNote(folder, apex)) !== null
      return { apex, span, path: zonePath(folder, apex), isServable }
    }),
  )
}
