/**
 * A: one IPv4 address (RFC 1035 section 3.4.1). Strict dotted quad: four decimal numbers without leading zeros, since
 * `010.1` means different hosts to different programs.
 */
import { type Fields, refuseField, shown, takeWord } from './fields.ts'
import type { RdataFormat } from './format.ts'

export const a: RdataFormat = {
  code: 1,
  mnemonic: 'A',
  names: 'none',
  format: rdata => formatIpv4(rdata),
  parse: fields => takeIpv4(fields),
  check: rdata => rdata.length === 4,
}

/** Four octets, or null if the text is not a dotted quad. */
export function parseIpv4(text: string): Uint8Array | null {
  let octets: Uint8Array | null = null
  let value = -1
  let part = 0
  for (let i = 0; i <= text.length; i++) {
    const code = i < text.length ? text.charCodeAt(i) : dot
    if (code === dot) {
      if (value < 0 || part === 4) return null
      octets ??= new Uint8Array(4)
      octets[part++] = value
      value = -1
    } else {
      if (code < 0x30 || code > 0x39 || value === 0) return null
      value = (value < 0 ? 0 : value * 10) + code - 0x30
      if (value > 255) return null
    }
  }
  return part === 4 ? octets : null
}

const dot = 0x2e

export function formatIpv4(octets: Uint8Array): string {
  return `${octets[0]}.${octets[1]}.${octets[2]}.${octets[3]}`
}

function takeIpv4(fields: Fields): Uint8Array {
  const text = takeWord(fields, 'an IPv4 address')
  const octets = parseIpv4(text)
  if (octets !== null) return octets
  const [code, hint] = text.includes(':')
    ? (['wrong-family', 'an IPv6 address goes into an AAAA record'] as const)
    : (['bad-address', 'write four numbers from 0 to 255 without leading zeros, such as 192.0.2.1'] as const)
  refuseField(fields, code, fields.at - 1, `${shown(text)} is not an IPv4 address`, hint)
  return new Uint8Array(4)
}
