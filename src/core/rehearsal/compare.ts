/**
 * Two versions of a zone, compared set by set: which values enter and leave answers, and what else is configured
 * otherwise. A record with rules is as many answers as it has pools, each for its own clients.
 */
import { readU16 } from '../base/bytes.ts'
import { formatName } from '../name/name.ts'
import { formatRdata, formatType, rrType } from '../rdata/table.ts'
import { aliasType } from '../zone/layout.ts'
import type { PoolSlot, ZoneImage } from '../zonefile/image.ts'
import type { Outlook } from './outlook.ts'
import { checksOf, compareSettings, type SettingChange, settingsOf, soaSettings } from './settings.ts'
import {
  findNode,
  forEachSet,
  isAddress,
  isSame,
  octetsAt,
  ownerAt,
  placeAt,
  poolAt,
  poolsOf,
  recordsAt,
  setAt,
  typeAt,
  type View,
  viewOf,
} from './walk.ts'

/** The pools of a whole set of zones, in the order of the board, and what is answered of each. */
export interface Side extends Outlook {
  readonly pools: readonly PoolSlot[]
}

export interface SetChange {
  readonly kind: 'added' | 'removed' | 'changed'
  readonly owner: string
  readonly type: string
  /** The pool that serves first, where rules tell clients apart. */
  readonly pool: string | null
  readonly enters: readonly Entering[]
  readonly leaves: readonly string[]
  readonly settings: readonly SettingChange[]
}

export interface Entering {
  readonly value: string
  /** False where a check must pass first that nobody has asked yet. */
  readonly proven: boolean
}

export interface CheckChange {
  readonly kind: 'added' | 'removed' | 'changed'
  readonly check: string
  readonly settings: readonly SettingChange[]
}

/** Either zone may be null, not both. */
export function compareZones(
  before: ZoneImage | null,
  after: ZoneImage | null,
  sides: { readonly before: Side; readonly after: Side },
): readonly SetChange[] {
  const from = before === null ? null : viewOf(before)
  const to = after === null ? null : viewOf(after)
  const changes: SetChange[] = []
  if (from !== null) {
    forEachSet(from, (node, at, hash) => {
      const twin = to === null ? 0 : findNode(to, hash, from, node)
      const other = to === null || twin === 0 ? 0 : setAt(to, twin, typeAt(from, at))
      if (to !== null && other !== 0) changes.push(...compareSets(from, node, at, to, other, sides))
      else changes.push(...removedSet(from, node, at, sides.before))
    })
  }
  if (to !== null) {
    forEachSet(to, (node, at, hash) => {
      const twin = from === null ? 0 : findNode(from, hash, to, node)
      if (from !== null && twin !== 0 && setAt(from, twin, typeAt(to, at)) !== 0) return
      changes.push(...addedSet(to, node, at, sides.after))
    })
  }
  return changes
}

export function compareChecks(before: ZoneImage | null, after: ZoneImage | null): readonly CheckChange[] {
  const from = before === null ? new Map() : checksOf(before)
  const to = after === null ? new Map() : checksOf(after)
  return [...new Set([...from.keys(), ...to.keys()])].flatMap((check): readonly CheckChange[] => {
    const [a, b] = [from.get(check), to.get(check)]
    if (a === undefined) return [{ kind: 'added', check, settings: [] }]
    if (b === undefined) return [{ kind: 'removed', check, settings: [] }]
    const settings = compareSettings(a, b)
    return settings.length === 0 ? [] : [{ kind: 'changed', check, settings }]
  })
}

/** One answer of a set: that of its pool, or of one of its rules. */
interface Chain {
  /** What it is matched by: '' for the set's own. */
  readonly key: string
  readonly pool: string | null
  /** The plan, where somebody configured it. */
  readonly slot: PoolSlot | null
  readonly values: readonly Entering[]
}

function compareSets(
  from: View,
  node: number,
  at: number,
  to: View,
  other: number,
  sides: { readonly before: Side; readonly after: Side },
): readonly SetChange[] {
  if (isUntouched(from, at, to, other)) return []
  const named = { owner: ownerAt(from, node), type: typeWord(typeAt(from, at)) }
  if (typeAt(from, at) === rrType.SOA) {
    const settings = compareSettings(
      soaSettings(rdatasAt(from, at)[0]!, ttlAt(from, at)),
      soaSettings(rdatasAt(to, other)[0]!, ttlAt(to, other)),
    )
    return settings.length === 0 ? [] : [{ kind: 'changed', ...named, pool: null, enters: [], leaves: [], settings }]
  }
  const earlier = new Map(chainsOf(from, at, sides.before).map(chain => [chain.key, chain]))
  const later = new Map(chainsOf(to, other, sides.after).map(chain => [chain.key, chain]))
  return [...new Set([...earlier.keys(), ...later.keys()])].flatMap((key): readonly SetChange[] => {
    const [a, b] = [earlier.get(key), later.get(key)]
    const was = new Set(a?.values.map(({ value }) => value))
    const is = new Set(b?.values.map(({ value }) => value))
    const enters = (b?.values ?? []).filter(({ value }) => !was.has(value))
    const leaves = [...was].filter(value => !is.has(value))
    const settings =
      a === undefined || b === undefined
        ? []
        : compareSettings(
            settingsOf(ttlAt(from, at), a.slot?.plan ?? null),
            settingsOf(ttlAt(to, other), b.slot?.plan ?? null),
          )
    const kind = a === undefined ? 'added' : b === undefined ? 'removed' : 'changed'
    if (kind === 'changed' && enters.length + leaves.length + settings.length === 0) return []
    return [{ kind, ...named, pool: (b ?? a)!.pool, enters, leaves, settings }]
  })
}

/** Most sets of a large zone: nothing need be written out to see that they are the same. */
function isUntouched(from: View, at: number, to: View, other: number): boolean {
  if (placeAt(from, at) !== 0 || placeAt(to, other) !== 0 || !isAddress(typeAt(from, at))) return false
  const records = recordsAt(from, at)
  const octets = records * (typeAt(from, at) === rrType.A ? 4 : 16)
  if (ttlAt(from, at) !== ttlAt(to, other) || records !== recordsAt(to, other)) return false
  return isSame(from.bytes, octetsAt(from, at), to.bytes, octetsAt(to, other), octets)
}

function removedSet(view: View, node: number, at: number, side: Side): readonly SetChange[] {
  const named = { kind: 'removed', owner: ownerAt(view, node), type: typeWord(typeAt(view, at)) } as const
  return chainsOf(view, at, side).map(({ pool, values }) => {
    return { ...named, pool, enters: [], leaves: values.map(({ value }) => value), settings: [] }
  })
}

function addedSet(view: View, node: number, at: number, side: Side): readonly SetChange[] {
  const named = { kind: 'added', owner: ownerAt(view, node), type: typeWord(typeAt(view, at)) } as const
  return chainsOf(view, at, side).map(({ pool, values }) => {
    return { ...named, pool, enters: values, leaves: [], settings: [] }
  })
}

function chainsOf(view: View, at: number, side: Side): readonly Chain[] {
  const texts = textsAt(view, at)
  const pools = poolsOf(view, at)
  if (pools.length === 0) {
    return [{ key: '', pool: null, slot: null, values: texts.map(value => ({ value, proven: true })) }]
  }
  const boardBase = view.image.placed?.boardBase ?? 0
  return pools.map((slot, i) => {
    const { plan, derived } = slot
    const name = plan.pool.tierNames[0] ?? ''
    const pool = poolAt(side.pools, boardBase + slot.slot)
    // What hangs on nothing of ours is answered as it stands.
    const rrs = pool === -1 ? texts.keys() : side.orderOf(pool)
    const values = [...rrs].map(rr => ({ value: texts[rr]!, proven: pool === -1 || side.isProven(pool, rr) }))
    return {
      key: i === 0 ? '' : name,
      pool: plan.rule === undefined ? null : name,
      slot: derived ? null : slot,
      values,
    }
  })
}

function ttlAt({ words }: View, at: number): number {
  return words[(at >>> 2) + 1]!
}

function typeWord(type: number): string {
  return type === aliasType ? 'ALIAS' : formatType(type)
}

function textsAt(view: View, at: number): readonly string[] {
  const type = typeAt(view, at)
  return rdatasAt(view, at).map(rdata => (type === aliasType ? formatName(rdata) : formatRdata(type, rdata)))
}

function rdatasAt(view: View, at: number): readonly Uint8Array[] {
  const { bytes, words } = view
  const type = typeAt(view, at)
  const first = octetsAt(view, at)
  const count = recordsAt(view, at)
  if (isAddress(type)) {
    const size = type === rrType.A ? 4 : 16
    return Array.from({ length: count }, (_, rr) => bytes.slice(first + rr * size, first + (rr + 1) * size))
  }
  const rdatas: Uint8Array[] = []
  for (let from = first + 4 + words[first >>> 2]! * 4; rdatas.length < count; ) {
    const octets = readU16(bytes, from)
    rdatas.push(bytes.slice(from + 2, from + 2 + octets))
    from += 2 + octets
  }
  return rdatas
}
