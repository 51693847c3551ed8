/**
 * All that one answering thread needs for its next answer: the generation it serves, where rotations are read, where it
 * counts, and the working memory that every query reuses. A worker swaps `snapshot` and `rotation` together, between
 * two packets, so an answer comes wholly from one generation.
 */
import { createNameScan, type NameScan } from '../name/scan.ts'
import type { RotationSource, Turn } from '../ports.ts'
import { rrsetRecordsMax } from '../rotation/types.ts'
import { createWriter, type Mark, type Writer } from '../wire/writer.ts'
import type { Snapshot } from '../zone/layout.ts'
import { createFinding, type Finding } from '../zone/lookup.ts'
import type { Tally } from './tally.ts'

export interface Live {
  snapshot: Snapshot
  rotation: RotationSource
  readonly tally: Tally
  readonly desk: Desk
}

/** Which RRset to write, and how its owner is spelled. Offsets into the snapshot are absolute. */
export interface RRsetRef {
  zone: number
  node: number
  rrset: number
  /** Where the owner stands in the message, or `ownerUnwritten`. */
  ownerAt: number
}

/** No place in the message has the owner's name yet: it is written from the node. */
export const ownerUnwritten = -1

/** Working memory of one thread. Nothing in it outlives a query. */
export interface Desk {
  readonly writer: Writer
  readonly mark: Mark
  readonly finding: Finding
  /** The name that the last CNAME led to. */
  readonly target: NameScan
  readonly turn: Turn
  readonly chosen: Uint8Array
  readonly ref: RRsetRef
  /** Records in each section, AA and TC, and the rcode of the response being written. */
  answers: number
  authorities: number
  additionals: number
  authoritative: boolean
  truncated: boolean
  rcode: number
}

export function createLive(snapshot: Snapshot, rotation: RotationSource, tally: Tally): Live {
  return { snapshot, rotation, tally, desk: createDesk() }
}

function createDesk(): Desk {
  return {
    writer: createWriter(),
    mark: { at: 0, suffixes: 0 },
    finding: createFinding(),
    target: createNameScan(),
    turn: { mode: 'normal', ttl: 0, maxAnswers: 0, fixed: false, count: 0, order: new Uint8Array(rrsetRecordsMax) },
    chosen: new Uint8Array(rrsetRecordsMax),
    ref: { zone: 0, node: 0, rrset: 0, ownerAt: ownerUnwritten },
    answers: 0,
    authorities: 0,
    additionals: 0,
    authoritative: false,
    truncated: false,
    rcode: 0,
  }
}
