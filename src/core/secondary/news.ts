/**
 * What happens to pulled zones, in sentences, for the log and the page.
 */
import type { PullKind, PullReason, SecondaryState } from './types.ts'

export type SecondaryEvent =
  /** A zone came from a primary, as a whole or as changes. `from` is what we had; null: nothing. */
  | {
      readonly kind: 'zone-pulled'
      readonly zone: string
      readonly primary: string
      readonly how: PullKind
      readonly from: number | null
      readonly serial: number
      readonly records: number
      readonly octets: number
      readonly tookMs: number
    }
  /** A primary gave us nothing; told once for each reason. `state` is how the zone is now. */
  | {
      readonly kind: 'zone-not-pulled'
      readonly zone: string
      readonly primary: string
      readonly reason: PullReason
      readonly detail: string
      readonly state: SecondaryState
    }
  /** What we have is confirmed again, after failures or expiry. */
  | { readonly kind: 'zone-confirmed'; readonly zone: string; readonly primary: string; readonly serial: number }
  /** No primary has confirmed the zone for as long as its SOA allows: it is no longer answered from. */
  | { readonly kind: 'zone-expired'; readonly zone: string; readonly serial: number; readonly confirmedAt: number }

export interface SecondaryTelling {
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
}

export function describeSecondaryEvent(event: SecondaryEvent): SecondaryTelling {
  const { zone } = event
  switch (event.kind) {
    case 'zone-pulled': {
      const { primary, how, from, serial, records } = event
      const step = from === null ? `serial ${serial}` : `serial ${from} to ${serial}`
      const means = how === 'ixfr' ? 'by its changes' : 'as a whole'
      return { level: 'info', text: `${zone} came from ${primary} ${means}: ${step}, ${records} records` }
    }
    case 'zone-not-pulled':
      return describeFailure(event)
    case 'zone-confirmed':
      return { level: 'info', text: `${zone} is confirmed again by ${event.primary}: serial ${event.serial}` }
    case 'zone-expired': {
      const text = `${zone} has expired: no primary has confirmed serial ${event.serial} for as long as its SOA allows`
      return { level: 'error', text: `${text}; it is answered with SERVFAIL until one does` }
    }
  }
}

const remedies: Partial<Readonly<Record<PullReason, string>>> = {
  signed: '; `signed: strip` takes it without its signatures',
  'no-source': '; add it to an interface, or write another `source`',
}

function describeFailure(event: Extract<SecondaryEvent, { kind: 'zone-not-pulled' }>): SecondaryTelling {
  const { zone, primary, reason, detail, state } = event
  const remedy = remedies[reason] ?? ''
  const text = `${zone} is not to be had from ${primary}: ${detail}${remedy}`
  switch (state) {
    case 'new':
    case 'expired':
      return { level: 'error', text: `${text}; it is answered with SERVFAIL until it is` }
    case 'current':
    case 'refreshing':
      return { level: 'warn', text: `${text}; what we have is still served` }
  }
}
