/**
 * The folder of zone files: `*.yaml`, `*.yml` and `*.zone` directly in it. What a file holds is for whoever reads it.
 * Invariant: what one `read` returns belongs together; a folder that changes meanwhile (files swapped one after
 * another, a ConfigMap turning over) is read again, and what still changes then is told by `watch` soon after.
 */
import type { Problem } from '../../core/base/problem.ts'
import { systemWatchDeps, type WatchDeps, watchFolder } from './folder-watch.ts'
import { listZones, type StrayZone, type ZoneListing } from './zone-listing.ts'

export interface ZoneFolderOptions<Read> {
  readonly folder: string
  /** Zones that lie elsewhere, and the names of files in the folder that go with them and are no zones. */
  readonly strays?: () => readonly StrayZone[]
  readonly claimed?: () => ReadonlySet<string>
  /** Reads the files of a listing, in its order; what cannot be read is a fault. */
  readonly readListed: (listing: ZoneListing) => Promise<FolderRead<Read>>
}

export interface FolderRead<Read> {
  readonly files: readonly Read[]
  readonly faults: readonly Problem[]
  /** Files elsewhere whose changes count too: those that zone files include. */
  readonly besides: readonly string[]
}

export interface ZoneFolder<Read> {
  /** Never rejects for what is on the disk. */
  read(): Promise<FolderRead<Read>>
  /** Calls back, debounced, after something may have changed. Returns a function that stops it. */
  watch(changed: () => void): () => void
}

const readAttemptsMax = 3

/** `deps` replaces the system's timers and notices; tests do. */
export function createZoneFolder<Read>(deps: Partial<WatchDeps>, options: ZoneFolderOptions<Read>): ZoneFolder<Read> {
  const { folder, readListed } = options
  // The signature of what was read or told last; null before either.
  let known: string | null = null
  // What was asked for beside the zone files when they were read last.
  let besides: readonly string[] = []
  const list = () => listZones(folder, besides, options.strays?.(), options.claimed?.())

  const read = async (): Promise<FolderRead<Read>> => {
    for (let attempt = 1; ; attempt++) {
      const before = await list()
      const found =
        before.fault === null ? await readListed(before) : { files: [], faults: [before.fault], besides: [] }
      const after = await list()
      if (after.signature !== before.signature && attempt < readAttemptsMax) continue
      besides = found.besides
      known = besides.length === 0 ? before.signature : (await list()).signature
      return found
    }
  }

  return {
    read,
    watch: changed =>
      watchFolder(
        { ...systemWatchDeps, ...deps },
        list,
        listing => {
          const news = known !== null && known !== listing.signature
          known = listing.signature
          return news
        },
        changed,
      ),
  }
}
