/**
 * What is there now, for `robin plan` to compare with: the files that a running server serves, and what it knows of
 * health; or a folder of files, with every address taken to be up.
 * The files in the server's folder may be others by now. Each has a digest in the server's picture; where one differs,
 * the copy counts that the server keeps of what it serves. Nothing is compared with what nobody serves.
 * Zones that the server pulls are on both sides as they are kept, each side with its own sidecars.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { formatName } from '../core/name/name.ts'
import type { StatusView } from '../core/view/status.ts'
import { sidecarPath } from '../core/zonefile/forms.ts'
import { FolderFault } from '../edge/disk/folder-files.ts'
import { openKeptSets } from '../edge/disk/kept-sets.ts'
import { keptFolder } from '../edge/secondary/kept-zones.ts'
import { fetchStatus } from './client.ts'
import type { Io } from './io.ts'
import { type FileJudged, judgeFiles } from './judge-files.ts'
import { findZoneFiles, type ZonePaths } from './zone-paths.ts'

export interface Present {
  readonly with: 'served' | 'folder'
  readonly folder: string
  readonly files: readonly FileJudged[]
  /** Null where no server was asked. */
  readonly status: StatusView | null
  readonly notes: readonly string[]
}

export interface PresentOptions {
  /** `none`: no server is asked. */
  readonly admin: string
  /** Compared with in place of what the server serves. */
  readonly zones?: string
  /** For rules that name places. */
  readonly geoip?: string | undefined
}

type PresentIo = Pick<Io, 'err' | 'terminal'> & Io & { readonly geoip?: string | undefined }

/** The files that paths stand for, beside the zones that the server pulls. */
export async function findBesidePulled(paths: readonly string[], status: StatusView | null): Promise<ZonePaths> {
  const pulled = new Set(status?.secondaries.map(({ zone }) => sidecarPath(`${zone}zone`)))
  const folders = pulled.size === 0 || status?.state == null ? [] : [keptFolder(status.state.folder)]
  const found = await findZoneFiles([...paths, ...folders])
  if ('missing' in found) return found
  // One whose zone has not come yet waits for it.
  return { ...found, files: found.files.filter(({ path }) => !pulled.has(basename(path))) }
}

/** Or the exit code, after having said why there is nothing to compare with. */
export async function findPresent({ admin, zones, geoip }: PresentOptions, given: Io): Promise<Present | number> {
  const io: PresentIo = { ...given, geoip }
  if (zones !== undefined) return readFolder(zones, admin, io)
  if (admin === 'none') {
    io.err('robin plan: without a server, name the folder to compare with by --zones\n')
    return 2
  }
  const status = await fetchStatus(admin, io)
  if (typeof status === 'number') {
    io.err('robin plan: --zones FOLDER compares with files instead\n')
    return status
  }
  const served = (await readServed(status, io)) ?? (await readKept(status, io))
  if (served !== null) return { ...served, with: 'served', status, notes: [] }
  const { zonesFolder } = status.server
  io.err(`robin plan: the files in ${zonesFolder} are not the ones that are served, and no copy of those is at hand\n`)
  io.err('robin plan: run this where the server runs, as its user or root; or compare with a folder by --zones\n')
  return 1
}

async function readFolder(folder: string, admin: string, io: PresentIo): Promise<Present | number> {
  const quiet = { ...io, err: () => undefined }
  const asked = admin === 'none' ? 3 : await fetchStatus(admin, quiet)
  const status = typeof asked === 'number' ? null : asked
  const found = await readFiles([folder], status, io)
  if (typeof found === 'string') {
    io.err(`robin plan: ${found}\n`)
    return 2
  }
  const isServed = status !== null && isSame(found, status)
  const notes = status === null || isServed ? [] : [`the server serves other files than those in ${folder}`]
  return { with: isServed ? 'served' : 'folder', folder, files: found, status, notes }
}

/** Null if they are others by now, or cannot be read from here. */
async function readServed(status: StatusView, io: PresentIo): Promise<Pick<Present, 'folder' | 'files'> | null> {
  const folder = status.server.zonesFolder
  const files = await readFiles([folder], status, io)
  if (typeof files === 'string' || !isSame(files, status)) return null
  // Sidecars of pulled zones have no digest in the picture: what was refused may be they.
  const isDoubtful = !status.reload.ok && status.secondaries.length > 0
  return isDoubtful ? null : { folder, files }
}

/** Copies that are tried: what is served is hardly ever older. */
const copiesMax = 5

async function readKept(status: StatusView, io: PresentIo): Promise<Pick<Present, 'folder' | 'files'> | null> {
  const { state, server } = status
  if (state === null) return null
  const sets = openKeptSets(state.folder)
  const folder = await mkdtemp(join(tmpdir(), 'robin-plan-'))
  try {
    for (const set of (await sets.list()).slice(0, copiesMax)) {
      const into = join(folder, String(set.keptAt))
      await sets.unpack(set, into)
      const files = await readFiles([into], status, io)
      if (typeof files !== 'string' && isSame(files, status)) return { folder: server.zonesFolder, files }
    }
    return null
  } catch (error) {
    // A folder that may not be entered, or a copy that was lost: there is nothing at hand, which is said.
    if (error instanceof FolderFault || (error instanceof Error && 'code' in error)) return null
    throw error
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** The sentence why not, if there is no such folder. */
async function readFiles(
  paths: readonly string[],
  status: StatusView | null,
  io: PresentIo,
): Promise<readonly FileJudged[] | string> {
  const found = await findBesidePulled(paths, status)
  if ('missing' in found) return found.missing
  const orders = found.files.map(file => ({ ...file, digest: null }))
  return judgeFiles(orders, io, { geoip: io.geoip })
}

/** True if these are the very files that are served, no more and no less; those of pulled zones always are. */
function isSame(files: readonly FileJudged[], { zones, secondaries }: StatusView): boolean {
  const served = new Map(zones.flatMap(({ name, digest }) => (digest === undefined ? [] : [[name, digest]])))
  const pulled = new Set(secondaries.map(({ zone }) => zone))
  const edited = files.filter(({ zone }) => zone.name === null || !pulled.has(formatName(zone.name)))
  if (served.size !== edited.length) return false
  return edited.every(({ zone, digest }) => zone.name !== null && served.get(formatName(zone.name)) === digest)
}
