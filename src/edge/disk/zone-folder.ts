/**
 * The folder of zone files as the core's ZoneSource: `*.yaml`, `*.yml` and `*.zone` directly in it, each read once.
 * Invariant: what one `read` returns belongs together; a folder that changes meanwhile (files swapped one after
 * another, a ConfigMap turning over) is read again, and what still changes then is told by `watch` soon after.
 */
import type { Problem } from '../../core/base/problem.ts'
import type { ZoneFileText, ZoneSource } from '../../core/ports.ts'
import { systemWatchDeps, type WatchDeps, watchFolder } from './folder-watch.ts'
import { readZoneFile } from './zone-file.ts'
import { listZones, mapBounded } from './zone-listing.ts'

export interface ZoneFolderOptions {
  readonly folder: string
}

const readAttemptsMax = 3

/** `deps` replaces the system's timers and notices; tests do. */
export function createZoneFolder(deps: Partial<WatchDeps>, options: ZoneFolderOptions): ZoneSource {
  const { folder } = options
  // The signature of what was read or told last; null before either.
  let known: string | null = null
  // Files that the zone files included when they were read last.
  let besides: readonly string[] = []
  const list = () => listZones(folder, besides)

  const read: ZoneSource['read'] = async () => {
    for (let attempt = 1; ; attempt++) {
      const before = await list()
      const found = before.fault === null ? await readPaths(before.paths) : { files: [], faults: [before.fault] }
      const after = await list()
      if (after.signature !== before.signature && attempt < readAttemptsMax) continue
      besides = found.files.flatMap(({ includes }) => [...includes.keys()])
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

async function readPaths(paths: readonly string[]) {
  const files: ZoneFileText[] = []
  const faults: Problem[] = []
  for (const found of await mapBounded(paths, readZoneFile)) {
    if (found.kind === 'file') files.push(found.file)
    else faults.push(found.fault)
  }
  return { files, faults }
}
