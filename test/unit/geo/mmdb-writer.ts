/**
 * Writes GeoIP files in MaxMind format, as small as tests need them: networks with what a record says, a tree of any of
 * the three widths, IPv4 below ::/96 with its repetitions, keys and records that occur twice written as pointers.
 */

export type Value = string | number | boolean | readonly Value[] | { readonly [key: string]: Value }

export interface MmdbOptions {
  readonly recordBits?: 24 | 28 | 32
  readonly ipVersion?: 4 | 6
  /** 2002::/16 leads to where IPv4 begins, as in MaxMind's own files. */
  readonly sixToFour?: boolean
  readonly version?: number
}

/** By network, as `192.0.2.0/24` or `2001:db8::/32`; a longer one inside of another is a hole in it. */
export type Networks = Readonly<Record<string, Value>>

type Slot = number | { readonly value: Value } | null
type Pair = [Slot, Slot]

/** What records of MaxMind's own files look like. */
export function place(continent: string, country = '', part = ''): Value {
  return {
    continent: { code: continent, names: { en: `Continent ${continent}` } },
    ...(country !== '' && { country: { iso_code: country, is_in_european_union: false, geoname_id: 4_711_000 } }),
    ...(part !== '' && { subdivisions: [{ confidence: 7, iso_code: part }, { iso_code: 'ZZ' }] }),
  }
}

export function writeMmdb(networks: Networks, options: MmdbOptions = {}): Uint8Array {
  const { recordBits = 28, ipVersion = 6, sixToFour = false, version = 2 } = options
  const nodes: Pair[] = [[null, null]]
  const sorted = Object.entries(networks).map(([text, value]) => ({ bits: bitsOf(text, ipVersion), value }))
  // Wider ones first, so that holes are cut into them.
  sorted.sort((a, b) => a.bits.length - b.bits.length)
  for (const { bits, value } of sorted) insert(nodes, bits, { value })
  if (sixToFour) insert(nodes, bitsOf('2002::/16', 6), follow(nodes, '0'.repeat(96)))
  const { octets, places } = writeValues(nodes)
  const tree = writeTree(nodes, recordBits, places)
  const metadata: number[] = []
  put(metadata, new Map(), {
    binary_format_major_version: version,
    binary_format_minor_version: 0,
    build_epoch: 1_700_000_000,
    database_type: 'Test-City',
    description: { en: 'Networks of a test' },
    ip_version: ipVersion,
    languages: ['en'],
    node_count: nodes.length,
    record_size: recordBits,
  })
  const marker = [0xab, 0xcd, 0xef, ...new TextEncoder().encode('MaxMind.com')]
  return Uint8Array.from([...tree, ...new Array<number>(16).fill(0), ...octets, ...marker, ...metadata])
}

function insert(nodes: Pair[], bits: string, slot: Slot): void {
  let node = 0
  for (const [i, bit] of [...bits].entries()) {
    const pair = nodes[node]!
    const side = Number(bit) as 0 | 1
    const child = pair[side]
    if (i === bits.length - 1) {
      pair[side] = slot
    } else if (typeof child === 'number') {
      node = child
    } else {
      // What was there for all of it is there for both halves.
      nodes.push([child, child])
      node = nodes.length - 1
      pair[side] = node
    }
  }
}

function follow(nodes: readonly Pair[], bits: string): Slot {
  let slot: Slot = 0
  for (const bit of bits) {
    if (typeof slot !== 'number') return slot
    slot = nodes[slot]![Number(bit) as 0 | 1]
  }
  return slot
}

function writeValues(nodes: readonly Pair[]): { octets: number[]; places: Map<Value, number> } {
  const octets: number[] = []
  const places = new Map<Value, number>()
  const texts = new Map<string, number>()
  for (const slot of nodes.flat()) {
    if (slot === null || typeof slot === 'number' || places.has(slot.value)) continue
    places.set(slot.value, octets.length)
    put(octets, texts, slot.value)
  }
  return { octets, places }
}

function writeTree(nodes: readonly Pair[], recordBits: 24 | 28 | 32, places: ReadonlyMap<Value, number>): number[] {
  const octets: number[] = []
  const recordOf = (slot: Slot): number => {
    if (slot === null) return nodes.length
    return typeof slot === 'number' ? slot : nodes.length + 16 + places.get(slot.value)!
  }
  const bytes = (value: number, count: number): number[] =>
    Array.from({ length: count }, (_, i) => Math.floor(value / 256 ** (count - 1 - i)) & 0xff)
  for (const [left, right] of nodes.map(pair => pair.map(recordOf) as [number, number])) {
    if (recordBits === 28) {
      octets.push(...bytes(left & 0xffffff, 3), ((left >>> 24) << 4) | (right >>> 24), ...bytes(right & 0xffffff, 3))
    } else octets.push(...bytes(left, recordBits / 8), ...bytes(right, recordBits / 8))
  }
  return octets
}

/** `texts` are those that were written before, which pointers lead to. */
function put(octets: number[], texts: Map<string, number>, value: Value): void {
  if (typeof value === 'string') putText(octets, texts, value)
  else if (typeof value === 'number') {
    octets.push((6 << 5) | 4, value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff)
  } else if (typeof value === 'boolean') octets.push(value ? 1 : 0, 7)
  else if (Array.isArray(value)) {
    octets.push(value.length, 4)
    for (const entry of value as readonly Value[]) put(octets, texts, entry)
  } else {
    const entries = Object.entries(value)
    octets.push((7 << 5) | entries.length)
    for (const [key, entry] of entries) {
      putText(octets, texts, key)
      put(octets, texts, entry)
    }
  }
}

function putText(octets: number[], texts: Map<string, number>, text: string): void {
  const before = texts.get(text)
  if (before !== undefined) {
    putPointer(octets, before)
    return
  }
  texts.set(text, octets.length)
  const bytes = new TextEncoder().encode(text)
  if (bytes.length < 29) octets.push((2 << 5) | bytes.length)
  else octets.push((2 << 5) | 29, bytes.length - 29)
  octets.push(...bytes)
}

function putPointer(octets: number[], to: number): void {
  if (to < 2048) octets.push((1 << 5) | (to >>> 8), to & 0xff)
  else octets.push((1 << 5) | (1 << 3) | ((to - 2048) >>> 16), ((to - 2048) >>> 8) & 0xff, (to - 2048) & 0xff)
}

/** The bits of a network's prefix, below ::/96 where IPv4 stands in a tree of IPv6. */
function bitsOf(text: string, ipVersion: 4 | 6): string {
  const [address, length] = text.split('/') as [string, string]
  if (!address.includes(':')) {
    const bits = address
      .split('.')
      .map(part => Number(part).toString(2).padStart(8, '0'))
      .join('')
      .slice(0, Number(length))
    return ipVersion === 6 ? '0'.repeat(96) + bits : bits
  }
  const [head = '', tail = ''] = address.split('::')
  const groups = (part: string) => (part === '' ? [] : part.split(':'))
  const middle = new Array<string>(8 - groups(head).length - groups(tail).length).fill('0')
  return [...groups(head), ...middle, ...groups(tail)]
    .map(group => Number.parseInt(group, 16).toString(2).padStart(16, '0'))
    .join('')
    .slice(0, Number(length))
}
