/**
 * From the files on disk to a generation that may be installed, or to the problems that refuse it. All or nothing: one
 * error in one file refuses the whole set, and what is served stays as it is.
 */
import type { Problem } from '../core/base/problem.ts'
import { formatName, nameKey } from '../core/name/name.ts'
import type { ZoneFault, ZoneFileText, ZoneSource } from '../core/ports.ts'
import type { ZoneView } from '../core/view/status.ts'
import { proveSnapshot } from '../core/zone/prove.ts'
import { type Compiled, compile } from '../core/zonefile/compile.ts'
import { readZones } from '../core/zonefile/index.ts'
import type { Model, ZoneModel } from '../core/zonefile/model.ts'

export type Prepared =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'refused'; readonly problems: readonly Problem[] }
  | {
      readonly kind: 'ready'
      readonly compiled: Compiled
      readonly zones: readonly ZoneView[]
      /** Warnings only. */
      readonly problems: readonly Problem[]
      /** Remembers digests and serials: call it once the generation is live. */
      readonly commit: () => void
    }

export interface Generations {
  /** Reads, checks, compiles. Never rejects for what is in a file. */
  prepare(generation: number): Promise<Prepared>
}

interface Served {
  readonly digest: string
  readonly serial: number
}

export function createGenerations(source: ZoneSource): Generations {
  let served: ReadonlyMap<string, Served> = new Map()
  let digests = ''

  return {
    prepare: async generation => {
      const { files, faults } = await source.read()
      const current = [...files.map(file => `${file.file} ${file.digest}`), ...faults.map(fault => fault.file)].join(
        '\n',
      )
      if (current === digests && faults.length === 0) return { kind: 'unchanged' }
      const { model, problems } = readZones(files)
      if (model === null || faults.length > 0) {
        return { kind: 'refused', problems: [...faults.map(unreadable), ...problems] }
      }
      const serials = serialsOf(model, files, served)
      const compiled = compile(model, generation, zone => serials.get(nameKey(zone.name))!.serial)
      proveSnapshot(compiled.snapshot)
      return {
        kind: 'ready',
        compiled,
        zones: model.zones.map(zone => viewOf(zone, serials.get(nameKey(zone.name))!.serial)),
        problems,
        commit: () => {
          served = serials
          digests = current
        },
      }
    },
  }
}

/**
 * `serial: auto` is the file's modification time in Unix seconds, but always above what was served before if the file
 * differs (RFC 1982: serials only grow), and the same while it does not.
 */
function serialsOf(
  model: Model,
  files: readonly ZoneFileText[],
  served: ReadonlyMap<string, Served>,
): ReadonlyMap<string, Served> {
  const byFile = new Map(files.map(file => [file.file, file]))
  return new Map(
    model.zones.map(zone => {
      const key = nameKey(zone.name)
      const { digest, modified } = byFile.get(zone.file)!
      const before = served.get(key)
      return [key, { digest, serial: zone.soa.serial ?? nextSerial(before, digest, modified) }]
    }),
  )
}

function nextSerial(before: Served | undefined, digest: string, modified: number): number {
  if (before === undefined) return modified >>> 0
  return before.digest === digest ? before.serial : Math.max((before.serial + 1) >>> 0, modified >>> 0)
}

function viewOf(zone: ZoneModel, serial: number): ZoneView {
  return { name: formatName(zone.name), file: zone.file, serial, rrsets: zone.rrsets.length + 1 }
}

function unreadable(fault: ZoneFault): Problem {
  const span = { file: fault.file, line: 1, column: 1, endColumn: 1 }
  return { code: 'unreadable', severity: 'error', span, text: fault.text, hint: null }
}
