/**
 * The two questions every query has to pass: before answering, may this client ask at all (`admit`); after composing,
 * may this response go to it (`meter`). What is limited is what a forged source could turn against a third party, so
 * TCP and clients with a valid cookie, which have shown that they receive what we send, are never limited.
 * Invariant: nothing is allocated and nothing is kept but the rate table; every refusal is counted under its own name.
 */
import { assert, never } from '../base/assert.ts'
import type { SocketAddress } from '../ports.ts'
import type { Via } from '../wire/query.ts'
import { type AddressTable, isAdmitted } from './access.ts'
import { addressOctetsMax, type Client, readAddress } from './address.ts'
import { type RateLimiter, type ResponseKind, spendResponse } from './rate.ts'

/** What the guard counts. The table is the answer path's: these names stand in it one after the other. */
export const guardTallyNames = [
  /** Dropped: nothing can be sent to port 0, such a source is forged. */
  'sourcePortZero',
  /** Dropped: a datagram that claims to come from a listener of ours would be answered in a circle. */
  'sourceIsOurs',
  /** Answered with REFUSED: not in the access list. */
  'clientRefused',
  /** Held back by the response rate limit. */
  'rateHeld',
  /** Over the rate limit and sent all the same, truncated where that helps. */
  'rateSlipped',
  /** Truncated, since the response was too many times the size of its query. */
  'amplificationCapped',
] as const
export type GuardTallyName = (typeof guardTallyNames)[number]

/** `drop`: say nothing. `refuse`: answer REFUSED, with Extended DNS Error 18 (Prohibited) if the query had EDNS. */
export type Admission = 'yes' | 'drop' | 'refuse'

/** `truncate`: send header, question and OPT only, with TC set. */
export type Passage = 'send' | 'drop' | 'truncate'

export interface GuardOptions {
  /** Who may ask; null: everybody. */
  readonly access: AddressTable | null
  /** Every address and port that we listen on by UDP, wildcards expanded; at most `ownAddressesMax`. */
  readonly own: readonly SocketAddress[]
  /** null: responses are not rate limited. */
  readonly limiter: RateLimiter | null
  /** A UDP response without a valid cookie is at most so many times its query; 0: any size. */
  readonly amplificationMax: number
  /** The counters, and where in them the first of `guardTallyNames` stands. */
  readonly tally: Float64Array
  readonly tallyFrom: number
}

export interface Guard {
  readonly options: GuardOptions
  /** False if `meter` lets every response through. */
  readonly meters: boolean
  readonly ownPorts: Uint16Array
  readonly ownLengths: Uint8Array
  readonly ownOctets: Uint8Array
}

/** A response on its way out. One is reused for all. */
export interface Reply {
  via: Via
  kind: ResponseKind
  /** A 32-bit number for what the response is about: see `spendResponse`. */
  subject: number
  hasValidCookie: boolean
  queryOctets: number
  responseOctets: number
}

export const ownAddressesMax = 256
const messageOctetsMax = 0xffff
/** What `amplificationMax` is where the guard is on and nothing else was asked for. */
export const amplificationDefault = 3

export function createGuard(options: GuardOptions): Guard {
  const { own } = options
  assert(own.length <= ownAddressesMax, 'more listeners than the guard can know')
  assert(options.amplificationMax >= 0, 'amplificationMax is negative')
  const ownPorts = new Uint16Array(own.length)
  const ownLengths = new Uint8Array(own.length)
  const ownOctets = new Uint8Array(own.length * addressOctetsMax)
  own.forEach(({ host, port }, i) => {
    const octets = ownOctets.subarray(i * addressOctetsMax, (i + 1) * addressOctetsMax)
    ownPorts[i] = port
    ownLengths[i] = readAddress(host, octets)
    assert(ownLengths[i] !== 0, 'a listener whose host is no address')
  })
  const meters = options.limiter !== null || options.amplificationMax > 0
  return { options, meters, ownPorts, ownLengths, ownOctets }
}

export function createReply(): Reply {
  return { via: 'udp', kind: 'answer', subject: 0, hasValidCookie: false, queryOctets: 0, responseOctets: 0 }
}

/** Before answering. A client whose address could not be read (length 0) is nobody's and is refused by any list. */
export function admit(guard: Guard, client: Client, via: Via): Admission {
  const { access } = guard.options
  if (via === 'udp' && client.port === 0) {
    count(guard, 'sourcePortZero')
    return 'drop'
  }
  if (via === 'udp' && isOurs(guard, client)) {
    count(guard, 'sourceIsOurs')
    return 'drop'
  }
  if (access !== null && (client.length === 0 || !isAdmitted(access, client.octets, client.length))) {
    count(guard, 'clientRefused')
    return 'refuse'
  }
  return 'yes'
}

/** After composing. `nowMs` is the clock of the rate table. */
export function meter(guard: Guard, client: Client, reply: Reply, nowMs: number): Passage {
  if (reply.via !== 'udp' || reply.hasValidCookie) return 'send'
  const { limiter, amplificationMax } = guard.options
  if (limiter !== null) {
    const verdict = spendResponse(limiter, client, reply.kind, reply.subject, nowMs)
    switch (verdict) {
      case 'within':
        break
      case 'hold':
        count(guard, 'rateHeld')
        return 'drop'
      case 'slip':
        count(guard, 'rateSlipped')
        // A truncated error helps nobody, and a whole one is no larger.
        return reply.kind === 'error' ? 'send' : 'truncate'
      default:
        return never(verdict)
    }
  }
  if (amplificationMax > 0 && reply.responseOctets > amplificationMax * reply.queryOctets) {
    count(guard, 'amplificationCapped')
    return 'truncate'
  }
  return 'send'
}

/** How large a response may be that `meter` should not cut for its size. */
export function uncutOctets({ options }: Guard, reply: Reply): number {
  const free = reply.via !== 'udp' || reply.hasValidCookie || options.amplificationMax === 0
  return free ? messageOctetsMax : Math.min(messageOctetsMax, options.amplificationMax * reply.queryOctets)
}

/** Compares ports first: a client rarely has ours. */
function isOurs({ ownPorts, ownLengths, ownOctets }: Guard, client: Client): boolean {
  for (let i = 0; i < ownPorts.length; i++) {
    if (ownPorts[i] !== client.port || ownLengths[i] !== client.length) continue
    let same = true
    for (let octet = 0; octet < client.length; octet++) {
      if (ownOctets[i * addressOctetsMax + octet] !== client.octets[octet]) same = false
    }
    if (same) return true
  }
  return false
}

const tallyAt = Object.fromEntries(guardTallyNames.map((name, i) => [name, i])) as Record<GuardTallyName, number>

function count({ options }: Guard, name: GuardTallyName): void {
  const at = options.tallyFrom + tallyAt[name]
  options.tally[at] = options.tally[at]! + 1
}
