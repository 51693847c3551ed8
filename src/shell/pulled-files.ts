/**
 * Pulled zones among the zone files: their files are read as any, their sidecars are in the folder that people edit,
 * and a zone that is wanted but must not be answered from (never pulled yet, or expired) stands there empty, so that
 * its names are answered with SERVFAIL and not as if they were nobody's.
 * Invariant: trouble with a pulled zone's own file never refuses the files that people write; it is pulled again.
 */
import { join } from 'node:path'
import type { Problem, Span } from '../core/base/problem.ts'
import { type Name, nameKey } from '../core/name/name.ts'
import type { JudgedFile } from '../core/ports.ts'
import { displayPath } from '../edge/disk/lone-file.ts'
import type { StrayZone } from '../edge/disk/zone-listing.ts'
import { fileStem } from '../edge/secondary/kept-zones.ts'
import type { Readers } from './readers.ts'

export interface PulledZone {
  readonly apex: Name
  /** Where it is kept, whether it is there or not. */
  readonly path: string
  /** False for one that must not be answered from. */
  readonly isServable: boolean
  /** Where it is asked for. */
  readonly span: Span
}

export interface PulledZones {
  list(): readonly PulledZone[]
  /** The kept file is of no use: it cannot be read, or has errors. */
  lose(apex: Name, detail: string): void
}

export interface PulledFiles {
  readonly listing: { readonly strays: () => readonly StrayZone[]; readonly claimed: () => ReadonlySet<string> }
  /** Null for a file that is not of a pulled zone. */
  sidecarOf(path: string): string | null
  /** True for the fault of a pulled zone's file, which is taken note of. */
  lose(path: string, fault: Problem): boolean
  /** The files with those of pulled zones as they may be served, and with empty zones for those that may not. */
  complete(files: readonly JudgedFile[]): Promise<readonly JudgedFile[]>
}

export function createPulledFiles(readers: Pick<Readers, 'read'>, zones: PulledZones, folder: string): PulledFiles {
  /** As it was when the folder was listed last: what was read belongs to that list. */
  let listed: ReadonlyMap<string, PulledZone> = new Map()
  /** The same objects for as long as nothing changes, by path. */
  let marked: ReadonlyMap<string, { readonly from: JudgedFile; readonly file: JudgedFile }> = new Map()
  let withheld: ReadonlyMap<string, JudgedFile> = new Map()
  const sidecarName = ({ apex }: PulledZone): string => `${fileStem(apex)}.health.yaml`

  const lose = ({ apex }: PulledZone, { text }: Problem): void => zones.lose(apex, text)
  /** Made by those who make images, which control does not. */
  const withhold = async (missing: readonly PulledZone[]): Promise<Map<string, JudgedFile>> => {
    const fresh = missing.filter(({ apex }) => !withheld.has(nameKey(apex)))
    const orders = fresh.map(({ apex, path }) => ({ path: displayPath(path), octets: 0, digest: null, withheld: apex }))
    const reports = orders.length === 0 ? [] : await readers.read(orders, { yielding: true })
    const made = new Map(
      reports.flatMap((report, i): [string, JudgedFile][] => {
        if (report.kind !== 'judged') return []
        const { path, span, apex } = fresh[i]!
        const zone = { ...report.zone, nameSpan: span }
        return [
          [nameKey(apex), { file: displayPath(path), digest: 'withheld', modified: 0, zone, origin: 'secondary' }],
        ]
      }),
    )
    return new Map(
      missing.flatMap(({ apex }): [string, JudgedFile][] => {
        const file = withheld.get(nameKey(apex)) ?? made.get(nameKey(apex))
        return file === undefined ? [] : [[nameKey(apex), file]]
      }),
    )
  }
  const mark = (from: JudgedFile, { path, span }: PulledZone): JudgedFile => {
    const before = marked.get(path)
    if (before?.from === from) return before.file
    return { ...from, zone: { ...from.zone, nameSpan: span, origin: 'pulled' }, origin: 'secondary' }
  }
  return {
    listing: {
      strays: () => {
        listed = new Map(zones.list().map(zone => [zone.path, zone]))
        const servable = [...listed.values()].filter(({ isServable }) => isServable)
        return servable.map(zone => ({ path: zone.path, sidecar: join(folder, sidecarName(zone)) }))
      },
      claimed: () => new Set(zones.list().map(sidecarName)),
    },
    sidecarOf: path => {
      const zone = listed.get(path)
      return zone === undefined ? null : displayPath(join(folder, sidecarName(zone)))
    },
    lose: (path, fault) => {
      const zone = listed.get(path)
      // Of its sidecar people have to hear, as of any file that they write.
      if (zone === undefined || fault.span.file !== displayPath(path)) return false
      lose(zone, fault)
      return true
    },
    complete: async files => {
      const pulled = new Map([...listed.values()].map(zone => [displayPath(zone.path), zone]))
      const nextMarked = new Map<string, { readonly from: JudgedFile; readonly file: JudgedFile }>()
      const seen = new Set<PulledZone>()
      const whole = files.flatMap(file => {
        const zone = pulled.get(file.file)
        if (zone === undefined) return [file]
        const own = file.zone.problems.find(({ severity, span }) => severity === 'error' && span.file === file.file)
        if (own !== undefined) {
          lose(zone, own)
          return []
        }
        seen.add(zone)
        const next = mark(file, zone)
        nextMarked.set(zone.path, { from: file, file: next })
        return [next]
      })
      const missing = [...listed.values()].filter(zone => !seen.has(zone))
      marked = nextMarked
      withheld = await withhold(missing)
      return [...whole, ...withheld.values()]
    },
  }
}
