/**
 * What a value may be in records that have pools: an address of the record's family, or for a CNAME a name. Each has
 * one canonical text, by which equal values are known and people find them again.
 */

import type { Name } from '../name/name.ts'
import { formatName, lowerName } from '../name/name.ts'
import { formatIpv4, parseIpv4 } from '../rdata/a.ts'
import { formatIpv6, parseIpv6 } from '../rdata/aaaa.ts'
import { encodeSingleName } from '../rdata/single-name.ts'
import { type Path, type Reader, refuse, shown } from './doc.ts'
import { readTarget } from './names.ts'

/** A value that is right. */
export interface PooledValue {
  /** Canonical text. */
  readonly label: string
  /** Rdata. */
  readonly octets: Uint8Array
}

/** Null after having reported what is wrong. */
export type ReadValue = (reader: Reader, text: string, path: Path) => PooledValue | null

export function valueReader(type: 'A' | 'AAAA' | 'CNAME', zone: Name): ReadValue {
  if (type !== 'CNAME') return (reader, text, path) => readAddress(reader, type, text, path)
  return (reader, text, path) => {
    const target = readTarget(reader, text, zone, reader.doc.valueSpan(path))
    return target === null ? null : { label: formatName(lowerName(target)), octets: encodeSingleName(target) }
  }
}

function readAddress(reader: Reader, type: 'A' | 'AAAA', text: string, path: Path): PooledValue | null {
  const octets = type === 'A' ? parseIpv4(text) : parseIpv6(text)
  if (octets !== null) return { label: type === 'A' ? formatIpv4(octets) : formatIpv6(octets), octets }
  const span = reader.doc.valueSpan(path)
  const other = type === 'A' ? 'AAAA' : 'A'
  if ((type === 'A' ? parseIpv6(text) : parseIpv4(text)) !== null) {
    const family = type === 'A' ? 'IPv6' : 'IPv4'
    const hint = `move it to a record of \`type: ${other}\``
    refuse(reader, 'wrong-family', span, `${shown(text)} is an ${family} address in a record of type ${type}`, hint)
    return null
  }
  const family = type === 'A' ? 'IPv4' : 'IPv6'
  refuse(reader, 'bad-address', span, `${shown(text)} is not an ${family} address`, addressHint(text, type))
  return null
}

function addressHint(text: string, type: 'A' | 'AAAA'): string {
  if (text.includes('/')) return 'write one address, without a prefix length'
  if (type === 'A' && /^[0-9.]+:[0-9]+$/.test(text)) return 'write the port in the check: `port: …`'
  if (type === 'A' && /(^|\.)0[0-9]/.test(text)) return 'write the numbers without leading zeros'
  if (/[g-z]/i.test(text) && text.includes('.')) return 'a name can be answered by a record of `type: CNAME`'
  return type === 'A' ? 'write four numbers from 0 to 255, such as 192.0.2.1' : 'write it as in 2001:db8::1'
}
