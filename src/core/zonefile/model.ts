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

export interface ZoneModel {
  readonly name: Name
  /** The file it came from, for messages. */
  readonly file: string
  readonly soa: SoaModel
  /** Every RRset but the SOA, in file order. */
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

export interface RRsetModel {
  readonly owner: Name
  readonly type: number
  readonly ttl: Seconds
  /** Rdata in wire form, names uncompressed, in file order, no two equal. */
  readonly rdatas: readonly Uint8Array[]
  /** Null for an RRset that health does not touch. */
  readonly pool: PoolModel | null
  readonly span: Span
}
