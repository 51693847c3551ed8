/**
 * The whole set of zone files → Model, or every Problem in it. Any error, in whichever file, and there is no Model:
 * what is served must be the set that somebody meant. Work is by file (`validateZone`), then one small look across.
 */
import type { Problem } from '../base/problem.ts'
import { lookAcross } from './across.ts'
import { type Doc, hasErrors } from './doc.ts'
import { isMasterFile, readMasterZone } from './master/zone.ts'
import type { Model, ZoneModel } from './model.ts'
import { parse } from './yaml.ts'
import { lostZone, validateZone, type ZoneReading } from './zone.ts'

export interface ZoneText {
  readonly file: string
  readonly text: string
  /** Texts of files that a master file includes, by path. */
  readonly includes?: ReadonlyMap<string, string>
}

export interface Validated {
  /** Null if any of the problems is an error. */
  readonly model: Model | null
  /** By file in the order given, then by place. */
  readonly problems: readonly Problem[]
}

/** Reads, judges and joins. Never throws, whatever the texts. */
export function readZones(files: readonly ZoneText[]): Validated {
  return joinZones(files.map(readZone))
}

/** One file by itself: what comes out depends on nothing else, so it can be kept until the file changes. */
export function readZone({ file, text, includes }: ZoneText): ZoneReading {
  if (isMasterFile(file)) return readMasterZone(file, text, path => includes?.get(path) ?? null)
  const { doc, problems } = parse(file, text)
  return doc === null ? lostZone(file, problems) : validateZone(doc)
}

export function validate(docs: readonly Doc[]): Validated {
  return joinZones(docs.map(validateZone))
}

/** The cross-zone pass over what each file came to. */
export function joinZones(readings: readonly ZoneReading[]): Validated {
  const all = readings.flatMap(reading => reading.problems).concat(lookAcross(readings))
  const problems = inOrder(
    all,
    readings.map(({ file }) => file),
  )
  const zones = readings.map(({ zone }) => zone).filter((zone): zone is ZoneModel => zone !== null)
  return { model: hasErrors(problems) ? null : { zones }, problems }
}

function inOrder(problems: readonly Problem[], files: readonly string[]): readonly Problem[] {
  const ranks = new Map(files.map((file, i) => [file, i]))
  const rank = ({ span }: Problem) => ranks.get(span.file) ?? files.length
  return [...problems].sort((a, b) => rank(a) - rank(b) || a.span.line - b.span.line || a.span.column - b.span.column)
}
