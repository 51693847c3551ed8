/**
 * One pass over a wire-form name: its lowered octets, where each label begins and the hash of every suffix. The packet
 * path owns two of these and reuses them, so nothing is allocated for a query.
 */
import { hashFinish, hashStart, labelsMax } from './hash.ts'
import { nameOctetsMax } from './name.ts'

export interface NameScan {
  /** Lowered octets of the whole name, root included. */
  readonly lowered: Uint8Array
  /** The same octets, for comparing four at a time. */
  readonly view: DataView
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
  const lowered = new Uint8Array(nameOctetsMax + 1)
  return {
    lowered,
    view: new DataView(lowered.buffer),
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
  const { lowered, labelAt, hashes } = scan
  let labels = 0
  let to = at
  for (;;) {
    if (to >= end) return -1
    const size = bytes[to]!
    if (size > 63) return -1
    labelAt[labels] = to - at
    to += size + 1
    if (to > end || to - at > nameOctetsMax) return -1
    if (size === 0) break
    labels++
  }
  scan.length = to - at
  scan.labels = labels
  lowered[to - at - 1] = 0
  let state = hashStart
  hashes[labels] = hashFinish(state)
  let i = to - at - 2
  for (let label = labels - 1; label >= 0; label--) {
    const start = labelAt[label]!
    for (; i > start; i--) {
      let octet = bytes[at + i]!
      if (octet >= 0x41 && octet <= 0x5a) octet |= 0x20
      lowered[i] = octet
      state = Math.imul(state ^ octet, 0x01000193)
    }
    const size = bytes[at + start]!
    lowered[start] = size
    state = Math.imul(state ^ size, 0x01000193)
    i = start - 1
    hashes[label] = hashFinish(state)
  }
  return to
}
