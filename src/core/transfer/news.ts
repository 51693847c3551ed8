/**
 * What became of a request for a zone: one fact for the journal and the counters. It says who asked by address and by
 * the name of the key, never what a key holds.
 */

import { never } from '../base/assert.ts'

/** What was sent, or asked for: the whole zone, changes, or the SOA that says there are none. */
export type TransferForm = 'axfr' | 'ixfr' | 'current'

/**
 * Refused: no-rule, nobody lets that client have the zone. too-many, as many run as may. bad-key, bad-signature and
 * bad-time, a signature that is not believed (RFC 8945 section 5.2). Failed: broken-off, the client left, took too
 * long, or we stop. fault, a bug of ours.
 */
export type TransferReason = 'no-rule' | 'too-many' | 'bad-key' | 'bad-signature' | 'bad-time' | 'broken-off' | 'fault'

export interface TransferNews {
  /** Presentation form, with its closing dot. */
  readonly zone: string
  readonly form: TransferForm
  /** Of the version that was sent or would have been. */
  readonly serial: number
  readonly address: string
  /** The key that signed, or was claimed to; null: it was not signed. */
  readonly key: string | null
  readonly messages: number
  readonly octets: number
  readonly outcome: 'done' | 'failed' | 'refused'
  /** Null: it is done. */
  readonly reason: TransferReason | null
}

/** One sentence, and how loud it is. */
export function describeTransfer(news: TransferNews & { readonly ms: number }): {
  readonly level: 'info' | 'warn'
  readonly text: string
} {
  const { zone, form, serial, address, key, messages, octets, ms, outcome, reason } = news
  const to = key === null ? address : `${address} with key ${key.replace(/\.$/, '')}`
  const what = `${form === 'current' ? 'SOA' : form.toUpperCase()} of ${zone}`
  const size = `serial ${serial}, messages: ${messages}, octets: ${octets}, ${(ms / 1000).toFixed(1)} s`
  switch (outcome) {
    case 'done':
      return { level: 'info', text: `${what} to ${to}: ${size}` }
    case 'failed':
      return { level: 'warn', text: `${what} to ${to} failed (${reason}): ${size}` }
    case 'refused':
      return { level: 'warn', text: `${what} refused to ${to} (${reason})` }
    default:
      return never(outcome)
  }
}
