/**
 * One transfer from a primary: IXFR or AXFR over TCP, every message judged before it is looked at, every record before
 * it is kept. What it yields is whole or nothing: an end that is not signed where signatures are due, or that does not
 * close with the SOA it opened with, is a failure, and nothing changes.
 * RFC 5936, RFC 1995, RFC 8945 section 5.3.
 */
import { randomInt } from 'node:crypto'
import type { Name } from '../../core/name/name.ts'
import { createIncoming, type Incoming, isSoaAlone, takeRecord } from '../../core/secondary/incoming.ts'
import type { Failure, SignedPolicy } from '../../core/secondary/index.ts'
import { readPrimaryMessage } from '../../core/secondary/message.ts'
import { questionTypes, writeQuestion } from '../../core/secondary/query.ts'
import { isLater } from '../../core/transfer/serial.ts'
import type { TsigKey } from '../../core/wire/tsig-key.ts'
import { type Asked, failureOf, isAnswerTo } from './answers.ts'
import { isUnsignedRefusal } from './ask.ts'
import { type ExchangeLimits, exchange, type PrimaryAddress, type Verdict } from './exchange.ts'
import { trustFor } from './trust.ts'

export interface TransferOrder {
  readonly apex: Name
  readonly primary: PrimaryAddress
  readonly key: TsigKey | null
  /** Changes since this serial; null: the whole zone. */
  readonly since: number | null
  readonly signed: SignedPolicy
}

export interface TransferLimits extends ExchangeLimits {
  /** Records, and octets of them uncompressed. */
  readonly recordsMax: number
  readonly recordOctetsMax: number
}

export type TransferResult =
  | { readonly kind: 'whole' | 'changes'; readonly incoming: Incoming; readonly octets: number }
  /** The primary has nothing newer than `since`. */
  | { readonly kind: 'current' }
  /** Changes are not to be had from it; the whole zone may be. */
  | { readonly kind: 'no-changes'; readonly failure: Failure }
  | { readonly kind: 'failed'; readonly failure: Failure }

export const transferLimits: TransferLimits = {
  connectMs: 5_000,
  idleMs: 30_000,
  totalMs: 1_800_000,
  // A primary that drips would hold a place for half an hour.
  pace: { ms: 60_000, octets: 10_240 },
  octetsMax: 128 * 1024 * 1024,
  messagesMax: 2_000_000,
  recordsMax: 2_000_000,
  recordOctetsMax: 128 * 1024 * 1024,
}

/** Never rejects. */
export async function transfer(
  order: TransferOrder,
  signal: AbortSignal,
  limits: TransferLimits = transferLimits,
): Promise<TransferResult> {
  const { apex, primary, key, since, signed } = order
  const type = since === null ? questionTypes.axfr : questionTypes.ixfr
  const asked: Asked = { id: randomInt(0x1_0000), apex, type }
  const trust = trustFor(writeQuestion(asked.id, apex, type, since), key, nowSeconds)
  const { recordsMax, recordOctetsMax: octetsMax } = limits
  const incoming = createIncoming({ apex, since, octetsMax, recordsMax, signed })
  let octets = 0
  let messages = 0
  let isCurrent = false
  const take = (message: Uint8Array): Verdict => {
    octets += message.length
    const read = readPrimaryMessage(message)
    if (read === 'malformed') return { reason: 'malformed', detail: 'a message that cannot be read' }
    if (!isAnswerTo(asked, read, messages++ > 0))
      return { reason: 'malformed', detail: 'an answer to another question' }
    const distrust = trust.judge(message)
    const refusal = failureOf(read.rcode)
    if (distrust !== null) return (isUnsignedRefusal(distrust, read) && refusal) || distrust
    if (refusal !== null) return refusal
    for (const record of read.answers) {
      const fault = takeRecord(incoming, record)
      if (fault !== null) return fault
    }
    isCurrent = isSoaAlone(incoming) && !isLater(incoming.soa!.fields.serial, since!)
    if (!incoming.isOver && !isCurrent) return 'more'
    return trust.isCovered() ? 'done' : { reason: 'bad-signature', detail: 'the last message is not signed' }
  }
  const end = await exchange(primary, trust.query, limits, signal, take)
  if (end !== 'done') return isWorthWhole(incoming, end) ? noChanges(end) : { kind: 'failed', failure: end }
  if (isCurrent) return judgeCurrent(incoming, since!)
  return { kind: incoming.form === 'changes' ? 'changes' : 'whole', incoming, octets }
}

/**
 * A primary that is of no use for changes may be of use for the whole zone: so may one whose changes are longer than
 * that, and one that says by a later SOA alone, as over UDP (RFC 1995 section 4), that it has none to tell.
 */
function isWorthWhole(incoming: Incoming, { reason }: Failure): boolean {
  if (incoming.options.since === null) return false
  if (reason === 'timeout') return isSoaAlone(incoming)
  return reason === 'refused' || reason === 'malformed' || reason === 'too-large'
}

function noChanges(failure: Failure): TransferResult {
  return { kind: 'no-changes', failure }
}

function judgeCurrent({ soa }: Incoming, since: number): TransferResult {
  const { serial } = soa!.fields
  if (serial === since) return { kind: 'current' }
  const detail = `the primary has serial ${serial}, older than ${since}, which we have`
  return { kind: 'failed', failure: { reason: 'serial-back', detail } }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1000)
}
