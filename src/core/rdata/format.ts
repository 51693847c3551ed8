/**
 * What the server must know of a type's rdata beside its octets: how people read it, and where names stand in it.
 * Only the names of RFC 1035 types may be compressed (RFC 3597 section 4); SRV targets are found but never compressed
 * (RFC 2782).
 */

/**
 * Where names stand: `none`; `one` name and nothing else; `after-2`: a name after two octets (MX); `soa`: two names,
 * then twenty octets; `after-6-plain`: a name after six octets, written without compression (SRV).
 */
export type NamesInRdata = 'none' | 'one' | 'after-2' | 'soa' | 'after-6-plain'

export interface RdataFormat {
  readonly code: number
  readonly mnemonic: string
  readonly names: NamesInRdata
  /** Presentation form of well-formed rdata with uncompressed names. */
  readonly format: (rdata: Uint8Array) => string
}
