/**
 * The whole set of zone files → Model, or every Problem in it. Any error, in whichever file, and there is no Model:
 * what is served must be the set that somebody meant. Work is by file (`validateZone`), then one small look across.
 */
import type { Problem } from '../base/problem.ts'
import { type Doc, hasErrors } from './doc.ts'
import { isSidecar, isSplitZone } from './forms.ts'
import type { OpenGeo } from './geo-desk.ts'
import { judgeTogether } from './join.ts'
import { judgedOf } from './judged.ts'
import type { ReadingProgress } from './master/record.ts'
import { isMasterFile, readMasterZone } from './master/zone.ts'
import type { Model, ZoneModel } from './model.ts'
import { refuseAlone } from './sidecar/alone.ts'
import { readSplitZone } from './split.ts'
import { parse } from './yaml.ts'
import { lostZone, validateZone, type ZoneReading } from './zone.ts'

export interface ZoneText {
  readonly file: string
  readonly text: string
  /** Texts of files that a master file includes, by path. */
  readonly includes?: ReadonlyMap<string, string>
  /** The path of the sidecar of a zone that is pulled; others have it beside them. */
  readonly sidecar?: string
  /** Told now and then how far the reading of a master file is, in characters. */
  readonly progress?: ReadingProgress
  /** Where places are; absent: rules that name some are refused. */
  readonly geo?: OpenGeo
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
export function readZone({ file, text, includes, progress, sidecar, geo }: ZoneText): ZoneReading {
  if (isSidecar(file)) return refuseAlone(file)
  if (isSplitZone(file)) return readSplitZone(file, includes ?? new Map(), geo ?? null)
  if (isMasterFile(file)) {
    const include = (path: string) => includes?.get(path) ?? null
    return readMasterZone(file, text, include, progress ?? null, sidecar ?? null)
  }
  const { doc, problems } = parse(file, text)
  return doc === null ? lostZone(file, problems) : validateZone(doc, geo ?? null)
}

export function validate(docs: readonly Doc[]): Validated {
  return joinZones(docs.map(doc => validateZone(doc)))
}

/** The cross-zone pass over what each file came to. */
export function joinZones(readings: readonly ZoneReading[]): Validated {
  const problems = judgeTogether(readings.map(judgedOf))
  const zones = readings.map(({ zone }) => zone).filter((zone): zone is ZoneModel => zone !== null)
  return { model: hasErrors(problems) ? null : { zones }, problems }
}
