/**
 * What control and a reading thread (reader.ts) say to each other: orders in, words back.
 */
import type { Problem } from '../core/base/problem.ts'
import type { Name } from '../core/name/name.ts'
import type { JudgedZone } from '../core/zonefile/judged.ts'

/** A file that is to be read. */
export interface FileOrder {
  readonly path: string
  readonly octets: number
  /** Of what is known of it already, which is then not judged again. */
  readonly digest: string | null
  /** The name of a zone that stands empty: nothing is read for it. */
  readonly withheld?: Name
  /** Where the sidecar is of a zone that is pulled. */
  readonly sidecar?: string
  /** What is in it, of a file that lies on no disk; then `digest` is null. */
  readonly text?: string
  /** True if its rehearsals are wanted too. */
  readonly tests?: boolean
}

/** What became of it. `wanted` are the files that it asks for. */
export type FileReport =
  | {
      readonly kind: 'judged'
      readonly digest: string
      readonly modified: number
      readonly wanted: readonly string[]
      readonly zone: JudgedZone
    }
  /** Its digest is the one that was given. */
  | { readonly kind: 'same'; readonly wanted: readonly string[] }
  | { readonly kind: 'fault'; readonly fault: Problem }

/** How far the reading of one file is, in characters. */
export interface FileProgress {
  readonly path: string
  readonly done: number
  readonly total: number
}

/** Told after each file, and while a large one is read: `within` is where that is. */
export type ReadProgress = (done: number, total: number, within: FileProgress | null) => void

/** What a thread that takes orders says: first that all it needs is loaded, then how far it is, and a report each. */
export type ReaderWord = FileReport | 'ready' | { readonly kind: 'progress'; readonly within: FileProgress }

/** What a thread is for: zone files, which come as orders, or the one config file. */
export type ReaderStart =
  | { readonly kind: 'zones'; readonly niceness: number; readonly geoip: string | null }
  | { readonly kind: 'config'; readonly file: string; readonly text: string }
