/**
 * The one function behind every transport: query octets in, response octets out.
 * A question walks through the zone as RFC 1034 section 4.3.2 says: the deepest zone, the name, its CNAMEs, and at the
 * end an answer, a referral or a denial; then the addresses that go along, then OPT.
 * Invariants: synchronous; allocates nothing but for signatures and transfers; writes only into `out` and the desk;
 * throws nothing (a bug of ours is counted and becomes SERVFAIL).
 */
import { writeU16 } from '../base/bytes.ts'
import { admit, type Guard, meter } from '../guard/admit.ts'
import { clientCookieOctets } from '../guard/cookie.ts'
import type { NameScan } from '../name/scan.ts'
import { scanName } from '../name/scan.ts'
import { rrType } from '../rdata/table.ts'
import { classChaos, classIn, headerOctets, opcodeMask, questionCountAt, rcode } from '../wire/header.ts'
import { clearResponseOptions, extendedError } from '../wire/options.ts'
import { type Ask, type QueryVerdict, readQuery } from '../wire/query.ts'
import { isNameAt, pointerTo } from '../wire/writer.ts'
import { isWithheld, rdataAt } from '../zone/layout.ts'
import { findZone, lookup } from '../zone/lookup.ts'
import { putExtras } from './additional.ts'
import { answerBorrowed } from './borrowed.ts'
import { answerChaos } from './chaos.ts'
import { ownCursor, takeChoice } from './choice.ts'
import { answerEmptyPool, deny, describe } from './denial.ts'
import { answerHealth, hasHealth, isHealthName } from './health.ts'
import { aliasesMax, type Live, ownerUnwritten } from './live.ts'
import { beginResponse, emptyResponse, finishResponse, noteQuestion, truncate, writeBareHeader } from './message.ts'
import { answerNotify, judgeOpcode } from './notify.ts'
import { keepAnswer, recallAnswer, recallableSlot } from './recall.ts'
import { aim, putRRset } from './records.ts'
import { hasRedirected, redirect } from './redirect.ts'
import { isReserved } from './reserved.ts'
import { acceptSignature, forgetSigner, refuseSignature, sealResponse } from './signed.ts'
import { count, tallyAt } from './tally.ts'
import { settleTerms } from './terms.ts'
import { answerTransfer } from './transfer.ts'

/** Pointer, type, class, TTL and RDLENGTH in front of a CNAME's target. */
const aliasHeadOctets = 12

/**
 * Answers `ask.query` into `out` and returns the octets written; 0 means silence. `out` must hold at least 512 octets;
 * its length bounds the response beside what the transport and the client allow. Over TCP the result is negative where
 * those octets are only the first message, and the rest is made by `live.desk.sending`.
 */
export function answerQuery(live: Live, ask: Ask, out: Uint8Array): number {
  try {
    const { guard } = live.terms
    const admission = guard === null ? 'yes' : admit(guard, ask.client, ask.via)
    if (admission === 'drop') return 0
    const recall = mayRecall(guard, ask, admission) ? live.recall : null
    if (recall !== null) {
      const octets = recallAnswer(live, recall, ask.query, out)
      if (octets > 0) return octets
      live.desk.recallable = -1
    }
    const read = readQuery(ask)
    const verdict = (ask.flags & opcodeMask) === 0 ? read : judgeOpcode(live, read)
    if (verdict === 'drop') {
      count(live.tally, tallyAt.ignored)
      return 0
    }
    count(live.tally, tallyAt.queries)
    if (ask.via === 'tcp') count(live.tally, tallyAt.queriesTcp)
    if (ask.signed) return answerSigned(live, ask, out, verdict, admission)
    const octets = respondOrReject(live, ask, out, verdict, admission)
    if (recall !== null && live.desk.recallable >= 0) keepAnswer(live, recall, ask, out, octets)
    return guard === null ? octets : pass(live, guard, ask, octets)
  } catch {
    // Any throw here is our own bug: the thread and its last good state go on, the count tells.
    count(live.tally, tallyAt.internalErrors)
    return writeBareHeader(ask, out, rcode.SERVFAIL)
  }
}

/** What is metered depends on who asks and when. */
function mayRecall(guard: Guard | null, { via }: Ask, admission: 'yes' | 'refuse'): boolean {
  return via === 'udp' && admission === 'yes' && (guard === null || !guard.meters)
}

/** Whoever has shown a key is nobody whose address was forged: the guard holds nothing back from them alone. */
function answerSigned(
  live: Live,
  ask: Ask,
  out: Uint8Array,
  verdict: Exclude<QueryVerdict, 'drop'>,
  admission: 'yes' | 'refuse',
): number {
  const { guard } = live.terms
  try {
    const accepted = acceptSignature(live, ask)
    switch (accepted.kind) {
      case 'malformed':
      case 'refused': {
        const isMalformed = accepted.kind === 'malformed'
        const octets = isMalformed ? reject(live, ask, out, 'formerr') : refuseSignature(live, ask, out, accepted)
        return guard === null ? octets : pass(live, guard, ask, octets)
      }
      case 'verified': {
        const octets = respondOrReject(live, ask, out, verdict, admission)
        return sealResponse(live, ask, out, octets)
      }
    }
  } finally {
    forgetSigner(live.desk)
  }
}

function respondOrReject(
  live: Live,
  ask: Ask,
  out: Uint8Array,
  verdict: Exclude<QueryVerdict, 'drop'>,
  admission: 'yes' | 'refuse',
): number {
  if (verdict === 'ok') return respond(live, ask, out, admission)
  return verdict === 'cookie' ? giveCookie(live, ask, out, admission) : reject(live, ask, out, verdict)
}

/** Most of these we understood too little of to repeat the question; BADVERS alone knows it. */
function reject(
  live: Live,
  ask: Ask,
  out: Uint8Array,
  verdict: Exclude<QueryVerdict, 'ok' | 'drop' | 'cookie'>,
): number {
  live.desk.reply.kind = 'error'
  live.desk.reply.hasValidCookie = false
  switch (verdict) {
    case 'formerr':
      count(live.tally, tallyAt.formerr)
      return writeBareHeader(ask, out, rcode.FORMERR)
    case 'notimp':
      count(live.tally, tallyAt.notimp)
      return writeBareHeader(ask, out, rcode.NOTIMP)
    case 'badvers':
      count(live.tally, tallyAt.badvers)
      return rejectAnswerable(live, ask, out, rcode.BADVERS)
  }
}

/** Question and OPT were understood, so both come back with the error (RFC 6891 section 6.1.1). */
function rejectAnswerable(live: Live, ask: Ask, out: Uint8Array, code: number): number {
  live.desk.reply.kind = 'error'
  clearResponseOptions(live.desk.options)
  beginResponse(live, ask, out)
  live.desk.rcode = code
  return finishResponse(live, ask)
}

/**
 * RFC 7873 section 5.4: a fresh cookie and no question. Here alone a wrong one is called wrong, since that is what was
 * asked.
 */
function giveCookie(live: Live, ask: Ask, out: Uint8Array, admission: 'yes' | 'refuse'): number {
  const { desk, tally, terms } = live
  desk.reply.kind = 'error'
  if (terms.cookies === null || settleTerms(live, ask) === 'formerr') return reject(live, ask, out, 'formerr')
  const showsNone = ask.options.cookieOctets === clientCookieOctets
  const holds = showsNone || desk.reply.hasValidCookie
  if (admission === 'refuse') desk.options.errorCode = extendedError.prohibited
  beginResponse(live, ask, out)
  if (admission === 'refuse') {
    count(tally, tallyAt.refused)
    desk.rcode = rcode.REFUSED
  } else {
    count(tally, holds ? tallyAt.noerror : tallyAt.badcookie)
    desk.rcode = holds ? rcode.NOERROR : rcode.BADCOOKIE
  }
  const octets = finishResponse(live, ask)
  writeU16(out, questionCountAt, 0)
  return octets
}

function respond(live: Live, ask: Ask, out: Uint8Array, admission: 'yes' | 'refuse'): number {
  if (settleTerms(live, ask) === 'formerr') {
    count(live.tally, tallyAt.formerr)
    return rejectAnswerable(live, ask, out, rcode.FORMERR)
  }
  const { options } = live.desk
  if ((ask.flags & opcodeMask) !== 0) return answerNotify(live, ask, out)
  const isTransfer = ask.qtype === rrType.AXFR || ask.qtype === rrType.IXFR
  if (isTransfer && ask.qclass === classIn) return answerTransfer(live, ask, out, admission)
  const found = ask.qclass === classIn && admission === 'yes' ? findZone(live.snapshot, ask.name, ask.qtype) : 0
  const reserved = found !== 0 && isReserved(live, ask, found)
  const zone = reserved ? 0 : found
  if (zone === 0 && ask.qclass !== classChaos) {
    const prohibited = reserved || admission !== 'yes'
    options.errorCode = prohibited ? extendedError.prohibited : extendedError.notAuthoritative
  }
  const withheld = zone !== 0 && isWithheld(live.snapshot, zone)
  if (withheld) options.errorCode = extendedError.invalidZone
  beginResponse(live, ask, out)
  if (withheld) withhold(live)
  else if (zone !== 0) resolve(live, ask, zone)
  else if (ask.qclass === classChaos && admission === 'yes') answerChaos(live, ask)
  else {
    live.desk.reply.kind = 'error'
    live.desk.rcode = rcode.REFUSED
    count(live.tally, tallyAt.refused)
  }
  return finishResponse(live, ask)
}

/** A zone that was never pulled, or is too old: another server may have it (RFC 1035 section 3.3.13, RFC 8914). */
function withhold({ desk, tally }: Live): void {
  desk.reply.kind = 'error'
  desk.rcode = rcode.SERVFAIL
  count(tally, tallyAt.servfail)
  count(tally, tallyAt.withheld)
}

/** What the guard lets through of a response: all, the truncated form, or nothing. */
function pass(live: Live, guard: Guard, ask: Ask, octets: number): number {
  if (octets === 0) return 0
  const { reply } = live.desk
  reply.via = ask.via
  reply.queryOctets = ask.query.length
  reply.responseOctets = octets
  const passage = meter(guard, ask.client, reply, ask.nowMs)
  switch (passage) {
    case 'send':
      return octets
    case 'drop':
      return 0
    case 'truncate':
      if (ask.questionEnd === 0) return octets
      emptyResponse(live, ask)
      live.desk.options.errorCode = -1
      live.desk.options.nsid = null
      truncate(live)
      return finishResponse(live, ask)
  }
}

/** Follows the question through its aliases, all within one zone: another zone's data is for the resolver to ask. */
function resolve(live: Live, ask: Ask, zone: number): void {
  const { desk, snapshot } = live
  const { finding } = desk
  desk.authoritative = true
  describe(live, 'answer', ask.name.hashes[0]!)
  if (ask.qtype === rrType.TXT && isHealthName(ask.name) && answerHealth(live, ask, zone)) return
  let name: NameScan = ask.name
  let ownerAt = headerOctets
  desk.redirected = 0
  for (let aliases = 0; ; aliases++) {
    desk.passed[aliases] = ownerAt
    lookup(snapshot, zone, name, ask.qtype, finding)
    switch (finding.kind) {
      case 'answer':
        answer(live, ask, zone, ownerAt)
        return
      case 'nodata':
        deny(live, ask, zone, rcode.NOERROR)
        return
      case 'nxdomain':
        denyName(live, ask, zone, name)
        return
      case 'referral':
        refer(live, ask, zone)
        return
      case 'borrow':
        answerBorrowed(live, ask, zone, ownerAt)
        return
      case 'alias':
        desk.reply.subject = finding.node
        ownerAt = follow(live, ask, zone, ownerAt)
        if (ownerAt === answeredEmpty) return
        break
      case 'redirect':
        desk.reply.subject = finding.node
        ownerAt = redirect(live, ask, zone, name, ownerAt)
        // The CNAME that was made of it is what was asked for.
        if (ask.qtype === rrType.CNAME) ownerAt = -1
    }
    const ends = ownerAt < 0 || aliases === aliasesMax || hasPassed(live, aliases)
    if (ends || findZone(snapshot, desk.target, 0) !== zone) {
      count(live.tally, tallyAt.noerror)
      return
    }
    name = desk.target
  }
}

/** What is there for TXT is not there for other types, but it is there. */
function denyName(live: Live, ask: Ask, zone: number, name: NameScan): void {
  const exists = name === ask.name && isHealthName(name) && hasHealth(live, ask, zone)
  deny(live, ask, zone, exists ? rcode.NOERROR : rcode.NXDOMAIN)
}

/** True if the name that was reached is one that was left before: a loop (RFC 1034 section 3.6.2). */
function hasPassed({ desk }: Live, aliases: number): boolean {
  for (let i = 0; i <= aliases; i++) {
    if (isNameAt(desk.writer, desk.passed[i]!, desk.target.lowered, 0)) return true
  }
  return false
}

function answer(live: Live, ask: Ask, zone: number, ownerAt: number): void {
  const { desk, snapshot } = live
  const { node, rrset } = desk.finding
  const { words } = snapshot
  const type = words[rrset >>> 2]! & 0xffff
  const isAddress = type === rrType.A || type === rrType.AAAA
  // All names that a wildcard covers are one subject, or each random name would have a bucket of its own. So it is with
  // aliases and redirects where they are the end.
  desk.reply.subject = node
  // What was asked for stands there, since it is what led here.
  if (desk.redirected > 0 && hasRedirected(live, rrset)) {
    count(live.tally, tallyAt.noerror)
    return
  }
  const pooled = words[(rrset >>> 2) + 3]! !== 0
  let cursor = 0
  if (pooled) {
    cursor = takeChoice(live, ask, zone, rrset, ownCursor)
    if (desk.turn.count === 0) {
      answerEmptyPool(live, ask, zone, desk.turn.mode)
      return
    }
  }
  if (!pooled || !isAddress) noteQuestion(live, ask)
  const written = putRRset(live, aim(live, zone, node, rrset, ownerAt), -1, cursor)
  desk.answers += written
  if (written === 0) {
    truncate(live)
    return
  }
  count(live.tally, tallyAt.noerror)
  if (!isAddress) putExtras(live, ask, zone, rrset)
  else if (pooled && ownerAt === headerOctets && live.recall !== null) {
    desk.recallable = recallableSlot(live, ask, zone, rrset, written)
  }
}

/** A pool of names has none to give, and the response says so. */
const answeredEmpty = -2

/**
 * Writes the CNAME and scans its target into the desk. Returns where the target stands in the message, which is where
 * the next RRset's owner points, -1 if the CNAME did not fit, or `answeredEmpty`.
 */
function follow(live: Live, ask: Ask, zone: number, ownerAt: number): number {
  const { desk, snapshot } = live
  const { node, rrset } = desk.finding
  let cursor = 0
  if (snapshot.words[(rrset >>> 2) + 3]! !== 0) {
    cursor = takeChoice(live, ask, zone, rrset, ownCursor)
    if (desk.turn.count === 0) {
      answerEmptyPool(live, ask, zone, desk.turn.mode)
      return answeredEmpty
    }
  }
  noteQuestion(live, ask)
  const start = desk.writer.at
  const written = putRRset(live, aim(live, zone, node, rrset, ownerAt), -1, cursor)
  desk.answers += written
  if (written === 0) {
    truncate(live)
    return -1
  }
  // A pool of names has just chosen one of them.
  const record = snapshot.words[(rrset >>> 2) + 3]! === 0 ? 0 : desk.chosen[0]!
  scanName(snapshot.bytes, rdataAt(snapshot, zone, rrset, record), snapshot.bytes.length, desk.target)
  return pointerTo(desk.writer, start + aliasHeadOctets)
}

/** The NS set of the cut and its glue. Only a CNAME on the way makes a referral authoritative (RFC 1034 6.2.7). */
function refer(live: Live, ask: Ask, zone: number): void {
  const { desk } = live
  const { node, rrset } = desk.finding
  desk.authoritative = desk.answers > 0
  describe(live, 'referral', node)
  count(live.tally, tallyAt.referral)
  noteQuestion(live, ask)
  const written = putRRset(live, aim(live, zone, node, rrset, ownerUnwritten), -1, 0)
  desk.authorities += written
  if (written === 0) truncate(live)
  else putExtras(live, ask, zone, rrset)
}
