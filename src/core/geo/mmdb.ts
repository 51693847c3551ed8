/**
 * A GeoIP file in MaxMind's format (MaxMind DB File Format Specification 2.0), read where it lies: the metadata at its
 * end, and the binary tree that leads from the bits of an address to a record. What is asked of it is asked of the
 * whole tree by one walk, so no address is ever looked up alone.
 * Invariant: whatever the octets are, reading ends, stays inside of them, and throws nothing.
 *
 *   tree      `nodes` pairs of records of 24, 28 or 32 bits: another node, `nodes` for nothing, more for the octets
 *   16 zeros
 *   values    see values.ts
 *   marker    and the metadata as one more value
 */
import { findValue, readNumber, type Values } from './values.ts'

export interface Mmdb {
  readonly bytes: Uint8Array
  readonly nodes: number
  readonly recordBits: 24 | 28 | 32
  readonly ipVersion: 4 | 6
  /** What records point at. */
  readonly values: Values
}

export type MmdbFault = 'not-mmdb' | 'other-version' | 'cut-short'

const marker = Uint8Array.from([0xab, 0xcd, 0xef, ...new TextEncoder().encode('MaxMind.com')])
/** The metadata is among the last octets. */
const metadataOctetsMax = 128 * 1024
const separatorOctets = 16
const majorVersion = 2

export function openMmdb(bytes: Uint8Array): Mmdb | MmdbFault {
  const at = findMarker(bytes)
  if (at < 0) return 'not-mmdb'
  const metadata: Values = { bytes, from: at + marker.length, to: bytes.length }
  const number = (key: string): number => readNumber(metadata, findValue(metadata, metadata.from, key)) ?? -1
  if (number('binary_format_major_version') !== majorVersion) return 'other-version'
  const nodes = number('node_count')
  const recordBits = number('record_size')
  const ipVersion = number('ip_version')
  if (recordBits !== 24 && recordBits !== 28 && recordBits !== 32) return 'other-version'
  if ((ipVersion !== 4 && ipVersion !== 6) || nodes < 1) return 'other-version'
  const from = nodes * ((recordBits * 2) / 8) + separatorOctets
  if (from > at) return 'cut-short'
  return { bytes, nodes, recordBits, ipVersion, values: { bytes, from, to: at } }
}

/** Where the metadata's marker stands last, or -1. */
function findMarker(bytes: Uint8Array): number {
  const least = Math.max(0, bytes.length - metadataOctetsMax)
  for (let at = bytes.length - marker.length; at >= least; at--) {
    if (marker.every((octet, i) => bytes[at + i] === octet)) return at
  }
  return -1
}

/** What stands behind a bit: the number of a node, or what `valueAt` makes of it. `node` is below `nodes`. */
export function childOf({ bytes, recordBits }: Mmdb, node: number, bit: 0 | 1): number {
  switch (recordBits) {
    case 24: {
      const at = node * 6 + bit * 3
      return (bytes[at]! << 16) | (bytes[at + 1]! << 8) | bytes[at + 2]!
    }
    case 28: {
      const at = node * 7
      const middle = bytes[at + 3]!
      const high = bit === 0 ? middle >>> 4 : middle & 0x0f
      const low = at + bit * 4
      return ((high << 24) | (bytes[low]! << 16) | (bytes[low + 1]! << 8) | bytes[low + 2]!) >>> 0
    }
    case 32: {
      const at = node * 8 + bit * 4
      return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
    }
  }
}

/** Where the value of a child begins that is no node; -1: there is none. */
export function valueAt({ nodes, values }: Mmdb, child: number): number {
  const at = values.from + child - nodes - separatorOctets
  return child > nodes && at >= values.from && at < values.to ? at : -1
}
