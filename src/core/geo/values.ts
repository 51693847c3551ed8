/**
 * Values of a GeoIP file (MaxMind DB File Format Specification 2.0, "Data section"): a control octet with type and
 * size, then the octets. Only the few that are asked for are read; the others are passed over without a look at them.
 * Invariant: nothing outside `from` to `to` is read; passing over a value only goes forward, and of pointers one is
 * followed at a time, so that no file can make a reader go in circles.
 */

/** A part of the file. Places are absolute; pointers count from `from`. */
export interface Values {
  readonly bytes: Uint8Array
  readonly from: number
  readonly to: number
}

const kind = { extended: 0, pointer: 1, text: 2, map: 7, array: 11, boolean: 14 } as const
const numbers: ReadonlySet<number> = new Set([5, 6, 9])

interface Head {
  readonly kind: number
  /** Octets; of maps pairs, of arrays entries, of pointers where they lead to. */
  readonly size: number
  /** Where the content begins. */
  readonly at: number
}

/** Maps inside of maps inside of maps. */
const depthMax = 32
const textOctetsMax = 64

/** Where the value of a key of the map at `at` begins; -1: it is no map, or has no such key. */
export function findValue(values: Values, at: number, key: string): number {
  const head = resolve(values, at)
  if (head === null || head.kind !== kind.map) return -1
  let place = head.at
  for (let i = 0; i < head.size && place < values.to; i++) {
    const text = readText(values, place)
    place = skip(values, place, 0)
    if (text === key) return place < values.to ? place : -1
    place = skip(values, place, 0)
  }
  return -1
}

/** Where the first entry of the array at `at` begins; -1: it is no array, or empty. */
export function firstEntry(values: Values, at: number): number {
  const head = resolve(values, at)
  return head === null || head.kind !== kind.array || head.size === 0 ? -1 : head.at
}

/** Null for what is no text, or a long one. */
export function readText(values: Values, at: number): string | null {
  const head = resolve(values, at)
  if (head === null || head.kind !== kind.text || head.size > textOctetsMax || head.at + head.size > values.to)
    return null
  let text = ''
  for (let i = 0; i < head.size; i++) text += String.fromCharCode(values.bytes[head.at + i]!)
  return text
}

/** Null for what is no unsigned number of at most 48 bits. */
export function readNumber(values: Values, at: number): number | null {
  const head = resolve(values, at)
  if (head === null || !numbers.has(head.kind) || head.size > 6 || head.at + head.size > values.to) return null
  let number = 0
  for (let i = 0; i < head.size; i++) number = number * 256 + values.bytes[head.at + i]!
  return number
}

/** The value at `at`, or what a pointer there leads to, which is no pointer itself. */
function resolve(values: Values, at: number): Head | null {
  const head = readHead(values, at)
  if (head === null || head.kind !== kind.pointer) return head
  const led = readHead(values, values.from + head.size)
  return led === null || led.kind === kind.pointer ? null : led
}

function readHead({ bytes, from, to }: Values, at: number): Head | null {
  // A control octet and what may belong to it.
  if (at < from || at >= to) return null
  const octet = (i: number): number => (at + i < to ? bytes[at + i]! : 0)
  const control = octet(0)
  const type = control >>> 5
  if (type === kind.pointer) return readPointer(at, control, octet)
  const extended = type === kind.extended
  const behind = extended ? 2 : 1
  const size = control & 0x1f
  const head = { kind: extended ? octet(1) + 7 : type }
  if (size < 29) return { ...head, size, at: at + behind }
  if (size === 29) return { ...head, size: 29 + octet(behind), at: at + behind + 1 }
  const two = (octet(behind) << 8) | octet(behind + 1)
  if (size === 30) return { ...head, size: 285 + two, at: at + behind + 2 }
  return { ...head, size: 65_821 + two * 256 + octet(behind + 2), at: at + behind + 3 }
}

function readPointer(at: number, control: number, octet: (i: number) => number): Head {
  const octets = ((control >>> 3) & 3) + 1
  let size = octets === 4 ? 0 : control & 7
  for (let i = 1; i <= octets; i++) size = size * 256 + octet(i)
  const base = [0, 2048, 526_336, 0][octets - 1]!
  return { kind: kind.pointer, size: size + base, at: at + 1 + octets }
}

/** Where the value at `at` ends; never before it, and never behind `to`. */
function skip(values: Values, at: number, depth: number): number {
  const head = readHead(values, at)
  if (head === null || depth > depthMax) return values.to
  switch (head.kind) {
    case kind.pointer:
    case kind.boolean:
      return Math.min(head.at, values.to)
    case kind.map:
    case kind.array: {
      const entries = head.kind === kind.map ? head.size * 2 : head.size
      let place = head.at
      for (let i = 0; i < entries && place < values.to; i++) place = skip(values, place, depth + 1)
      return Math.min(place, values.to)
    }
    default:
      return Math.min(head.at + head.size, values.to)
  }
}
