/**
 * NOTIFY (RFC 1996): somebody says that a zone has changed which we pull. It is acknowledged and heeded only from those
 * who may say so, by address and, where a key is set, by signature; all that follows is that a primary is asked.
 * Invariant: one that is not heeded is not acknowledged either, so that the sender says it again (section 3.6).
 */
import { isAdmitted } from '../guard/access.ts'
import { equalNames } from '../name/name.ts'
import { rrType } from '../rdata/table.ts'
import { classIn, rcode } from '../wire/header.ts'
import { clearResponseOptions } from '../wire/options.ts'
import type { Ask, QueryVerdict } from '../wire/query.ts'
import type { Live } from './live.ts'
import { beginResponse, finishResponse } from './message.ts'
import { count, tallyAt } from './tally.ts'

/** A server that pulls no zone has no use for NOTIFY, nor for any opcode but QUERY. */
export function judgeOpcode({ terms }: Live, verdict: QueryVerdict): QueryVerdict {
  return verdict === 'drop' || (terms.notify ?? null) !== null ? verdict : 'notimp'
}

export function answerNotify(live: Live, ask: Ask, out: Uint8Array): number {
  const { desk, tally } = live
  const code = judge(live, ask)
  if (code === 'unheard') return 0
  count(tally, code === rcode.NOERROR ? tallyAt.notifies : tallyOf(code))
  desk.reply.kind = 'error'
  clearResponseOptions(desk.options)
  beginResponse(live, ask, out)
  desk.rcode = code
  desk.authoritative = code === rcode.NOERROR
  return finishResponse(live, ask)
}

function judge({ terms, desk, heed }: Live, ask: Ask): number | 'unheard' {
  if (ask.qtype !== rrType.SOA || ask.qclass !== classIn) return rcode.FORMERR
  const { lowered, length } = ask.name
  const key = String.fromCharCode.apply(null, lowered.subarray(0, length) as unknown as number[])
  const source = terms.notify?.get(key)
  // Not ours to pull (RFC 1996 section 3.12 leaves it open; BIND says so too).
  if (source === undefined || heed === null) return rcode.NOTAUTH
  if (!isAdmitted(source.from, ask.client.octets, ask.client.length)) return rcode.REFUSED
  if (source.key !== null && (desk.signer === null || !equalNames(desk.signer.name, source.key))) return rcode.REFUSED
  const from = new Uint8Array(ask.client.octets.subarray(0, ask.client.length))
  return heed(source.apex, from) ? rcode.NOERROR : 'unheard'
}

function tallyOf(code: number): number {
  switch (code) {
    case rcode.FORMERR:
      return tallyAt.formerr
    case rcode.NOTAUTH:
      return tallyAt.notauth
    default:
      return tallyAt.refused
  }
}
