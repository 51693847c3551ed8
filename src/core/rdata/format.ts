/**
 * What the server must know of a type's rdata beside its octets: how people read and write it, what makes it
 * well-formed, and where names stand in it. Only the names of RFC 1035 types may be compressed (RFC 3597 section 4);
 * names of younger types are found but never compressed (SRV RFC 2782, NAPTR RFC 3403, DNAME RFC 6672 section 2.5,
 * SVCB and HTTPS RFC 9460 section 2.2).
 */
import type { Fields } from './fields.ts'

/**
 * Where names stand. To be compressed: `one` name and nothing else; `after-2`: a name after two octets (MX); `soa`: two
 * names, then twenty octets. Written as they are: `one-plain` (DNAME), `after-2-plain` (SVCB, HTTPS), `after-6-plain`
 * (SRV), `last-plain`: a name after four octets and three strings (NAPTR).
 */
export type NamesInRdata =
  | 'none'
  | 'one'
  | 'after-2'
  | 'soa'
  | 'one-plain'
  | 'after-2-plain'
  | 'after-6-plain'
  | 'last-plain'

export interface RdataFormat {
  readonly code: number
  readonly mnemonic: string
  readonly names: NamesInRdata
  /** Presentation form of rdata that `check` has passed. */
  readonly format: (rdata: Uint8Array) => string
  /** Takes the fields of the presentation form. A fault is left in `fields`; then the octets mean nothing. */
  readonly parse: (fields: Fields) => Uint8Array
  /** True if the octets are rdata of this type with uncompressed names. Never throws, whatever they are. */
  readonly check: (rdata: Uint8Array) => boolean
}
