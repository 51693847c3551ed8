/**
 * AAAA: one IPv6 address (RFC 3596), read as RFC 4291 section 2.2 and printed as RFC 5952 recommends.
 */
import { parseIpv4 } from './a.ts'
import { type Fields, refuseField, shown, takeWord } from './fields.ts'
import type { RdataFormat } from './format.ts'

export const aaaa: RdataFormat = {
  code: 28,
  mnemonic: 'AAAA',
  names: 'none',
  format: rdata => formatIpv6(rdata),
  parse: fields => takeIpv6(fields),
  check: rdata => rdata.length === 16,
}

/** Sixteen octets, or null if the text is not an IPv6 address. Zone indexes (`%eth0`) are refused. */
export function parseIpv6(text: string): Uint8Array | null {
  if (text.includes(':::')) return null
  const halves = text.split('::')
  if (halves.length > 2) return null
  const head = readGroups(halves[0]!, halves.length === 1)
  const tail = halves.length === 2 ? readGroups(halves[1]!, true) : []
  if (head === null || tail === null) return null
  const written = head.length + tail.length
  if (halves.length === 1 ? written !== 8 : written > 7) return null
  const groups = [...head, ...new Array<number>(8 - written).fill(0), ...tail]
  const octets = new Uint8Array(16)
  groups.forEach((group, i) => {
    octets[i * 2] = group >>> 8
    octets[i * 2 + 1] = group
  })
  return octets
}

export function formatIpv6(octets: Uint8Array): string {
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push((octets[i]! << 8) | octets[i + 1]!)
  if (groups.slice(0, 5).every(group => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${octets[12]}.${octets[13]}.${octets[14]}.${octets[15]}`
  }
  const { at, length } = longestZeroRun(groups)
  const text = groups.map(group => group.toString(16))
  if (length < 2) return text.join(':')
  return `${text.slice(0, at).join(':')}::${text.slice(at + length).join(':')}`
}

function takeIpv6(fields: Fields): Uint8Array {
  const text = takeWord(fields, 'an IPv6 address')
  const octets = parseIpv6(text)
  if (octets !== null) return octets
  const [code, hint] =
    parseIpv4(text) === null
      ? (['bad-address', 'write it as in 2001:db8::1'] as const)
      : (['wrong-family', 'an IPv4 address goes into an A record'] as const)
  refuseField(fields, code, fields.at - 1, `${shown(text)} is not an IPv6 address`, hint)
  return new Uint8Array(16)
}

/** The groups of one side of `::`; a dotted quad may close the address. */
function readGroups(text: string, last: boolean): number[] | null {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':')
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!
    if (last && i === parts.length - 1 && part.includes('.')) {
      const quad = parseIpv4(part)
      if (quad === null) return null
      groups.push((quad[0]! << 8) | quad[1]!, (quad[2]! << 8) | quad[3]!)
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      groups.push(Number.parseInt(part, 16))
    } else {
      return null
    }
  }
  return groups
}

function longestZeroRun(groups: readonly number[]): { at: number; length: number } {
  let best = { at: 0, length: 0 }
  for (let at = 0; at < groups.length; at++) {
    let length = 0
    while (groups[at + length] === 0) length++
    if (length > best.length) best = { at, length }
    at += length
  }
  return best
}
