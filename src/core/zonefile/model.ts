/**
 * A zone as people mean it, checked: what `validate` yields and `compile` takes. No YAML, no text, no positions but
 * those a later message needs. Unchecked input has another type (Doc), so it cannot be served.
 */
import type { Span } from '../base/problem.ts'
import type { Seconds } from '../base/units.ts'
import type { Name } from '../name/name.ts'
import type { PoolModel } from '../roster/types.ts'

export interface Model {
  readonly zones: readonly ZoneModel[]
}

/** What an image is made of. */
export interface ZoneContents {
  readonly name: Name
  readonly soa: SoaModel
  /** Every RRset but the SOA; each is taken once, so that a generator may yield them. */
  readonly rrsets: Iterable<SetContents>
}

export interface ZoneModel extends ZoneContents {
  /** The file it came from, for messages. */
  readonly file: string
  /** In file order. */
  readonly rrsets: readonly RRsetModel[]
}

export interface SoaModel {
  readonly mname: Name
  readonly rname: Name
  /** A number from the file, or null for `serial: auto`, which is given at install. */
  readonly serial: number | null
  readonly refresh: Seconds
  readonly retry: Seconds
  readonly expire: Seconds
  /** The MINIMUM field, which is the negative TTL (RFC 2308 section 4). */
  readonly negativeTtl: Seconds
  readonly ttl: Seconds
}

/** An RRset without its place in a file. */
export interface SetContents {
  readonly owner: Name
  readonly type: number
  readonly ttl: Seconds
  /** Rdata in wire form, names uncompressed, in file order, no two equal. */
  readonly rdatas: readonly Uint8Array[]
  /** Null for an RRset that health does not touch. */
  readonly pool: PoolModel | null
  /** Absent where all clients get the same pool. */
  readonly rules?: RulesModel
}

export interface RRsetModel extends SetContents {
  readonly span: Span
}

/** Which clients other pools than `pool` serve; it serves everyone else. */
export interface RulesModel {
  /** Beside `pool`, in RR indexes of the same RRset. */
  readonly pools: readonly PoolModel[]
  readonly routes: readonly SubnetRoute[]
  /** Networks that follow from places; none lies in one of `routes`. */
  readonly geoRoutes?: readonly SubnetRoute[]
  /** Places as rules name them, by pool: first of `pool`, then of `pools`. */
  readonly geos?: readonly (readonly string[])[]
}

/** Clients of a network get a pool; the longest network that holds a client counts. */
export interface SubnetRoute {
  /** No two equal in one RRset. */
  readonly subnet: Subnet
  /** 0 is the RRset's own, from 1 on those of its rules. */
  readonly pool: number
}

/** Address octets (4 or 16), zero behind the first `bits`. */
export interface Subnet {
  readonly octets: Uint8Array
  readonly bits: number
}
