/**
 * From the files on disk to a generation that may be installed, or to the problems that refuse it. All or nothing: one
 * error in one file refuses the whole set, and what is served stays as it is.
 * Only files that changed are read and compiled again: what each file came to, and the image of each zone, are kept
 * until the file differs. Names across zones are looked at every time, since they are what an edit elsewhere can break.
 */
import type { Problem } from '../core/base/problem.ts'
import { formatName, nameKey } from '../core/name/name.ts'
import type { ZoneFileText, ZoneSource } from '../core/ports.ts'
import type { ZoneView } from '../core/view/status.ts'
import { proveSnapshot } from '../core/zone/prove.ts'
import { type Compiled, joinImages } from '../core/zonefile/compile.ts'
import { buildImage, type ZoneImage } from '../core/zonefile/image.ts'
import type { ZoneModel } from '../core/zonefile/model.ts'
import { joinZones, readZone } from '../core/zonefile/validate.ts'
import type { ZoneReading } from '../core/zonefile/zone.ts'

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
  /** Reads, checks, compiles. Never rejects for what is in a file. */
  prepare(generation: number): Promise<Prepared>
}

/** What a file came to, for as long as its digest stays. */
interface KnownFile {
  readonly digest: string
  readonly reading: ZoneReading
}

/** What is served of a zone. */
interface Served {
  readonly digest: string
  readonly serial: number
  readonly model: ZoneModel
  readonly image: ZoneImage
}

export function createGenerations(source: ZoneSource): Generations {
  let known: ReadonlyMap<string, KnownFile> = new Map()
  let served: ReadonlyMap<string, Served> = new Map()
  let servedDigests: string | null = null

  return {
    prepare: async generation => {
      const { files, faults } = await source.read()
      const digests = files.map(({ file, digest }) => `${file} ${digest}`).join('\n')
      if (digests === servedDigests && faults.length === 0) return { kind: 'unchanged' }
      known = new Map(files.map(file => [file.file, readKnown(known, file)]))
      const { model, problems } = joinZones(files.map(({ file }) => known.get(file)!.reading))
      if (model === null || faults.length > 0) return { kind: 'refused', problems: [...faults, ...problems] }
      const next = new Map(files.flatMap(file => serve(known.get(file.file)!.reading.zone, file, served)))
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

function readKnown(known: ReadonlyMap<string, KnownFile>, file: ZoneFileText): KnownFile {
  const before = known.get(file.file)
  return before?.digest === file.digest ? before : { digest: file.digest, reading: readZone(file) }
}

/** The zone's entry by name, its image built only where the zone or its serial is another. */
function serve(
  zone: ZoneModel | null,
  { digest, modified }: ZoneFileText,
  served: ReadonlyMap<string, Served>,
): [string, Served][] {
  if (zone === null) return []
  const key = nameKey(zone.name)
  const before = served.get(key)
  if (before?.digest === digest) return [[key, before]]
  const serial = zone.soa.serial ?? nextSerial(before?.serial ?? null, modified)
  return [[key, { digest, serial, model: zone, image: buildImage(zone, serial) }]]
}

/**
 * `serial: auto` is the file's modification time in Unix seconds, but always above what was served before if the file
 * differs (RFC 1982: serials only grow), and the same while it does not.
 */
function nextSerial(before: number | null, modified: number): number {
  return (before === null ? modified : Math.max(before + 1, modified)) >>> 0
}

function viewOf({ model, serial }: Served): ZoneView {
  return { name: formatName(model.name), file: model.file, serial, rrsets: model.rrsets.length + 1 }
}
