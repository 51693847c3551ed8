/**
 * The first generation of a run: from the files as they are, or, if those are refused and an earlier run kept what it
 * served, from the newest copy that is good. So a broken file never changes what is served, not even over a restart; it
 * is told as an error for as long as it lies there, and the first good edit ends it.
 */
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Problem } from '../core/base/problem.ts'
import type { Clock, Journal } from '../core/ports.ts'
import { countsOf, type Roster } from '../core/roster/index.ts'
import { formatProblem } from '../core/zonefile/format.ts'
import type { KeptSet } from '../edge/disk/kept-sets.ts'
import type { Control } from './control.ts'
import type { Generations, Prepared } from './generations.ts'
import type { GenerationMemory } from './orders.ts'
import type { PulledZones } from './pulled-files.ts'
import { createReaders } from './readers.ts'
import type { SetKeeper } from './set-keeper.ts'
import { StartError } from './start-error.ts'
import type { Transfers } from './transfers.ts'
import { createZoneSource, type ZoneSourceOptions } from './zone-source.ts'

export interface FirstDeps {
  readonly clock: Clock
  readonly journal: Journal
  readonly control: Control
  readonly generations: Generations
  readonly roster: Roster
  readonly kept: SetKeeper['kept']
  readonly transfers: Pick<Transfers, 'take'>
  /** Zones of other servers: a copy has none of them. */
  readonly pulled?: PulledZones
  /** For rules that name places. */
  readonly geoip: string | null
}

type Ready = Extract<Prepared, { kind: 'ready' }>

/** Copies that are tried: an older one than that is hardly what anybody wants to be served. */
const copiesMax = 3
const unpackedName = 'unpacked'

/** A `StartError` with the problems of the files if nothing can be served. */
export async function takeFirst(deps: FirstDeps, number: number): Promise<GenerationMemory> {
  const { clock, journal, control } = deps
  const beganMs = clock.now()
  const prepared = await deps.generations.prepare(number)
  if (prepared.kind === 'ready') return install(deps, number, prepared, beganMs)
  const problems = prepared.kind === 'refused' ? prepared.problems : []
  const copy = await takeCopy(deps, number)
  if (copy === null) throw new StartError(describe(problems))
  const memory = install(deps, number, copy.prepared, beganMs)
  control.refuse(problems)
  journal.record({ kind: 'last-good', generation: copy.set.generation, keptAt: copy.set.keptAt })
  return memory
}

function install(
  { clock, journal, control, roster, transfers }: FirstDeps,
  generation: number,
  { compiled, zones, problems, transferred, commit }: Ready,
  beganMs: number,
): GenerationMemory {
  const memory = control.take(compiled, zones, problems)
  commit()
  transfers.take(memory, compiled.snapshot, transferred)
  const tookMs = Math.round(clock.now() - beganMs)
  const checks = countsOf(roster).duties
  journal.record({ kind: 'installed', generation, zones: zones.length, rrsets: compiled.rrsets, checks, tookMs })
  return memory
}

/** The newest copy that is whole and without errors, or null. */
async function takeCopy(
  { generations, kept, journal, pulled, geoip }: FirstDeps,
  number: number,
): Promise<{ readonly set: KeptSet; readonly prepared: Ready } | null> {
  if (kept === null) return null
  const { sets, stateFolder } = kept
  const folder = join(stateFolder, 'sets', unpackedName)
  for (const set of (await sets.list()).slice(0, copiesMax)) {
    try {
      await sets.unpack(set, folder)
      const prepared = await tryCopy(
        generations,
        number,
        { folder, ...(pulled === undefined ? {} : { pulled }) },
        geoip,
      )
      if (prepared !== null) return { set, prepared }
    } catch (error) {
      const text = error instanceof Error ? error.message : String(error)
      journal.record({ kind: 'fault', where: `the copy of generation ${set.generation}`, text })
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }
  return null
}

async function tryCopy(
  generations: Generations,
  number: number,
  from: ZoneSourceOptions,
  geoip: string | null,
): Promise<Ready | null> {
  const source = createZoneSource(createReaders({ geoip }), from)
  try {
    const prepared = await generations.prepare(number, { from: source })
    return prepared.kind === 'ready' ? prepared : null
  } finally {
    await source.close()
  }
}

function describe(problems: readonly Problem[]): string {
  const errors = problems.filter(problem => problem.severity === 'error')
  return errors.map(problem => formatProblem(problem, null)).join('\n')
}
