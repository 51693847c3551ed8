/**
 * A reader of responses for tests, written apart from the server's own code and strict where resolvers may be lax:
 * pointers go backwards only, counts match what follows, nothing trails.
 */
import { formatRdata, formatType, rrType } from '../../src/core/rdata/table.ts'

export interface DecodedRecord {
  readonly name: string
  readonly type: string
  readonly ttl: number
  readonly value: string
}

export interface DecodedOpt {
  readonly payload: number
  readonly extendedRcode: number
  readonly version: number
  readonly flags: number
  readonly options: number
  /** Scope of the Client Subnet that came back; null: none did. */
  readonly subnetScope: number | null
  /** The Extended DNS Error; null: none. */
  readonly error: { readonly code: number; readonly text: string } | null
}

export interface Decoded {
  readonly id: number
  readonly opcode: number
  readonly flags: readonly string[]
  readonly rcode: string
  readonly question: { readonly name: string; readonly type: string } | null
  readonly answer: readonly DecodedRecord[]
  readonly authority: readonly DecodedRecord[]
  readonly additional: readonly DecodedRecord[]
  readonly opt: DecodedOpt | null
  readonly octets: number
}

const rcodeNames = new Map([
  [0, 'NOERROR'],
  [1, 'FORMERR'],
  [2, 'SERVFAIL'],
  [3, 'NXDOMAIN'],
  [4, 'NOTIMP'],
  [5, 'REFUSED'],
  [9, 'NOTAUTH'],
  [16, 'BADVERS'],
  [23, 'BADCOOKIE'],
])

export function decode(bytes: Uint8Array): Decoded {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const bits = view.getUint16(2)
  let at = 12
  let question: Decoded['question'] = null
  if (view.getUint16(4) === 1) {
    const name = readName(bytes, at)
    question = { name: name.text, type: formatType(view.getUint16(name.end)) }
    at = name.end + 4
  }
  let opt: DecodedOpt | null = null
  const section = (count: number): DecodedRecord[] => {
    const records: DecodedRecord[] = []
    for (let i = 0; i < count; i++) {
      const name = readName(bytes, at)
      const type = view.getUint16(name.end)
      const length = view.getUint16(name.end + 8)
      const from = name.end + 10
      at = from + length
      if (at > bytes.length) throw new Error('rdata past the end')
      if (type === rrType.OPT) {
        if (opt !== null) throw new Error('two OPT records')
        opt = {
          payload: view.getUint16(name.end + 2),
          extendedRcode: bytes[name.end + 4]!,
          version: bytes[name.end + 5]!,
          flags: view.getUint16(name.end + 6),
          options: length,
          subnetScope: readScope(bytes, from, at),
          error: readError(bytes, from, at),
        }
        continue
      }
      const ttl = view.getUint32(name.end + 4)
      records.push({ name: name.text, type: formatType(type), ttl, value: readRdata(bytes, type, from, length) })
    }
    return records
  }
  const answer = section(view.getUint16(6))
  const authority = section(view.getUint16(8))
  const additional = section(view.getUint16(10))
  if (at !== bytes.length) throw new Error(`${bytes.length - at} octets trail`)
  const code = (bits & 0xf) | (((opt as DecodedOpt | null)?.extendedRcode ?? 0) << 4)
  return {
    id: view.getUint16(0),
    opcode: (bits >> 11) & 0xf,
    flags: flagNames(bits),
    rcode: rcodeNames.get(code) ?? `RCODE${code}`,
    question,
    answer,
    authority,
    additional,
    opt,
    octets: bytes.length,
  }
}

function readScope(bytes: Uint8Array, from: number, end: number): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  for (let at = from; at < end; at += 4 + view.getUint16(at + 2)) if (view.getUint16(at) === 8) return bytes[at + 7]!
  return null
}

function readError(bytes: Uint8Array, from: number, end: number): DecodedOpt['error'] {
  const view = new DataView(bytes.buffer, bytes.byteOffset)
  for (let at = from; at < end; at += 4 + view.getUint16(at + 2)) {
    if (view.getUint16(at) !== 15) continue
    const octets = view.getUint16(at + 2)
    if (octets < 2 || at + 4 + octets > end) throw new Error('an error option that is cut short')
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes.slice(at + 6, at + 4 + octets))
    return { code: view.getUint16(at + 4), text }
  }
  return null
}

function flagNames(bits: number): string[] {
  const names: [number, string][] = [
    [0x8000, 'qr'],
    [0x0400, 'aa'],
    [0x0200, 'tc'],
    [0x0100, 'rd'],
    [0x0080, 'ra'],
    [0x0040, 'z'],
    [0x0020, 'ad'],
    [0x0010, 'cd'],
  ]
  return names.flatMap(([bit, name]) => ((bits & bit) !== 0 ? [name] : []))
}

/** Presentation form and the offset behind the name as it stands. */
function readName(bytes: Uint8Array, start: number): { text: string; wire: number[]; end: number } {
  const wire: number[] = []
  let text = ''
  let at = start
  let end = -1
  let lowest = start
  for (;;) {
    const size = bytes[at]
    if (size === undefined) throw new Error('name past the end')
    if (size >= 0xc0) {
      if (end < 0) end = at + 2
      const target = ((size & 0x3f) << 8) | bytes[at + 1]!
      if (target >= lowest) throw new Error(`pointer at ${at} does not go backwards`)
      lowest = target
      at = target
      continue
    }
    if (size > 63) throw new Error(`label type at ${at}`)
    wire.push(size)
    if (size === 0) break
    for (let i = at + 1; i <= at + size; i++) {
      wire.push(bytes[i]!)
      const character = String.fromCharCode(bytes[i]!)
      text += /[a-zA-Z0-9_*-]/.test(character) ? character : `\\${String(bytes[i]).padStart(3, '0')}`
    }
    text += '.'
    at += size + 1
  }
  if (wire.length > 255) throw new Error('name too long')
  return { text: text === '' ? '.' : text, wire, end: end < 0 ? at + 1 : end }
}

/** Rdata with its names written out, then in presentation form. */
function readRdata(bytes: Uint8Array, type: number, from: number, length: number): string {
  const end = from + length
  const whole: number[] = []
  let at = from
  const plain = (count: number): void => {
    whole.push(...bytes.subarray(at, at + count))
    at += count
  }
  const name = (): void => {
    const read = readName(bytes, at)
    whole.push(...read.wire)
    at = read.end
  }
  if (type === rrType.NS || type === rrType.CNAME || type === rrType.PTR) name()
  else if (type === rrType.MX) {
    plain(2)
    name()
  } else if (type === rrType.SOA) {
    name()
    name()
    plain(20)
  } else plain(length)
  if (at !== end) throw new Error('rdata length does not match its contents')
  return formatRdata(type, Uint8Array.from(whole))
}
