/**
 * A pull from beginning to end: changes where we have the zone, the whole of it where they are not to be had or do not
 * fit; judged as any zone file is, and kept on the disk. Nothing that is kept changes unless all of it went well.
 */
import { formatName, type Name } from '../../core/name/name.ts'
import { applyDifferences } from '../../core/secondary/content.ts'
import type { Incoming } from '../../core/secondary/incoming.ts'
import type { Failure, PullKind, PullResult, SignedPolicy } from '../../core/secondary/index.ts'
import { formatZoneText, type PulledZone, readZoneText, soaOf } from '../../core/secondary/zone-text.ts'
import { isLater } from '../../core/transfer/serial.ts'
import type { TsigKey } from '../../core/wire/tsig-key.ts'
import { zoneFileOctetsMax } from '../../core/zonefile/decode.ts'
import { readMasterZone } from '../../core/zonefile/master/zone.ts'
import type { PrimaryAddress } from './exchange.ts'
import { keepZone, readKept, zonePath } from './kept-zones.ts'
import { type TransferLimits, type TransferOrder, transfer, transferLimits } from './transfer.ts'

export interface PullOrder {
  readonly apex: Name
  readonly primary: PrimaryAddress
  readonly key: TsigKey | null
  /** What we have, to ask for changes since; null: the whole zone. */
  readonly since: number | null
  /** The result must be later; null: any will do. */
  readonly after: number | null
  readonly signed: SignedPolicy
  /** Where pulled zones are kept. */
  readonly folder: string
}

/** A TTL beyond it is 0 (RFC 2181 section 8). */
const ttlMax = 0x7fff_ffff

/** Never rejects for what a primary does or for what is on the disk. */
export async function pull(
  order: PullOrder,
  signal: AbortSignal,
  limits: TransferLimits = transferLimits,
): Promise<PullResult> {
  const began = performance.now()
  const drawn = await draw(order, signal, limits)
  const result = await take(order, drawn, began)
  const isUnservable = result.kind === 'failed' && result.failure.reason === 'unservable'
  if (!isUnservable || drawn.kind !== 'drawn' || drawn.how !== 'ixfr') return result
  // What is kept may not be what it was, by a disk or by some hand: then changes to it are of no use.
  return await take(order, await drawWhole({ ...plainOf(order), since: null }, signal, limits), began)
}

async function take(order: PullOrder, drawn: Drawn, began: number): Promise<PullResult> {
  if (drawn.kind !== 'drawn') return drawn
  const { zone, how, octets } = drawn
  const { serial, refresh, retry, expire } = soaOf(zone)
  if (order.after !== null && !isLater(serial, order.after)) {
    return serial === order.after ? { kind: 'current' } : failed('serial-back', `the primary sent serial ${serial}`)
  }
  const times = { refresh, retry, expire }
  const fault = await keep(order, zone, { serial, times, confirmedAt: Date.now() })
  if (fault !== null) return { kind: 'failed', failure: fault }
  const tookMs = Math.round(performance.now() - began)
  return { kind: 'taken', serial, times, how, records: zone.content.records.records + 1, octets, tookMs }
}

type Drawn =
  | { readonly kind: 'drawn'; readonly zone: PulledZone; readonly how: PullKind; readonly octets: number }
  | Exclude<PullResult, { kind: 'taken' }>

async function draw(order: PullOrder, signal: AbortSignal, limits: TransferLimits): Promise<Drawn> {
  const { apex, folder } = order
  const text = order.since === null ? null : await readKept(folder, apex)
  const held = text === null ? null : readZoneText(text, apex)
  const plain: TransferOrder = { ...plainOf(order), since: null }
  if (held === null) return await drawWhole(plain, signal, limits)
  const result = await transfer({ ...plain, since: soaOf(held).serial }, signal, limits)
  switch (result.kind) {
    case 'current':
      // A crash between the zone and its note: what is kept is later than was known of it.
      if (order.after === null || !isLater(soaOf(held).serial, order.after)) return result
      return { kind: 'drawn', zone: held, how: 'ixfr', octets: 0 }
    case 'failed':
      return result
    case 'no-changes':
      return await drawWhole(plain, signal, limits)
    case 'whole':
      return { kind: 'drawn', zone: wholeOf(apex, result.incoming), how: 'axfr', octets: result.octets }
    case 'changes': {
      const content = applyDifferences(held.content, result.incoming.differences)
      if (content === null) return await drawWhole(plain, signal, limits)
      return { kind: 'drawn', zone: { ...wholeOf(apex, result.incoming), content }, how: 'ixfr', octets: result.octets }
    }
  }
}

function plainOf({ apex, primary, key, signed }: PullOrder): Omit<TransferOrder, 'since'> {
  return { apex, primary, key, signed }
}

async function drawWhole(order: TransferOrder, signal: AbortSignal, limits: TransferLimits): Promise<Drawn> {
  const result = await transfer(order, signal, limits)
  if (result.kind === 'whole') {
    return { kind: 'drawn', zone: wholeOf(order.apex, result.incoming), how: 'axfr', octets: result.octets }
  }
  if (result.kind === 'failed') return result
  return failed('malformed', 'no answer to what was asked')
}

function wholeOf(apex: Name, { soa, whole }: Incoming): PulledZone {
  const { ttl, rdata } = soa!.record
  return { apex, soa: { ttl: ttl > ttlMax ? 0 : ttl, rdata }, content: { records: whole } }
}

async function keep(
  { apex, folder }: PullOrder,
  zone: PulledZone,
  note: Parameters<typeof keepZone>[3],
): Promise<Failure | null> {
  const pieces: string[] = []
  let octets = 0
  for (const piece of formatZoneText(zone)) {
    octets += Buffer.byteLength(piece)
    if (octets > zoneFileOctetsMax) {
      return { reason: 'too-large', detail: `as a file it has more than ${zoneFileOctetsMax} octets` }
    }
    pieces.push(piece)
  }
  const { problems } = readMasterZone(zonePath(folder, apex), pieces.join(''), () => null)
  const error = problems.find(({ severity }) => severity === 'error')
  if (error !== undefined) return { reason: 'unservable', detail: `${formatName(apex)}: ${error.text}` }
  try {
    await keepZone(folder, apex, pieces, note)
    return null
  } catch (fault) {
    return { reason: 'not-kept', detail: fault instanceof Error ? fault.message : String(fault) }
  }
}

function failed(reason: Failure['reason'], detail: string): Extract<PullResult, { kind: 'failed' }> {
  return { kind: 'failed', failure: { reason, detail } }
}
