/**
 * Answers that say no: NODATA and NXDOMAIN with the SOA (RFC 2308), and what a pool with nothing eligible answers by
 * its policy.
 */
import type { ResponseKind } from '../guard/rate.ts'
import type { RotationMode } from '../rotation/types.ts'
import { rcode } from '../wire/header.ts'
import type { Ask } from '../wire/query.ts'
import { imageHead } from '../zone/layout.ts'
import { type Live, ownerUnwritten } from './live.ts'
import { emptyResponse, noteQuestion, truncate } from './message.ts'
import { aim, putRRset } from './records.ts'
import { count, tallyAt } from './tally.ts'

/** NODATA or NXDOMAIN: the SOA with the negative TTL tells how long (RFC 2308 sections 2 and 5). */
export function deny(live: Live, ask: Ask, zone: number, code: number): void {
  const { desk, snapshot } = live
  const head = zone >>> 2
  desk.rcode = code
  describe(live, code === rcode.NXDOMAIN ? 'nxdomain' : 'nodata', zone)
  count(live.tally, code === rcode.NXDOMAIN ? tallyAt.nxdomain : tallyAt.nodata)
  noteQuestion(live, ask)
  const apex = zone + snapshot.words[head + imageHead.apexAt]!
  const soa = zone + snapshot.words[head + imageHead.soaAt]!
  const ttl = snapshot.words[head + imageHead.negativeTtl]!
  const written = putRRset(live, aim(live, zone, apex, soa, ownerUnwritten), ttl, 0)
  desk.authorities += written
  if (written === 0) truncate(live)
}

/** A pool with nothing eligible and a policy that answers without addresses. */
export function answerEmptyPool(live: Live, ask: Ask, zone: number, mode: RotationMode): void {
  if (mode === 'servfail' || mode === 'refused') {
    emptyResponse(live, ask)
    live.desk.authoritative = false
    describe(live, 'error', 0)
    live.desk.rcode = mode === 'servfail' ? rcode.SERVFAIL : rcode.REFUSED
    count(live.tally, mode === 'servfail' ? tallyAt.servfail : tallyAt.refused)
    return
  }
  deny(live, ask, zone, rcode.NOERROR)
}

/** Tells the guard what the response is about: like responses are counted together. */
export function describe(live: Live, kind: ResponseKind, subject: number): void {
  live.desk.reply.kind = kind
  live.desk.reply.subject = subject
}
