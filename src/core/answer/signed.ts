/**
 * Signatures around an answer (RFC 8945): the query's is judged before anything of it is believed, the response's goes
 * on from it, and room for it is kept from the first octet. A server without keys knows none, so it says BADKEY as one
 * whose keys are others (section 5.2.1; Knot and NSD do the same).
 * Unsigned queries never come here.
 */
import { assert } from '../base/assert.ts'
import { formatName } from '../name/name.ts'
import type { TransferReason } from '../transfer/news.ts'
import { flag, rcode } from '../wire/header.ts'
import { clearResponseOptions } from '../wire/options.ts'
import type { Ask } from '../wire/query.ts'
import {
  refusalOctets,
  sessionOf,
  signatureOctets,
  signNext,
  signRefusal,
  type TsigError,
  type TsigVerdict,
  tsigError,
  verifyRequest,
} from '../wire/tsig.ts'
import type { KeyRing } from '../wire/tsig-key.ts'
import type { Desk, Live } from './live.ts'
import { beginResponse, finishResponse, octetsMax, writeBareHeader } from './message.ts'
import { count, tallyAt } from './tally.ts'
import { tellUnbelieved } from './transfer.ts'

const noKeys: KeyRing = new Map()

/** Verified: who signed is on the desk until `forgetSigner`, and room for the response's signature is kept. */
export function acceptSignature({ desk, tally, terms }: Live, ask: Ask): Exclude<TsigVerdict, { kind: 'unsigned' }> {
  const verdict = verifyRequest(ask.query, terms.keys ?? noKeys, ask.nowSeconds)
  assert(verdict.kind !== 'unsigned', 'a signature that was there and is not')
  if (verdict.kind !== 'verified') {
    count(tally, tallyAt.tsigBad)
    return verdict
  }
  count(tally, tallyAt.tsigGood)
  desk.signer = verdict.key
  desk.session = sessionOf(verdict.key, verdict.record)
  desk.sealOctets = signatureOctets(verdict.key)
  return verdict
}

export function forgetSigner(desk: Desk): void {
  desk.signer = null
  desk.session = null
  desk.sealOctets = 0
}

/** Signs the response of so many octets, unless it was signed as it was made. */
export function sealResponse({ desk }: Live, ask: Ask, out: Uint8Array, octets: number): number {
  if (octets <= 0 || desk.session === null) return octets
  // Question and key can be too long together for 512 octets: then the question goes (RFC 8945 section 5.3).
  const fits = octets + desk.sealOctets <= octetsMax(ask, out)
  const length = fits ? octets : writeBareHeader(ask, out, desk.rcode & 0xf)
  if (!fits) out[2] = out[2]! | (flag.TC >>> 8)
  return signNext(desk.session, out, length, ask.nowSeconds)
}

/** NOTAUTH, the question, and the TSIG that says why; without the question where both are too long. */
export function refuseSignature(
  live: Live,
  ask: Ask,
  out: Uint8Array,
  verdict: Extract<TsigVerdict, { kind: 'refused' }>,
): number {
  const { desk } = live
  tellUnbelieved(live, ask, formatName(verdict.record.keyName), reasonOf(verdict.error))
  count(live.tally, tallyAt.notauth)
  const seal = refusalOctets(verdict)
  desk.reply.kind = 'error'
  desk.reply.hasValidCookie = false
  clearResponseOptions(desk.options)
  beginResponse(live, ask, out)
  desk.rcode = rcode.NOTAUTH
  let octets = finishResponse(live, ask)
  if (octets + seal > octetsMax(ask, out)) octets = writeBareHeader(ask, out, rcode.NOTAUTH)
  return octets + seal > octetsMax(ask, out) ? octets : signRefusal(verdict, out, octets, ask.nowSeconds)
}

function reasonOf(error: TsigError): TransferReason {
  switch (error) {
    case tsigError.BADKEY:
      return 'bad-key'
    case tsigError.BADTIME:
      return 'bad-time'
    case tsigError.BADSIG:
    case tsigError.BADTRUNC:
      return 'bad-signature'
  }
}
