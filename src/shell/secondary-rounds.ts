/**
 * What is due of secondary zones, done: questions and pulls are begun, what comes of them is told, written down and, by
 * a reload, served.
 * Invariants: at most so many questions and pulls at once, over all and to one primary, so that one that is dead or
 * slow leaves room for the others, and every zone has its turn; what is kept of a zone has one writer at a time; what
 * ends after its zone has gone changes nothing.
 */
import type { Millis } from '../core/base/units.ts'
import { formatName, type Name, nameKey } from '../core/name/name.ts'
import type { Clock, Draw, Journal } from '../core/ports.ts'
import {
  absorbAsk,
  absorbPull,
  dueAtMs,
  expire,
  expiresAtMs,
  type Failure,
  putBack,
  type Secondary,
  type SecondaryNews,
  type Step,
  stateOf,
  takeStep,
} from '../core/secondary/index.ts'
import type { SecondaryView } from '../core/view/status.ts'
import type { TsigKey } from '../core/wire/tsig-key.ts'
import { familyOf, type Sources } from '../core/zonefile/route.ts'
import type { askSerial } from '../edge/secondary/ask.ts'
import { dropZone, noteZone } from '../edge/secondary/kept-zones.ts'
import { formatListen } from '../edge/transport/listen.ts'
import type { KeySettings } from './keys.ts'
import type { Pullers } from './pullers.ts'
import type { SecondaryPlan } from './secondary-plans.ts'

/** One zone with all that is known of it. */
export interface Entry {
  plan: SecondaryPlan
  readonly path: string
  readonly secondary: Secondary
  /** Unix milliseconds. */
  checkedAt: number | null
  confirmedAt: number | null
  pulledAt: number | null
  failure: SecondaryView['failure']
  /** Primaries and reasons that were told since that primary last had something for us, so that each is told once. */
  readonly told: Set<string>
  /** When the note on the disk was last written. */
  notedAt: number
  /** The zone is ours no more: what is under way for it is called off. */
  readonly leaving: AbortController
}

export interface Rounds {
  readonly clock: Clock
  readonly draw: Draw
  readonly journal: Journal
  readonly pullers: Pullers
  readonly ask: typeof askSerial
  readonly folder: string
  readonly sources: Sources
  readonly keys: readonly { readonly settings: KeySettings; readonly tsig: TsigKey }[]
  /** By `nameKey` of their apexes. */
  readonly entries: Map<string, Entry>
  /** Work that has to end before everything does. */
  readonly underWay: Set<Promise<void>>
  readonly flights: Record<Step['kind'], number>
  /** The same by kind and host. */
  readonly flightsTo: Map<string, number>
  /** What is written of a zone, by the key of its name: the last of those that wait for one another. */
  readonly writing: Map<string, Promise<void>>
  readonly stopping: AbortController
  /** Where the next look begins. */
  turn: number
  /** Some zone waits for its turn to be asked or pulled. */
  isCrowded: boolean
  timer: NodeJS.Timeout | null
  hasBegun: boolean
  /** What is served is no longer what should be. */
  changed: () => void
  /** Who may notify us has changed. */
  agreed: () => void
}

/** Questions and pulls at once, over all zones. */
const atOnceMax: Readonly<Record<Step['kind'], number>> = { ask: 32, pull: 8 }
/** Of them to one host, whatever its port. */
const atOnceToHostMax: Readonly<Record<Step['kind'], number>> = { ask: 16, pull: 4 }
/** Between two looks at what is due. A NOTIFY is looked at at once. */
const lookMs = 200
/** A confirmation is written down if the one on the disk is older than this, or than this share of the expiry. */
const noteAfterMs = 60_000
const noteShare = 0.1

/** Begins what is due. */
export function look(rounds: Rounds): void {
  const { entries, stopping, hasBegun, clock } = rounds
  if (stopping.signal.aborted || !hasBegun) return
  // Nobody is woken up for nothing.
  if (entries.size === 0) rest(rounds)
  else rounds.timer ??= setInterval(() => look(rounds), lookMs)
  const nowMs = clock.now()
  rounds.isCrowded = false
  const all = [...entries.values()]
  // Not always from the same one: those behind many that are due would never have their turn.
  for (let i = 0; i < all.length; i++) lookAt(rounds, all[(i + rounds.turn) % all.length]!, nowMs)
  rounds.turn = all.length === 0 ? 0 : (rounds.turn + 1) % all.length
}

/** Begins what is due of one zone: what strangers can cause must not cost a look at all of them. */
export function lookAtOne(rounds: Rounds, entry: Entry): void {
  const { entries, stopping, hasBegun, clock } = rounds
  if (stopping.signal.aborted || !hasBegun || entries.get(nameKey(entry.plan.apex)) !== entry) return
  lookAt(rounds, entry, clock.now())
}

export function rest(rounds: Rounds): void {
  if (rounds.timer !== null) clearInterval(rounds.timer)
  rounds.timer = null
}

function lookAt(rounds: Rounds, entry: Entry, nowMs: Millis): void {
  const { secondary } = entry
  if (dueAtMs(secondary) > nowMs) return
  if (expire(secondary, nowMs)) {
    const zone = formatName(entry.plan.apex)
    const { serial } = secondary.held!
    rounds.journal.record({ kind: 'zone-expired', zone, serial, confirmedAt: entry.confirmedAt ?? 0 })
    rounds.changed()
  }
  const step = takeStep(secondary, nowMs)
  if (step === null) return
  const { host } = entry.plan.primaries[step.primary]!
  const to = `${step.kind} ${host}`
  const flightsTo = rounds.flightsTo.get(to) ?? 0
  if (rounds.flights[step.kind] >= atOnceMax[step.kind] || flightsTo >= atOnceToHostMax[step.kind]) {
    putBack(secondary)
    rounds.isCrowded = true
    return
  }
  rounds.flights[step.kind]++
  rounds.flightsTo.set(to, flightsTo + 1)
  hold(
    rounds,
    take(rounds, entry, step).finally(() => {
      rounds.flights[step.kind]--
      const left = rounds.flightsTo.get(to)! - 1
      if (left > 0) rounds.flightsTo.set(to, left)
      else rounds.flightsTo.delete(to)
      if (rounds.isCrowded) look(rounds)
      else lookAtOne(rounds, entry)
    }),
  )
}

function hold({ underWay }: Rounds, work: Promise<void>): void {
  underWay.add(work)
  void work.finally(() => underWay.delete(work))
}

async function take(rounds: Rounds, entry: Entry, step: Step): Promise<void> {
  const { clock, draw, stopping, entries, folder, pullers } = rounds
  const { plan, secondary, leaving } = entry
  const { apex, signed } = plan
  const { host, port } = plan.primaries[step.primary]!
  const family = familyOf(host)
  const primary = { host, port, source: plan.sources[family] ?? rounds.sources[family] }
  const key = plan.key === null ? null : (rounds.keys.find(({ settings }) => settings.name === plan.key) ?? null)
  const isOurs = (): boolean => entries.get(nameKey(apex)) === entry && !stopping.signal.aborted
  if (step.kind === 'ask') {
    const result = await rounds.ask({ apex, primary, key: key?.tsig ?? null }, stopping.signal)
    if (isOurs()) hear(rounds, entry, plan, absorbAsk(secondary, result, clock.now(), draw))
    return
  }
  const { since, after } = step
  const order = { apex, primary, key: key?.settings ?? null, since, after, signed, folder }
  const result = await inTurn(rounds, apex, () => pullers.pull(order, leaving.signal))
  if (isOurs()) hear(rounds, entry, plan, absorbPull(secondary, result, clock.now(), draw))
}

/** Begins what writes to the kept copy of a zone once nothing else does. */
function inTurn<T>({ writing }: Rounds, apex: Name, work: () => Promise<T>): Promise<T> {
  const key = nameKey(apex)
  const done = (writing.get(key) ?? Promise.resolve()).then(work)
  const over = (): void => {
    if (writing.get(key) === settled) writing.delete(key)
  }
  const settled: Promise<void> = done.then(over, over)
  writing.set(key, settled)
  return done
}

/** What is kept of a zone that is ours no more goes, and if it will not, all else goes on. */
export async function discard(rounds: Rounds, apex: Name): Promise<void> {
  const { folder, journal } = rounds
  try {
    await inTurn(rounds, apex, () => dropZone(folder, apex))
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    journal.record({ kind: 'fault', where: `the kept copy of ${formatName(apex)}`, text })
  }
}

function hear(rounds: Rounds, entry: Entry, plan: SecondaryPlan, news: SecondaryNews | null): void {
  if (news === null) return
  const zone = formatName(plan.apex)
  const primary = formatListen(plan.primaries[news.primary]!)
  const at = rounds.clock.wall()
  entry.checkedAt = at
  switch (news.kind) {
    case 'failed':
      hearFailure(rounds, entry, zone, primary, news.failure, at)
      return
    case 'confirmed':
      entry.confirmedAt = at
      if (calm(entry, primary) || news.wasExpired) {
        rounds.journal.record({ kind: 'zone-confirmed', zone, primary, serial: entry.secondary.held!.serial })
      }
      note(rounds, entry)
      if (news.wasExpired) rounds.changed()
      return
    case 'taken': {
      const { kind: _, times: __, ...result } = news.result
      entry.confirmedAt = at
      entry.pulledAt = at
      entry.notedAt = at
      calm(entry, primary)
      rounds.journal.record({ kind: 'zone-pulled', zone, primary, from: news.from, ...result })
      rounds.changed()
    }
  }
}

function hearFailure(
  { journal }: Rounds,
  entry: Entry,
  zone: string,
  primary: string,
  failure: Failure,
  at: number,
): void {
  entry.failure = { primary, ...failure, at }
  // Not by its detail, in which a primary has its say.
  const what = `${primary} ${failure.reason}`
  if (entry.told.has(what)) return
  entry.told.add(what)
  journal.record({ kind: 'zone-not-pulled', zone, primary, ...failure, state: stateOf(entry.secondary) })
}

/**
 * True if that primary had failed. What was told of others stays told: one that is dead beside one that is not would be
 * news at each refresh.
 */
function calm(entry: Entry, primary: string): boolean {
  entry.failure = null
  const over = [...entry.told].filter(what => what.startsWith(`${primary} `))
  for (const what of over) entry.told.delete(what)
  return over.length > 0
}

function note(rounds: Rounds, entry: Entry): void {
  const { held } = entry.secondary
  if (held === null) return
  const at = rounds.clock.wall()
  const waitMs = Math.min(noteAfterMs, (expiresAtMs(held) - held.confirmedMs) * noteShare)
  if (at - entry.notedAt < waitMs) return
  entry.notedAt = at
  const { serial, times } = held
  const { apex } = entry.plan
  const known = { serial, times, confirmedAt: at }
  const noting = inTurn(rounds, apex, () => noteZone(rounds.folder, apex, known)).catch((error: unknown) => {
    const text = error instanceof Error ? error.message : String(error)
    rounds.journal.record({ kind: 'fault', where: `keeping ${formatName(apex)}`, text })
  })
  hold(rounds, noting)
}
