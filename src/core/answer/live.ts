/**
 * All that one answering thread needs for its next answer: the generation it serves, where rotations are read, where it
 * counts, and the working memory that every query reuses. A worker swaps `snapshot` and `rotation` together, between
 * two packets, so an answer comes wholly from one generation.
 */

import { createReply, type Guard, type Reply } from '../guard/admit.ts'
import type { Cookies } from '../guard/cookie.ts'
import { nameOctetsMax } from '../name/name.ts'
import { createNameScan, type NameScan } from '../name/scan.ts'
import type { RotationSource, Turn } from '../ports.ts'
import { rrsetRecordsMax } from '../rotation/types.ts'
import { createResponseOptions, type ResponseOptions } from '../wire/options.ts'
import { createWriter, type Mark, type Writer } from '../wire/writer.ts'
import type { Snapshot } from '../zone/layout.ts'
import { createFinding, type Finding } from '../zone/lookup.ts'
import type { Tally } from './tally.ts'

export interface Live {
  snapshot: Snapshot
  rotation: RotationSource
  /** Who is answered and what the server says of itself. */
  terms: Terms
  readonly tally: Tally
  readonly desk: Desk
}

/** Everything but zones and health that an answer depends on. */
export interface Terms {
  /** Null: everybody is answered, nothing is limited. */
  readonly guard: Guard | null
  /** Null: COOKIE options are passed over. */
  readonly cookies: Cookies | null
  readonly identity: Identity
  /** How long an idle TCP connection is kept, in units of 100 ms (RFC 7828). */
  readonly keepaliveUnits: number
}

/** What the server says of itself when asked; null: nothing. */
export interface Identity {
  /** NSID (RFC 5001). */
  readonly nsid: Uint8Array | null
  /** CHAOS TXT version.bind and version.server (RFC 4892). At most 255 octets. */
  readonly version: Uint8Array | null
  /** CHAOS TXT id.server and hostname.bind (RFC 4892). At most 255 octets. */
  readonly hostname: Uint8Array | null
}

export const plainTerms: Terms = {
  guard: null,
  cookies: null,
  identity: { nsid: null, version: null, hostname: null },
  keepaliveUnits: 0,
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

/** CNAMEs followed for one question; a longer chain is cut there with what was found so far. */
export const aliasesMax = 12

/** Working memory of one thread. Nothing in it outlives a query. */
export interface Desk {
  readonly writer: Writer
  readonly mark: Mark
  readonly finding: Finding
  /** Where the owners of the aliases followed so far stand in the message. */
  readonly passed: Uint16Array
  /** RRset of the DNAME that was written last: it may redirect again, but stands in the message once. */
  redirected: number
  /** The octets of a name that a DNAME made. */
  readonly made: Uint8Array
  /** The name that the last CNAME led to. */
  readonly target: NameScan
  readonly turn: Turn
  readonly chosen: Uint8Array
  readonly ref: RRsetRef
  /** What OPT will carry. */
  readonly options: ResponseOptions
  /** What the guard is told of the response. */
  readonly reply: Reply
  /** Records in each section, AA and TC, and the rcode of the response being written. */
  answers: number
  authorities: number
  additionals: number
  authoritative: boolean
  truncated: boolean
  rcode: number
}

export function createLive(
  snapshot: Snapshot,
  rotation: RotationSource,
  tally: Tally,
  terms: Terms = plainTerms,
): Live {
  return { snapshot, rotation, terms, tally, desk: createDesk() }
}

function createDesk(): Desk {
  return {
    writer: createWriter(),
    mark: { at: 0, suffixes: 0 },
    finding: createFinding(),
    passed: new Uint16Array(aliasesMax + 1),
    redirected: 0,
    made: new Uint8Array(nameOctetsMax + 1),
    target: createNameScan(),
    turn: { mode: 'normal', ttl: 0, maxAnswers: 0, fixed: false, count: 0, order: new Uint8Array(rrsetRecordsMax) },
    chosen: new Uint8Array(rrsetRecordsMax),
    ref: { zone: 0, node: 0, rrset: 0, ownerAt: ownerUnwritten },
    options: createResponseOptions(),
    reply: createReply(),
    answers: 0,
    authorities: 0,
    additionals: 0,
    authoritative: false,
    truncated: false,
    rcode: 0,
  }
}
