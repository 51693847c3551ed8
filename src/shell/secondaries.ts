/**
 * Secondary zones of the running server: which they are, which may change at any time, what is known of them, and who
 * hears of a NOTIFY. When and whom to ask is core/secondary's to say, doing it secondary-rounds'.
 * Invariant: no timer and no work is left after `stop`.
 */
import { type Millis, millis } from '../core/base/units.ts'
import { readAddress } from '../core/guard/address.ts'
import { formatName, type Name, nameKey } from '../core/name/name.ts'
import type { Clock, Draw, Journal } from '../core/ports.ts'
import {
  changePrimaries,
  createSecondary,
  expiresAtMs,
  forget,
  type Held,
  hearNotify,
  isServable,
  stateOf,
} from '../core/secondary/index.ts'
import type { SecondaryView } from '../core/view/status.ts'
import type { Sources } from '../core/zonefile/route.ts'
import { mapBounded } from '../edge/disk/zone-listing.ts'
import { askSerial } from '../edge/secondary/ask.ts'
import { readNote, type ZoneNote, zonePath } from '../edge/secondary/kept-zones.ts'
import { formatListen } from '../edge/transport/listen.ts'
import { createKeyRing, type KeySettings } from './keys.ts'
import type { PulledZones } from './pulled-files.ts'
import type { Pullers } from './pullers.ts'
import type { SecondaryPlan } from './secondary-plans.ts'
import { discard, type Entry, look, lookAtOne, type Rounds, rest } from './secondary-rounds.ts'
import type { NotifyOrder } from './terms.ts'

export interface SecondariesDeps {
  readonly clock: Clock
  readonly draw: Draw
  readonly journal: Journal
  readonly pullers: Pullers
  readonly ask?: typeof askSerial
}

export interface SecondariesOptions {
  /** Where pulled zones are kept. */
  readonly folder: string
  readonly keys: readonly KeySettings[]
  /** Where questions and pulls start from, of zones that have none of their own. */
  readonly sources: Sources
}

export interface Secondaries {
  /** For the source of zones: what is to be served of them. */
  readonly zones: PulledZones
  /** These and no others from now on. Resolves when what is kept of new ones is known, and nothing is of old ones. */
  want(plans: readonly SecondaryPlan[]): Promise<void>
  /** Asks and pulls from now on. `changed`: the files are to be looked at. `agreed`: who may notify us has changed. */
  begin(changed: () => void, agreed: () => void): void
  /** A NOTIFY that was believed. `from` are the sender's address octets. */
  notified(apex: Name, from: Uint8Array): void
  /** What answering threads go by to believe a NOTIFY. */
  notifyOrders(): readonly NotifyOrder[]
  view(): readonly SecondaryView[]
  stop(): Promise<void>
}

export function createSecondaries(deps: SecondariesDeps, options: SecondariesOptions): Secondaries {
  const rounds = openRounds(deps, options)
  const { entries, clock } = rounds
  return {
    zones: { list: () => [...entries.values()].map(listed), lose: (apex, detail) => lose(rounds, apex, detail) },
    want: plans => want(rounds, plans),
    begin: (changed, agreed) => {
      rounds.changed = changed
      rounds.agreed = agreed
      rounds.hasBegun = true
      look(rounds)
    },
    notified: (apex, from) => {
      const entry = entries.get(nameKey(apex))
      if (entry === undefined) return
      hearNotify(entry.secondary, primaryAt(entry.plan, from), clock.now())
      lookAtOne(rounds, entry)
    },
    notifyOrders: () => [...entries.values()].map(({ plan }) => notifyOrderOf(plan)),
    view: () => [...entries.values()].map(entry => viewOf(entry, clock)),
    stop: async () => {
      rounds.stopping.abort()
      rest(rounds)
      await deps.pullers.stop()
      await Promise.all(rounds.underWay)
    },
  }
}

function openRounds(deps: SecondariesDeps, { folder, keys, sources }: SecondariesOptions): Rounds {
  const { clock, draw, journal, pullers, ask = askSerial } = deps
  const paired = keys.flatMap(settings => {
    const tsig = [...(createKeyRing([settings])?.values() ?? [])][0]
    return tsig === undefined ? [] : [{ settings, tsig }]
  })
  return {
    ...{ clock, draw, journal, pullers, ask, folder, sources, keys: paired },
    entries: new Map(),
    underWay: new Set(),
    flights: { ask: 0, pull: 0 },
    flightsTo: new Map(),
    writing: new Map(),
    stopping: new AbortController(),
    turn: 0,
    isCrowded: false,
    timer: null,
    hasBegun: false,
    changed: () => undefined,
    agreed: () => undefined,
  }
}

async function want(rounds: Rounds, plans: readonly SecondaryPlan[]): Promise<void> {
  const { entries, folder, clock } = rounds
  const wanted = new Set(plans.map(({ apex }) => nameKey(apex)))
  const gone = [...entries.values()].filter(({ plan }) => !wanted.has(nameKey(plan.apex)))
  for (const { plan, leaving } of gone) {
    entries.delete(nameKey(plan.apex))
    leaving.abort()
  }
  const fresh = plans.filter(({ apex }) => !entries.has(nameKey(apex)))
  for (const plan of plans) {
    const entry = entries.get(nameKey(plan.apex))
    if (entry !== undefined) replan(entry, plan, clock.now())
  }
  const notes = await mapBounded(fresh, plan => readNote(folder, plan.apex))
  fresh.forEach((plan, i) => {
    entries.set(nameKey(plan.apex), enter(rounds, plan, notes[i] ?? null))
  })
  await mapBounded(gone, ({ plan }) => discard(rounds, plan.apex))
  rounds.agreed()
  rounds.changed()
  look(rounds)
}

function enter({ folder, clock, draw }: Rounds, plan: SecondaryPlan, known: ZoneNote | null): Entry {
  const held = known === null ? null : heldOf(known, clock)
  return {
    plan,
    path: zonePath(folder, plan.apex),
    secondary: createSecondary(plan.primaries.length, held, clock.now(), draw),
    checkedAt: null,
    confirmedAt: known?.confirmedAt ?? null,
    pulledAt: null,
    failure: null,
    told: new Set(),
    notedAt: known?.confirmedAt ?? 0,
    leaving: new AbortController(),
  }
}

/** A clock that went back makes the zone no younger than now. */
function heldOf({ serial, times, confirmedAt }: ZoneNote, clock: Clock): Held {
  const ageMs = Math.max(0, clock.wall() - confirmedAt)
  return { serial, times, confirmedMs: millis(clock.now() - ageMs) }
}

function replan(entry: Entry, plan: SecondaryPlan, nowMs: Millis): void {
  const before = entry.plan
  entry.plan = plan
  const isSame =
    before.key === plan.key &&
    before.signed === plan.signed &&
    before.sources.v4 === plan.sources.v4 &&
    before.sources.v6 === plan.sources.v6 &&
    before.primaries.map(formatListen).join() === plan.primaries.map(formatListen).join()
  if (!isSame) changePrimaries(entry.secondary, plan.primaries.length, nowMs)
}

function listed({ plan: { apex, span }, path, secondary }: Entry): ReturnType<PulledZones['list']>[number] {
  return { apex, path, span, isServable: isServable(secondary) }
}

function lose({ entries, clock, draw, journal }: Rounds, apex: Name, detail: string): void {
  const entry = entries.get(nameKey(apex))
  if (entry === undefined || entry.secondary.held === null) return
  forget(entry.secondary, clock.now(), draw)
  journal.record({ kind: 'fault', where: `the kept copy of ${formatName(apex)}`, text: detail })
}

function notifyOrderOf({ apex, primaries, notifyFrom, key }: SecondaryPlan): NotifyOrder {
  return { apex, from: [...new Set([...primaries.map(({ host }) => host), ...notifyFrom])], key }
}

/** Which of the primaries has that address; null: none. */
function primaryAt({ primaries }: SecondaryPlan, from: Uint8Array): number | null {
  const octets = new Uint8Array(16)
  const at = primaries.findIndex(({ host }) => {
    const length = readAddress(host, octets)
    return length === from.length && from.every((octet, i) => octet === octets[i])
  })
  return at === -1 ? null : at
}

function viewOf({ plan, secondary, checkedAt, confirmedAt, pulledAt, failure }: Entry, clock: Clock): SecondaryView {
  const nowMs = clock.now()
  const { held, round, nextMs } = secondary
  return {
    zone: formatName(plan.apex),
    state: stateOf(secondary),
    serial: held?.serial ?? null,
    primaries: plan.primaries.map(formatListen),
    checkedAt,
    confirmedAt,
    pulledAt,
    nextInMs: round === null ? Math.max(0, Math.round(nextMs - nowMs)) : null,
    expiresInMs: held === null ? null : Math.max(0, Math.round(expiresAtMs(held) - nowMs)),
    failure,
  }
}
