/**
 * One pass over a wire-form name: its lowered octets, where each label begins and the hash of every suffix. The packet
 * path owns two of these and reuses them, so nothing is allocated for a query.
 */
import { hashFinish, hashLabel, hashStart, labelsMax } from './hash.ts'
import { lowerOctet, nameOctetsMax } from './name.ts'

export interface NameScan {
  /** Lowered octets of the whole name, root included. */
  readonly lowered: Uint8Array
  /** Octets in `lowered`. */
  length: number
  /** Labels without the root. */
  labels: number
  /** Offset in `lowered` of label i; `labelAt[labels]` is the root. */
  readonly labelAt: Uint8Array
  /** Hash of the suffix that begins at label i; `hashes[labels]` is that of the root. */
  readonly hashes: Int32Array
}

export function createNameScan(): NameScan {
  return {
    lowered: new Uint8Array(nameOctetsMax + 1),
    length: 0,
    labels: 0,
    labelAt: new Uint8Array(labelsMax + 1),
    hashes: new Int32Array(labelsMax + 1),
  }
}

/**
 * Scans the uncompressed name at `at`. Returns the offset behind it, or -1 if it runs past `end`, is longer than 255
 * octets or holds a label type other than 00 (RFC 1035 section 4.1.4, RFC 6891 section 5).
 */
export function scanName(bytes: Uint8Array, at: number, end: number, scan: NameScan): number {
  const lowered = scan.lowered
  let length = 0
  let labels = 0
  for (;;) {
    if (at >= end) return -1
    const size = bytes[at]!
    if (size > 63) return -1
    if (length + size + 1 > nameOctetsMax || at + size + 1 > end) return -1
    scan.labelAt[labels] = length
    lowered[length++] = size
    at++
    if (size === 0) break
    labels++
    for (const stop = at + size; at < stop; at++) lowered[length++] = lowerOctet(bytes[at]!)
  }
  scan.length = length
  scan.labels = labels
  hashSuffixes(scan)
  return at
}

function hashSuffixes(scan: NameScan): void {
  let state = hashStart
  scan.hashes[scan.labels] = hashFinish(state)
  for (let i = scan.labels - 1; i >= 0; i--) {
    state = hashLabel(state, scan.lowered, scan.labelAt[i]!)
    scan.hashes[i] = hashFinish(state)
  }
}
