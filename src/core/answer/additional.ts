/**
 * Addresses that go along with names: glue of a referral and helpful addresses of NS, MX and SRV answers. Which ones
 * was worked out by compile. In-domain glue that does not fit truncates the referral (RFC 9471 section 3.1); everything
 * else is left out silently (RFC 2181 section 9).
 */
import { rrType } from '../rdata/table.ts'
import type { Ask } from '../wire/query.ts'
import { extraRequired } from '../zone/layout.ts'
import { rrsetAt } from '../zone/lookup.ts'
import { type Live, ownerUnwritten } from './live.ts'
import { noteQuestion, truncate } from './message.ts'
import { aim, extrasAt, putRRset, slotOf, takeTurn } from './records.ts'

/** Adds the addresses that belong to the RRset. Stops at the first required one that does not fit. */
export function putExtras(live: Live, ask: Ask, zone: number, rrset: number): void {
  const { words } = live.snapshot
  const type = words[rrset >>> 2]! & 0xffff
  if (type === rrType.A || type === rrType.AAAA) return
  const at = extrasAt(live.snapshot, zone, rrset)
  const extras = words[at]!
  noteQuestion(live, ask)
  for (let i = 1; i <= extras; i++) {
    const required = (words[at + i]! & extraRequired) !== 0
    const node = zone + (words[at + i]! & ~extraRequired)
    const fits = putAddressesOf(live, ask, zone, node, rrType.A) && putAddressesOf(live, ask, zone, node, rrType.AAAA)
    if (!fits && required) {
      truncate(live)
      return
    }
  }
}

/**
 * True unless an RRset is there and does not fit. A pooled one takes its turn by the query's random ID: the cursor is
 * for those who asked for the addresses themselves.
 */
function putAddressesOf(live: Live, ask: Ask, zone: number, node: number, type: number): boolean {
  const { desk, snapshot } = live
  const rrset = rrsetAt(snapshot, node, type)
  if (rrset === 0) return true
  const slot = slotOf(snapshot, zone, rrset)
  if (slot >= 0) {
    takeTurn(live, rrset, slot, 0)
    if (desk.turn.count === 0) return true
  }
  const written = putRRset(live, aim(live, zone, node, rrset, ownerUnwritten), -1, ask.id)
  desk.additionals += written
  return written > 0
}
