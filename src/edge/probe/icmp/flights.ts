/**
 * The echoes in flight over one socket, by sequence number: whom each was sent to, the cookie it carries, who waits.
 * They lie in flat tables that grow with how many are in flight at once, because thousands of small objects a second
 * cost more to collect than the echoes cost to send.
 *
 * Invariants: at most `flightsMax` are in flight, half of all sequence numbers, so that a free one is found soon; a
 * number in use is never given out; an echo is found only by its number, its target's address and its cookie together.
 */
import { randomFillSync } from 'node:crypto'
import { assert } from '../../../core/base/assert.ts'
import type { Settle } from '../outcome.ts'
import { cookieOctets } from './packet.ts'

export const flightsMax = 32_768
const sequences = 65_536
const firstSize = 256
const cookiesDrawnAtOnce = 512

export interface Flights {
  count(): number
  /** Puts an echo to these address octets in flight and returns its sequence number. There must be room. */
  add(target: Uint8Array, settle: Settle): number
  /** Copies the cookie of an echo in flight. */
  copyCookie(sequence: number, into: Uint8Array, at: number): void
  /** Who waits for an echo of this number, sent to the address at `fromAt`, with the cookie at `cookieAt`. */
  find(sequence: number, from: Uint8Array, fromAt: number, message: Uint8Array, cookieAt: number): Settle | null
  /** As `find`, of an echo whose cookie was not told. */
  findBare(sequence: number, from: Uint8Array, fromAt: number): Settle | null
  remove(sequence: number): void
  /** All that wait. */
  waiting(): readonly Settle[]
}

interface Tables {
  readonly settles: (Settle | null)[]
  targets: Uint8Array
  cookies: Uint8Array
}

export function createFlights(addressOctets: 4 | 16): Flights {
  const tables: Tables = { settles: [], targets: new Uint8Array(0), cookies: new Uint8Array(0) }
  const { settles } = tables
  const drawCookie = createCookies()
  let count = 0
  let last = 0

  const grow = (): void => {
    const size = Math.max(firstSize, Math.min(sequences, 2 * settles.length))
    while (settles.length < size) settles.push(null)
    tables.targets = enlarged(tables.targets, size * addressOctets)
    tables.cookies = enlarged(tables.cookies, size * cookieOctets)
  }

  const freeSequence = (): number => {
    do last = last + 1 < settles.length ? last + 1 : 0
    while (settles[last] !== null)
    return last
  }

  const findBare: Flights['findBare'] = (sequence, from, fromAt) => {
    const settle = sequence < settles.length ? settles[sequence]! : null
    if (settle === null) return null
    return equalAt(tables.targets, sequence * addressOctets, from, fromAt, addressOctets) ? settle : null
  }

  return {
    count: () => count,
    add: (target, settle) => {
      assert(count < flightsMax && target.length >= addressOctets, 'no room for an echo, or no address to it')
      if (2 * count >= settles.length && settles.length < sequences) grow()
      const sequence = freeSequence()
      settles[sequence] = settle
      count++
      for (let i = 0; i < addressOctets; i++) tables.targets[sequence * addressOctets + i] = target[i]!
      drawCookie(tables.cookies, sequence * cookieOctets)
      return sequence
    },
    copyCookie: (sequence, into, at) => {
      for (let i = 0; i < cookieOctets; i++) into[at + i] = tables.cookies[sequence * cookieOctets + i]!
    },
    find: (sequence, from, fromAt, message, cookieAt) => {
      const settle = findBare(sequence, from, fromAt)
      if (settle === null) return null
      return equalAt(tables.cookies, sequence * cookieOctets, message, cookieAt, cookieOctets) ? settle : null
    },
    findBare,
    remove: sequence => {
      if (settles[sequence] === null) return
      settles[sequence] = null
      count--
    },
    waiting: () => settles.filter(settle => settle !== null),
  }
}

function enlarged(table: Uint8Array, octets: number): Uint8Array {
  const larger = new Uint8Array(octets)
  larger.set(table)
  return larger
}

function equalAt(a: Uint8Array, aAt: number, b: Uint8Array, bAt: number, octets: number): boolean {
  for (let i = 0; i < octets; i++) if (a[aAt + i] !== b[bAt + i]) return false
  return true
}

/** Unguessable octets, drawn many at a time because each draw is a call into the system. */
function createCookies(): (into: Uint8Array, at: number) => void {
  const pool = new Uint8Array(cookieOctets * cookiesDrawnAtOnce)
  let next = pool.length
  return (into, at) => {
    if (next === pool.length) {
      randomFillSync(pool)
      next = 0
    }
    for (let i = 0; i < cookieOctets; i++) into[at + i] = pool[next + i]!
    next += cookieOctets
  }
}
