/**
 * The members of an A or AAAA record: from `values`, or from the pools of `dynamic`. One RR for each distinct address,
 * however many pools name it.
 */
import type { Override } from '../health/types.ts'
import { formatIpv4, parseIpv4 } from '../rdata/a.ts'
import { formatIpv6, parseIpv6 } from '../rdata/aaaa.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import type { AddressInput, DynamicInput, MemberInput } from './schema/records.ts'
import { valuesOf } from './values.ts'

export interface Member {
  /** Canonical text. */
  readonly address: string
  readonly rr: number
  readonly tier: number
  readonly override: Override
}

export interface Members {
  readonly rdatas: readonly Uint8Array[]
  readonly members: readonly Member[]
  /** RRs of the `values` beside `dynamic`. */
  readonly lastResort: readonly number[]
  /** True if some value says `status: up` or `down`. */
  readonly overridden: boolean
}

/** The RRset as it grows. */
interface Draft {
  readonly reader: Reader
  readonly type: 'A' | 'AAAA'
  readonly rdatas: Uint8Array[]
  readonly rrs: Map<string, number>
}

/** Members in file order; null after having reported what is wrong. */
export function readMembers(
  reader: Reader,
  input: AddressInput,
  tiers: readonly string[] | null,
  path: Path,
): Members | null {
  const problemsBefore = reader.problems.length
  const draft: Draft = { reader, type: input.type, rdatas: [], rrs: new Map() }
  const members: Member[] = []
  let lastResort: readonly number[] = []
  if (tiers === null || input.dynamic === undefined) {
    const values = valuesOf<MemberInput>(reader, input, path)
    members.push(...readValues(draft, values, 0))
  } else {
    members.push(...readPools(draft, input.dynamic, tiers, [...path, 'dynamic']))
    const hasValues = input.value !== undefined || input.values !== undefined
    if (hasValues) lastResort = readLastResort(draft, valuesOf<MemberInput>(reader, input, path))
  }
  if (reader.problems.length > problemsBefore) return null
  const overridden = members.some(member => member.override !== 'none')
  return { rdatas: draft.rdatas, members, lastResort, overridden }
}

type Placed = readonly { readonly value: MemberInput; readonly path: Path }[]

function readPools(draft: Draft, dynamic: DynamicInput, tiers: readonly string[], path: Path): readonly Member[] {
  return tiers.flatMap((name, tier) => {
    const values = dynamic.pools[name]!.values
    return readValues(
      draft,
      values.map((value, i) => ({ value, path: [...path, 'pools', name, 'values', i] })),
      tier,
    )
  })
}

function readValues(draft: Draft, values: Placed, tier: number): readonly Member[] {
  const members: Member[] = []
  const seen = new Set<number>()
  for (const { value, path } of values) {
    const { text, at } = addressText(value, path)
    if (typeof value === 'object') requireWeight(draft.reader, value.weight, [...path, 'weight'])
    const rr = readAddress(draft, text, at)
    if (rr === null || refuseSecond(draft, seen, rr.rr, text, at)) continue
    members.push({ ...rr, tier, override: overrideOf(value) })
  }
  return members
}

function readLastResort(draft: Draft, values: Placed): readonly number[] {
  const seen = new Set<number>()
  for (const { value, path } of values) {
    const { text, at } = addressText(value, path)
    if (typeof value === 'object' && (value.weight !== undefined || value.status !== undefined)) {
      const hint = 'write the address alone, or move it to a pool'
      const span = draft.reader.doc.valueSpan(path)
      refuse(draft.reader, 'bad-value', span, 'a last resort has neither weight nor status', hint)
    }
    const rr = readAddress(draft, text, at)
    if (rr !== null) refuseSecond(draft, seen, rr.rr, text, at)
  }
  return [...seen]
}

function addressText(value: MemberInput, path: Path): { text: string; at: Path } {
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

/** True after having reported that the address stands twice in one list. */
function refuseSecond(draft: Draft, seen: Set<number>, rr: number, text: string, path: Path): boolean {
  if (!seen.has(rr)) {
    seen.add(rr)
    return false
  }
  const span = draft.reader.doc.valueSpan(path)
  refuse(draft.reader, 'duplicate-value', span, `the address ${shown(text)} stands here twice`, 'remove one')
  return true
}

function requireWeight(reader: Reader, weight: number | undefined, path: Path): void {
  if (weight === undefined || weight === 1) return
  const span = reader.doc.valueSpan(path)
  if (!Number.isInteger(weight) || weight < 1 || weight > 100) {
    refuse(reader, 'weight-range', span, `the weight ${weight} is out of range`, 'write a whole number from 1 to 100')
    return
  }
  const text = 'other weights than 1 need `answer: weighted`, which this version does not serve'
  refuse(reader, 'not-supported', span, text, 'remove the weight')
}

/** The RR of an address, added if it is new. */
function readAddress(draft: Draft, text: string, path: Path): { address: string; rr: number } | null {
  const isV4 = draft.type === 'A'
  const octets = isV4 ? parseIpv4(text) : parseIpv6(text)
  if (octets === null) {
    refuseAddress(draft, text, path)
    return null
  }
  const address = isV4 ? formatIpv4(octets) : formatIpv6(octets)
  const known = draft.rrs.get(address)
  if (known !== undefined) return { address, rr: known }
  const rr = draft.rdatas.push(octets) - 1
  draft.rrs.set(address, rr)
  return { address, rr }
}

function refuseAddress(draft: Draft, text: string, path: Path): void {
  const { reader, type } = draft
  const span = reader.doc.valueSpan(path)
  const other = type === 'A' ? 'AAAA' : 'A'
  if ((type === 'A' ? parseIpv6(text) : parseIpv4(text)) !== null) {
    const family = type === 'A' ? 'IPv6' : 'IPv4'
    const hint = `move it to a record of \`type: ${other}\``
    refuse(reader, 'wrong-family', span, `${shown(text)} is an ${family} address in a record of type ${type}`, hint)
    return
  }
  refuse(
    reader,
    'bad-address',
    span,
    `${shown(text)} is not an ${type === 'A' ? 'IPv4' : 'IPv6'} address`,
    addressHint(text, type),
  )
}

function addressHint(text: string, type: 'A' | 'AAAA'): string {
  if (text.includes('/')) return 'write one address, without a prefix length'
  if (type === 'A' && /^[0-9.]+:[0-9]+$/.test(text)) return 'write the port in the check: `port: …`'
  if (type === 'A' && /(^|\.)0[0-9]/.test(text)) return 'write the numbers without leading zeros'
  if (/[g-z]/i.test(text) && text.includes('.')) return 'a name can be answered by a record of `type: CNAME`'
  return type === 'A' ? 'write four numbers from 0 to 255, such as 192.0.2.1' : 'write it as in 2001:db8::1'
}
