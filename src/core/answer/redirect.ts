/**
 * DNAME (RFC 6672): every name below its owner stands for the same name below its target. The response carries the
 * DNAME and a CNAME made of it, with the DNAME's TTL, so that resolvers that know no DNAME can follow (section 3.1).
 */
import { nameOctetsMax } from '../name/name.ts'
import { type NameScan, scanName } from '../name/scan.ts'
import { rcode } from '../wire/header.ts'
import type { Ask } from '../wire/query.ts'
import { pointerTo } from '../wire/writer.ts'
import { nodeNameLength } from '../zone/layout.ts'
import { type Live, ownerUnwritten } from './live.ts'
import { noteQuestion, truncate } from './message.ts'
import { aim, extrasAt, putMadeCname, putRRset } from './records.ts'

/** Owner as a pointer, type, class, TTL and RDLENGTH in front of the made CNAME's target. */
const recordHeadOctets = 12

/**
 * Writes the DNAME that the desk's finding names and the CNAME for `name`, whose owner stands at `ownerAt`, and scans
 * the new target into the desk. Returns where the target stands in the message, or -1 if the answer ends here: it did
 * not fit, or the new name would be too long.
 */
export function redirect(live: Live, ask: Ask, zone: number, name: NameScan, ownerAt: number): number {
  const { desk, snapshot } = live
  const { node, rrset } = desk.finding
  noteQuestion(live, ask)
  if (!hasRedirected(live, rrset)) {
    const written = putRRset(live, aim(live, zone, node, rrset, ownerUnwritten), -1, 0)
    desk.answers += written
    if (written === 0) {
      truncate(live)
      return -1
    }
    desk.redirects[desk.redirected++] = rrset
  }
  const targetAt = extrasAt(snapshot, zone, rrset) * 4 + 4 + 2
  const made = makeName(desk.made, name, nodeNameLength(snapshot.bytes, node), snapshot.bytes, targetAt)
  if (made < 0) {
    desk.rcode = rcode.YXDOMAIN
    return -1
  }
  const start = desk.writer.at
  if (!putMadeCname(live, ownerAt, snapshot.words[(rrset >>> 2) + 1]!, desk.made)) {
    truncate(live)
    return -1
  }
  desk.answers++
  scanName(desk.made, 0, made, desk.target)
  return pointerTo(desk.writer, start + recordHeadOctets)
}

/** True if the answer has that DNAME already. */
export function hasRedirected({ desk: { redirects, redirected } }: Live, rrset: number): boolean {
  for (let i = 0; i < redirected; i++) if (redirects[i] === rrset) return true
  return false
}

/** The labels of `name` in front of its last `suffixOctets`, then the target. Returns the octets, -1 if too many. */
function makeName(
  made: Uint8Array,
  name: NameScan,
  suffixOctets: number,
  target: Uint8Array,
  targetAt: number,
): number {
  let at = name.length - suffixOctets
  for (let i = 0; i < at; i++) made[i] = name.lowered[i]!
  for (let from = targetAt; ; ) {
    const size = target[from]!
    if (at + size + 1 > nameOctetsMax) return -1
    for (let i = 0; i <= size; i++) made[at++] = target[from++]!
    if (size === 0) return at
  }
}
