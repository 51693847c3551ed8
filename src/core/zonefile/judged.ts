/**
 * What one file came to, as it is kept for as long as the file stays: the image that is served, and beside it only
 * what a look across zones needs. No model and no text, so it is small; plain values, so another thread may send it.
 */
import type { Problem, Span } from '../base/problem.ts'
import type { Name } from '../name/name.ts'
import { buildImage, type ZoneImage } from './image.ts'
import type { TargetRef } from './records.ts'
import type { ZoneReading } from './zone.ts'

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
}

export function judgedOf({ zone, ...rest }: ZoneReading): JudgedZone {
  const serial = zone?.soa.serial ?? null
  return { ...rest, image: zone === null ? null : buildImage(zone, serial ?? 0), serial }
}

/** A file of which nothing could be read. */
export function lostFile(file: string, fault: Problem): JudgedZone {
  const nameSpan = { file, line: 1, column: 1, endColumn: 2 }
  return { file, name: null, nameSpan, problems: [fault], targets: [], image: null, serial: null }
}
