/**
 * What a signed zone has beside an unsigned one (RFC 4034, RFC 5155). Signatures hold for the very records that were
 * signed, and answers that follow health are others; served as mere octets they would be wrong DNSSEC. So a signed zone
 * is refused, or, where that is wanted, served as if it were not signed.
 */
import { equalNames, type Name } from '../name/name.ts'

/** What to do with a zone that is signed: not to take it, or to leave its signatures out. */
export const signedPolicies = ['refuse', 'strip'] as const
export type SignedPolicy = (typeof signedPolicies)[number]

const type = { RRSIG: 46, NSEC: 47, DNSKEY: 48, NSEC3: 50, NSEC3PARAM: 51, CDS: 59, CDNSKEY: 60, ZONEMD: 63 } as const

/** Types that only the signing of a zone puts into it, wherever they stand. */
const signing: ReadonlySet<number> = new Set([type.RRSIG, type.NSEC, type.NSEC3, type.NSEC3PARAM])
/** With the keys at the apex, and the digest of the zone, which no longer holds where others are gone. */
const besides: ReadonlySet<number> = new Set([type.DNSKEY, type.CDS, type.CDNSKEY, type.ZONEMD])

/** True if the record shows that the zone is signed. DS is not one: it is the delegation's. */
export function isSignature(code: number, owner: Name, apex: Name): boolean {
  return signing.has(code) || (code === type.DNSKEY && equalNames(owner, apex))
}

/** True for what is left out of a signed zone that is served as if it were not. */
export function isLeftOut(code: number): boolean {
  return signing.has(code) || besides.has(code)
}
