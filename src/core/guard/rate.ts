/**
 * Response rate limiting (after Vixie and Schryver, ISC-TN-2012-1): a forged source makes us answer its victim, always
 * with much the same response, so like responses to one network are counted and the surplus is held back. Every Nth of
 * those goes out truncated ("slip"): a real client behind that network asks again by TCP, which is never limited.
 *
 * A bucket stands for one /24 or /56, one kind of response and its subject. It leaks `responsesPerSecond` and holds
 * `windowSeconds` worth of them, so n seconds let through at most `responsesPerSecond * (n + windowSeconds)`; what is
 * held back does not fill it, so the rate is kept under any flood.
 *
 *   word  0 tag: half of the hash   1 level, in thousandths of a response   2 when last seen, ms   3 held back so far
 *
 * Invariants: the memory is the caller's table and nothing else. Two sources share a bucket only if a keyed hash puts
 * both into one set under one tag, so nobody can be punished for another on purpose. Four buckets make a set; a
 * newcomer takes the emptiest, and one that has run empty is as good as new. To push out a filling one, an attacker
 * must keep the three others of its set fuller; the key hides which those are, so it must fill most of the table, and
 * whoever commands that many networks was let through more by their own buckets than by the one forgotten. Threads may
 * share a table: a race miscounts one response.
 */
import { assert, never } from '../base/assert.ts'
import type { Client } from './address.ts'
import { type SipKey, sipHash, sipHashOctets } from './siphash.ts'

/** What is counted together. Wildcard answers share the subject of the wildcard, NXDOMAINs that of the zone. */
export type ResponseKind = 'answer' | 'nodata' | 'nxdomain' | 'referral' | 'error'

/** `slip`: over the rate, but the one in N that tells a real client to come by TCP. */
export type RateVerdict = 'within' | 'hold' | 'slip'

export interface RateOptions {
  /** Like responses a second to one network; 0 switches limiting off. At most `ratePerSecondMax`. */
  readonly responsesPerSecond: number
  /** How many seconds' worth a quiet network may have at once: 1 to `rateWindowSecondsMax`. */
  readonly windowSeconds: number
  /** Of the responses held back every `slip`th is sent truncated; 0: none, 1: all. At most `rateSlipMax`. */
  readonly slip: number
}

export interface RateLimiter {
  readonly options: RateOptions
  readonly buckets: Int32Array
  readonly setMask: number
  readonly key: SipKey
  readonly input: Uint8Array
  readonly hash: Uint8Array
}

export const ratePerSecondMax = 100_000
export const rateWindowSecondsMax = 20
export const rateSlipMax = 100
/** Buckets of a table where nobody asks for another size: 1 MiB. */
export const rateBucketsDefault = 65_536

const bucketWords = 4
const waysPerSet = 4
const setWords = bucketWords * waysPerSet
const levelAt = 1
const seenAt = 2
const heldAt = 3

const perResponse = 1000
const networkOctetsV4 = 3
const networkOctetsV6 = 7
const inputOctets = 12

/** Words of a table of `buckets` buckets; the caller allocates it, shared between threads or not. */
export function rateTableWords(buckets: number): number {
  return buckets * bucketWords
}

/** `table` holds a power of two of buckets, four or more; its content may be left over from before. */
export function createRateLimiter(table: Int32Array, key: SipKey, options: RateOptions): RateLimiter {
  const { responsesPerSecond, windowSeconds, slip } = options
  assert(isWithin(responsesPerSecond, 0, ratePerSecondMax), 'responsesPerSecond out of range')
  assert(isWithin(windowSeconds, 1, rateWindowSecondsMax), 'windowSeconds out of range')
  assert(isWithin(slip, 0, rateSlipMax), 'slip out of range')
  const sets = table.length / setWords
  assert(sets >= 1 && Number.isInteger(Math.log2(sets)), 'a rate table has a power of two of buckets, four or more')
  const input = new Uint8Array(inputOctets)
  return { options, buckets: table, setMask: sets - 1, key, input, hash: new Uint8Array(sipHashOctets) }
}

/**
 * Counts one response to `client` and says what becomes of it. `subject` is any 32-bit number that stands for what the
 * response is about; errors have none. `nowMs` never goes back on one thread and is the same clock on all that share
 * the table.
 */
export function spendResponse(
  limiter: RateLimiter,
  client: Client,
  kind: ResponseKind,
  subject: number,
  nowMs: number,
): RateVerdict {
  const { buckets, options } = limiter
  const { responsesPerSecond, windowSeconds, slip } = options
  if (responsesPerSecond === 0) return 'within'
  const now = nowMs | 0
  const at = findBucket(limiter, client, kind, subject, now)
  const level = levelNow(limiter, at, now)
  if (!isSkewed(limiter, at, now)) buckets[at + seenAt] = now
  if (level + perResponse <= responsesPerSecond * windowSeconds * perResponse) {
    buckets[at + levelAt] = level + perResponse
    return 'within'
  }
  buckets[at + levelAt] = level
  const held = (buckets[at + heldAt]! + 1) >>> 0
  buckets[at + heldAt] = held
  return slip !== 0 && held % slip === 0 ? 'slip' : 'hold'
}

/** The source's own bucket, or the emptiest of its set made its own. */
function findBucket(limiter: RateLimiter, client: Client, kind: ResponseKind, subject: number, now: number): number {
  const { buckets, hash } = limiter
  hashSource(limiter, client, kind, subject)
  const first = (wordAt(hash, 0) & limiter.setMask) * setWords
  const tag = wordAt(hash, 4)
  const end = first + setWords
  for (let at = first; at < end; at += bucketWords) if (buckets[at] === tag) return at
  let emptiest = first
  let least = levelNow(limiter, first, now)
  for (let at = first + bucketWords; at < end && least > 0; at += bucketWords) {
    const level = levelNow(limiter, at, now)
    if (level < least) {
      emptiest = at
      least = level
    }
  }
  buckets[emptiest] = tag
  buckets[emptiest + levelAt] = 0
  buckets[emptiest + seenAt] = now
  buckets[emptiest + heldAt] = 0
  return emptiest
}

/** What is left in a bucket at `now`. Milliseconds wrap after 49 days: a bucket older than the window is empty. */
function levelNow(limiter: RateLimiter, at: number, now: number): number {
  const { buckets, options } = limiter
  if (isSkewed(limiter, at, now)) return buckets[at + levelAt]!
  const elapsedMs = (now - buckets[at + seenAt]!) >>> 0
  if (elapsedMs >= options.windowSeconds * 1000) return 0
  return Math.max(0, buckets[at + levelAt]! - elapsedMs * options.responsesPerSecond)
}

/** Another thread read the clock a moment later and came first: no time has passed. */
function isSkewed({ buckets, options }: RateLimiter, at: number, now: number): boolean {
  const elapsedMs = (now - buckets[at + seenAt]!) | 0
  return elapsedMs < 0 && elapsedMs > -options.windowSeconds * 1000
}

/** Kind and family, network, subject: twelve octets. */
function hashSource({ input, key, hash }: RateLimiter, client: Client, kind: ResponseKind, subject: number): void {
  const { octets, length } = client
  const networkOctets = length === 4 ? networkOctetsV4 : networkOctetsV6
  const about = kind === 'error' ? 0 : subject
  input[0] = (codeOf(kind) << 1) | (length === 4 ? 0 : 1)
  for (let i = 0; i < networkOctetsV6; i++) input[1 + i] = i < networkOctets ? octets[i]! : 0
  input[8] = about
  input[9] = about >>> 8
  input[10] = about >>> 16
  input[11] = about >>> 24
  sipHash(key, input, 0, inputOctets, hash, 0)
}

function codeOf(kind: ResponseKind): number {
  switch (kind) {
    case 'answer':
      return 0
    case 'nodata':
      return 1
    case 'nxdomain':
      return 2
    case 'referral':
      return 3
    case 'error':
      return 4
    default:
      return never(kind)
  }
}

/** Signed, so that it compares with what the table gives back. */
function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24)
}

function isWithin(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}
