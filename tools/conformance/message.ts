/**
 * Reads a DNS message into a form that compares: names lowered and written out, records as text that is equal exactly
 * when the records are. It is written apart from the server's own codec, so that a mistake there is not repeated here,
 * and it is strict: counts match what follows, nothing trails, pointers go backwards, names stand compressed only where
 * RFC 3597 section 4 allows it.
 */

export interface ReadRecord {
  /** Lowered, in hex escapes where it is not plain; `www.ref.test.` */
  readonly owner: string
  readonly type: number
  readonly rrClass: number
  readonly ttl: number
  /** Names inside written out and lowered; hex. */
  readonly rdata: string
}

export interface ReadOpt {
  readonly payload: number
  readonly version: number
  /** DO and the reserved bits. */
  readonly flags: number
  readonly options: readonly number[]
  /** Of the options. */
  readonly octets: number
}

export interface Message {
  readonly id: number
  readonly opcode: number
  /** The header's flags as set bits of octets 2 and 3, without opcode and rcode. */
  readonly flags: number
  /** With the upper bits of OPT. */
  readonly rcode: number
  /** Octets of the question section, as they stand. */
  readonly question: Uint8Array
  readonly questions: number
  readonly answer: readonly ReadRecord[]
  readonly authority: readonly ReadRecord[]
  readonly additional: readonly ReadRecord[]
  readonly opt: ReadOpt | null
  readonly octets: number
}

export const bit = { QR: 0x8000, AA: 0x0400, TC: 0x0200, RD: 0x0100, RA: 0x0080, Z: 0x0040, AD: 0x0020, CD: 0x0010 }

/** Octets in front of the names, how many names, whether they may be compressed, and octets behind; null: any. */
interface NamePlaces {
  readonly skip: number
  readonly names: number
  readonly packed: boolean
  readonly rest: number | null
}

const oneName: NamePlaces = { skip: 0, names: 1, packed: true, rest: 0 }
const serviceBinding: NamePlaces = { skip: 2, names: 1, packed: false, rest: null }
const namesIn: ReadonlyMap<number, NamePlaces> = new Map([
  [2, oneName],
  [5, oneName],
  [6, { skip: 0, names: 2, packed: true, rest: 20 }],
  [12, oneName],
  [15, { skip: 2, names: 1, packed: true, rest: 0 }],
  [33, { skip: 6, names: 1, packed: false, rest: 0 }],
  [39, { ...oneName, packed: false }],
  [64, serviceBinding],
  [65, serviceBinding],
])

const optType = 41

/** Throws where the octets are no message. */
export function readMessage(octets: Uint8Array): Message {
  const reader: Reader = { octets, at: 12 }
  if (octets.length < 12) throw new Error('shorter than a header')
  const u16 = (at: number): number => (octets[at]! << 8) | octets[at + 1]!
  const bits = u16(2)
  const questions = u16(4)
  for (let i = 0; i < questions; i++) {
    readName(reader, true)
    take(reader, 4)
  }
  const question = octets.subarray(12, reader.at)
  let opt: (ReadOpt & { readonly extended: number }) | null = null
  const section = (records: number, optAllowed: boolean): ReadRecord[] => {
    const read: ReadRecord[] = []
    for (let i = 0; i < records; i++) {
      const start = reader.at
      const record = readRecord(reader)
      if (record.type !== optType) {
        read.push(record)
        continue
      }
      if (!optAllowed || opt !== null || octets[start] !== 0) throw new Error('an OPT record out of place')
      opt = readOpt(record)
    }
    return read
  }
  const answer = section(u16(6), false)
  const authority = section(u16(8), false)
  const additional = section(u16(10), true)
  if (reader.at !== octets.length) throw new Error(`${octets.length - reader.at} octets trail`)
  const extended = (opt as { readonly extended: number } | null)?.extended ?? 0
  return {
    id: u16(0),
    opcode: (bits >>> 11) & 0xf,
    flags: bits & 0x87f0,
    rcode: (bits & 0xf) | (extended << 4),
    question,
    questions,
    answer,
    authority,
    additional,
    opt,
    octets: octets.length,
  }
}

interface Reader {
  readonly octets: Uint8Array
  at: number
}

function take(reader: Reader, count: number): number {
  const from = reader.at
  reader.at += count
  if (reader.at > reader.octets.length) throw new Error('the message ends early')
  return from
}

function readRecord(reader: Reader): ReadRecord {
  const { octets } = reader
  const owner = readName(reader, true)
  const at = take(reader, 10)
  const view = new DataView(octets.buffer, octets.byteOffset + at, 10)
  const type = view.getUint16(0)
  const length = view.getUint16(8)
  const end = reader.at + length
  if (end > octets.length) throw new Error('rdata beyond the end')
  const rdata = readRdata(reader, type, end)
  if (reader.at !== end) throw new Error('rdata that does not fill its length')
  return { owner: printName(owner), type, rrClass: view.getUint16(2), ttl: view.getUint32(4), rdata }
}

function readRdata(reader: Reader, type: number, end: number): string {
  const { octets } = reader
  const place = namesIn.get(type)
  // An RRset of no length, as in UPDATE: there is no name to read.
  if (place === undefined || reader.at === end) {
    const from = take(reader, end - reader.at)
    return hex(octets.subarray(from, end))
  }
  const from = take(reader, place.skip)
  let text = hex(octets.subarray(from, from + place.skip))
  for (let i = 0; i < place.names; i++) text += hex(Uint8Array.from(readName(reader, place.packed)))
  const rest = take(reader, place.rest ?? Math.max(0, end - reader.at))
  return text + hex(octets.subarray(rest, reader.at))
}

function readOpt(record: ReadRecord): ReadOpt & { readonly extended: number } {
  const rdata = Buffer.from(record.rdata, 'hex')
  const options: number[] = []
  let at = 0
  while (at < rdata.length) {
    if (at + 4 > rdata.length) throw new Error('an EDNS option cut short')
    options.push(rdata.readUInt16BE(at))
    at += 4 + rdata.readUInt16BE(at + 2)
  }
  if (at !== rdata.length) throw new Error('an EDNS option beyond its record')
  return {
    payload: record.rrClass,
    version: (record.ttl >>> 16) & 0xff,
    flags: record.ttl & 0xffff,
    options,
    octets: rdata.length,
    extended: record.ttl >>> 24,
  }
}

/** The lowered wire form of the name that stands here; the reader goes behind it. */
function readName(reader: Reader, packed: boolean): number[] {
  const { octets } = reader
  const wire: number[] = []
  let at = reader.at
  let lowest = at
  let behind = -1
  for (;;) {
    const size = octets[at]
    if (size === undefined) throw new Error('a name beyond the end')
    if (size >= 0xc0) {
      if (!packed) throw new Error('a name compressed where it may not be')
      const target = ((size & 0x3f) << 8) | (octets[at + 1] ?? 0)
      if (behind < 0) behind = at + 2
      if (target >= lowest) throw new Error('a pointer that does not go backwards')
      lowest = target
      at = target
      continue
    }
    if (size > 63) throw new Error('an unknown kind of label')
    for (let i = at; i <= at + size; i++) wire.push(lowered(octets[i] ?? 0, i === at))
    at += size + 1
    if (wire.length > 255) throw new Error('a name longer than 255 octets')
    if (size === 0) break
  }
  reader.at = behind < 0 ? at : behind
  if (reader.at > octets.length) throw new Error('a name beyond the end')
  return wire
}

function lowered(octet: number, isLength: boolean): number {
  return !isLength && octet >= 0x41 && octet <= 0x5a ? octet + 0x20 : octet
}

/** Presentation form of a wire name, all but letters, digits, `-`, `_` and `*` escaped. */
export function printName(wire: ArrayLike<number>): string {
  if (wire[0] === 0) return '.'
  let text = ''
  for (let at = 0; wire[at] !== 0; at += wire[at]! + 1) {
    for (let i = at + 1; i <= at + wire[at]!; i++) {
      const character = String.fromCharCode(wire[i]!)
      text += /[A-Za-z0-9_*-]/.test(character) ? character : `\\${String(wire[i]).padStart(3, '0')}`
    }
    text += '.'
  }
  return text
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString('hex')
}
