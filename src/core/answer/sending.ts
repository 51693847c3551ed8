/**
 * A transfer under way: the messages of an answer that is too long for one (RFC 5936 section 2.2), made one at a time
 * as the client takes them. OPT goes with the first (section 2.2.5), a signature with each (RFC 8945 section 5.3.1).
 * Invariants: it holds one version of one zone, whatever is installed meanwhile; it writes only into what each call
 * hands it; a bug of ours ends it and nothing else.
 */
import { writeU16 } from '../base/bytes.ts'
import { formatName } from '../name/name.ts'
import { formatIpv4 } from '../rdata/a.ts'
import { formatIpv6 } from '../rdata/aaaa.ts'
import type { TransferForm, TransferNews, TransferReason } from '../transfer/news.ts'
import type { Offer } from '../transfer/offer.ts'
import { type Packed, type PackOptions, packMessages } from '../transfer/pack.ts'
import type { RecordRef } from '../transfer/record.ts'
import { flag, headerOctets } from '../wire/header.ts'
import { optionsOctets } from '../wire/options.ts'
import type { Ask, Client } from '../wire/query.ts'
import { signNext, type TsigSession } from '../wire/tsig.ts'
import { copyOctets } from '../wire/tsig-record.ts'
import type { Live, Sending } from './live.ts'
import { optOctets, putOpt } from './message.ts'
import { add, count, tallyAt } from './tally.ts'

export interface SendingPlan {
  readonly form: TransferForm
  readonly records: Iterable<RecordRef>
  /** Octets of a message, and of one whose only record fits no other. */
  readonly limit: number
  readonly limitAlone: number
}

/** What `Sending.next` says of a transfer that cannot go on. */
const brokenOff = -1

/** `release` gives back what the transfer holds. The first message must be made before the query is forgotten. */
export function createSending(live: Live, ask: Ask, offer: Offer, plan: SendingPlan): Sending {
  const { desk, tally } = live
  const session: TsigSession | null = desk.session === null ? null : { ...desk.session }
  const told = describeRequest(live, ask, offer)
  const packing: Packing = {
    out: desk.writer.out,
    limit: plan.limit,
    limitAlone: plan.limitAlone,
    sealOctets: desk.sealOctets + (ask.edns ? optOctets + optionsOctets(desk.options) : 0),
    seal: (out, length) => {
      const whole = messages === 0 && ask.edns ? putFirstOpt(live, ask, out, length) : length
      return session === null ? whole : signNext(session, out, whole, packing.nowSeconds)
    },
    isLast: false,
    nowSeconds: ask.nowSeconds,
  }
  const stream = openStream(ask, plan, packing)
  let messages = 0
  let octets = 0
  let reason: TransferReason | null = 'broken-off'
  const step = (): number => {
    const { done, value } = stream.next()
    if (done) return brokenOff
    messages++
    octets += value
    if (packing.isLast) reason = null
    return value
  }
  return {
    next: (out, nowSeconds) => {
      if (reason === null) return 0
      packing.out = out
      packing.nowSeconds = nowSeconds
      try {
        return step()
      } catch {
        // A bug of ours: whoever reads on must not take what was sent for the whole.
        count(tally, tallyAt.internalErrors)
        reason = 'fault'
        return brokenOff
      }
    },
    isOver: () => reason === null,
    close: () => {
      add(tally, tallyAt.transferOctets, octets)
      count(tally, reason === null ? tallyAt.transfersDone : tallyAt.transfersFailed)
      const outcome = reason === null ? 'done' : 'failed'
      return { ...told, form: plan.form, messages, octets, outcome, reason }
    },
  }
}

/** Zone, serial and who asks, as news has them. */
export function describeRequest(
  { desk }: Live,
  { client }: Ask,
  { apex, version }: Offer,
): Pick<TransferNews, 'zone' | 'serial' | 'address' | 'key'> {
  const key = desk.signer === null ? null : formatName(desk.signer.name)
  return { zone: formatName(apex), serial: version.serial, address: formatClient(client), key }
}

interface Packing extends PackOptions {
  isLast: boolean
  nowSeconds: number
}

function openStream(ask: Ask, { records }: SendingPlan, packing: Packing): Iterator<number, Packed> {
  const question = copyOctets(ask.query, headerOctets, ask.questionEnd)
  return packMessages({ id: ask.id, flags: flag.QR | flag.AA | (ask.flags & flag.RD), question }, records, packing)
}

/** OPT behind the first message, which no other record follows but the signature. */
function putFirstOpt(live: Live, ask: Ask, out: Uint8Array, length: number): number {
  live.desk.writer.at = length
  putOpt(live, ask)
  writeU16(out, 10, 1)
  return live.desk.writer.at
}

function formatClient({ octets, length }: Client): string {
  const address = octets.slice(0, length)
  return length === 4 ? formatIpv4(address) : formatIpv6(address)
}
