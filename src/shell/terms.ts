/**
 * The terms on which the server answers, on their way from settings to each answering thread: access list, rate limit,
 * cookie secrets, identity. As an order they are plain values and shared memory; a thread makes its own Terms of them.
 * The rate table is one for all threads, so a limit is the server's and not each thread's.
 */
import { randomBytes } from 'node:crypto'
import type { Terms } from '../core/answer/live.ts'
import type { NotifySources } from '../core/answer/notify-sources.ts'
import { type Tally, tallyAt } from '../core/answer/tally.ts'
import { assert } from '../core/base/assert.ts'
import { parseAccess } from '../core/guard/access.ts'
import { amplificationDefault, createGuard, guardTallyNames } from '../core/guard/admit.ts'
import { cookieSecretOctets, createCookies } from '../core/guard/cookie.ts'
import { createRateLimiter, rateBucketsDefault, rateTableWords } from '../core/guard/rate.ts'
import { readSipKey, sipKeyOctets } from '../core/guard/siphash.ts'
import { type Name, nameKey } from '../core/name/name.ts'
import type { SocketAddress } from '../core/ports.ts'
import type { ReservedZone } from '../core/transfer/reserved.ts'
import { readKeyName } from '../core/wire/tsig-key.ts'
import { createKeyRing, type KeySettings } from './keys.ts'

export interface TermsOrder {
  /** Prefixes that may ask; null: everybody. */
  readonly allow: readonly string[] | null
  /** Our own UDP listeners: a datagram that claims to come from one would be answered in a circle. */
  readonly own: readonly SocketAddress[]
  readonly rate: RateOrder | null
  readonly amplificationMax: number
  readonly cookieSecrets: CookieSecrets | null
  readonly keys: readonly KeySettings[]
  /** Who may tell of changes in zones that are pulled. */
  readonly notify?: readonly NotifyOrder[]
  readonly reserved?: readonly ReservedZone[]
  readonly nsid: string | null
  readonly version: string | null
  readonly hostname: string | null
  readonly explains: boolean
  readonly statusAcl: readonly string[]
  readonly tcpIdleMs: number
}

export interface NotifyOrder {
  /** Lowered. */
  readonly apex: Name
  /** Prefixes. */
  readonly from: readonly string[]
  /** The key that must have signed, absolute and lower-case; null: none needs to. */
  readonly key: string | null
}

interface RateOrder {
  readonly responsesPerSecond: number
  readonly slip: number
  readonly table: SharedArrayBuffer
  readonly key: Uint8Array
}

export interface CookieSecrets {
  readonly current: Uint8Array
  readonly other: Uint8Array | null
}

/** What settings say of it. */
export interface TermsSettings {
  readonly allow: readonly string[] | null
  readonly responsesPerSecond: number
  readonly slip: number
  /** Null: 3 where an access list or a rate limit is set, else off. */
  readonly amplificationMax: number | null
  readonly nsid: string | null
  readonly version: string | null
  readonly hostname: string | null
  /** Whether answers that health changed say so. */
  readonly explains: boolean
  /** Prefixes that may ask for the health of names. */
  readonly statusAcl: readonly string[]
}

export const termsDefault: TermsSettings = {
  allow: null,
  responsesPerSecond: 0,
  slip: 2,
  amplificationMax: null,
  nsid: null,
  version: null,
  hostname: null,
  explains: true,
  statusAcl: ['127.0.0.0/8', '::1'],
}

/** Seconds' worth of responses that a quiet network may have at once. */
const rateWindowSeconds = 1

export function orderTerms(
  settings: TermsSettings,
  own: readonly SocketAddress[],
  cookieSecrets: CookieSecrets,
  tcpIdleMs: number,
  keys: readonly KeySettings[] = [],
): TermsOrder {
  const { allow, responsesPerSecond, slip, nsid, version, hostname, explains, statusAcl } = settings
  const guarded = allow !== null || responsesPerSecond > 0
  return {
    allow,
    own,
    rate: responsesPerSecond === 0 ? null : orderRate(responsesPerSecond, slip),
    amplificationMax: settings.amplificationMax ?? (guarded ? amplificationDefault : 0),
    cookieSecrets,
    keys,
    nsid,
    version,
    hostname,
    explains,
    statusAcl,
    tcpIdleMs,
  }
}

/** With those who may tell of changes in zones that are pulled, as they are now. */
export function withNotify(
  order: TermsOrder,
  { notifyOrders }: { notifyOrders(): readonly NotifyOrder[] },
): TermsOrder {
  return { ...order, notify: notifyOrders() }
}

/** With the zones that only those may ask about who may have them. */
export function withReserved(order: TermsOrder, reserved: readonly ReservedZone[]): TermsOrder {
  return { ...order, reserved }
}

/** A secret of this process alone, for a server that shares none with others. */
export function drawCookieSecrets(): CookieSecrets {
  return { current: randomBytes(cookieSecretOctets), other: null }
}

export function createTerms(order: TermsOrder, tally: Tally): Terms {
  const { allow, own, rate, amplificationMax, cookieSecrets } = order
  const guard = createGuard({
    access: allow === null ? null : accessOf(allow),
    own,
    limiter: rate === null ? null : limiterOf(rate),
    amplificationMax,
    tally,
    tallyFrom: tallyAt[guardTallyNames[0]],
  })
  return {
    guard,
    cookies: cookieSecrets === null ? null : createCookies(cookieSecrets.current, cookieSecrets.other),
    keys: createKeyRing(order.keys),
    notify: sourcesOf(order.notify ?? []),
    reserved: order.reserved ?? [],
    identity: { nsid: octetsOf(order.nsid), version: octetsOf(order.version), hostname: octetsOf(order.hostname) },
    explains: order.explains,
    status: accessOf(order.statusAcl),
    keepaliveUnits: Math.round(order.tcpIdleMs / 100),
  }
}

function orderRate(responsesPerSecond: number, slip: number): RateOrder {
  const table = new SharedArrayBuffer(rateTableWords(rateBucketsDefault) * 4)
  return { responsesPerSecond, slip, table, key: randomBytes(sipKeyOctets) }
}

function limiterOf({ responsesPerSecond, slip, table, key }: RateOrder) {
  const options = { responsesPerSecond, slip, windowSeconds: rateWindowSeconds }
  return createRateLimiter(new Int32Array(table), readSipKey(key), options)
}

function sourcesOf(orders: readonly NotifyOrder[]): NotifySources | null {
  if (orders.length === 0) return null
  return new Map(
    orders.map(({ apex, from, key }) => {
      return [nameKey(apex), { apex, from: accessOf(from), key: key === null ? null : readKeyName(key) }]
    }),
  )
}

/** Settings were judged when they were read: a fault here is ours. */
function accessOf(allow: readonly string[]) {
  const { table, faults } = parseAccess(allow)
  assert(faults.length === 0, 'an access list that was not judged')
  return table
}

function octetsOf(text: string | null): Uint8Array | null {
  return text === null ? null : new TextEncoder().encode(text)
}
