/**
 * How many transfers may run at a time, in all and for one address, so that neither memory nor the turns of others are
 * at the mercy of who asks. A transfer that fits one message is over before anybody else has a turn and takes no place.
 * Invariant: a place that is taken is given back once.
 */
import type { TransferNews } from '../transfer/news.ts'
import type { Client } from '../wire/query.ts'

export interface Quota {
  atOnceMax: number
  perAddressMax: number
  /** Told of each transfer that is done, refused, or broken off, unless its sender tells. */
  tell: (news: TransferNews) => void
  running: number
  readonly byAddress: Map<string, number>
}

export const transfersAtOnceDefault = 16
export const transfersPerAddressDefault = 4

export function createQuota(): Quota {
  return {
    atOnceMax: transfersAtOnceDefault,
    perAddressMax: transfersPerAddressDefault,
    tell: () => undefined,
    running: 0,
    byAddress: new Map(),
  }
}

/** Takes a place for the client; returns what gives it back, or null where there is none. */
export function takePlace(quota: Quota, { octets, length }: Client): (() => void) | null {
  const address = String.fromCharCode(...octets.subarray(0, length))
  const own = quota.byAddress.get(address) ?? 0
  if (quota.running >= quota.atOnceMax || own >= quota.perAddressMax) return null
  quota.running++
  quota.byAddress.set(address, own + 1)
  return () => {
    quota.running--
    const left = quota.byAddress.get(address)! - 1
    if (left === 0) quota.byAddress.delete(address)
    else quota.byAddress.set(address, left)
  }
}
