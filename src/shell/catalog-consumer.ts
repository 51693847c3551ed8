/**
 * Catalogs that zones are taken from (RFC 9432), as they stand in each generation that is installed: read there,
 * planned by the core, wanted of those who pull zones. A catalog is a secondary zone like any other; only here is it
 * more. Invariant: nothing is done for a catalog that is broken, expired, or not there yet: its zones stay as they are,
 * over a restart too, where there is a place to keep them.
 */
import type { CatalogMembers } from '../core/catalog/catalog.ts'
import { type CatalogEvent, eventZonesMax } from '../core/catalog/news.ts'
import {
  type Clash,
  type HeardCatalog,
  type MemberPlan,
  type Membership,
  type Memberships,
  planMembers,
} from '../core/catalog/plan.ts'
import { type CatalogReading, describeCatalogFault, readCatalog } from '../core/catalog/read.ts'
import { formatName, type Name, nameKey } from '../core/name/name.ts'
import { createNameScan, scanName } from '../core/name/scan.ts'
import type { Journal } from '../core/ports.ts'
import { rrType } from '../core/rdata/table.ts'
import { createRecordRef } from '../core/transfer/record.ts'
import { stillRecords } from '../core/transfer/sets.ts'
import type { Snapshot } from '../core/zone/layout.ts'
import { findZone } from '../core/zone/lookup.ts'
import type { CatalogFile } from '../edge/disk/catalog-file.ts'

/** A generation as it was installed. */
export interface Installed {
  readonly snapshot: Snapshot
  readonly zones: readonly InstalledZone[]
}

export interface InstalledZone {
  readonly apex: Name
  readonly serial: number
  /** True if it is here because it was pulled. */
  readonly pulled: boolean
  /** True for one that must not be answered from. */
  readonly withheld: boolean
}

export interface CatalogConsumer {
  /** Zones that catalogs list, as far as that is known. */
  readonly memberships: Memberships
  /** Looks at the catalogs in what is served now. */
  look(installed: Installed): void
  /** Resolves when what is known is kept. */
  close(): Promise<void>
}

export interface ConsumerDeps {
  readonly journal: Journal
  /** Null: nothing is kept over a restart. */
  readonly file: CatalogFile | null
  /** Called when the zones differ; those in `reset` begin anew. */
  readonly want: (memberships: Memberships, reset: readonly Membership[]) => void
}

export interface ConsumerOptions {
  /** In the order in which they have a say. */
  readonly catalogs: readonly Name[]
  /** Keys of zones that settings name: those are no catalog's. */
  readonly own: ReadonlySet<string>
  /** What an earlier run left. */
  readonly before: Memberships
}

/** What a catalog said when it was looked at last. */
interface Heard {
  readonly serial: number
  readonly reading: CatalogReading
}

export function createCatalogConsumer(
  { journal, file, want }: ConsumerDeps,
  { catalogs, own, before }: ConsumerOptions,
): CatalogConsumer {
  let memberships = before
  let heard: ReadonlyMap<string, Heard> = new Map()
  let clashes: ReadonlySet<string> = new Set()
  let keeping = Promise.resolve()
  const tell = createTeller(journal)

  const keep = (): void => {
    if (file === null) return
    const kept = memberships
    keeping = keeping.then(async () => {
      // A newer list is to follow: it is the one to be kept.
      if (kept !== memberships) return
      const fault = await file.write(kept)
      if (fault !== null) tell({ kind: 'catalog-not-kept', text: fault })
    })
  }

  return {
    get memberships() {
      return memberships
    },
    look: ({ snapshot, zones }) => {
      const whole = zones.filter(({ withheld }) => !withheld)
      const serials = new Map(whole.map(({ apex, serial }) => [nameKey(apex), serial]))
      heard = hearAll(catalogs, snapshot, serials, heard)
      for (const name of catalogs) tellState(tell, name, heard.get(nameKey(name))?.reading ?? null)
      const local = zones.filter(({ pulled }) => !pulled).map(({ apex }) => nameKey(apex))
      const plan = planMembers(memberships, heardCatalogs(catalogs, heard), new Set([...own, ...local]))
      clashes = tellClashes(tell, plan.clashes, clashes)
      const isSame = plan.add.length + plan.drop.length + plan.reset.length === 0
      if (isSame && areEqual(plan.after, memberships)) return
      memberships = plan.after
      tellMembers(tell, plan)
      want(memberships, plan.reset)
      keep()
    },
    close: () => keeping,
  }
}

/** Tells of each event what is news in it. */
type Tell = (event: CatalogEvent) => void

function createTeller(journal: Journal): Tell {
  const broken = new Map<string, string>()
  let keepFault = ''
  return event => {
    switch (event.kind) {
      case 'catalog-broken':
        if (broken.get(event.catalog) === event.text) return
        broken.set(event.catalog, event.text)
        break
      case 'catalog-mended':
        if (!broken.delete(event.catalog)) return
        break
      case 'catalog-not-kept':
        if (keepFault === event.text) return
        keepFault = event.text
        break
      case 'catalog-members':
      case 'catalog-clash':
        break
      default:
        event satisfies never
    }
    journal.record(event)
  }
}

function hearAll(
  catalogs: readonly Name[],
  snapshot: Snapshot,
  serials: ReadonlyMap<string, number>,
  before: ReadonlyMap<string, Heard>,
): ReadonlyMap<string, Heard> {
  const heard = new Map<string, Heard>()
  for (const name of catalogs) {
    const key = nameKey(name)
    const serial = serials.get(key)
    if (serial === undefined) continue
    const earlier = before.get(key)
    heard.set(key, earlier?.serial === serial ? earlier : { serial, reading: readFrom(snapshot, name) })
  }
  return heard
}

function readFrom(snapshot: Snapshot, name: Name): CatalogReading {
  const scan = createNameScan()
  scanName(name, 0, name.length, scan)
  return readCatalog(name, stillRecords(snapshot, findZone(snapshot, scan, rrType.SOA), createRecordRef()))
}

function heardCatalogs(catalogs: readonly Name[], heard: ReadonlyMap<string, Heard>): readonly HeardCatalog[] {
  return catalogs.map(name => {
    const reading = heard.get(nameKey(name))?.reading
    const members: CatalogMembers | null = reading?.kind === 'catalog' ? reading.members : null
    return { name, members }
  })
}

function tellState(tell: Tell, name: Name, reading: CatalogReading | null): void {
  if (reading === null) return
  const catalog = formatName(name)
  if (reading.kind === 'catalog') tell({ kind: 'catalog-mended', catalog })
  else {
    const { fault } = reading
    tell({ kind: 'catalog-broken', catalog, fault: fault.code, text: describeCatalogFault(fault) })
  }
}

/** Each once for as long as it lasts. */
function tellClashes(tell: Tell, clashes: readonly Clash[], before: ReadonlySet<string>): ReadonlySet<string> {
  const now = new Set<string>()
  for (const { zone, catalog, by } of clashes) {
    const parts = { catalog: formatName(catalog), zone: formatName(zone), holder: by === null ? null : formatName(by) }
    const key = JSON.stringify(parts)
    now.add(key)
    if (!before.has(key)) tell({ kind: 'catalog-clash', ...parts })
  }
  return now
}

function tellMembers(tell: Tell, { add, drop, reset }: MemberPlan): void {
  const all = [...add, ...drop, ...reset]
  const catalogs = new Map(all.map(({ catalog }) => [nameKey(catalog), catalog]))
  for (const [key, catalog] of catalogs) {
    const of = (list: readonly Membership[]) => list.filter(membership => nameKey(membership.catalog) === key)
    tell({
      kind: 'catalog-members',
      catalog: formatName(catalog),
      added: of(add).length,
      dropped: of(drop).length,
      reset: of(reset).length,
      zones: of(all)
        .slice(0, eventZonesMax)
        .map(({ zone }) => formatName(zone)),
    })
  }
}

/** Groups and holders may have changed where no zone came or went. */
function areEqual(a: Memberships, b: Memberships): boolean {
  return [...a].every(([key, { catalog, groups }]) => {
    const other = b.get(key)
    return other !== undefined && formatName(other.catalog) === formatName(catalog) && `${other.groups}` === `${groups}`
  })
}
