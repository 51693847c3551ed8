/**
 * A source of zones with the catalogs that are made of them (RFC 9432): each is one more zone, judged and compiled by
 * the threads that read files, so that versions, NOTIFY and transfers serve it as any other. It is made anew when the
 * list is another one, and only then.
 * Invariant: a catalog tells of zones that are there: where any file is at fault, nothing is made, since nothing of the
 * set will be served.
 */
import { createHash } from 'node:crypto'
import { assert } from '../core/base/assert.ts'
import type { Problem } from '../core/base/problem.ts'
import { writeCatalog } from '../core/catalog/make.ts'
import { chooseZones } from '../core/catalog/select.ts'
import { formatName } from '../core/name/name.ts'
import type { Clock, JudgedFile, ZoneSource } from '../core/ports.ts'
import type { ReservedZone } from '../core/transfer/reserved.ts'
import { isTransferred, type TransferPlan } from '../core/zonefile/transfer-plan.ts'
import { type CatalogSettings, catalogKeys, type ProducedCatalog } from './catalogs.ts'
import type { Readers } from './readers.ts'
import type { ServeSettings } from './settings.ts'
import { accessOf } from './transfers.ts'

export interface CatalogSourceOptions {
  readonly produced: readonly ProducedCatalog[]
  /** Keys of zones that no catalog lists: those that are catalogs themselves. */
  readonly unlisted: ReadonlySet<string>
  /** Of zones that say nothing of it. */
  readonly transfer: TransferPlan
}

export interface CatalogSourceDeps {
  readonly clock: Pick<Clock, 'wall'>
  readonly readers: Pick<Readers, 'read'>
}

export function withCatalogs(
  source: ZoneSource,
  { clock, readers }: CatalogSourceDeps,
  { produced, unlisted, transfer }: CatalogSourceOptions,
): ZoneSource {
  if (produced.length === 0) return source
  let made: ReadonlyMap<ProducedCatalog, JudgedFile> = new Map()

  const make = async (catalog: ProducedCatalog, text: string): Promise<JudgedFile | Problem> => {
    const digest = createHash('sha256').update(text).digest('hex')
    const before = made.get(catalog)
    if (before?.digest === digest) return before
    const order = { path: fileOf(catalog), octets: text.length, digest: null, text }
    const [report] = await readers.read([order], { yielding: true })
    if (report?.kind === 'fault') return report.fault
    assert(report?.kind === 'judged', 'a reader that knows a text from before')
    // What it lists changes by itself, and so does its serial.
    const zone = { ...report.zone, serial: null, transfer: catalog.transfer }
    return { file: zone.file, digest, modified: Math.floor(clock.wall() / 1000), zone, origin: 'catalog' }
  }

  return {
    ...source,
    read: async () => {
      const read = await source.read()
      const zones = read.files.map(({ zone }) => zone)
      if (read.faults.length > 0 || zones.some(({ image }) => image === null)) return read
      const given = zones.flatMap(zone => (isTransferred(zone.transfer ?? transfer) ? [zone.name!] : []))
      const files = new Map<ProducedCatalog, JudgedFile>()
      const faults: Problem[] = []
      for (const catalog of produced) {
        const file = await make(catalog, writeCatalog(catalog.name, chooseZones(catalog.choice, given, unlisted)))
        if ('code' in file) faults.push(file)
        else files.set(catalog, file)
      }
      made = files
      return { files: [...read.files, ...files.values()], faults }
    },
  }
}

/** What is shown in place of a file. Its end says how it is written, its stem what the zone is called. */
function fileOf({ name }: ProducedCatalog): string {
  return `(catalog)/${formatName(name)}zone`
}

export function catalogOptionsOf({
  catalogs,
  transfer,
}: Pick<ServeSettings, 'catalogs' | 'transfer'>): CatalogSourceOptions {
  return { produced: catalogs.produced, unlisted: catalogKeys(catalogs), transfer }
}

/** Catalogs are for those who may have them: who that is, of each. */
export function reservedZones(
  { produced, consumed }: CatalogSettings,
  transfer: TransferPlan,
): readonly ReservedZone[] {
  return [
    ...produced.map(({ name, transfer: own }) => ({ apex: name, access: accessOf(own ?? transfer) })),
    ...consumed.map(({ plan }) => ({ apex: plan.apex, access: accessOf(transfer) })),
  ]
}
