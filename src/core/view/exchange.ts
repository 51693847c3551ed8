/**
 * Events on zones that came from other servers or went to them, in sentences: which they are, and how loud.
 */
import { type CatalogEvent, describeCatalogEvent } from '../catalog/news.ts'
import { describeSecondaryEvent, type SecondaryEvent } from '../secondary/news.ts'
import { describeTransfer } from '../transfer/news.ts'
import type { NotifyFault } from '../transfer/notifying.ts'
import type { JournalEvent } from './events.ts'

export interface ExchangeTelling {
  readonly level: 'info' | 'warn' | 'error'
  readonly text: string
}

export type ExchangeEvent =
  | SecondaryEvent
  | Extract<JournalEvent, { kind: 'notify' | 'transfer' | CatalogEvent['kind'] }>

const exchangeKinds: Readonly<Record<ExchangeEvent['kind'], true>> = {
  notify: true,
  transfer: true,
  'catalog-members': true,
  'catalog-mended': true,
  'catalog-clash': true,
  'catalog-broken': true,
  'catalog-not-kept': true,
  'zone-pulled': true,
  'zone-not-pulled': true,
  'zone-confirmed': true,
  'zone-expired': true,
}

export function isExchange(event: JournalEvent): event is ExchangeEvent {
  return event.kind in exchangeKinds
}

/** What zones came from other servers or went to them. */
export function describeExchange(event: ExchangeEvent): ExchangeTelling {
  switch (event.kind) {
    case 'notify':
      return describeNotify(event)
    case 'transfer':
      return describeTransfer(event)
    case 'catalog-members':
    case 'catalog-mended':
    case 'catalog-clash':
    case 'catalog-broken':
    case 'catalog-not-kept':
      return describeCatalogEvent(event)
    default:
      return describeSecondaryEvent(event)
  }
}

function describeNotify(event: Extract<JournalEvent, { kind: 'notify' }>): ExchangeTelling {
  const { zone, secondary, serial, fault } = event
  if (fault === null) return { level: 'info', text: `${secondary} knows of ${zone} ${serial}` }
  const what = `${secondary} could not be told of ${zone} ${serial} (${fault})`
  return {
    level: 'warn',
    text: `${what}; ${remedies[fault] ?? 'it is told of the next version, and refreshes by itself'}`,
  }
}

const remedies: Partial<Readonly<Record<NotifyFault, string>>> = {
  refused: 'does it serve the zone, and know this server and its key?',
  'no-source': 'the `source` that it is to be told from is no address of this machine',
}
