/**
 * State as octets and back. One line says what the file is and what its body must be; the body is JSON, so that people
 * can read it. Nothing of a file that is torn, foreign or of a newer kind is believed: all of it is good, or none.
 *
 *   robin-state 1 <SHA-256 of the body, hex> <octets of the body>
 *   {"writtenAt": ...}
 *
 * The digest is handed in, so that this room stays pure.
 */
import { jsonPieces } from '../base/json.ts'
import type { SavedState } from './saved.ts'
import { isSavedState } from './shape.ts'

/** Hex SHA-256. */
export type Digest = (octets: Uint8Array) => string

/** The same of octets that come one after the other. */
export interface RunningDigest {
  take(octets: Uint8Array): void
  end(): string
}

/** `torn`: not whole · `foreign`: not ours · `newer`: ours, but of a version to come. */
export type StateFault = 'torn' | 'foreign' | 'newer'

export type DecodedState =
  | { readonly kind: 'state'; readonly state: SavedState }
  | { readonly kind: 'fault'; readonly fault: StateFault }

const magic = 'robin-state '
const version = 1
/** Magic, version, digest and length take less. */
const headOctetsMax = 120

/** A piece at a time: there may be tens of thousands of tracks, and control has others to attend to. */
export function* encodeInSteps(state: SavedState, digest: RunningDigest): Generator<void, Uint8Array> {
  const { serials, tracks, overrides, heldTiers, ...plain } = state
  const body: Uint8Array[] = []
  const take = (text: string): void => {
    const octets = encoder.encode(text)
    digest.take(octets)
    body.push(octets)
  }
  for (const piece of jsonPieces(plain, { serials, tracks, overrides, heldTiers })) {
    take(piece)
    yield
  }
  take('\n')
  const bodyOctets = body.reduce((sum, { length }) => sum + length, 0)
  const head = encoder.encode(`${magic}${version} ${digest.end()} ${bodyOctets}\n`)
  const octets = new Uint8Array(head.length + bodyOctets)
  let at = 0
  for (const piece of [head, ...body]) {
    octets.set(piece, at)
    at += piece.length
    yield
  }
  return octets
}

export function decodeState(octets: Uint8Array, digest: Digest): DecodedState {
  const end = octets.subarray(0, headOctetsMax).indexOf(newline)
  const head = String.fromCharCode(...octets.subarray(0, end < 0 ? headOctetsMax : end))
  if (!head.startsWith(magic)) return fault(magic.startsWith(head) ? 'torn' : 'foreign')
  if (end < 0) return fault('torn')
  const [, number, sum, length] = /^robin-state ([0-9]{1,9}) ([0-9a-f]{64}) ([0-9]{1,12})$/.exec(head) ?? []
  const newer = Number(number ?? /^robin-state ([0-9]{1,9}) /.exec(head)?.[1]) > version
  if (newer) return fault('newer')
  const body = octets.subarray(end + 1)
  if (Number(number) !== version || body.length !== Number(length) || digest(body) !== sum) return fault('torn')
  const state = parsed(new TextDecoder().decode(body))
  return isSavedState(state) ? { kind: 'state', state } : fault('foreign')
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    // Whole, and yet no JSON: whoever wrote it, it was not us.
    return error instanceof SyntaxError ? null : error
  }
}

function fault(kind: StateFault): DecodedState {
  return { kind: 'fault', fault: kind }
}

const newline = 0x0a
const encoder = new TextEncoder()
