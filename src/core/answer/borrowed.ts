/**
 * `type: ALIAS`: A and AAAA of the owner are those that its target has now, under the owner's name: the same health, a
 * cursor of its own, the lesser TTL. Everything is looked up in the generation that answers, so an edit of the target's
 * zone needs nothing here; that the target is in our zones was made sure when they were read.
 */
import { scanName } from '../name/scan.ts'
import { rrType } from '../rdata/table.ts'
import { pick } from '../rotation/pick.ts'
import { rcode } from '../wire/header.ts'
import type { Ask } from '../wire/query.ts'
import { aliasCursorWords, imageHead, rdataAt } from '../zone/layout.ts'
import { reach } from '../zone/reach.ts'
import { takeChoice } from './choice.ts'
import { answerEmptyPool, deny } from './denial.ts'
import { aliasesMax, type Live } from './live.ts'
import { truncate } from './message.ts'
import { aim, putRRset } from './records.ts'
import { count, tallyAt } from './tally.ts'

/** Answers from the target of the ALIAS that the desk's finding names; `zone` is the owner's. */
export function answerBorrowed(live: Live, ask: Ask, zone: number, ownerAt: number): void {
  const { desk, snapshot, rotation } = live
  const { finding, trail } = desk
  const { words } = snapshot
  const own = finding.rrset >>> 2
  desk.reply.subject = finding.node
  // ANY: one RRset stands for all of them (RFC 8482 section 4.1).
  const qtype = ask.qtype === rrType.AAAA ? rrType.AAAA : rrType.A
  const slot = words[(zone >>> 2) + imageHead.boardBase]! + words[own + 3]! - 1
  const cursor = rotation.take(qtype === rrType.A ? slot : slot + aliasCursorWords, 0, desk.turn, 1)
  const target = rdataAt(snapshot, zone, finding.rrset, 0)
  scanName(snapshot.bytes, target, snapshot.bytes.length, desk.target)
  let ttl = words[own + 1]!
  for (let pools = 0; pools <= aliasesMax; pools++) {
    const from = reach(snapshot, desk.target, qtype, finding, trail)
    ttl = Math.min(ttl, trail.ttl)
    if (from !== 0 && finding.kind === 'answer') {
      putBorrowed(live, ask, zone, from, ownerAt, ttl, cursor)
      return
    }
    if (from === 0 || finding.kind !== 'alias') break
    takeChoice(live, ask, from, finding.rrset, cursor)
    if (desk.turn.count === 0) {
      answerEmptyPool(live, ask, zone, desk.turn.mode)
      return
    }
    ttl = Math.min(ttl, desk.turn.ttl)
    pick(desk.turn, cursor, 1, desk.chosen)
    const name = rdataAt(snapshot, from, finding.rrset, desk.chosen[0]!)
    scanName(snapshot.bytes, name, snapshot.bytes.length, desk.target)
  }
  // The owner is there, whatever became of the target.
  deny(live, ask, zone, rcode.NOERROR)
}

function putBorrowed(
  live: Live,
  ask: Ask,
  zone: number,
  from: number,
  ownerAt: number,
  ttl: number,
  cursor: number,
): void {
  const { desk, snapshot } = live
  const { node, rrset } = desk.finding
  const word = rrset >>> 2
  const pooled = snapshot.words[word + 3]! !== 0
  if (pooled) {
    takeChoice(live, ask, from, rrset, cursor)
    if (desk.turn.count === 0) {
      answerEmptyPool(live, ask, zone, desk.turn.mode)
      return
    }
  }
  const least = Math.min(ttl, pooled ? desk.turn.ttl : snapshot.words[word + 1]!)
  const written = putRRset(live, aim(live, from, node, rrset, ownerAt), least, cursor)
  desk.answers += written
  if (written === 0) truncate(live)
  else count(live.tally, tallyAt.noerror)
}
