/**
 * Where the variable parts of rdata end. Each returns the offset behind the part that begins at `at`, or -1 if the
 * octets there are not such a part, so that rdata of unknown origin (`\#` form) can be walked without harm.
 */
import { nameOctetsMax } from '../name/name.ts'

const labelOctetsMax = 63

/** An uncompressed name; compression pointers are no labels here (RFC 3597 section 5). */
export function nameEnd(rdata: Uint8Array, at: number): number {
  const limit = Math.min(rdata.length, at + nameOctetsMax)
  while (at >= 0 && at < limit) {
    const length = rdata[at]!
    if (length > labelOctetsMax) return -1
    at += length + 1
    if (length === 0) return at
  }
  return -1
}

/** A character-string: a length octet and so many octets (RFC 1035 section 3.3). */
export function stringEnd(rdata: Uint8Array, at: number): number {
  if (at < 0 || at >= rdata.length) return -1
  const end = at + rdata[at]! + 1
  return end <= rdata.length ? end : -1
}
