/**
 * Zones for other servers: AXFR and IXFR over TCP (RFC 5936, RFC 1995). What may be had and by whom stands in the
 * thread's offers; who asks is known by address and, where a rule wants it, by signature.
 * Over UDP nobody gets a zone, and the threads that answer there have no offers: AXFR is not implemented (RFC 5936
 * section 4.2), IXFR is answered with the SOA, which tells a client that is behind to come by TCP (RFC 1995 section 2).
 * A client over the limits gets SERVFAIL, which secondaries try again; REFUSED would be for good.
 */
import { type Name, nameKey } from '../name/name.ts'
import type { NameScan } from '../name/scan.ts'
import { rrType } from '../rdata/table.ts'
import type { TransferForm, TransferReason } from '../transfer/news.ts'
import { isOfferedTo, type Offer } from '../transfer/offer.ts'
import { planIxfr, soaAlone, wholeZone, zoneChanges } from '../transfer/sequence.ts'
import { headerOctets, rcode } from '../wire/header.ts'
import { readIxfrSerial } from '../wire/ixfr.ts'
import { extendedError } from '../wire/options.ts'
import type { Ask } from '../wire/query.ts'
import { imageHead, isWithheld } from '../zone/layout.ts'
import { findZone, lookup } from '../zone/lookup.ts'
import { describe } from './denial.ts'
import type { Live, Sending } from './live.ts'
import { beginResponse, finishResponse, truncate } from './message.ts'
import { takePlace } from './quota.ts'
import { aim, putRRset } from './records.ts'
import { isReserved } from './reserved.ts'
import { createSending, describeRequest, type SendingPlan } from './sending.ts'
import { count, tallyAt } from './tally.ts'

/** Octets of one message of a stream: as far as compression can point, so that longer ones would gain nothing. */
const messageOctets = 16_384

/**
 * Answers AXFR and IXFR. A negative result is the octets of the first message of a stream, whose rest is in
 * `desk.sending`; only over TCP.
 */
export function answerTransfer(live: Live, ask: Ask, out: Uint8Array, admission: 'yes' | 'refuse'): number {
  if (ask.via === 'udp' && ask.qtype === rrType.AXFR) {
    return decline(live, ask, out, tallyAt.notimp, rcode.NOTIMP, extendedError.notSupported)
  }
  const { octets, length } = ask.client
  if (admission === 'refuse' || length === 0) return refuseUntold(live, ask, out)
  const zone = findOwnZone(live, ask)
  if (zone === 0) return decline(live, ask, out, tallyAt.notauth, rcode.NOTAUTH, extendedError.notAuthoritative)
  const offer = live.offers.get(keyOf(ask.name))
  const isDatagram = ask.via === 'udp'
  if (isDatagram || offer === undefined) {
    // A zone that somebody may have has its serial on the board, and is offered to this thread soon.
    if (!hasSerial(live, zone) || isReserved(live, ask, zone)) return refuseUntold(live, ask, out)
    if (!isDatagram) return decline(live, ask, out, tallyAt.servfail, rcode.SERVFAIL, extendedError.notReady)
  } else if (!isOfferedTo(offer.access, live.desk.signer?.name ?? null, octets, length)) {
    return refuse(live, ask, out, offer, 'no-rule')
  }
  // Who has it from us must not go on with it either (RFC 1035 section 3.3.13).
  if (isWithheld(live.snapshot, zone)) {
    return decline(live, ask, out, tallyAt.servfail, rcode.SERVFAIL, extendedError.invalidZone)
  }
  if (isDatagram || offer === undefined) return answerDatagram(live, ask, out, zone)
  const form = planFor(offer, ask)
  if (form === 'formerr') return decline(live, ask, out, tallyAt.formerr, rcode.FORMERR, noError)
  return send(live, ask, out, offer, form)
}

/** What was asked for, as events name it. */
function formOf({ qtype }: Ask): TransferForm {
  return qtype === rrType.AXFR ? 'axfr' : 'ixfr'
}

/** A request for one of our zones whose signature is not believed, for the journal: mostly a secret written wrong. */
export function tellUnbelieved(live: Live, ask: Ask, key: string, reason: TransferReason): void {
  if (ask.qtype !== rrType.AXFR && ask.qtype !== rrType.IXFR) return
  const offer = live.offers.get(keyOf(ask.name))
  if (offer === undefined) return
  count(live.tally, tallyAt.transfersRefused)
  const told = { ...describeRequest(live, ask, offer), key, form: formOf(ask) }
  live.quota.tell({ ...told, messages: 0, octets: 0, outcome: 'refused', reason })
}

const noError = -1

function keyOf({ lowered, length }: NameScan): string {
  return nameKey(lowered.subarray(0, length) as Name)
}

/** The SOA and nothing else. */
function answerDatagram(live: Live, ask: Ask, out: Uint8Array, zone: number): number {
  if (readIxfrSerial(ask) === null) return decline(live, ask, out, tallyAt.formerr, rcode.FORMERR, noError)
  const { desk, snapshot } = live
  describe(live, 'answer', ask.name.hashes[0]!)
  beginResponse(live, ask, out)
  desk.authoritative = true
  lookup(snapshot, zone, ask.name, rrType.SOA, desk.finding)
  const { node, rrset } = desk.finding
  desk.answers += putRRset(live, aim(live, zone, node, rrset, headerOctets), -1, 0)
  if (desk.answers === 0) truncate(live)
  count(live.tally, tallyAt.noerror)
  return finishResponse(live, ask)
}

function hasSerial({ snapshot, rotation }: Live, zone: number): boolean {
  return rotation.serial(snapshot.words[(zone >>> 2) + imageHead.boardBase]!) !== 0
}

/** The zone whose apex is asked for, 0 if it is none of ours (RFC 5936 section 2.2.1). */
function findOwnZone({ snapshot }: Live, { name }: Ask): number {
  const zone = findZone(snapshot, name, 0)
  return zone !== 0 && snapshot.words[(zone >>> 2) + imageHead.apexLabels] === name.labels ? zone : 0
}

/** There is nothing to tell ops of: nobody may have that zone, or that client may ask nothing at all. */
function refuseUntold(live: Live, ask: Ask, out: Uint8Array): number {
  count(live.tally, tallyAt.transfersRefused)
  return decline(live, ask, out, tallyAt.refused, rcode.REFUSED, extendedError.prohibited)
}

function refuse(live: Live, ask: Ask, out: Uint8Array, offer: Offer, reason: TransferReason): number {
  count(live.tally, tallyAt.transfersRefused)
  const told = { ...describeRequest(live, ask, offer), form: formOf(ask) }
  live.quota.tell({ ...told, messages: 0, octets: 0, outcome: 'refused', reason })
  if (reason === 'too-many') return decline(live, ask, out, tallyAt.servfail, rcode.SERVFAIL, extendedError.notReady)
  return decline(live, ask, out, tallyAt.refused, rcode.REFUSED, extendedError.prohibited)
}

function decline(live: Live, ask: Ask, out: Uint8Array, tally: number, code: number, error: number): number {
  const { desk } = live
  desk.reply.kind = 'error'
  desk.options.errorCode = error
  beginResponse(live, ask, out)
  desk.rcode = code
  count(live.tally, tally)
  return finishResponse(live, ask)
}

function planFor({ version, journal }: Offer, ask: Ask): Pick<SendingPlan, 'form' | 'records'> | 'formerr' {
  if (ask.qtype === rrType.AXFR) return { form: 'axfr', records: wholeZone(version) }
  const serial = readIxfrSerial(ask)
  if (serial === null) return 'formerr'
  const plan = planIxfr(version, journal, serial)
  switch (plan.kind) {
    case 'changes':
      return { form: 'ixfr', records: zoneChanges(version, plan.changes) }
    case 'whole':
      return { form: 'axfr', records: wholeZone(version) }
    case 'current':
      return { form: 'current', records: soaAlone(version) }
  }
}

function send(
  live: Live,
  ask: Ask,
  out: Uint8Array,
  offer: Offer,
  plan: Pick<SendingPlan, 'form' | 'records'>,
): number {
  const { desk, tally } = live
  beginResponse(live, ask, out)
  const limit = Math.min(out.length, messageOctets)
  const sending = createSending(live, ask, offer, { ...plan, limit, limitAlone: out.length })
  const octets = sending.next(out, ask.nowSeconds)
  if (octets < 0) return decline(live, ask, out, tallyAt.servfail, rcode.SERVFAIL, noError)
  if (sending.isOver()) {
    finishAtOnce(live, sending)
    return octets
  }
  const release = takePlace(live.quota, ask.client)
  if (release === null) return refuse(live, ask, out, offer, 'too-many')
  count(tally, tallyAt.noerror)
  count(tally, tallyAt.transfersBegun)
  desk.session = null
  desk.sending = {
    ...sending,
    close: () => {
      release()
      return sending.close()
    },
  }
  return -octets
}

/** One message was all of it. */
function finishAtOnce(live: Live, sending: Sending): void {
  count(live.tally, tallyAt.noerror)
  count(live.tally, tallyAt.transfersBegun)
  live.desk.session = null
  live.quota.tell(sending.close())
}
