/**
 * What transfers may cost, from settings to each thread that serves TCP. Each has an end, since clients that read
 * slowly would else hold all places for as long as they like. Places are counted in core/answer.
 */
import { transfersAtOnceDefault, transfersPerAddressDefault } from '../core/answer/quota.ts'

export interface TransferLimits {
  /** At a time, in all and for one address. Those that fit one message do not count. */
  readonly atOnceMax: number
  readonly perAddressMax: number
  /** From the first message to the last. */
  readonly longestMs: number
}

export const transfersDefault: TransferLimits = {
  atOnceMax: transfersAtOnceDefault,
  perAddressMax: transfersPerAddressDefault,
  longestMs: 7_200_000,
}
