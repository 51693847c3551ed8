/**
 * The members of a record: from `values`, or from the pools of `dynamic`. One RR for each distinct value, however many
 * pools name it; each pool is read once, however many chains it is in.
 */
import type { Override } from '../health/types.ts'
import type { ReadValue } from './addresses.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import { type AddressFamily, familyOf, readHost } from './route.ts'
import type { DynamicInput, MemberInput } from './schema/pools.ts'
import type { Chains } from './tiers.ts'
import { type Valued, valuesOf } from './values.ts'

export interface Member {
  /** Canonical text of its value. */
  readonly label: string
  readonly rr: number
  readonly tier: number
  readonly weight: number
  readonly override: Override
  /** Probed instead of the value, canonical text, or null. */
  readonly checkAddress: string | null
}

export interface Members {
  readonly rdatas: readonly Uint8Array[]
  /** By chain, in file order within each tier. */
  readonly chains: readonly (readonly Member[])[]
  /** RRs of the `values` beside `dynamic`. */
  readonly lastResort: readonly number[]
  /** True if some value says `status: up` or `down`. */
  readonly overridden: boolean
  /** Where the first weight stands that differs from the others of its pool, or null. */
  readonly unevenAt: Path | null
  /** Where the first `check_address` stands, or null. */
  readonly checkAddressAt: Path | null
}

/** What is said of members beside their values. */
export interface PooledInput extends Valued<MemberInput> {
  readonly type: 'A' | 'AAAA' | 'CNAME'
  readonly dynamic?: DynamicInput | undefined
}

type Placed = readonly { readonly value: MemberInput; readonly path: Path }[]

/** A member before it is known in which tier. */
type Loose = Omit<Member, 'tier'>

/** The RRset as it grows. */
interface Draft {
  readonly reader: Reader
  readonly readValue: ReadValue
  /** Of the values; null if they are names. */
  readonly family: AddressFamily | null
  readonly rdatas: Uint8Array[]
  readonly rrs: Map<string, number>
  unevenAt: Path | null
  checkAddressAt: Path | null
}

/** Null after having reported what is wrong. */
export function readMembers(
  reader: Reader,
  input: PooledInput,
  chains: Chains,
  readValue: ReadValue,
  path: Path,
): Members | null {
  const problemsBefore = reader.problems.length
  const family = input.type === 'CNAME' ? null : input.type === 'AAAA' ? 'v6' : 'v4'
  const draft: Draft = { reader, readValue, family, rdatas: [], rrs: new Map(), unevenAt: null, checkAddressAt: null }
  let lastResort: readonly number[] = []
  let read: (readonly Member[])[] = []
  if (input.dynamic === undefined) {
    const values = valuesOf<MemberInput>(reader, input, path)
    read = [readValues(draft, values).map(member => ({ ...member, tier: 0 }))]
  } else {
    const pools = readPools(draft, input.dynamic, chains, [...path, 'dynamic', 'pools'])
    read = chains.tiers.map(tiers => tiers.flatMap((name, tier) => pools.get(name)!.map(loose => ({ ...loose, tier }))))
    const hasValues = input.value !== undefined || input.values !== undefined
    if (hasValues) lastResort = readLastResort(draft, valuesOf<MemberInput>(reader, input, path))
  }
  if (reader.problems.length > problemsBefore) return null
  const overridden = read.some(members => members.some(member => member.override !== 'none'))
  const { rdatas, unevenAt, checkAddressAt } = draft
  return { rdatas, chains: read, lastResort, overridden, unevenAt, checkAddressAt }
}

/** RRs are numbered in the order of the chains, so that what serves first stands first. */
function readPools(
  draft: Draft,
  dynamic: DynamicInput,
  { tiers }: Chains,
  path: Path,
): ReadonlyMap<string, readonly Loose[]> {
  const pools = new Map<string, readonly Loose[]>()
  for (const name of tiers.flat()) {
    if (pools.has(name)) continue
    const values = dynamic.pools[name]!.values.map((value, i) => ({ value, path: [...path, name, 'values', i] }))
    pools.set(name, readValues(draft, values))
  }
  return pools
}

function readValues(draft: Draft, values: Placed): readonly Loose[] {
  const members: Loose[] = []
  const seen = new Set<number>()
  for (const { value, path } of values) {
    const { text, at } = textOf(value, path)
    const weight = typeof value === 'object' ? readWeight(draft.reader, value.weight, [...path, 'weight']) : 1
    const rr = readRR(draft, text, at)
    if (rr === null || refuseSecond(draft, seen, rr.rr, text, at)) continue
    const first = members[0]
    if (first !== undefined && weight !== first.weight) draft.unevenAt ??= path
    members.push({ ...rr, weight, override: overrideOf(value), checkAddress: readCheckAddress(draft, value, path) })
  }
  return members
}

/** Of the family that the record is of, so that a `source` of the check fits all its members. */
function readCheckAddress(draft: Draft, value: MemberInput, path: Path): string | null {
  if (typeof value === 'string' || value.check_address === undefined) return null
  const at = [...path, 'check_address']
  draft.checkAddressAt ??= at
  const address = readHost(draft.reader, value.check_address, at)
  if (address === null || draft.family === null || familyOf(address) === draft.family) return address
  const text = `${shown(address)} is of the other address family than what is answered`
  const hint = `write an ${draft.family === 'v4' ? 'IPv4' : 'IPv6'} address`
  refuse(draft.reader, 'wrong-family', draft.reader.doc.valueSpan(at), text, hint)
  return null
}

function readLastResort(draft: Draft, values: Placed): readonly number[] {
  const seen = new Set<number>()
  for (const { value, path } of values) {
    const { text, at } = textOf(value, path)
    if (typeof value === 'object' && Object.keys(value).length > 1) {
      const hint = 'write the value alone, or move it to a pool'
      const span = draft.reader.doc.valueSpan(path)
      refuse(draft.reader, 'bad-value', span, 'a last resort is answered and no more: it has a value alone', hint)
    }
    const rr = readRR(draft, text, at)
    if (rr !== null) refuseSecond(draft, seen, rr.rr, text, at)
  }
  return [...seen]
}

function textOf(value: MemberInput, path: Path): { text: string; at: Path } {
  return typeof value === 'string' ? { text: value, at: path } : { text: value.value, at: [...path, 'value'] }
}

function overrideOf(value: MemberInput): Override {
  const status = typeof value === 'string' ? 'obey' : (value.status ?? 'obey')
  switch (status) {
    case 'up':
      return 'forced-up'
    case 'down':
      return 'forced-down'
    case 'obey':
      return 'none'
  }
}

/** True after having reported that the value stands twice in one list. */
function refuseSecond(draft: Draft, seen: Set<number>, rr: number, text: string, path: Path): boolean {
  if (!seen.has(rr)) {
    seen.add(rr)
    return false
  }
  const span = draft.reader.doc.valueSpan(path)
  refuse(draft.reader, 'duplicate-value', span, `${shown(text)} stands here twice`, 'remove one')
  return true
}

/** octoDNS's range. HAProxy's weight of 0, a member that is there and gets nothing, is `status: down` here. */
function readWeight(reader: Reader, weight: number | undefined, path: Path): number {
  if (weight === undefined) return 1
  if (Number.isInteger(weight) && weight >= 1 && weight <= 100) return weight
  const hint = weight === 0 ? 'write `status: down` to keep it out' : 'write a whole number from 1 to 100'
  refuse(reader, 'weight-range', reader.doc.valueSpan(path), `the weight ${weight} is out of range`, hint)
  return 1
}

/** The RR of a value, added if it is new. */
function readRR(draft: Draft, text: string, path: Path): { label: string; rr: number } | null {
  const value = draft.readValue(draft.reader, text, path)
  if (value === null) return null
  const known = draft.rrs.get(value.label)
  if (known !== undefined) return { label: value.label, rr: known }
  const rr = draft.rdatas.push(value.octets) - 1
  draft.rrs.set(value.label, rr)
  return { label: value.label, rr }
}
