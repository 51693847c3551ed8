/**
 * From the zone files as they were judged, each by itself, to a generation that may be installed, or to the problems
 * that refuse it. All or nothing: one error in one file refuses the whole set, and what is served stays as it is.
 * Names across zones are looked at every time, since they are what an edit elsewhere can break.
 */
import type { Problem } from '../core/base/problem.ts'
import { formatName, type Name, nameKey } from '../core/name/name.ts'
import type { JudgedFile, ZoneSource } from '../core/ports.ts'
import type { ZoneView } from '../core/view/status.ts'
import { proveSnapshot } from '../core/zone/prove.ts'
import { hasErrors } from '../core/zonefile/doc.ts'
import type { ZoneImage } from '../core/zonefile/image.ts'
import { judgeTogether } from '../core/zonefile/join.ts'
import { type Compiled, joinImages, writeSerial } from '../core/zonefile/snapshot.ts'

export type Prepared =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | {
      readonly kind: 'ready'
      readonly compiled: Compiled
      readonly zones: readonly ZoneView[]
      /** Warnings only. */
      readonly problems: readonly Problem[]
      /** Remembers what is served: call it once the generation is live. */
      readonly commit: () => void
    }

export interface Generations {
  /** Reads, checks, compiles, from elsewhere if so told. Never rejects for what is in a file. */
  prepare(generation: number, from?: Pick<ZoneSource, 'read'>): Promise<Prepared>
}

export interface GenerationsOptions {
  /** The serial that each zone was served with in the run before this one, by the name that `ZoneView` gives it. */
  readonly serialsBefore?: ReadonlyMap<string, number>
}

/** What is served of a zone. */
interface Served {
  readonly digest: string
  readonly serial: number
  readonly file: string
  readonly name: Name
  readonly image: ZoneImage
}

export function createGenerations(source: ZoneSource, { serialsBefore }: GenerationsOptions = {}): Generations {
  let served: ReadonlyMap<string, Served> = new Map()
  let servedDigests: string | null = null

  return {
    prepare: async (generation, from = source) => {
      const { files, faults } = await from.read()
      const digests = files.map(({ file, digest }) => `${file} ${digest}`).join('\n')
      if (digests === servedDigests && faults.length === 0) return { kind: 'unchanged' }
      const problems = judgeTogether(files.map(({ zone }) => zone))
      if (hasErrors(problems) || faults.length > 0) return { kind: 'refused', problems: [...faults, ...problems] }
      const next = new Map(files.flatMap(file => serve(file, served, serialsBefore)))
      const compiled = joinImages(
        [...next.values()].map(({ image }) => image),
        generation,
      )
      proveSnapshot(compiled.snapshot)
      return {
        kind: 'ready',
        compiled,
        zones: [...next.values()].map(viewOf),
        problems,
        commit: () => {
          served = next
          servedDigests = digests
        },
      }
    },
  }
}

/** The zone's entry by name, with its serial, which is another one only where the file is. */
function serve(
  { file, digest, modified, zone }: JudgedFile,
  served: ReadonlyMap<string, Served>,
  serialsBefore: ReadonlyMap<string, number> | undefined,
): [string, Served][] {
  const { name, image, serial: given } = zone
  if (name === null || image === null) return []
  const key = nameKey(name)
  const before = served.get(key)
  if (before?.digest === digest) return [[key, before]]
  const serial = given ?? nextSerial(before?.serial, modified, serialsBefore?.get(formatName(name)))
  if (given === null) writeSerial(image, serial)
  return [[key, { digest, serial, file, name, image }]]
}

/**
 * `serial: auto` is the file's modification time in Unix seconds, but always above what was served before if the file
 * differs (RFC 1982: serials only grow), and the same while it does not. Of the run before this one only the serial is
 * known: a file that is older than that is taken for another one, since secondaries must not miss an edit.
 */
function nextSerial(before: number | undefined, modified: number, lastRun: number | undefined): number {
  if (before !== undefined) return Math.max(before + 1, modified) >>> 0
  return (lastRun === undefined || modified >= lastRun ? modified : lastRun + 1) >>> 0
}

function viewOf({ name, file, serial, image }: Served): ZoneView {
  return { name: formatName(name), file, serial, rrsets: image.rrsets }
}
