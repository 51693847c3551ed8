/**
 * What one file came to, as it is kept for as long as the file stays: the image that is served, and beside it only
 * what a look across zones needs. No model and no text, so it is small; plain values, so another thread may send it.
 */
import type { Problem, Span } from '../base/problem.ts'
import { seconds } from '../base/units.ts'
import { type Name, root } from '../name/name.ts'
import { imageHead } from '../zone/layout.ts'
import { buildImage, type ZoneImage } from './image.ts'
import type { TargetRef } from './records.ts'
import type { TransferPlan } from './transfer-plan.ts'
import type { ZoneReading } from './zone.ts'
import type { ZoneTest } from './zone-test.ts'

export interface JudgedZone {
  readonly file: string
  /** Known as soon as the name could be read, whatever else is wrong. */
  readonly name: Name | null
  readonly nameSpan: Span
  readonly problems: readonly Problem[]
  readonly targets: readonly TargetRef[]
  /** Null if there are errors. */
  readonly image: ZoneImage | null
  /** Null for `serial: auto`: then the image has 0 until `writeSerial`. */
  readonly serial: number | null
  /** Not of our making: pulled from a primary, or to be and not there. Absent for zones that people write here. */
  readonly origin?: 'pulled' | 'withheld'
  /** Null where the file says nothing of it. */
  readonly transfer: TransferPlan | null
  /** Rehearsals; a server that has no use for them is not sent any. */
  readonly tests: readonly ZoneTest[]
}

export function judgedOf({ zone, ...rest }: ZoneReading): JudgedZone {
  const serial = zone?.soa.serial ?? null
  return { ...rest, image: zone === null ? null : buildImage(zone, serial ?? 0), serial }
}

/** A zone that is ours to serve but must not be answered from: never pulled yet, or expired. */
export function withheldZone(file: string, name: Name): JudgedZone {
  const nameSpan = { file, line: 1, column: 1, endColumn: 2 }
  const times = { refresh: none, retry: none, expire: none, negativeTtl: none, ttl: none }
  const soa = { mname: root, rname: root, serial: 0, ...times }
  const image = buildImage({ name, soa, rrsets: [] }, 0)
  new Uint32Array(image.octets.buffer)[imageHead.withheld] = 1
  const bare = { file, name, nameSpan, problems: [], targets: [], serial: 0, transfer: null, tests: [] }
  return { ...bare, image: { ...image, withheld: true }, origin: 'withheld' }
}

const none = seconds(0)

/** A file of which nothing could be read. */
export function lostFile(file: string, fault: Problem): JudgedZone {
  const nameSpan = { file, line: 1, column: 1, endColumn: 2 }
  return {
    file,
    name: null,
    nameSpan,
    problems: [fault],
    targets: [],
    image: null,
    serial: null,
    transfer: null,
    tests: [],
  }
}
