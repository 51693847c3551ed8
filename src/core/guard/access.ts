/**
 * Lists of address prefixes (RFC 4632, RFC 4291 section 2.3), compiled so that the longest one that covers an address
 * is found by one binary search: nested prefixes are flattened into consecutive spans of the address space, each with
 * the value of the innermost prefix. The table is flat, at most two spans a prefix, and looking up allocates nothing.
 * What a person got wrong comes back as faults beside the table, never as a throw.
 */
import { addressOctetsMax, readAddress } from './address.ts'

/** Network octets (4 or 16), zero behind `bits`. */
export interface Prefix {
  readonly octets: Uint8Array
  readonly bits: number
}

export type PrefixFault = 'bad-address' | 'bad-prefix-length' | 'host-bits'

/** Span `i` begins at address `starts[i]` (one word for IPv4, four for IPv6) and ends before the next one begins. */
interface Spans {
  readonly starts: Uint32Array
  readonly values: Int32Array
}

export interface AddressTable {
  readonly v4: Spans
  readonly v6: Spans
}

export interface AccessFault {
  /** Which entry of the list. */
  readonly index: number
  readonly text: string
  /** `contradiction`: the same prefix stands in the list both ways. */
  readonly fault: PrefixFault | 'contradiction' | 'too-many'
}

/** Entries of one list; more are a fault. */
export const prefixesMax = 65_536

/** No prefix covers the address. */
export const uncovered = -1

const refused = 0
const admitted = 1

/** Whether an access list lets these address octets in. What no entry covers is refused. */
export function isAdmitted(table: AddressTable, octets: Uint8Array, length: number): boolean {
  return matchAddress(table, octets, length) === admitted
}

/**
 * Compiles an access list: `10.0.0.0/8`, `2001:db8::/32`, a single address, or one of these behind `!`, which refuses
 * it. The longest prefix decides, so the order does not matter. The table holds every entry without a fault.
 */
export function parseAccess(entries: readonly string[]): {
  readonly table: AddressTable
  readonly faults: readonly AccessFault[]
} {
  const faults: AccessFault[] = []
  const seen = new Map<string, number>()
  const valued: { prefix: Prefix; value: number }[] = []
  for (const [index, text] of entries.entries()) {
    if (index === prefixesMax) {
      faults.push({ index, text, fault: 'too-many' })
      break
    }
    const negated = text.startsWith('!')
    const prefix = parsePrefix(negated ? text.slice(1) : text)
    if (typeof prefix === 'string') {
      faults.push({ index, text, fault: prefix })
      continue
    }
    const value = negated ? refused : admitted
    const key = `${prefix.octets.join('.')}/${prefix.bits}`
    const earlier = seen.get(key)
    if (earlier === undefined) valued.push({ prefix, value })
    else if (earlier !== value) faults.push({ index, text, fault: 'contradiction' })
    seen.set(key, earlier ?? value)
  }
  return { table: compilePrefixes(valued), faults }
}

/** `ADDRESS/BITS`, or an address alone for just that one. A prefix of mapped IPv4 addresses is read as IPv4. */
export function parsePrefix(text: string): Prefix | PrefixFault {
  const slash = text.indexOf('/')
  const address = slash < 0 ? text : text.slice(0, slash)
  const into = new Uint8Array(addressOctetsMax)
  const length = address.includes('%') ? 0 : readAddress(address, into)
  if (length === 0) return 'bad-address'
  const octets = into.slice(0, length)
  if (slash < 0) return { octets, bits: length * 8 }
  const digits = text.slice(slash + 1)
  if (!/^(?:0|[1-9][0-9]{0,2})$/.test(digits)) return 'bad-prefix-length'
  const mappedBits = length === 4 && address.includes(':') ? 96 : 0
  const bits = Number(digits) - mappedBits
  if (bits > length * 8) return 'bad-prefix-length'
  if (bits < 0 || hasBitsBehind(octets, bits)) return 'host-bits'
  return { octets, bits }
}

/** True if a bit is set in `octets` behind the first `bits`. */
function hasBitsBehind(octets: Uint8Array, bits: number): boolean {
  return octets.some((octet, i) => {
    const network = Math.min(8, Math.max(0, bits - i * 8))
    return (octet & (0xff >>> network)) !== 0
  })
}

/** Flattens prefixes into the spans that lookups search. Values are 0 or more; of equal prefixes the last counts. */
export function compilePrefixes(entries: readonly { readonly prefix: Prefix; readonly value: number }[]): AddressTable {
  const of = (length: number) => entries.filter(({ prefix }) => prefix.octets.length === length)
  return { v4: flatten(of(4), 32), v6: flatten(of(addressOctetsMax), 128) }
}

/** The value of the longest prefix that covers the address, or `uncovered`. */
export function matchAddress(table: AddressTable, octets: Uint8Array, length: number): number {
  return length === 4 ? searchV4(table.v4, octets) : searchV6(table.v6, octets)
}

function searchV4({ starts, values }: Spans, octets: Uint8Array): number {
  const address = wordAt(octets, 0)
  let low = 0
  let high = values.length
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (starts[middle]! <= address) low = middle
    else high = middle
  }
  return values[low]!
}

function searchV6({ starts, values }: Spans, octets: Uint8Array): number {
  let low = 0
  let high = values.length
  while (high - low > 1) {
    const middle = (low + high) >>> 1
    if (beginsAtOrBefore(starts, middle * 4, octets)) low = middle
    else high = middle
  }
  return values[low]!
}

function beginsAtOrBefore(starts: Uint32Array, at: number, octets: Uint8Array): boolean {
  for (let word = 0; word < 4; word++) {
    const start = starts[at + word]!
    const address = wordAt(octets, word * 4)
    if (start !== address) return start < address
  }
  return true
}

function wordAt(octets: Uint8Array, at: number): number {
  return ((octets[at]! << 24) | (octets[at + 1]! << 16) | (octets[at + 2]! << 8) | octets[at + 3]!) >>> 0
}

interface Stretch {
  readonly first: bigint
  readonly last: bigint
  readonly value: number
}

/** Sweeps from low to high with the prefixes that are open: a span begins where one opens and behind where one ends. */
function flatten(entries: readonly { readonly prefix: Prefix; readonly value: number }[], width: number): Spans {
  const stretches = entries
    .map(({ prefix, value }): Stretch => {
      const first = prefix.octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n)
      return { first, last: first + (1n << BigInt(width - prefix.bits)) - 1n, value }
    })
    .sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last))
  const spans: { start: bigint; value: number }[] = [{ start: 0n, value: uncovered }]
  const open: Stretch[] = []
  const begin = (start: bigint, value: number): void => {
    if (spans.at(-1)!.start === start) spans.pop()
    if (spans.at(-1)?.value !== value) spans.push({ start, value })
  }
  const closeBefore = (address: bigint): void => {
    while (open.length > 0 && open.at(-1)!.last < address) {
      const behind = open.pop()!.last + 1n
      if (behind < 1n << BigInt(width)) begin(behind, open.at(-1)?.value ?? uncovered)
    }
  }
  for (const stretch of stretches) {
    closeBefore(stretch.first)
    begin(stretch.first, stretch.value)
    open.push(stretch)
  }
  closeBefore(1n << BigInt(width))
  const words = width / 32
  const starts = new Uint32Array(spans.length * words)
  spans.forEach(({ start }, i) => {
    for (let word = 0; word < words; word++) {
      starts[i * words + word] = Number((start >> BigInt(width - 32 - word * 32)) & 0xffffffffn)
    }
  })
  return { starts, values: Int32Array.from(spans, ({ value }) => value) }
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
