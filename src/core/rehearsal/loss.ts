/**
 * What a new set of zones would take away of what is answered now, counted before it is installed. An answer, in this
 * count, is
 *
 *   an address of an A or AAAA set: those in the rotations as they stand (of a record with rules in any of them), and
 *     all of a set that has no pool;
 *   a set of any other type, as a whole; SOA not at all.
 *
 * It is gone where the same name no longer has that address (or that type), or has it with `status: down` only.
 * Invariant: the work grows with the zones that differ, and with those only by their names: each is looked up by its
 * hash, and sets that stayed are compared as octets.
 */
import { formatIpv4 } from '../rdata/a.ts'
import { formatIpv6 } from '../rdata/aaaa.ts'
import { formatType, rrType } from '../rdata/table.ts'
import { aliasType } from '../zone/layout.ts'
import type { PoolSlot, ZoneImage } from '../zonefile/image.ts'
import {
  findNode,
  forEachSet,
  isAddress,
  isSame,
  octetsAt,
  ownerAt,
  placeAt,
  poolsOf,
  recordsAt,
  setAt,
  typeAt,
  type View,
  viewOf,
} from './walk.ts'

/** RRs that a pool of the image is answered with now. */
export type AnsweredNow = (image: ZoneImage, pool: PoolSlot) => readonly number[]

/** A set that answers are lost of. */
export interface LostSet {
  readonly owner: string
  readonly type: string
  /** Addresses; empty for a set that is gone as a whole. */
  readonly addresses: readonly string[]
}

export interface Loss {
  readonly removed: number
  /** In no order, and at most `setsMax`. */
  readonly sets: readonly LostSet[]
}

/** Answers of the zone that hang on no pool. */
export function countPlain(image: ZoneImage): number {
  const view = viewOf(image)
  let plain = 0
  forEachSet(view, (_, at) => {
    const type = typeAt(view, at)
    if (type === rrType.SOA) return
    if (!isAddress(type)) plain++
    else if (placeAt(view, at) === 0) plain += recordsAt(view, at)
  })
  return plain
}

/** Answers of pools with addresses, in the order of the board: those of one record stand side by side. */
export function countPooled(pools: readonly PoolSlot[], orderOf: (pool: number) => readonly number[]): number {
  let pooled = 0
  for (let pool = 0; pool < pools.length; ) {
    const { owner, type } = pools[pool]!.plan
    const first = pool
    do pool++
    while (pools[pool]?.plan.owner === owner && pools[pool]!.plan.type === type)
    if (type !== 'A' && type !== 'AAAA') continue
    pooled += pool - first === 1 ? orderOf(first).length : unionOf(first, pool, orderOf).size
  }
  return pooled
}

function unionOf(from: number, to: number, orderOf: (pool: number) => readonly number[]): ReadonlySet<number> {
  const rrs = new Set<number>()
  for (let pool = from; pool < to; pool++) for (const rr of orderOf(pool)) rrs.add(rr)
  return rrs
}

/** `after` null: the zone is gone. Sets are told as long as there is room for `setsMax`. */
export function measureLoss(before: ZoneImage, after: ZoneImage | null, answered: AnsweredNow, setsMax: number): Loss {
  const from = viewOf(before)
  const to = after === null ? null : viewOf(after)
  const sets: LostSet[] = []
  let removed = 0
  let nodeNow = -1
  let twin = 0
  forEachSet(from, (node, at, hash) => {
    if (node !== nodeNow) {
      nodeNow = node
      twin = to === null ? 0 : findNode(to, hash, from, node)
    }
    const type = typeAt(from, at)
    if (type === rrType.SOA) return
    const other = to === null || twin === 0 ? 0 : setAt(to, twin, type)
    const isWanted = sets.length < setsMax
    if (other === 0 && !isWanted && placeAt(from, at) === 0) {
      removed += isAddress(type) ? recordsAt(from, at) : 1
      return
    }
    const rrs = isAddress(type) ? lostRrs(from, at, to, other, answered) : none
    const lost = isAddress(type) ? rrs.length : other === 0 ? 1 : 0
    removed += lost
    if (lost > 0 && isWanted) sets.push(nameSet(from, node, at, rrs))
  })
  return { removed, sets }
}

/** `other` is the set of the same name and type, 0 where there is none. */
function lostRrs(from: View, at: number, to: View | null, other: number, answered: AnsweredNow): readonly number[] {
  const size = typeAt(from, at) === rrType.A ? 4 : 16
  const records = recordsAt(from, at)
  const first = octetsAt(from, at)
  const withheld = to === null || other === 0 ? nobody : withheldOf(to, other)
  if (to !== null && other !== 0 && withheld.size === 0 && recordsAt(to, other) === records) {
    if (isSame(from.bytes, first, to.bytes, octetsAt(to, other), records * size)) return none
  }
  const isThere = (rr: number) =>
    to !== null && other !== 0 && hasAddress(from.bytes, first + rr * size, to, other, size, withheld)
  return rrsNow(from, at, records, answered).filter(rr => !isThere(rr))
}

function hasAddress(
  bytes: Uint8Array,
  at: number,
  to: View,
  other: number,
  size: number,
  withheld: ReadonlySet<number>,
): boolean {
  const first = octetsAt(to, other)
  for (let rr = 0; rr < recordsAt(to, other); rr++) {
    if (!withheld.has(rr) && isSame(bytes, at, to.bytes, first + rr * size, size)) return true
  }
  return false
}

function rrsNow(view: View, at: number, records: number, answered: AnsweredNow): readonly number[] {
  const pools = poolsOf(view, at)
  if (pools.length === 0) return [...Array(records).keys()]
  return [...new Set(pools.flatMap(pool => answered(view.image, pool)))]
}

const none: readonly number[] = []
const nobody: ReadonlySet<number> = new Set()

/** RRs whose members are all `status: down`. */
function withheldOf(view: View, at: number): ReadonlySet<number> {
  const pools = poolsOf(view, at)
  const down = new Set<number>()
  const free = new Set<number>()
  for (const { plan } of pools) {
    const { spec, members } = plan.pool
    for (const rr of spec.lastResort) free.add(rr)
    spec.members.forEach(({ rr }, i) => {
      if (members[i]!.override === 'forced-down') down.add(rr)
      else free.add(rr)
    })
  }
  return down.size === 0 ? nobody : new Set([...down].filter(rr => !free.has(rr)))
}

function nameSet(view: View, node: number, at: number, rrs: readonly number[]): LostSet {
  const { bytes } = view
  const type = typeAt(view, at)
  const size = type === rrType.A ? 4 : 16
  const addresses = rrs.map(rr => {
    const from = octetsAt(view, at) + rr * size
    const octets = bytes.slice(from, from + size)
    return type === rrType.A ? formatIpv4(octets) : formatIpv6(octets)
  })
  const owner = ownerAt(view, node)
  return { owner, type: type === aliasType ? 'ALIAS' : formatType(type), addresses }
}
