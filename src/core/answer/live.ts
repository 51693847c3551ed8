/**
 * All that one answering thread needs for its next answer: the generation it serves, where rotations are read, where it
 * counts, and the working memory that every query reuses. A worker swaps `snapshot` and `rotation` together, between
 * two packets, so an answer comes wholly from one generation.
 */

import type { AddressTable } from '../guard/access.ts'
import { createReply, type Guard, type Reply } from '../guard/admit.ts'
import type { Cookies } from '../guard/cookie.ts'
import { nameOctetsMax } from '../name/name.ts'
import { createNameScan, type NameScan } from '../name/scan.ts'
import type { BulletinSource, RotationSource, Turn } from '../ports.ts'
import { createScratch, type Scratch } from '../rotation/arrange.ts'
import { createTurn, rrsetRecordsMax } from '../rotation/types.ts'
import type { TransferNews } from '../transfer/news.ts'
import type { Offer } from '../transfer/offer.ts'
import type { ReservedZone } from '../transfer/reserved.ts'
import { createResponseOptions, type ResponseOptions } from '../wire/options.ts'
import type { TsigSession } from '../wire/tsig.ts'
import type { KeyRing, TsigKey } from '../wire/tsig-key.ts'
import { createWriter, type Mark, type Writer } from '../wire/writer.ts'
import type { Snapshot } from '../zone/layout.ts'
import { createFinding, type Finding } from '../zone/lookup.ts'
import type { Trail } from '../zone/reach.ts'
import type { Route } from '../zone/rules.ts'
import type { NotifyEar, NotifySources } from './notify-sources.ts'
import { createQuota, type Quota } from './quota.ts'
import type { Recall } from './recall-memory.ts'
import type { Tally } from './tally.ts'

export interface Live {
  snapshot: Snapshot
  rotation: RotationSource
  /** What is known of members; null: nothing that could be told. */
  bulletin: BulletinSource | null
  /** Who is answered and what the server says of itself. */
  terms: Terms
  /** Who hears of a NOTIFY that is believed; null: nobody. */
  heed: NotifyEar | null
  /** Zones that others may have, by `nameKey` of their apex. */
  readonly offers: Map<string, Offer>
  /** How many transfers run, and who is told of each. */
  readonly quota: Quota
  /** Answers given before; null: each is found anew. */
  recall: Recall | null
  readonly tally: Tally
  readonly desk: Desk
}

/** Everything but zones and health that an answer depends on. */
export interface Terms {
  /** Null: everybody is answered, nothing is limited. */
  readonly guard: Guard | null
  /** Null: COOKIE options are passed over. */
  readonly cookies: Cookies | null
  /** Keys that clients sign with; null: there are none. */
  readonly keys: KeyRing | null
  /** Who may tell of changes in zones that are pulled; null or absent: there are none. */
  readonly notify?: NotifySources | null
  /** Zones that only those may ask about who may have them; absent: there are none. */
  readonly reserved?: readonly ReservedZone[]
  readonly identity: Identity
  /** Whether answers that health changed say so (RFC 8914). */
  readonly explains: boolean
  /** Who may ask for the health of a name; null: nobody. */
  readonly status: AddressTable | null
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
  keys: null,
  identity: { nsid: null, version: null, hostname: null },
  explains: true,
  status: null,
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

/** Address octets that a choice goes by: of the client's network if the query names it, else of who asked. */
export interface Network {
  readonly octets: Uint8Array
  /** 4, 16, or 0 where neither is known. */
  length: number
}

/** CNAMEs followed for one question; a longer chain is cut there with what was found so far. */
export const aliasesMax = 12

/** The text of `shortfall.ts` at its longest: an owner, a name of 63 octets for the pool, and some words. */
const shortfallOctetsMax = 256

/** What of a target's addresses may be answered now. */
export interface Aside {
  readonly name: NameScan
  zone: number
  readonly finding: Finding
  readonly turn: Turn
  /** By RR: 1 if it may. */
  readonly allowed: Uint8Array
  /** For how long. */
  ttl: number
}

/** A transfer under way: the rest of an answer that is too long for one message. */
export interface Sending {
  /** Writes the next message and returns its octets; 0: it is over; less: it broke off and so must the connection. */
  next(out: Uint8Array, nowSeconds: number): number
  /** No other message follows. */
  isOver(): boolean
  /** Ends it, done or not; returns what became of it. Once. */
  close(): TransferNews
}

/** Working memory of one thread. Nothing in it outlives a query. */
export interface Desk {
  readonly writer: Writer
  readonly mark: Mark
  readonly finding: Finding
  /** Where the owners of the aliases followed so far stand in the message. */
  readonly passed: Uint16Array
  /** RRsets of the DNAMEs written so far, and how many: one may redirect again, but stands in the message once. */
  readonly redirects: Uint32Array
  redirected: number
  /** The octets of a name that a DNAME made. */
  readonly made: Uint8Array
  /** The name that the last CNAME led to. */
  readonly target: NameScan
  readonly turn: Turn
  readonly chosen: Uint8Array
  /** For answers whose order is not a cursor's alone. */
  readonly scratch: Scratch
  readonly network: Network
  readonly route: Route
  readonly trail: Trail
  /** For looking at a target's addresses beside the answer that is being written. */
  readonly aside: Aside
  readonly ref: RRsetRef
  /** What OPT will carry. */
  readonly options: ResponseOptions
  /** The text of an Extended DNS Error. */
  readonly shortfall: Uint8Array
  /** What the guard is told of the response. */
  readonly reply: Reply
  /** Who signed the query, once that is verified (RFC 8945); null: nobody. */
  signer: TsigKey | null
  /** What the signature of the response goes on from; null: it is not signed, or a stream of messages took it over. */
  session: TsigSession | null
  /** Octets that are kept free for a signature. */
  sealOctets: number
  /** The rest of the answer, if that is a stream of messages. Whoever sends it takes it from here. */
  sending: Sending | null
  /** Records in each section, AA and TC, and the rcode of the response being written. */
  answers: number
  authorities: number
  additionals: number
  authoritative: boolean
  truncated: boolean
  rcode: number
  /** The slot that the answer depends on, if it depends on nothing else that changes; else -1. */
  recallable: number
}

/** `luck` is where the thread's random numbers begin, 32 bits: `answer: random` draws by it. */
export function createLive(
  snapshot: Snapshot,
  rotation: RotationSource,
  tally: Tally,
  terms: Terms = plainTerms,
  luck = 1,
): Live {
  const common = { snapshot, rotation, bulletin: null, heed: null, terms, tally, desk: createDesk(luck) }
  return { ...common, offers: new Map(), quota: createQuota(), recall: null }
}

function createDesk(luck: number): Desk {
  return {
    writer: createWriter(),
    mark: { at: 0, suffixes: 0 },
    finding: createFinding(),
    passed: new Uint16Array(aliasesMax + 1),
    redirects: new Uint32Array(aliasesMax + 1),
    redirected: 0,
    made: new Uint8Array(nameOctetsMax + 1),
    target: createNameScan(),
    turn: createTurn(),
    chosen: new Uint8Array(rrsetRecordsMax),
    scratch: createScratch(luck),
    network: { octets: new Uint8Array(16), length: 0 },
    route: { slot: 0, scope: 0 },
    trail: { ttl: 0 },
    aside: {
      name: createNameScan(),
      zone: 0,
      finding: createFinding(),
      turn: createTurn(),
      allowed: new Uint8Array(rrsetRecordsMax),
      ttl: 0,
    },
    ref: { zone: 0, node: 0, rrset: 0, ownerAt: ownerUnwritten },
    options: createResponseOptions(),
    shortfall: new Uint8Array(shortfallOctetsMax),
    reply: createReply(),
    signer: null,
    session: null,
    sealOctets: 0,
    sending: null,
    answers: 0,
    authorities: 0,
    additionals: 0,
    authoritative: false,
    truncated: false,
    rcode: 0,
    recallable: -1,
  }
}
