/**
 * Zones out, on control's side: which zones of a generation others may have, by settings and by what the zones say
 * themselves; their serials; the thread that keeps their versions; and who is told of each. Until the listeners are
 * open it only takes note.
 */
import type { Problem } from '../core/base/problem.ts'
import { chooseZones } from '../core/catalog/select.ts'
import { parseAccess } from '../core/guard/access.ts'
import { formatName, type Name, nameKey } from '../core/name/name.ts'
import type { Clock, Journal } from '../core/ports.ts'
import type { SavedSerial } from '../core/state/index.ts'
import type { WantedSerial } from '../core/transfer/lineage.ts'
import type { NotifyTurn } from '../core/transfer/notifying.ts'
import type { AccessRule, TransferAccess } from '../core/transfer/offer.ts'
import type { ZoneView } from '../core/view/status.ts'
import { drawNotified, formatPlace } from '../core/view/transfer.ts'
import { type KeyRing, readKeyName, type TsigKey } from '../core/wire/tsig-key.ts'
import { imageHead, type Snapshot } from '../core/zone/layout.ts'
import type { JudgedZone } from '../core/zonefile/judged.ts'
import { familyOf, type Sources } from '../core/zonefile/route.ts'
import type { KeyUse, TransferPlan } from '../core/zonefile/transfer-plan.ts'
import { createNotifier } from '../edge/notify.ts'
import { type CatalogSettings, catalogKeys } from './catalogs.ts'
import type { Crew } from './crew.ts'
import type { TransferReport } from './feeds.ts'
import { type JoinedSettings, judgeJoined } from './joined.ts'
import { createKeyRing } from './keys.ts'
import type { GenerationMemory } from './orders.ts'
import { createSerials, type Serials } from './serials.ts'
import { readVersion } from './version.ts'
import { createVersions, type Versions } from './versions.ts'

/** A zone of a generation that others may have. */
export interface TransferredZone {
  readonly key: string
  /** Lowered. */
  readonly name: Name
  /** Where its image stands in the snapshot. */
  readonly at: number
  readonly wanted: WantedSerial
  /** The serial that it begins with if it was not transferred so far. */
  readonly first: number
  /** Of the files that it was read from. */
  readonly digest: string
  /** The very image that is served now. */
  readonly isSame: boolean
  readonly plan: TransferPlan
}

/** What gives zones out, once the listeners are open. */
export type Giver = Pick<Crew, 'offer' | 'withdraw'> & {
  /** Puts the serial of a zone on the live board, where its words begin at `base`. */
  readonly publishSerial: (base: number, serial: number) => void
}

export interface TransfersDeps {
  readonly clock: Clock
  readonly journal: Journal
}

export interface TransfersOptions extends JoinedSettings {
  /** Where NOTIFYs go out from that have no address of their own. */
  readonly transferSources: Sources
  readonly catalogs: CatalogSettings
}

export interface Transfers extends Pick<Serials, 'live' | 'firstOf' | 'gone'> {
  /** What the run before left, and how reserves of serials are saved; null: nothing is kept. */
  recall: Serials['recall']
  planOf(zone: JudgedZone): TransferPlan
  /** What zones and settings come to together. */
  judge(zones: readonly JudgedZone[]): readonly Problem[]
  /**
   * Resolves once the serials that zones begin with may be given out: of a generation before it is taken, of the first
   * before the listeners are open.
   */
  secure(zones?: readonly TransferredZone[]): Promise<void>
  /** The zones of the generation that control has just taken, and of no other. */
  take(generation: GenerationMemory, snapshot: Snapshot, zones: readonly TransferredZone[]): void
  /** Somebody has taken a zone, or could not. */
  transferred(transfer: Pick<TransferReport, 'zone' | 'address' | 'outcome'>): void
  /** Rotations were published to these slots. */
  changed(slots: Int32Array): void
  /** The listeners are open. */
  open(giver: Giver): void
  /** The zone with its live serial and its secondaries. */
  draw(zone: ZoneView): ZoneView
  kept(zone: string): Omit<SavedSerial, 'zone'> | null
  stop(): Promise<void>
}

export function createTransfers({ clock, journal }: TransfersDeps, settings: TransfersOptions): Transfers {
  const { keys, transfer, transferSources, catalogs } = settings
  const ring = createKeyRing(keys)
  const serials = createSerials(clock.wall)
  const version = readVersion()
  const notifier = createNotifier({ clock, onTurn: turn => record(journal, turn) })
  let zones: ReadonlyMap<string, TransferredZone> = new Map()
  /** Where the words of each zone begin on the live board. */
  let bases: ReadonlyMap<string, number> = new Map()
  let keysByView: ReadonlyMap<string, string> = new Map()
  let newest: GenerationMemory | null = null
  let giver: Giver | null = null
  let versions: Versions | null = null
  let keepsSerials = false
  /** Of what there is at the start nobody knows who has it: all are told. */
  let isFirst = true

  const tellThread = (): void => {
    if (newest === null || versions === null) return
    const orders = [...zones.values()].map(({ name: apex, at: zone, first, wanted, digest, isSame, plan }) => {
      const resumes = serials.resumed(apex, first)
      return { apex, zone, first, resumes, source: `${version} ${digest}`, wanted, isSame, access: accessOf(plan) }
    })
    versions.take(newest, orders)
  }
  const publish = (key: string): void => {
    const base = bases.get(key)
    const serial = serials.live(key)
    if (base !== undefined && serial !== null) giver?.publishSerial(base, serial)
  }

  return {
    live: serials.live,
    firstOf: serials.firstOf,
    gone: serials.gone,
    recall: (earlier, flush) => {
      keepsSerials = flush !== null
      serials.recall(earlier, flush)
    },
    planOf: zone => zone.transfer ?? transfer,
    judge: judged => judgeJoined(judged, settings, keepsSerials),
    secure: async (next = [...zones.values()]) => {
      serials.watch([...zones.values(), ...next])
      await Promise.all(next.map(({ key }) => serials.secure(key, serials.live(key)!)))
    },
    take: (generation, { words }, next) => {
      const before = zones
      serials.watch(next)
      zones = new Map(next.map(zone => [zone.key, zone]))
      bases = new Map(next.map(({ key, at }) => [key, words[(at >>> 2) + imageHead.boardBase]!]))
      keysByView = new Map(next.map(({ key, name }) => [formatName(name), key]))
      newest = generation
      for (const [key, { name }] of before) if (!zones.has(key)) notifier.setPlaces(name, [])
      for (const { name, plan } of next) notifier.setPlaces(name, placesOf(plan, ring, transferSources))
      const fresh = isFirst ? [] : next.filter(({ key }) => !before.has(key))
      for (const { name } of fresh) notifier.holdBack(name, listingOf(catalogs, name))
      isFirst = false
      for (const key of zones.keys()) publish(key)
      tellThread()
    },
    transferred: ({ zone, address, outcome }) => {
      const key = keysByView.get(zone.toLowerCase())
      if (key !== undefined && outcome === 'done') notifier.taken(zones.get(key)!.name, address)
    },
    changed: slots => versions?.changed(slots),
    open: opened => {
      giver = opened
      const { offer, withdraw } = opened
      versions = createVersions({
        clock,
        journal,
        outlet: {
          secure: serials.secure,
          offer,
          withdraw,
          publish: (key, serial, mark) => {
            serials.give(key, serial, mark)
            publish(key)
          },
          announce: ({ apex, serial, soa }) => notifier.announce(apex, serial, soa),
        },
      })
      for (const key of zones.keys()) publish(key)
      tellThread()
    },
    draw: zone => {
      const key = keysByView.get(zone.name.toLowerCase())
      const serial = key === undefined ? null : serials.live(key)
      if (key === undefined || serial === null) return zone
      const moment = { nowMs: clock.now(), at: clock.wall() }
      const secondaries = notifier.errandsOf(zones.get(key)!.name).map(errand => drawNotified(errand, moment))
      return { ...zone, serial, transfer: { secondaries } }
    },
    kept: zone => {
      const key = keysByView.get(zone.toLowerCase())
      return key === undefined ? null : serials.kept(key)
    },
    stop: async () => {
      await versions?.stop()
      notifier.close()
      serials.close()
    },
  }
}

/** Settings and zones were judged when they were read: a prefix at fault is ours. */
export function accessOf({ allow }: TransferPlan): TransferAccess {
  return allow.map(({ key, from }): AccessRule => {
    return { key: key === null ? null : readKeyName(key.name), from: from === null ? null : parseAccess(from).table }
  })
}

/** The catalogs of ours that tell of the zone. */
function listingOf(catalogs: CatalogSettings, zone: Name): readonly Name[] {
  const unlisted = catalogKeys(catalogs)
  return catalogs.produced.flatMap(({ name, choice }) =>
    chooseZones(choice, [zone], unlisted).length > 0 ? [name] : [],
  )
}

function placesOf({ notify }: TransferPlan, ring: KeyRing | null, sources: Sources) {
  return notify.map(({ to, key, source }) => {
    return { ...to, key: key === null ? null : keyOf(key, ring), source: source ?? sources[familyOf(to.host)] }
  })
}

function keyOf({ name }: KeyUse, ring: KeyRing | null): TsigKey | null {
  const wire = readKeyName(name)
  return wire === null ? null : (ring?.get(nameKey(wire)) ?? null)
}

function record(journal: Journal, turn: NotifyTurn): void {
  const { errand, serial } = turn
  const { zone, place } = errand
  const common = { kind: 'notify' as const, zone: formatKey(zone), secondary: formatPlace(place), serial }
  journal.record({ ...common, fault: turn.kind === 'given-up' ? turn.fault : null })
}

/** The name behind a `nameKey`. */
function formatKey(key: string): string {
  return formatName(Uint8Array.from(key, character => character.charCodeAt(0)))
}
