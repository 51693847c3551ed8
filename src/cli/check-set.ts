/**
 * The zones that a server would have of some files: each file by itself, then all of them together. With settings there
 * are the zones beside them that it would pull or make, and what zones and settings come to together: by the same code
 * as in a server, which is given these files in place of its folder.
 */
import { basename } from 'node:path'
import type { Problem } from '../core/base/problem.ts'
import type { JudgedFile } from '../core/ports.ts'
import { inOrder, judgeTogether } from '../core/zonefile/join.ts'
import type { JudgedZone } from '../core/zonefile/judged.ts'
import { catalogOptionsOf, withCatalogs } from '../shell/catalog-source.ts'
import { judgeJoined } from '../shell/joined.ts'
import { listKept } from '../shell/kept-pulls.ts'
import { createPulledFiles } from '../shell/pulled-files.ts'
import { createReaders, type Readers } from '../shell/readers.ts'
import type { ServeSettings } from '../shell/settings.ts'
import type { Io } from './io.ts'
import { judgeFiles } from './judge-files.ts'
import { findZoneFiles, type ZonePath, zonePathOf } from './zone-paths.ts'

export interface SetJudged {
  /** Files that were read. */
  readonly files: readonly ZonePath[]
  readonly zones: readonly JudgedZone[]
  readonly problems: readonly Problem[]
}

export type SetIo = Pick<Io, 'err' | 'terminal'>

/** `geoip` counts where there are no settings. */
export async function judgeSet(
  paths: readonly string[],
  settings: ServeSettings | null,
  { geoip, ...io }: SetIo & { readonly geoip?: string | undefined },
): Promise<SetJudged | { readonly missing: string }> {
  const given = await Promise.all(paths.map(zonePathOf))
  if (settings !== null) return await judgeWith(given, settings, io)
  const found = await findZoneFiles(given)
  if ('missing' in found) return found
  const { files, problems } = found
  const zones = (await judgeFiles(files.map(toOrder), io, { geoip })).map(({ zone }) => zone)
  return { files, zones, problems: [...problems, ...judgeTogether(zones)] }
}

async function judgeWith(
  paths: readonly string[],
  settings: ServeSettings,
  io: SetIo,
): Promise<SetJudged | { readonly missing: string }> {
  const kept = await listKept(settings)
  const servable = kept.filter(({ isServable }) => isServable).map(({ path }) => path)
  const found = await findZoneFiles([...paths, ...servable])
  if ('missing' in found) return found
  const readers = createReaders({ geoip: settings.geoipFile })
  try {
    const pulled = createPulledFiles(readers, { list: () => kept, lose: () => undefined }, settings.zonesFolder)
    pulled.listing.strays()
    const claimed = pulled.listing.claimed()
    // What is left alone of these goes with a zone that is still to be pulled.
    const files = found.files.filter(({ path }) => !claimed.has(basename(path)))
    const read = async () => {
      const judged = await judgeFiles(files.map(toOrder), io, { geoip: settings.geoipFile ?? undefined })
      const own = judged.map(({ zone, digest }): JudgedFile => {
        return { file: zone.file, digest: digest ?? '', modified: 0, zone }
      })
      return { files: await pulled.complete(own), faults: [] }
    }
    const zones = await readAll(read, readers, settings)
    const joined = judgeJoined(zones.judged, settings, settings.stateFolder !== null)
    const problems = inOrder(zones.judged, [...judgeTogether(zones.judged), ...joined])
    return { files, zones: zones.judged, problems: [...found.problems, ...zones.faults, ...problems] }
  } finally {
    await readers.stop()
  }
}

/** With the catalogs that are made of them. */
async function readAll(
  read: () => Promise<{ readonly files: readonly JudgedFile[]; readonly faults: readonly Problem[] }>,
  readers: Readers,
  settings: ServeSettings,
): Promise<{ readonly judged: readonly JudgedZone[]; readonly faults: readonly Problem[] }> {
  const source = { read, watch: () => () => undefined, close: () => readers.stop() }
  const deps = { clock: { wall: () => Date.now() }, readers }
  const { files, faults } = await withCatalogs(source, deps, catalogOptionsOf(settings)).read()
  return { judged: files.map(({ zone }) => zone), faults }
}

function toOrder(file: ZonePath) {
  return { ...file, digest: null }
}
