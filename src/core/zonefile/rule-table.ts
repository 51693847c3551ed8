/**
 * Subnets of rules → the spans that a lookup searches (core/zone/rules.ts): nested networks flattened into consecutive
 * stretches of the address space, at most two a network, each with the pool of the innermost one.
 * Neighbours with the same pool stay apart, so that no scope is shorter than the network that matched.
 */
import { ruleTableHeadWords, spanWordsV4, spanWordsV6 } from '../zone/layout.ts'
import type { RulesModel, SubnetRoute } from './model.ts'

interface Span {
  readonly start: bigint
  readonly pool: number
}

/** The table of one RRset before its slots are known. */
export interface RuleTable {
  readonly pools: number
  readonly v4: readonly Span[]
  readonly v6: readonly Span[]
  readonly octets: number
}

export function planRuleTable({ pools, routes: named, geoRoutes = [] }: RulesModel): RuleTable {
  const routes = geoRoutes.length === 0 ? named : [...named, ...geoRoutes]
  const v4 = flatten(routes, 4)
  const v6 = flatten(routes, 16)
  const slots = 1 + pools.length
  const words = ruleTableHeadWords + slots + v4.length * spanWordsV4 + v6.length * spanWordsV6
  return { pools: slots, v4, v6, octets: words * 4 }
}

/** `slots` is one of each pool, relative to the zone's place on the board. */
export function writeRuleTable(words: Uint32Array, at: number, table: RuleTable, slots: readonly number[]): void {
  let to = at >>> 2
  words[to++] = table.pools
  words[to++] = table.v4.length
  words[to++] = table.v6.length
  for (const slot of slots) words[to++] = slot + 1
  for (const { start, pool } of table.v4) {
    words[to++] = Number(start)
    words[to++] = slots[pool]! + 1
  }
  for (const { start, pool } of table.v6) {
    for (let shift = 96n; shift >= 0n; shift -= 32n) words[to++] = Number((start >> shift) & 0xffff_ffffn)
    words[to++] = slots[pool]! + 1
  }
}

interface Stretch {
  readonly first: bigint
  readonly last: bigint
  readonly pool: number
}

/** Sweeps from low to high with the networks that are open: a span begins where one opens and behind where one ends. */
function flatten(routes: readonly SubnetRoute[], addressOctets: number): readonly Span[] {
  const width = BigInt(addressOctets * 8)
  const stretches = routes
    .filter(({ subnet }) => subnet.octets.length === addressOctets)
    .map(({ subnet, pool }): Stretch => {
      const first = subnet.octets.reduce((sum, octet) => (sum << 8n) | BigInt(octet), 0n)
      return { first, last: first + (1n << (width - BigInt(subnet.bits))) - 1n, pool }
    })
    .sort((a, b) => compare(a.first, b.first) || compare(b.last, a.last))
  const spans: Span[] = [{ start: 0n, pool: 0 }]
  const open: Stretch[] = []
  const begin = (start: bigint, pool: number): void => {
    if (spans.at(-1)!.start === start) spans.pop()
    spans.push({ start, pool })
  }
  const closeBefore = (address: bigint): void => {
    while (open.length > 0 && open.at(-1)!.last < address) {
      const behind = open.pop()!.last + 1n
      if (behind < 1n << width) begin(behind, open.at(-1)?.pool ?? 0)
    }
  }
  for (const stretch of stretches) {
    closeBefore(stretch.first)
    begin(stretch.first, stretch.pool)
    open.push(stretch)
  }
  closeBefore(1n << width)
  return spans
}

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0
}
