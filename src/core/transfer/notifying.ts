/**
 * Who has to be told of which version, and when (RFC 1996), without sockets and without a clock: one errand for each
 * zone and secondary. The newest serial wins; no more than one message a second goes out for an errand, however many
 * versions there are; what is not answered is sent again at growing intervals and given up in the end, which is told
 * once for as long as the secondary stays silent. Its own refresh timer (RFC 1035) then does the rest.
 * A zone that a catalog tells of is not spoken of before the catalog was read: who does not know it yet would refuse.
 */
import { isLater } from './serial.ts'

/** Between two messages of one errand at least. */
const notifyGapMs = 1_000
/** Once, and five times again (RFC 1996 section 3.6), after 1, 2, 4, 8 and 16 seconds. */
export const notifySendsMax = 6
const retryFirstMs = 1_000
/** A secondary that does not answer is told of new versions no more often than this. */
export const notifyLostGapMs = 15_000
/** Until then those who are told of a catalog have asked for a new zone of it, or know it from elsewhere. */
export const notifyHoldMs = 10_000

export interface NotifyPlace {
  readonly host: string
  readonly port: number
}

/** Why a secondary has not acknowledged. no-source: the address to send from is none of this machine. */
export const notifyFaults = ['no-response', 'not-sent', 'no-source', 'bad-signature', 'refused'] as const
export type NotifyFault = (typeof notifyFaults)[number]

export interface Errand<P extends NotifyPlace = NotifyPlace> {
  readonly zone: string
  readonly place: P
  /** The newest serial that it is to be told of; null: none yet. */
  wanted: number | null
  acknowledged: number | null
  acknowledgedMs: number | null
  /** Sent since it last answered. */
  sends: number
  sentMs: number | null
  /** When the next message goes out, or is given up; null: there is nothing to do. */
  dueMs: number | null
  /** It learns of the zone from a catalog, and hears nothing of it before; null: it may. */
  heldUntilMs: number | null
  /** It was given up and has not answered since. */
  isLost: boolean
  fault: NotifyFault
}

export interface Notifying<P extends NotifyPlace = NotifyPlace> {
  /** By zone and place. */
  readonly errands: Map<string, Errand<P>>
  readonly keysOfZone: Map<string, readonly string[]>
  /** Keys of errands that are due at some time. */
  readonly waiting: Set<string>
}

export type NotifyTurn =
  | { readonly kind: 'acknowledged'; readonly errand: Errand; readonly serial: number }
  | { readonly kind: 'given-up'; readonly errand: Errand; readonly serial: number; readonly fault: NotifyFault }

export function createNotifying<P extends NotifyPlace>(): Notifying<P> {
  return { errands: new Map(), keysOfZone: new Map(), waiting: new Set() }
}

/** Whom to tell of a zone from now on. What is known of those that stay is kept. */
export function setPlaces<P extends NotifyPlace>(state: Notifying<P>, zone: string, places: readonly P[]): void {
  const before = state.keysOfZone.get(zone) ?? []
  const keys = places.map(place => {
    const key = keyOf(zone, place)
    const known = state.errands.get(key)
    state.errands.set(key, known === undefined ? createErrand(zone, place) : { ...known, place })
    return key
  })
  for (const key of before) if (!keys.includes(key)) dropErrand(state, key)
  if (keys.length === 0) state.keysOfZone.delete(zone)
  else state.keysOfZone.set(zone, keys)
}

/** The zone is new, and these catalogs tell of it: whoever is told of one of them is told of the zone later. */
export function holdBack(state: Notifying, zone: string, catalogs: readonly string[], nowMs: number): void {
  for (const key of state.keysOfZone.get(zone) ?? []) {
    const errand = state.errands.get(key)!
    const follows = catalogs.some(catalog => state.errands.has(keyOf(catalog, errand.place)))
    if (follows && errand.sentMs === null) errand.heldUntilMs = nowMs + notifyHoldMs
  }
}

/** Somebody at `host`, as it is written in places, has taken the zone: it is known there. */
export function release(state: Notifying, zone: string, host: string, nowMs: number): void {
  for (const key of state.keysOfZone.get(zone) ?? []) {
    const errand = state.errands.get(key)!
    if (errand.heldUntilMs === null || errand.place.host !== host) continue
    errand.heldUntilMs = null
    if (errand.dueMs !== null) errand.dueMs = nowMs
  }
}

/** There is a newer version. */
export function announce(state: Notifying, zone: string, serial: number, nowMs: number): void {
  for (const key of state.keysOfZone.get(zone) ?? []) {
    const errand = state.errands.get(key)!
    if (errand.wanted !== null && !isLater(serial, errand.wanted)) continue
    errand.wanted = serial
    const gapMs = errand.isLost ? notifyLostGapMs : notifyGapMs
    const soonestMs = errand.sentMs === null ? nowMs : errand.sentMs + gapMs
    const dueMs = Math.max(nowMs, soonestMs, errand.heldUntilMs ?? nowMs)
    errand.dueMs = errand.dueMs === null ? dueMs : Math.min(errand.dueMs, dueMs)
    state.waiting.add(key)
  }
}

/** What is to be sent now, at most `most`: it counts as sent. What is given up is told to `turn`. */
export function takeNotifies<P extends NotifyPlace>(
  state: Notifying<P>,
  nowMs: number,
  most: number,
  turn: (turn: NotifyTurn) => void,
): readonly { readonly key: string; readonly errand: Errand<P>; readonly serial: number }[] {
  const sends: { key: string; errand: Errand<P>; serial: number }[] = []
  for (const key of state.waiting) {
    if (sends.length >= most) break
    const errand = state.errands.get(key)!
    if (errand.dueMs === null || errand.dueMs > nowMs || errand.wanted === null) continue
    if (errand.sends >= (errand.isLost ? 1 : notifySendsMax)) {
      giveUp(state, key, errand, turn)
      continue
    }
    errand.sends++
    errand.sentMs = nowMs
    errand.heldUntilMs = null
    errand.dueMs = nowMs + retryFirstMs * 2 ** (errand.sends - 1)
    sends.push({ key, errand, serial: errand.wanted })
  }
  return sends
}

/** The secondary says that it was told of `serial`. */
export function acknowledge(
  state: Notifying,
  key: string,
  serial: number,
  nowMs: number,
  turn: (turn: NotifyTurn) => void,
): void {
  const errand = state.errands.get(key)
  if (errand === undefined) return
  const isNews = errand.acknowledged === null || errand.isLost
  errand.acknowledged = serial
  errand.acknowledgedMs = nowMs
  errand.sends = 0
  errand.isLost = false
  errand.fault = 'no-response'
  if (errand.wanted === serial) settle(state, key, errand)
  else errand.dueMs = Math.max(nowMs, (errand.sentMs ?? nowMs) + notifyGapMs)
  if (isNews) turn({ kind: 'acknowledged', errand, serial })
}

/** It answered with an error: asking again would bring the same. */
export function noteRefusal(state: Notifying, key: string, turn: (turn: NotifyTurn) => void): void {
  const errand = state.errands.get(key)
  if (errand === undefined) return
  errand.fault = 'refused'
  giveUp(state, key, errand, turn)
}

/** Something is wrong that may pass. It is what will be told if it does not. */
export function noteFault(state: Notifying, key: string, fault: NotifyFault): void {
  const errand = state.errands.get(key)
  if (errand !== undefined) errand.fault = fault
}

/** When there is something to do again; null: not before the next version. */
export function nextNotifyMs(state: Notifying): number | null {
  let next: number | null = null
  for (const key of state.waiting) {
    const { dueMs } = state.errands.get(key)!
    if (dueMs !== null && (next === null || dueMs < next)) next = dueMs
  }
  return next
}

function keyOf(zone: string, { host, port }: NotifyPlace): string {
  return `${host} ${port} ${zone}`
}

function createErrand<P extends NotifyPlace>(zone: string, place: P): Errand<P> {
  return {
    zone,
    place,
    wanted: null,
    acknowledged: null,
    acknowledgedMs: null,
    sends: 0,
    sentMs: null,
    dueMs: null,
    heldUntilMs: null,
    isLost: false,
    fault: 'no-response',
  }
}

function dropErrand(state: Notifying, key: string): void {
  state.errands.delete(key)
  state.waiting.delete(key)
}

function settle(state: Notifying, key: string, errand: Errand): void {
  errand.dueMs = null
  state.waiting.delete(key)
}

function giveUp(state: Notifying, key: string, errand: Errand, turn: (turn: NotifyTurn) => void): void {
  const { wanted, isLost, fault } = errand
  settle(state, key, errand)
  errand.sends = 0
  errand.isLost = true
  if (!isLost && wanted !== null) turn({ kind: 'given-up', errand, serial: wanted, fault })
}
