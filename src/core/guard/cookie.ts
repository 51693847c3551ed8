/**
 * DNS Cookies (RFC 7873): a client that shows the cookie we gave it has proved that it receives what we send to its
 * address, so its answers need no limits. Ours are the interoperable version 1 of RFC 9018 section 4, so any server of
 * an anycast set with the same secret takes them:
 *
 *    0  client cookie                       8 octets, the client's own, given back as it came
 *    8  version 1 | reserved 0 0 0 | timestamp, Unix seconds modulo 2^32
 *   16  SipHash-2-4 of octets 0 to 15 and the client's address
 *
 * Invariants: a cookie is never demanded, a wrong one gets the normal answer and a fresh cookie; nothing is allocated;
 * how long a comparison takes tells nothing about the right hash.
 */
import { readU32, writeU32 } from '../base/bytes.ts'
import { addressOctetsMax, type Client } from './address.ts'
import { readSipKey, type SipKey, sipHash, sipHashOctets, sipKeyOctets } from './siphash.ts'

/**
 * What a query's COOKIE option says.
 * `none`: there is none. `client-only`: a client that has not learnt ours yet. `valid`: ours, to be given back as it
 * came. `renew`: ours, but more than half an hour old or made with the secret that is not current; the client is to
 * get a fresh one. `bad`: not ours, or out of time; answered like `client-only`. `malformed`: answered with FORMERR.
 */
export type CookieVerdict = 'none' | 'client-only' | 'valid' | 'renew' | 'bad' | 'malformed'

/** The secrets of one thread with the memory that hashing needs. To roll over, make a new one and swap it in. */
export interface Cookies {
  readonly current: SipKey
  /**
   * A second secret whose cookies are taken but never given out: the one before, or, while all servers of a set learn
   * it, the one that comes next (RFC 9018 section 5).
   */
  readonly other: SipKey | null
  readonly input: Uint8Array
  readonly hash: Uint8Array
}

export const cookieSecretOctets = sipKeyOctets
/** What a client shows of its own; alone where it knows none of ours. */
export const clientCookieOctets = 8
/** A whole option as we write it: the client's cookie and ours. */
export const cookieOctets = 24
const signedOctets = 16
const optionOctetsMin = 16
const optionOctetsMax = 40
const versionInteroperable = 1

/** RFC 9018 section 4.3: an hour back, five minutes ahead, renewed after half an hour. */
const ageSecondsMax = 3600
const aheadSecondsMax = 300
const renewAfterSeconds = 1800

/** Each secret holds sixteen octets. */
export function createCookies(current: Uint8Array, other: Uint8Array | null): Cookies {
  return {
    current: readSipKey(current),
    other: other === null ? null : readSipKey(other),
    input: new Uint8Array(signedOctets + addressOctetsMax),
    hash: new Uint8Array(sipHashOctets),
  }
}

/**
 * Judges the option whose `octets` octets of content stand at `at` of `query`; `at` below 0: there is none.
 * `nowSeconds` is Unix time.
 */
export function judgeCookie(
  cookies: Cookies,
  client: Client,
  query: Uint8Array,
  at: number,
  octets: number,
  nowSeconds: number,
): CookieVerdict {
  if (at < 0) return 'none'
  if (octets === clientCookieOctets) return 'client-only'
  if (octets < optionOctetsMin || octets > optionOctetsMax) return 'malformed'
  if (octets !== cookieOctets || query[at + clientCookieOctets] !== versionInteroperable) return 'bad'
  // Serial arithmetic of 32 bits (RFC 1982): right across the wrap in 2106.
  const age = (nowSeconds - readU32(query, at + 12)) | 0
  if (age > ageSecondsMax || age < -aheadSecondsMax) return 'bad'
  // The reserved octets are hashed as they came: another server of the set may have given them a meaning.
  copyOctets(query, at, cookies.input, 0, signedOctets)
  if (isSignedWith(cookies, cookies.current, client, query, at)) return age > renewAfterSeconds ? 'renew' : 'valid'
  return cookies.other !== null && isSignedWith(cookies, cookies.other, client, query, at) ? 'renew' : 'bad'
}

/**
 * Writes a fresh cookie for the client whose own eight octets stand at `from` of `query`: 24 octets at `at` of `out`.
 * Returns the octets written.
 */
export function writeServerCookie(
  cookies: Cookies,
  client: Client,
  query: Uint8Array,
  from: number,
  nowSeconds: number,
  out: Uint8Array,
  at: number,
): number {
  const { input } = cookies
  copyOctets(query, from, input, 0, clientCookieOctets)
  input[8] = versionInteroperable
  input[9] = 0
  input[10] = 0
  input[11] = 0
  writeU32(input, 12, nowSeconds)
  copyOctets(input, 0, out, at, signedOctets)
  sign(cookies, cookies.current, client, out, at + signedOctets)
  return cookieOctets
}

/** Hashes `input`, whose first sixteen octets are in place. */
function sign(cookies: Cookies, key: SipKey, client: Client, out: Uint8Array, at: number): void {
  const { input } = cookies
  copyOctets(client.octets, 0, input, signedOctets, client.length)
  sipHash(key, input, 0, signedOctets + client.length, out, at)
}

/** Looks at all eight octets whatever the first ones say. */
function isSignedWith(cookies: Cookies, key: SipKey, client: Client, query: Uint8Array, at: number): boolean {
  const { hash } = cookies
  sign(cookies, key, client, hash, 0)
  let difference = 0
  for (let i = 0; i < sipHashOctets; i++) difference |= hash[i]! ^ query[at + signedOctets + i]!
  return difference === 0
}

function copyOctets(from: Uint8Array, fromAt: number, to: Uint8Array, toAt: number, count: number): void {
  for (let i = 0; i < count; i++) to[toAt + i] = from[fromAt + i]!
}
