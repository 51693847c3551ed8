/**
 * Words for what the stream and the API say in codes: durations, outcomes, reasons, and one sentence for each event.
 * Pure. What a server or a backend wrote is shown as text only, never as markup.
 */

import { type CatalogEvent, describeCatalogEvent } from '../src/core/catalog/news.ts'
import { describeSecondaryEvent } from '../src/core/secondary/news.ts'
import type { JournalEvent } from '../src/core/view/events.ts'
import type { MemberReason } from '../src/core/view/explain.ts'
import type { LivePool, LiveTrack } from '../src/core/view/live.ts'
import type { Tone } from './health.ts'

export interface Telling {
  readonly tone: Tone
  /** One word for the kind. */
  readonly label: string
  readonly text: string
}

const secondMs = 1000
const minuteMs = 60 * secondMs
const hourMs = 60 * minuteMs
const dayMs = 24 * hourMs

/** Two units at most: `41 s`, `3 min 20 s`, `2 h 5 min`, `9 d`. */
export function formatAge(ms: number): string {
  const whole = Math.max(0, Math.floor(ms / secondMs) * secondMs)
  if (whole < minuteMs) return `${whole / secondMs} s`
  if (whole < hourMs) return two(whole, minuteMs, 'min', secondMs, 's')
  if (whole < dayMs) return two(whole, hourMs, 'h', minuteMs, 'min')
  return two(whole, dayMs, 'd', hourMs, 'h')
}

function two(ms: number, large: number, largeUnit: string, small: number, smallUnit: string): string {
  const rest = Math.floor((ms % large) / small)
  return `${Math.floor(ms / large)} ${largeUnit}${rest === 0 ? '' : ` ${rest} ${smallUnit}`}`
}

export function formatAgo(ms: number): string {
  return ms < 1.5 * secondMs ? 'just now' : `${formatAge(ms)} ago`
}

export function formatLatency(ms: number): string {
  return ms < 10 ? `${ms.toFixed(1)} ms` : `${Math.round(ms)} ms`
}

export function formatShare(share: number): string {
  return share > 0 && share < 0.01 ? '<1 %' : `${Math.round(share * 100)} %`
}

/** Names without their final dot, as people write them. */
export function shortName(name: string): string {
  return name === '.' ? name : name.replace(/\.$/, '')
}

/** `www` of `www.demo.test.` below `demo.test.`; `@` for the zone itself. */
export function nameInZone(owner: string, zone: string): string {
  if (owner.toLowerCase() === zone) return '@'
  return zone !== '.' && owner.toLowerCase().endsWith(`.${zone}`) ? owner.slice(0, -zone.length - 1) : shortName(owner)
}

export function describeOutcome(last: LiveTrack['last']): string {
  if (last === null) return 'not probed yet'
  const detail = last.detail === null || last.detail === '' ? '' : `: ${last.detail}`
  if (last.kind === 'pass') return `passed${detail}`
  return `${last.kind === 'fail' ? 'failed' : 'could not judge'}, ${last.reason}${detail}`
}

/** Failures in a row for one reason. */
export function describeFailures(
  { reason, detail, count, firstAt, lastAt }: LiveTrack['failures'][number],
  nowAt: number,
): string {
  const times = count === 1 ? '' : `${count} times over ${formatAge(lastAt - firstAt)}, `
  const cause = detail === null || detail === '' ? reason : `${reason}: ${detail}`
  return `${cause}, ${times}${formatAgo(nowAt - lastAt)}`
}

export function describeMode(pool: Pick<LivePool, 'mode' | 'answer'>): string {
  switch (pool.mode) {
    case 'normal':
      return `answers ${pool.answer}`
    case 'fail-open':
      return 'too few healthy: answers all'
    case 'last-resort':
      return 'too few healthy: answers the last resort'
    case 'last-healthy':
      return 'too few healthy: answers who was up last'
    case 'nodata':
    case 'servfail':
    case 'refused':
      return `too few healthy: answers ${pool.mode.toUpperCase()}`
  }
}

export function describeReason(reason: MemberReason): string {
  return reasonWords[reason]
}

const reasonWords: Readonly<Record<MemberReason, string>> = {
  eligible: 'healthy',
  'fail-open': 'too few are healthy, so all are answered',
  'last-resort': 'too few are healthy: the last resort',
  'last-healthy': 'too few are healthy: it was up last',
  held: 'down, but removals are frozen',
  'forced-up': 'forced up by an operator',
  down: 'its checks say down',
  unknown: 'not heard of yet',
  drained: 'drained by an operator',
  'forced-down': 'forced down by an operator',
  'no-share': 'healthy, but its check leaves it no weight',
  standby: 'healthy, waiting for the tier before it to fail',
  'not-answered': 'healthy, but fewer than min_healthy are',
}

/** Null for events that say nothing to one who watches. */
export function tell(event: JournalEvent): Telling | null {
  switch (event.kind) {
    case 'transition':
      return {
        tone: event.to === 'up' ? 'good' : event.to === 'down' ? 'bad' : 'doubt',
        label: event.to,
        text: `${event.target} ${event.from} → ${event.to} by ${event.check}: ${describeOutcome(event.outcome)}`,
      }
    case 'rotation': {
      const served = `${shortName(event.owner)} ${event.type}: ${event.to.eligible} of ${event.to.members} eligible`
      const mode = event.to.mode === 'normal' ? '' : `, ${event.to.mode}`
      return { tone: event.to.mode === 'normal' ? 'plain' : 'bad', label: 'answers', text: `${served}${mode}` }
    }
    case 'override':
      return {
        tone: 'taken',
        label: event.action === 'set' ? event.override.replace('-', ' ') : event.action,
        text: `${event.target}${by(event.author)}${event.reason === '' ? '' : ` (${event.reason})`}`,
      }
    case 'failback':
      return { tone: 'taken', label: 'failback', text: `${event.pools.join(', ')}${by(event.author)}` }
    case 'freeze':
      return {
        tone: 'bad',
        label: 'frozen',
        text: `removals: ${event.down} of ${event.endpoints} endpoints are down (${event.cause})`,
      }
    case 'thaw':
      return { tone: 'good', label: 'thawed', text: `removals take their course after ${formatAge(event.frozenMs)}` }
    default:
      return tellOfServer(event)
  }
}

function tellOfZone(event: JournalEvent): Telling | null {
  switch (event.kind) {
    case 'zone-pulled':
    case 'zone-not-pulled':
    case 'zone-confirmed':
    case 'zone-expired':
      return { tone: secondaryTones[event.kind], label: 'secondary', text: describeSecondaryEvent(event).text }
    default:
      return null
  }
}

const secondaryTones = {
  'zone-pulled': 'plain',
  'zone-not-pulled': 'doubt',
  'zone-confirmed': 'good',
  'zone-expired': 'bad',
} as const

type TransferEvent = Extract<JournalEvent, { kind: 'transfer' }>

type ServerEvent = Exclude<
  JournalEvent,
  { kind: 'transition' | 'rotation' | 'override' | 'failback' | 'freeze' | 'thaw' }
>

function tellOfServer(event: ServerEvent): Telling | null {
  switch (event.kind) {
    case 'installed':
      return {
        tone: 'plain',
        label: 'installed',
        text: `generation ${event.generation}: ${event.zones} zones, ${event.checks} checks`,
      }
    case 'refused':
      return {
        tone: 'bad',
        label: 'refused',
        text: `${event.problems.length} problems in zone files; generation ${event.generation} stays`,
      }
    case 'ready':
      return { tone: 'good', label: 'ready', text: `after a first round of ${formatLatency(event.firstRoundMs)}` }
    case 'stopping':
      return { tone: 'doubt', label: 'stopping', text: event.signal }
    case 'check-broken':
      return { tone: 'bad', label: 'check broken', text: `${event.protocol}: ${event.reason}; ${event.remedy}` }
    case 'check-mended':
      return { tone: 'good', label: 'check mended', text: event.protocol }
    case 'late':
      return { tone: 'doubt', label: 'late', text: `${event.voided} timeouts did not count: this server stood still` }
    case 'worker-lost':
      return { tone: 'bad', label: 'worker lost', text: `${event.worker}: ${event.text}` }
    case 'fault':
      return { tone: 'bad', label: 'fault', text: `${event.where}: ${event.text}` }
    case 'transfer':
      return { tone: event.outcome === 'done' ? 'plain' : 'doubt', label: 'transfer', text: formatTransfer(event) }
    case 'catalog-members':
    case 'catalog-mended':
    case 'catalog-clash':
    case 'catalog-broken':
    case 'catalog-not-kept':
      return tellOfCatalog(event)
    case 'state-lost':
      return { tone: 'bad', label: 'state lost', text: `${event.folder}: ${event.reason}` }
    case 'state-kept':
      return { tone: 'good', label: 'state kept', text: event.folder }
    case 'state-aside':
      return { tone: 'doubt', label: 'state aside', text: `${event.file}: ${event.fault}` }
    case 'state-restored':
      return { tone: 'plain', label: 'state restored', text: `${event.verdicts} verdicts, ${event.overrides} orders` }
    case 'listening':
    case 'engine':
    case 'sentinels':
    case 'account':
      return null
    // An open page may outlive the server that it came from: what a later one adds is not known here.
    default:
      return tellOfZone(event)
  }
}

const tones = { info: 'plain', warn: 'doubt', error: 'bad' } as const

function tellOfCatalog(event: CatalogEvent): Telling {
  const { level, text } = describeCatalogEvent(event)
  return { tone: tones[level], label: 'catalog', text }
}

function formatTransfer({ zone, form, serial, address, outcome, reason }: TransferEvent): string {
  if (outcome === 'refused') return `${zone} refused to ${address} (${reason})`
  const end = outcome === 'failed' ? ` failed (${reason})` : ''
  return `${zone} ${serial} (${form}) to ${address}${end}`
}

function by(author: string): string {
  return author === '' ? '' : ` by ${author}`
}
