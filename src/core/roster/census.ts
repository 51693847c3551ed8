/**
 * How many endpoints there are, how many are down, and how many of them fell a moment ago: the evidence on which a
 * freeze is judged (core/health/freeze). An endpoint is down while some check on it is down; sentinels are not counted.
 * Kept up verdict by verdict, so that a beat in which nothing turned costs nothing.
 */
import { type Millis, millis } from '../base/units.ts'
import { freezeAddressesMin, freezeWindowMs } from '../health/freeze.ts'
import type { Endpoint, Track, Verdict } from '../health/types.ts'

/** One endpoint. */
export interface Place {
  readonly address: string
  /** Checks on it that are down. */
  downs: number
  /** When it fell, if that was within the window and it is still down. */
  fellMs: Millis | null
}

interface Fall {
  readonly place: Place
  readonly atMs: Millis
}

export interface Census {
  readonly places: Map<string, Place>
  down: number
  fallen: number
  /** Falls in order of time, those before `forgotten` already out of the window. */
  readonly falls: Fall[]
  forgotten: number
}

export function createCensus(): Census {
  return { places: new Map(), down: 0, fallen: 0, falls: [], forgotten: 0 }
}

/** Counts a check as its track has it: one of an older generation, or from before a restart. `closeCensus` follows. */
export function enrol(census: Census, { address, port }: Endpoint, track: Track): Place {
  const key = `${address} ${port}`
  const place = census.places.get(key) ?? { address, downs: 0, fellMs: null }
  if (place.downs === 0) census.places.set(key, place)
  if (track.verdict !== 'down') return place
  const sinceMs = isFall(track) ? track.sinceMs : longAgoMs
  place.fellMs = place.fellMs === null || sinceMs < place.fellMs ? sinceMs : place.fellMs
  if (++place.downs === 1) census.down++
  return place
}

/** All checks are enrolled. An endpoint fell when the first of its checks did. */
export function closeCensus(census: Census, nowMs: Millis): void {
  for (const place of census.places.values()) {
    if (place.fellMs === null) continue
    if (place.fellMs > nowMs - freezeWindowMs) census.falls.push({ place, atMs: place.fellMs })
    else place.fellMs = null
  }
  census.falls.sort((a, b) => a.atMs - b.atMs)
  census.fallen = census.falls.length
}

/** A check on the endpoint turned. */
export function noteTurn(census: Census, place: Place, from: Verdict, track: Track): void {
  if (track.verdict === 'down') {
    if (++place.downs > 1) return
    census.down++
    if (!isFall(track)) return
    place.fellMs = track.sinceMs
    census.fallen++
    census.falls.push({ place, atMs: track.sinceMs })
  } else if (from === 'down' && --place.downs === 0) {
    census.down--
    if (place.fellMs !== null) {
      place.fellMs = null
      census.fallen--
    }
  }
}

/** Lets falls leave the window. */
export function forgetFalls(census: Census, nowMs: Millis): void {
  const { falls } = census
  while (census.forgotten < falls.length && falls[census.forgotten]!.atMs <= nowMs - freezeWindowMs) {
    const { place, atMs } = falls[census.forgotten++]!
    if (place.fellMs !== atMs) continue
    place.fellMs = null
    census.fallen--
  }
  if (census.forgotten === 0 || census.forgotten * 2 < falls.length) return
  falls.splice(0, census.forgotten)
  census.forgotten = 0
}

/** Distinct addresses that fell within the window, as far as it matters. */
export function fallenAddresses(census: Census): number {
  const addresses = new Set<string>()
  for (const { place, atMs } of census.falls) {
    if (place.fellMs === atMs) addresses.add(place.address)
    if (addresses.size >= freezeAddressesMin) break
  }
  return addresses.size
}

/** A track that was down from its beginning did not fall. */
function isFall({ cause }: Track): boolean {
  return cause !== 'first'
}

const longAgoMs = millis(Number.NEGATIVE_INFINITY)
